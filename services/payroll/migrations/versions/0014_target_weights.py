"""A target's weight (考核系数) beside others, set and signed with it.

Revision ID: 0014
Revises: 0013
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE target ADD COLUMN weight numeric NOT NULL DEFAULT 1 CHECK (weight >= 0)")


def downgrade() -> None:
    op.execute("ALTER TABLE target DROP COLUMN weight")
