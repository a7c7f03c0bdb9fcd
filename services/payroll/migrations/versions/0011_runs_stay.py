"""How many plans and values a run was calculated by; and what it left, and what was decided, stays.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STAY = ("pay_line", "trace_node", "fact_use")
DECIDED = {"run": "OLD.status IN ('completed', 'failed')", "adjustment": "OLD.state <> 'proposed'"}
"""Rows that do not change any more, and from when on."""


def upgrade() -> None:
    op.execute("ALTER TABLE run ADD COLUMN basis text")
    for table in STAY:
        op.execute(
            f"CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    for table, decided in DECIDED.items():
        op.execute(
            f"CREATE TRIGGER decided BEFORE UPDATE ON {table} "
            f"FOR EACH ROW WHEN ({decided}) EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"CREATE TRIGGER stays BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()")


def downgrade() -> None:
    for table in DECIDED:
        op.execute(f"DROP TRIGGER stays ON {table}")
        op.execute(f"DROP TRIGGER decided ON {table}")
    for table in STAY:
        op.execute(f"DROP TRIGGER never_changed ON {table}")
    op.execute("ALTER TABLE run DROP COLUMN basis")
