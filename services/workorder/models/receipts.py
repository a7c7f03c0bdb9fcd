"""What the till gives back, and up to what sum each role decides on it. Nothing here is ever changed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.workorder.models.money import Payment
from services.workorder.models.orders import RepairOrder
from services.workorder.models.record import Model, Money, store_index


class Refund(Model):
    """Money given back of a payment of the same order."""

    __tablename__ = "refunds"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "order_id"], ["repair_orders.store_id", "repair_orders.id"]),
        ForeignKeyConstraint(
            ["store_id", "order_id", "payment_id"], ["payments.store_id", "payments.order_id", "payments.id"]
        ),
        store_index("refunds", "payment_id"),
        store_index("refunds", "order_id"),
        store_index("refunds", "refunded_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    order_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    refunded_on: Mapped[date]
    amount: Mapped[Money]
    method: Mapped[str]
    reason: Mapped[str]
    note: Mapped[str | None]
    refunded_by: Mapped[str]
    refunded_at: Mapped[datetime]
    order: Mapped[RepairOrder] = relationship(viewonly=True, lazy="raise")
    payment: Mapped[Payment] = relationship(viewonly=True, lazy="raise")


class RefundLimit(Model):
    """Of each role the newest holds."""

    __tablename__ = "refund_limits"
    __table_args__ = (store_index("refund_limits", "role", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    role: Mapped[str]
    amount: Mapped[Money]
    set_by: Mapped[str]
    set_at: Mapped[datetime]
