"""Objects of files that are being written: no sweep takes them away before their row is there."""

from alembic import op

from chassis.database import store_policy

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE announced_objects (
            store_id uuid NOT NULL,
            content_hash text NOT NULL,
            announced_at timestamptz NOT NULL,
            CONSTRAINT announced_objects_pkey PRIMARY KEY (store_id, content_hash)
        )
    """)
    for statement in store_policy("announced_objects"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE announced_objects")
