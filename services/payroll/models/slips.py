"""What a slip is made of besides the bonus: items, attendance days, and slips as they were locked. Nothing changes."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from services.payroll.models.columns import Amount, Base, Exact, Json, Key, Now, UuidKey, VersionKey


class PayItem(Base):
    """One version of an allowance or deduction, of an employee or of a post; the highest holds."""

    __tablename__ = "pay_item"

    store_id: Mapped[UuidKey]
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuidv7()"))
    version: Mapped[VersionKey]
    employee: Mapped[str | None]
    post: Mapped[str | None]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    basis: Mapped[str]
    amount: Mapped[Amount]
    deducted: Mapped[bool]
    from_month: Mapped[str]
    until_month: Mapped[str | None]
    withdrawn: Mapped[bool]
    reason: Mapped[str]
    recorded_by: Mapped[str]
    recorded_at: Mapped[Now]


class Attendance(Base):
    """On how many days of a month somebody attended; the highest version holds."""

    __tablename__ = "attendance"

    store_id: Mapped[UuidKey]
    month: Mapped[Key]
    employee: Mapped[Key]
    version: Mapped[VersionKey]
    days: Mapped[Exact]
    recorded_by: Mapped[str]
    source: Mapped[str]
    import_id: Mapped[UUID | None]
    recorded_at: Mapped[Now]


class Slip(Base):
    """Base pay and items of one person as they were when a month was locked on the run."""

    __tablename__ = "slip"

    store_id: Mapped[UuidKey]
    run_id: Mapped[UuidKey]
    employee: Mapped[Key]
    place: Mapped[int]
    body: Mapped[Json]
    amount: Mapped[Amount]
