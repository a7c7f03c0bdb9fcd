"""Inspection templates, inspections with their items, findings, and work that belongs together."""

from pathlib import Path

from alembic import op

from chassis.database import store_policy

revision = "0002"
down_revision = "0001"

TABLES = (
    "inspection_templates",
    "inspections",
    "inspection_items",
    "findings",
    "finding_history",
    "related_work_rules",
    "related_work_rule_history",
    "related_work",
    "related_work_history",
)


def upgrade() -> None:
    script = (Path(__file__).parent.parent / "inspections_v1.sql").read_text(encoding="utf-8")
    statements = [part.strip().rstrip(";") for part in script.split(";\n") if part.strip()]
    policies = [statement for table in TABLES for statement in store_policy(table)]
    for statement in [*statements, *policies]:
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE upsells DROP COLUMN finding_id")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
