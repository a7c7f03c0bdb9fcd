"""Thresholds of the risk control of upsells, and copies of complaints and survey responses."""

from alembic import op

from chassis.database import store_policy

revision = "0007"
down_revision = "0006"

TABLES = {
    "risk_policies": """
        store_id uuid NOT NULL,
        version integer NOT NULL,
        thresholds jsonb NOT NULL,
        made_by text NOT NULL,
        reason text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT risk_policies_pkey PRIMARY KEY (store_id, version),
        CONSTRAINT risk_policies_version_check CHECK (version > 0)
    """,
    "complaint_copy": """
        store_id uuid NOT NULL,
        id uuid NOT NULL,
        version integer NOT NULL,
        number text NOT NULL,
        order_number text,
        occurred_on date NOT NULL,
        employee text,
        cause text NOT NULL,
        state text NOT NULL,
        CONSTRAINT complaint_copy_pkey PRIMARY KEY (store_id, id)
    """,
    "response_copy": """
        store_id uuid NOT NULL,
        id uuid NOT NULL,
        version integer NOT NULL,
        order_number text NOT NULL,
        submitted_on date NOT NULL,
        csi numeric(8, 4),
        ratings jsonb NOT NULL,
        CONSTRAINT response_copy_pkey PRIMARY KEY (store_id, id)
    """,
}
INDEXES = (
    "CREATE INDEX complaint_copy_order_number_idx ON complaint_copy (store_id, order_number)",
    "CREATE INDEX response_copy_order_number_idx ON response_copy (store_id, order_number)",
)
READ_AGAIN = "UPDATE feed_cursor SET cursor = '', caught_up_at = NULL WHERE source = 'customer'"
"""The customer service's feed was read without its complaints; whoever reads it is safe against a repetition."""


def upgrade() -> None:
    for table, columns in TABLES.items():
        op.execute(f"CREATE TABLE {table} ({columns})")
    for statement in (*INDEXES, *(each for table in TABLES for each in store_policy(table)), READ_AGAIN):
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER risk_policies_immutable BEFORE UPDATE OR DELETE ON risk_policies "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
