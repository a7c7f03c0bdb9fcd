"""Flags of the risk control are looked for by the order that they are about."""

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.execute("CREATE INDEX risk_flags_order_id_idx ON risk_flags (store_id, order_id)")


def downgrade() -> None:
    op.execute("DROP INDEX risk_flags_order_id_idx")
