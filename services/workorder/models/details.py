"""What an order is made of besides its lines: jobs, promised times, its timeline, and changes of its prices."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.workorder.models.record import Model, Money, Record, former_versions, store_index


def _of_order() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["store_id", "order_id"], ["repair_orders.store_id", "repair_orders.id"])


class OrderJob(Record):
    """Complaint in the customer's words, cause as found, correction as made; lines belong to a job or to none."""

    __tablename__ = "order_jobs"
    __table_args__ = (
        UniqueConstraint("store_id", "id"),
        UniqueConstraint("store_id", "order_id", "number"),
        _of_order(),
    )

    order_id: Mapped[UUID]
    number: Mapped[int]
    complaint: Mapped[str]
    cause: Mapped[str | None]
    correction: Mapped[str | None]


class OrderPromise(Model):
    """A time at which the car was promised; the newest is the order's. Never changed."""

    __tablename__ = "order_promises"
    __table_args__ = (_of_order(), store_index("order_promises", "order_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    order_id: Mapped[UUID]
    promised_at: Mapped[datetime]
    reason: Mapped[str | None]
    made_by: Mapped[str]
    made_at: Mapped[datetime]


class OrderEntry(Model):
    """One line of an order's timeline. Never changed."""

    __tablename__ = "order_entries"
    __table_args__ = (_of_order(), store_index("order_entries", "order_id", "id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    order_id: Mapped[UUID]
    at: Mapped[datetime]
    who: Mapped[str]
    what: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)


class LinePriceChange(Model):
    """What a line was to bring in and who was to pay it, before and after. Never changed."""

    __tablename__ = "line_price_changes"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "line_id"], ["repair_order_lines.store_id", "repair_order_lines.id"]),
        store_index("line_price_changes", "line_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    line_id: Mapped[UUID]
    former_amount: Mapped[Money]
    amount: Mapped[Money]
    former_shares: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    shares: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    reason: Mapped[str]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime]


OrderJobHistory = former_versions("order_job_history")
