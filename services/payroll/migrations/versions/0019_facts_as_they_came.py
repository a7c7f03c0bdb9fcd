"""Facts by when their last version came: what a run of a later month asks of closed ones.

Revision ID: 0019
Revises: 0018
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX fact_received ON fact (store_id, received_at)")


def downgrade() -> None:
    op.execute("DROP INDEX fact_received")
