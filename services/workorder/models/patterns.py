"""Minings of the shop's own history, and what people have said of the patterns that they found."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.workorder.models.record import Model, store_index


class PatternMining(Model):
    """`orders` are to be read, `orders_read` have been; `cells` is how many questions were asked of them."""

    __tablename__ = "pattern_minings"
    __table_args__ = (
        UniqueConstraint("store_id", "id"),
        Index(
            "pattern_minings_active_key", "store_id", unique=True,
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    state: Mapped[str]
    since: Mapped[date]
    orders: Mapped[int]
    orders_read: Mapped[int] = mapped_column(server_default="0")
    policy: Mapped[dict[str, Any]] = mapped_column(JSONB)
    cells: Mapped[int | None]
    patterns: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    asked_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]


class PatternDecision(Model):
    """What was said of a pattern as a mining told it: accepted, with the rule it became, or dismissed with a reason."""

    __tablename__ = "pattern_decisions"
    __table_args__ = (
        UniqueConstraint(
            "store_id", "mining_id", "model", "from_km", "item_code", name="pattern_decisions_pattern_key"
        ),
        ForeignKeyConstraint(["store_id", "mining_id"], ["pattern_minings.store_id", "pattern_minings.id"]),
        ForeignKeyConstraint(["store_id", "rule_id"], ["check_rules.store_id", "check_rules.id"]),
        store_index("pattern_decisions", "rule_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    mining_id: Mapped[UUID]
    model: Mapped[str]
    from_km: Mapped[int]
    item_code: Mapped[str]
    n: Mapped[int]
    rule_id: Mapped[UUID | None]
    reason: Mapped[str | None]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]
