"""Further approvals of an insurer for an order, and what he paid. Never changed; the approval itself has the total."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.workorder.models.orders import RepairOrder
from services.workorder.models.record import Model, Money, store_index


class InsurerSupplement(Model):
    """`amount` was added to what was approved, or taken from it; `owner_share` holds from then on."""

    __tablename__ = "insurer_supplements"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "order_id"], ["repair_orders.store_id", "repair_orders.id"]),
        store_index("insurer_supplements", "order_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    order_id: Mapped[UUID]
    approved_on: Mapped[date]
    amount: Mapped[Money]
    owner_share: Mapped[Money]
    reason: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime]


class InsurerPaymentTakenBack(Model):
    """That a payment was entered wrongly, or did not hold: all of it goes."""

    __tablename__ = "insurer_payments_taken_back"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "payment_id"], ["insurer_payments.store_id", "insurer_payments.id"]),
    )

    store_id: Mapped[UUID] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID] = mapped_column(primary_key=True)
    reason: Mapped[str]
    taken_back_by: Mapped[str]
    taken_back_at: Mapped[datetime]


class InsurerPayment(Model):
    __tablename__ = "insurer_payments"
    __table_args__ = (
        UniqueConstraint("store_id", "id"),
        ForeignKeyConstraint(["store_id", "order_id"], ["repair_orders.store_id", "repair_orders.id"]),
        store_index("insurer_payments", "order_id"),
        store_index("insurer_payments", "paid_on", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    order_id: Mapped[UUID]
    paid_on: Mapped[date]
    amount: Mapped[Money]
    reference: Mapped[str | None]
    taken_by: Mapped[str]
    taken_at: Mapped[datetime]
    order: Mapped[RepairOrder] = relationship(viewonly=True, lazy="raise")
    back: Mapped[InsurerPaymentTakenBack | None] = relationship(
        viewonly=True,
        lazy="raise",
        primaryjoin=lambda: (
            (InsurerPayment.store_id == InsurerPaymentTakenBack.store_id)
            & (InsurerPayment.id == InsurerPaymentTakenBack.payment_id)
        ),
        foreign_keys=[InsurerPaymentTakenBack.store_id, InsurerPaymentTakenBack.payment_id],
        uselist=False,
    )
