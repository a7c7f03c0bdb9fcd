"""An index from a step of a run to the facts that it counted: the way back from a line of pay.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX fact_use_of_node ON fact_use (store_id, run_id, node, fact_id)")


def downgrade() -> None:
    op.execute("DROP INDEX fact_use_of_node")
