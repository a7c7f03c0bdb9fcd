"""Rules of targeted inspection, and the checks that they have put on orders."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.workorder.models.inspections import InspectionItem
from services.workorder.models.record import Record, former_versions, store_index


class CheckRule(Record):
    """`item` is asked of a car that meets the `conditions`; `evidence` is that of the pattern it was accepted on."""

    __tablename__ = "check_rules"
    __table_args__ = (UniqueConstraint("store_id", "id"), store_index("check_rules", "valid_to"))

    item: Mapped[dict[str, Any]] = mapped_column(JSONB)
    why: Mapped[dict[str, str]] = mapped_column(JSONB)
    conditions: Mapped[dict[str, Any]] = mapped_column(JSONB)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    evidence: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    made_by: Mapped[str]


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


CheckRuleHistory = former_versions("check_rule_history")
