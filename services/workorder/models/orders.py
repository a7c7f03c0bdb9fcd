"""Repair orders, their lines, and the upsells among them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKeyConstraint, Index, Integer, UniqueConstraint, and_, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship, remote

from services.workorder.models.copies import CustomerCopy, VehicleCopy
from services.workorder.models.record import Imported, Model, Money, Number, Record, former_versions, store_index

DUE_ON = "coalesce(follow_up_on, DATE '9999-12-31')"
"""When refused work is due to be offered again: what has no date comes last."""


class OrderApproval(Model):
    """How the customer agreed to an order's own lines; `taken_by` is the employee who entered it. Never changed."""

    __tablename__ = "order_approvals"
    __table_args__ = (
        UniqueConstraint("store_id", "order_id"),
        ForeignKeyConstraint(["store_id", "order_id"], ["repair_orders.store_id", "repair_orders.id"]),
        ForeignKeyConstraint(["store_id", "signature_id"], ["files.store_id", "files.id"]),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    order_id: Mapped[UUID]
    method: Mapped[str]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]
    called_at: Mapped[datetime | None]
    taken_by: Mapped[str]
    signature_id: Mapped[UUID | None]


class RepairOrder(Imported):
    __tablename__ = "repair_orders"
    __table_args__ = (
        UniqueConstraint("store_id", "number"),
        UniqueConstraint("store_id", "id"),
        store_index("repair_orders", "opened_at", "id"),
        store_index("repair_orders", "advisor", "opened_at"),
        store_index("repair_orders", "customer_number", "opened_at"),
        store_index("repair_orders", "vin", "opened_at"),
        store_index("repair_orders", "opened_on"),
        store_index("repair_orders", "settled_on"),
        store_index("repair_orders", "opened_on", name="here", where="left_on IS NULL AND state <> 'cancelled'"),
        store_index("repair_orders", "left_on", "opened_on", where="left_on IS NOT NULL"),
    )

    number: Mapped[str]
    vin: Mapped[str | None]
    customer_number: Mapped[str | None]
    kind: Mapped[str]
    advisor: Mapped[str | None]
    opened_at: Mapped[datetime]
    opened_on: Mapped[date]
    odometer_km: Mapped[int | None]
    complaint: Mapped[str | None]
    promised_at: Mapped[datetime | None]
    state: Mapped[str]
    hold: Mapped[str | None]
    settled: Mapped[bool]
    settled_on: Mapped[date | None]
    left_at: Mapped[datetime | None]
    left_on: Mapped[date | None]
    early_delivery_reason: Mapped[str | None]
    cancellation_reason: Mapped[str | None]
    drop_off_person: Mapped[str | None]
    owner_number: Mapped[str | None]
    payer_number: Mapped[str | None]
    invoice_title: Mapped[str | None]
    customer: Mapped[CustomerCopy | None] = relationship(
        primaryjoin=lambda: and_(
            foreign(RepairOrder.store_id) == CustomerCopy.store_id,
            foreign(RepairOrder.customer_number) == CustomerCopy.number,
        ),
        viewonly=True,
        lazy="raise",
    )
    vehicle: Mapped[VehicleCopy | None] = relationship(
        primaryjoin=lambda: and_(
            foreign(RepairOrder.store_id) == VehicleCopy.store_id, foreign(RepairOrder.vin) == VehicleCopy.vin
        ),
        viewonly=True,
        lazy="raise",
    )
    approval: Mapped[OrderApproval | None] = relationship(viewonly=True, lazy="raise")


class Upsell(Record):
    """`source` of a record is the system that gave it; where the upsell came from is `upsell_source`.

    Priority, follow-up and closing are of work that was not approved; `again` is what it became at a later visit.
    """

    __tablename__ = "upsells"
    __table_args__ = (
        UniqueConstraint("store_id", "number"),
        UniqueConstraint("store_id", "id"),
        ForeignKeyConstraint(["store_id", "order_id"], ["repair_orders.store_id", "repair_orders.id"]),
        ForeignKeyConstraint(["store_id", "revived_from"], ["upsells.store_id", "upsells.id"]),
        ForeignKeyConstraint(["store_id", "finding_id"], ["findings.store_id", "findings.id"]),
        store_index("upsells", "order_id"),
        store_index("upsells", "finder"),
        Index("upsells_revived_from_key", "store_id", "revived_from", unique=True),
        Index(
            "upsells_refused_idx",
            "store_id",
            text(DUE_ON),
            "id",
            postgresql_where=text("closed_reason IS NULL AND decision IS DISTINCT FROM 'approved'"),
        ),
    )

    order_id: Mapped[UUID]
    number: Mapped[str]
    upsell_source: Mapped[str | None]
    stage: Mapped[str | None]
    finder: Mapped[str | None]
    operation_code: Mapped[str]
    operation_name: Mapped[str]
    line_numbers: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    amount: Mapped[Money]
    decision: Mapped[str | None]
    decided_by_method: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    revived_from: Mapped[UUID | None]
    finding_id: Mapped[UUID | None]
    priority: Mapped[str | None]
    follow_up_on: Mapped[date | None]
    closed_reason: Mapped[str | None]
    closed_note: Mapped[str | None]
    closed_by: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    order: Mapped[RepairOrder] = relationship(viewonly=True, lazy="raise")
    again: Mapped["Upsell | None"] = relationship(
        primaryjoin=lambda: and_(
            Upsell.store_id == remote(Upsell.store_id), Upsell.id == remote(foreign(Upsell.revived_from))
        ),
        uselist=False,
        viewonly=True,
        lazy="raise",
    )


class RepairOrderLine(Imported):
    """`shares` splits the amount among payers; without it all is the payer's. `agreed_amount`: what the line was to
    bring in when the customer allowed it. `cost` is that of the whole line, `published_amount` what the
    catalogue asks for one whose price was set by hand."""

    __tablename__ = "repair_order_lines"
    __table_args__ = (
        UniqueConstraint("store_id", "order_id", "line_number"),
        ForeignKeyConstraint(["store_id", "order_id"], ["repair_orders.store_id", "repair_orders.id"]),
        UniqueConstraint("store_id", "id"),
        ForeignKeyConstraint(["store_id", "upsell_id"], ["upsells.store_id", "upsells.id"]),
        ForeignKeyConstraint(["store_id", "job_id"], ["order_jobs.store_id", "order_jobs.id"]),
        store_index("repair_order_lines", "upsell_id"),
    )

    order_id: Mapped[UUID]
    line_number: Mapped[int]
    kind: Mapped[str]
    code: Mapped[str]
    name: Mapped[str]
    standard_hours: Mapped[Number | None]
    quantity: Mapped[Number]
    list_price: Mapped[Money]
    amount: Mapped[Money]
    payer: Mapped[str]
    team: Mapped[str | None]
    technician: Mapped[str | None]
    is_upsell: Mapped[bool]
    upsell_source: Mapped[str | None]
    stage: Mapped[str | None]
    finder: Mapped[str | None]
    authorisation: Mapped[str | None]
    upsell_id: Mapped[UUID | None]
    labour_completed_on: Mapped[date | None]
    labour_version: Mapped[int] = mapped_column(server_default="0")
    job_id: Mapped[UUID | None]
    origin: Mapped[str | None]
    cost: Mapped[Money | None]
    shares: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    agreed_amount: Mapped[Money | None]
    published_amount: Mapped[Money | None]
    price_basis: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


RepairOrderHistory = former_versions("repair_order_history")
RepairOrderLineHistory = former_versions("repair_order_line_history")
UpsellHistory = former_versions("upsell_history")
