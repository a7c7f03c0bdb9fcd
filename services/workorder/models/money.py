"""Money and material around orders: receipts, reimbursements, approvals, accessories, consumables, deducted hours."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship
from sqlalchemy.schema import SchemaItem

from services.workorder.models.orders import RepairOrder
from services.workorder.models.record import Imported, Money, Number, former_versions, store_index


def _of_order() -> SchemaItem:
    return ForeignKeyConstraint(["store_id", "order_id"], ["repair_orders.store_id", "repair_orders.id"])


class Payment(Imported):
    """`ordinal` tells apart payments of one order, day and method; an amount may be corrected later.

    `refunded` is what was given back of it, where a query asks for it.
    """

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("store_id", "order_id", "source", "paid_on", "method", "ordinal"),
        UniqueConstraint("store_id", "order_id", "id"),
        _of_order(),
        store_index("payments", "paid_on"),
    )

    order_id: Mapped[UUID]
    paid_on: Mapped[date]
    amount: Mapped[Money]
    method: Mapped[str]
    ordinal: Mapped[int]
    deposit: Mapped[bool] = mapped_column(server_default=false())
    taken_by: Mapped[str | None]
    order: Mapped[RepairOrder] = relationship(viewonly=True, lazy="raise")
    refunded: Mapped[Decimal | None] = query_expression()


class Reimbursement(Imported):
    """The maker's money for a warranty claim; `claim_id` where the claim is kept here."""

    __tablename__ = "reimbursements"
    __table_args__ = (
        UniqueConstraint("store_id", "order_id", "source", "paid_on", "ordinal"),
        _of_order(),
        ForeignKeyConstraint(["store_id", "claim_id"], ["claims.store_id", "claims.id"]),
        store_index("reimbursements", "paid_on"),
    )

    order_id: Mapped[UUID]
    paid_on: Mapped[date]
    amount: Mapped[Money]
    ordinal: Mapped[int]
    claim_id: Mapped[UUID | None]
    order: Mapped[RepairOrder] = relationship(viewonly=True, lazy="raise")


class InsurerApproval(Imported):
    __tablename__ = "insurer_approvals"
    __table_args__ = (UniqueConstraint("store_id", "order_id"), _of_order())

    order_id: Mapped[UUID]
    approved_on: Mapped[date]
    approved_amount: Mapped[Money]
    owner_share: Mapped[Money]
    order: Mapped[RepairOrder] = relationship(viewonly=True, lazy="raise")


class AccessorySale(Imported):
    """`method` and `taken_by` are of money that passed the till; another system does not tell."""

    __tablename__ = "accessory_sales"
    __table_args__ = (
        UniqueConstraint("store_id", "number"),
        store_index("accessory_sales", "sold_on"),
        store_index("accessory_sales", "returned_on"),
    )

    number: Mapped[str]
    sold_on: Mapped[date]
    item: Mapped[str]
    list_price: Mapped[Money]
    amount: Mapped[Money]
    department: Mapped[str]
    seller: Mapped[str | None]
    given_away: Mapped[bool]
    installed: Mapped[bool]
    generic: Mapped[bool]
    price_reason: Mapped[str | None]
    method: Mapped[str | None]
    taken_by: Mapped[str | None]
    returned_on: Mapped[date | None]
    return_reason: Mapped[str | None]
    returned_by: Mapped[str | None]
    return_method: Mapped[str | None]


class Consumable(Imported):
    __tablename__ = "consumables"
    __table_args__ = (
        UniqueConstraint("store_id", "source", "team", "used_on", "item", "ordinal"),
        store_index("consumables", "used_on"),
    )

    team: Mapped[str]
    used_on: Mapped[date]
    item: Mapped[str]
    amount: Mapped[Money]
    ordinal: Mapped[int]


class HoursDeduction(Imported):
    """Hours taken from a person for a fault found later in unpaid work."""

    __tablename__ = "hours_deductions"
    __table_args__ = (
        UniqueConstraint("store_id", "number"),
        _of_order(),
        store_index("hours_deductions", "occurred_on"),
    )

    number: Mapped[str]
    employee: Mapped[str]
    hours: Mapped[Number]
    reason: Mapped[str]
    occurred_on: Mapped[date]
    order_id: Mapped[UUID | None]
    order: Mapped[RepairOrder | None] = relationship(viewonly=True, lazy="raise")


PaymentHistory = former_versions("payment_history")
ReimbursementHistory = former_versions("reimbursement_history")
InsurerApprovalHistory = former_versions("insurer_approval_history")
AccessorySaleHistory = former_versions("accessory_sale_history")
ConsumableHistory = former_versions("consumable_history")
HoursDeductionHistory = former_versions("hours_deduction_history")
