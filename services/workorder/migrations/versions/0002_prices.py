"""Prices by rate and model, menus, and why a price was changed."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
