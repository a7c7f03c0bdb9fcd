"""Rules of targeted inspection."""

from datetime import date
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

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


CheckRuleHistory = former_versions("check_rule_history")
