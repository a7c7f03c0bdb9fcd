"""What the risk control of upsells goes by: thresholds, and what other services say came after an order."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Numeric, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.workorder.models.record import Model, store_index


class RiskPolicyVersion(Model):
    """One version of a store's thresholds, in force until the next; never changed."""

    __tablename__ = "risk_policies"

    store_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    thresholds: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_by: Mapped[str]
    reason: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ComplaintCopy(Model):
    __tablename__ = "complaint_copy"
    __table_args__ = (store_index("complaint_copy", "order_number"),)

    store_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    number: Mapped[str]
    order_number: Mapped[str | None]
    occurred_on: Mapped[date]
    employee: Mapped[str | None]
    cause: Mapped[str]
    state: Mapped[str]


class ResponseCopy(Model):
    """`ratings` are the answers that are numbers; what somebody wrote stays with the survey service."""

    __tablename__ = "response_copy"
    __table_args__ = (store_index("response_copy", "order_number"),)

    store_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    order_number: Mapped[str]
    submitted_on: Mapped[date]
    csi: Mapped[Decimal | None] = mapped_column(Numeric(8, 4))
    ratings: Mapped[dict[str, int]] = mapped_column(JSONB)
