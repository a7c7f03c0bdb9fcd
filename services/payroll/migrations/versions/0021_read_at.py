"""When a run read what it calculates with: what is told later is not in it.

Revision ID: 0021
Revises: 0020
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE run ADD COLUMN read_at timestamptz")


def downgrade() -> None:
    op.execute("ALTER TABLE run DROP COLUMN read_at")
