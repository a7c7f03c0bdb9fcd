"""Inspection templates, inspections of orders and their checks, findings, and the work that proposals call for."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKeyConstraint, Index, UniqueConstraint, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.workorder.models.orders import RepairOrder
from services.workorder.models.record import Model, Number, Record, former_versions, store_index


class InspectionTemplate(Record):
    """`revision` counts what is published of an order kind; a draft has none."""

    __tablename__ = "inspection_templates"
    __table_args__ = (UniqueConstraint("store_id", "id"), UniqueConstraint("store_id", "order_kind", "revision"))

    order_kind: Mapped[str]
    revision: Mapped[int | None]
    name: Mapped[dict[str, str]] = mapped_column(JSONB)
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None]


class InspectionItem(Model):
    """The answer to one item of an inspection; it has the version of its inspection.

    What its template does not ask is asked by its `checks`, and said there.
    """

    __tablename__ = "inspection_items"
    __table_args__ = (
        UniqueConstraint("store_id", "id"),
        UniqueConstraint("store_id", "inspection_id", "code"),
        ForeignKeyConstraint(["store_id", "inspection_id"], ["inspections.store_id", "inspections.id"]),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    inspection_id: Mapped[UUID]
    position: Mapped[int]
    code: Mapped[str]
    result: Mapped[str | None]
    value: Mapped[Number | None]
    evidence: Mapped[str | None]
    photos: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    note: Mapped[str | None]
    answered_by: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    inspection: Mapped["Inspection"] = relationship(viewonly=True, lazy="raise")
    checks: Mapped[list["OrderCheck"]] = relationship(
        viewonly=True, lazy="raise", order_by="OrderCheck.id", back_populates="answered"
    )


class OrderCheck(Record):
    """A rule's version as it met an order: what it asks, why, and what was known of the car (`facts`)."""

    __tablename__ = "order_checks"
    __table_args__ = (
        UniqueConstraint("store_id", "order_id", "rule_id"),
        ForeignKeyConstraint(["store_id", "order_id"], ["repair_orders.store_id", "repair_orders.id"]),
        ForeignKeyConstraint(["store_id", "rule_id"], ["check_rules.store_id", "check_rules.id"]),
        ForeignKeyConstraint(["store_id", "inspection_item_id"], ["inspection_items.store_id", "inspection_items.id"]),
        store_index("order_checks", "rule_id"),
        store_index("order_checks", "inspection_item_id"),
    )

    order_id: Mapped[UUID]
    rule_id: Mapped[UUID]
    rule_version: Mapped[int]
    item: Mapped[dict[str, Any]] = mapped_column(JSONB)
    why: Mapped[dict[str, str]] = mapped_column(JSONB)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    inspection_item_id: Mapped[UUID | None]
    waived_reason: Mapped[str | None]
    waived_by: Mapped[str | None]
    waived_at: Mapped[datetime | None]
    answered: Mapped[InspectionItem | None] = relationship(viewonly=True, lazy="raise", back_populates="checks")


class Inspection(Record):
    __tablename__ = "inspections"
    __table_args__ = (
        UniqueConstraint("store_id", "id"),
        ForeignKeyConstraint(["store_id", "order_id"], ["repair_orders.store_id", "repair_orders.id"]),
        ForeignKeyConstraint(["store_id", "template_id"], ["inspection_templates.store_id", "inspection_templates.id"]),
        store_index("inspections", "order_id"),
        Index(
            "inspections_open_key", "store_id", "order_id", unique=True, postgresql_where=text("completed_at IS NULL")
        ),
    )

    order_id: Mapped[UUID]
    template_id: Mapped[UUID]
    technician: Mapped[str]
    completed_at: Mapped[datetime | None]
    completed_by: Mapped[str | None]
    order: Mapped[RepairOrder] = relationship(viewonly=True, lazy="raise")
    template: Mapped[InspectionTemplate] = relationship(viewonly=True, lazy="raise")
    items: Mapped[list[InspectionItem]] = relationship(order_by=InspectionItem.position, viewonly=True, lazy="raise")


class RelatedWork(Record):
    """`because_of` is the proposed operation whose rule called for it."""

    __tablename__ = "related_work"
    __table_args__ = (
        UniqueConstraint("store_id", "finding_id", "code"),
        ForeignKeyConstraint(["store_id", "finding_id"], ["findings.store_id", "findings.id"]),
        Index("related_work_open_idx", "store_id", "id", postgresql_where=text("state = 'open'")),
    )

    finding_id: Mapped[UUID]
    because_of: Mapped[str]
    code: Mapped[str]
    name: Mapped[str]
    reason: Mapped[str | None]
    state: Mapped[str]
    needed: Mapped[bool | None]
    decision_note: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]


class Finding(Record):
    """`source` of a record is the system that gave it; whether it was looked for is `finding_source`."""

    __tablename__ = "findings"
    __table_args__ = (
        UniqueConstraint("store_id", "id"),
        ForeignKeyConstraint(["store_id", "order_id"], ["repair_orders.store_id", "repair_orders.id"]),
        ForeignKeyConstraint(["store_id", "inspection_item_id"], ["inspection_items.store_id", "inspection_items.id"]),
        store_index("findings", "order_id"),
    )

    order_id: Mapped[UUID]
    inspection_item_id: Mapped[UUID | None]
    finding_source: Mapped[str]
    fault_kind: Mapped[str]
    stage: Mapped[str]
    finder: Mapped[str]
    description: Mapped[str]
    evidence: Mapped[str | None]
    photos: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    priority: Mapped[str]
    part_shown_at: Mapped[datetime | None]
    order: Mapped[RepairOrder] = relationship(viewonly=True, lazy="raise")
    item: Mapped[InspectionItem | None] = relationship(viewonly=True, lazy="raise")
    related_work: Mapped[list[RelatedWork]] = relationship(order_by=RelatedWork.id, viewonly=True, lazy="raise")


class RelatedWorkRule(Record):
    """What has to be assessed when an operation is proposed: `related` holds code, name and reason of each."""

    __tablename__ = "related_work_rules"
    __table_args__ = (UniqueConstraint("store_id", "operation_code"),)

    operation_code: Mapped[str]
    related: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


FindingHistory = former_versions("finding_history")
RelatedWorkHistory = former_versions("related_work_history")
RelatedWorkRuleHistory = former_versions("related_work_rule_history")
