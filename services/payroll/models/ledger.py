"""Departments, posts and accounts of a store."""

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from services.payroll.models.columns import Base, Json, Now, UuidKey


class AccountMap(Base):
    """Which department a post is of, and which accounts its pay is told by, from a day on. Never changed."""

    __tablename__ = "account_map"

    store_id: Mapped[UuidKey]
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    departments: Mapped[Json]
    posts: Mapped[Json]
    other: Mapped[Json]
    payable: Mapped[Json]
    set_by: Mapped[str]
    created_at: Mapped[Now]
