"""How much a payer may owe, and how long: dated terms, of which the newest that has begun holds. Never changed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from services.workorder.models.record import Model, Money, store_index


class CreditTerms(Model):
    __tablename__ = "credit_terms"
    __table_args__ = (store_index("credit_terms", "customer_number", "valid_from", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    customer_number: Mapped[str]
    valid_from: Mapped[date]
    credit_limit: Mapped[Money]
    days: Mapped[int]
    note: Mapped[str | None]
    set_by: Mapped[str]
    set_at: Mapped[datetime]
