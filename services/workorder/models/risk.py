"""The risk control of upsells: its thresholds, what other services say came after an order, and what is reviewed."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKeyConstraint, Numeric, Text, UniqueConstraint, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.workorder.models.orders import RepairOrder, Upsell
from services.workorder.models.record import Model, Number, Record, former_versions, store_index


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


class RiskReview(Record):
    """One sweep through a window of orders: asked for, then completed with what it found, or failed."""

    __tablename__ = "risk_reviews"
    __table_args__ = (UniqueConstraint("store_id", "id"),)

    asked_by: Mapped[str]
    today: Mapped[date]
    state: Mapped[str]
    window_from: Mapped[date | None]
    policy_version: Mapped[int | None]
    orders: Mapped[int | None]
    flags: Mapped[int | None]
    raised: Mapped[int | None]
    completed_at: Mapped[datetime | None]


class RiskFlagComment(Model):
    """What somebody, whom it is about or not, has to say of a flag; never changed."""

    __tablename__ = "risk_flag_comments"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "flag_id"], ["risk_flags.store_id", "risk_flags.id"]),
        store_index("risk_flag_comments", "flag_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    flag_id: Mapped[UUID]
    made_by: Mapped[str]
    text: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class RiskFlag(Record):
    """`key` says with `kind` what it is about. `stands`: the last review that looked at it found it again."""

    __tablename__ = "risk_flags"
    __table_args__ = (
        UniqueConstraint("store_id", "id"),
        UniqueConstraint("store_id", "kind", "key"),
        ForeignKeyConstraint(["store_id", "order_id"], ["repair_orders.store_id", "repair_orders.id"]),
        ForeignKeyConstraint(["store_id", "upsell_id"], ["upsells.store_id", "upsells.id"]),
        ForeignKeyConstraint(["store_id", "review_id"], ["risk_reviews.store_id", "risk_reviews.id"]),
        store_index("risk_flags", "state", "id"),
        store_index("risk_flags", "order_id"),
    )

    kind: Mapped[str]
    key: Mapped[str]
    period: Mapped[str | None]
    advisor: Mapped[str | None]
    finders: Mapped[list[str]] = mapped_column(ARRAY(Text))
    order_id: Mapped[UUID | None]
    upsell_id: Mapped[UUID | None]
    measure: Mapped[Number | None]
    expected: Mapped[Number | None]
    bound: Mapped[Number | None]
    n: Mapped[int | None]
    threshold: Mapped[Number | None]
    order_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    upsell_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    window_from: Mapped[date]
    window_to: Mapped[date]
    raised_on: Mapped[date]
    policy_version: Mapped[int]
    review_id: Mapped[UUID]
    stands: Mapped[bool]
    state: Mapped[str]
    assigned_to: Mapped[str | None]
    assigned_by: Mapped[str | None]
    outcome: Mapped[str | None]
    note: Mapped[str | None]
    closed_by: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    order: Mapped[RepairOrder | None] = relationship(viewonly=True, lazy="raise")
    upsell: Mapped[Upsell | None] = relationship(viewonly=True, lazy="raise", overlaps="order")
    comments: Mapped[list[RiskFlagComment]] = relationship(order_by=RiskFlagComment.id, viewonly=True, lazy="raise")


RiskFlagHistory = former_versions("risk_flag_history")
