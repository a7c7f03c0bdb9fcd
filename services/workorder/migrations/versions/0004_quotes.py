"""Quote revisions, approval links, and decisions bound to a revision."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
