"""Accessories that came back: when, why, and who took them in."""

from alembic import op

revision = "0020"
down_revision = "0019"

COLUMNS = ("returned_on date", "return_reason text", "returned_by text")


def upgrade() -> None:
    for column in COLUMNS:
        op.execute(f"ALTER TABLE accessory_sales ADD COLUMN {column}")


def downgrade() -> None:
    for column in COLUMNS:
        op.execute(f"ALTER TABLE accessory_sales DROP COLUMN {column.split()[0]}")
