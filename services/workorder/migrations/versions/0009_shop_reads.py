"""The indexes of the day's board and of the month's figures: cars that are here, and cars by the day they left."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute(
        "CREATE INDEX repair_orders_here_idx ON repair_orders (store_id, opened_on) "
        "WHERE left_on IS NULL AND state <> 'cancelled'"
    )
    op.execute(
        "CREATE INDEX repair_orders_left_on_opened_on_idx ON repair_orders (store_id, left_on, opened_on) "
        "WHERE left_on IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("DROP INDEX repair_orders_left_on_opened_on_idx")
    op.execute("DROP INDEX repair_orders_here_idx")
