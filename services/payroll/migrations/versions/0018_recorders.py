"""Who wrote the present state of an employee and of a review score; of what was there before, nobody is known.

Revision ID: 0018
Revises: 0017
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_RECORDED = ("employee", "review_score")


def upgrade() -> None:
    for table in _RECORDED:
        op.execute(f"ALTER TABLE {table} ADD COLUMN recorded_by text")


def downgrade() -> None:
    for table in _RECORDED:
        op.execute(f"ALTER TABLE {table} DROP COLUMN recorded_by")
