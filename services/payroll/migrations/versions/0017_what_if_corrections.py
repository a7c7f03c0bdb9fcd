"""What of a what-if's month became known since the run that it is compared with.

Revision ID: 0017
Revises: 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE what_if_month ADD COLUMN corrected integer CHECK (corrected >= 0), "
        "ADD COLUMN paid_later numeric(14, 2)"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE what_if_month DROP COLUMN corrected, DROP COLUMN paid_later")
