"""Which labour of the catalogue installs accessories: who is paid by hours may not be paid for it."""

from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE operations ADD COLUMN accessory_installation boolean NOT NULL DEFAULT false"
        " CONSTRAINT operations_accessory_installation_check CHECK (NOT accessory_installation OR kind = 'labour')"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE operations DROP COLUMN accessory_installation")
