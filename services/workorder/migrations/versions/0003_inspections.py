"""Inspection templates, inspections with their items, findings, and work that belongs together."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
