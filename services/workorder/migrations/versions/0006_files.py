"""Files of orders."""

from alembic import op

from chassis.database import store_policy

revision = "0006"
down_revision = "0005"

FILES = """
    id uuid NOT NULL DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    order_id uuid NOT NULL,
    purpose text NOT NULL,
    content_type text NOT NULL,
    size integer NOT NULL,
    content_hash text NOT NULL,
    width integer,
    height integer,
    preview_hash text,
    uploaded_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT files_pkey PRIMARY KEY (id),
    CONSTRAINT files_store_id_id_key UNIQUE (store_id, id),
    CONSTRAINT files_store_id_order_id_fkey
        FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id),
    CONSTRAINT files_purpose_check
        CHECK (purpose IN ('finding_photo', 'walk_round_photo', 'signature', 'document')),
    CONSTRAINT files_content_type_check CHECK (content_type IN ('image/jpeg', 'application/pdf')),
    CONSTRAINT files_picture_check CHECK (
        (content_type = 'image/jpeg') = (width IS NOT NULL AND height IS NOT NULL AND preview_hash IS NOT NULL)),
    CONSTRAINT files_document_check CHECK (content_type = 'image/jpeg' OR purpose = 'document')
"""
INDEXES = ("order_id, id", "content_hash", "preview_hash")


def upgrade() -> None:
    op.execute(f"CREATE TABLE files ({FILES})")
    for columns in INDEXES:
        op.execute(f"CREATE INDEX files_{columns.replace(', ', '_')}_idx ON files (store_id, {columns})")
    for statement in store_policy("files"):
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER files_immutable BEFORE UPDATE OR DELETE ON files FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.execute("DROP TABLE files")
