"""The tables of payroll.

Revision ID: 0001
Revises:
"""

from pathlib import Path

from alembic import op

from chassis.database import chassis_tables_v1, drop_chassis_tables_v1, store_policy

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "employee", "employee_terms", "employee_history", "team", "target", "target_history", "review_score",
    "review_score_history", "plan", "order_copy", "customer_copy", "fact", "fact_history", "upsell_copy",
    "response_copy", "run", "pay_line", "trace_node", "fact_use",
)  # fmt: skip


def upgrade() -> None:
    for statement in [*chassis_tables_v1(), *_own_statements()]:
        op.execute(statement)
    for table in TABLES:
        for statement in store_policy(table):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION plan_text_is_immutable")
    for statement in drop_chassis_tables_v1():
        op.execute(statement)


def _own_statements() -> list[str]:
    """The statements of the frozen script: each begins at the margin after the one before has ended."""
    script = (Path(__file__).parent.parent / "payroll_v1.sql").read_text(encoding="utf-8")
    statements = [""]
    for line in script.splitlines():
        if line.startswith("CREATE "):
            statements.append("")
        statements[-1] += line + "\n"
    return [statement.strip().rstrip(";") for statement in statements if statement.strip()]
