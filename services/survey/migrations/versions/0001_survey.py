"""Questionnaires, responses and the copies of orders and customers, each row seen by its own store only."""

from pathlib import Path

from alembic import op

from chassis.database import chassis_tables_v1, drop_chassis_tables_v1, store_policy

revision = "0001"
down_revision = None

TABLES = ("questionnaire", "questionnaire_version", "response", "response_history", "order_copy", "customer_copy")


def upgrade() -> None:
    script = (Path(__file__).parent.parent / "survey_v1.sql").read_text(encoding="utf-8")
    statements = [part.strip() for part in script.split(";\n\n")]
    policies = [statement for table in TABLES for statement in store_policy(table)]
    for statement in [*chassis_tables_v1(), *statements, *policies]:
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION keep_published_version")
    for statement in drop_chassis_tables_v1():
        op.execute(statement)
