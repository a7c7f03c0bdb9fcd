"""The count that closed a day at the till. Never changed."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.workorder.models.record import Model


class CashClosing(Model):
    """`counts`: by method what should be there, what was counted, and why it differs."""

    __tablename__ = "cash_closings"
    __table_args__ = (UniqueConstraint("store_id", "day"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    day: Mapped[date]
    counts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    closed_by: Mapped[str]
    closed_at: Mapped[datetime]
