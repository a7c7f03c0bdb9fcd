"""Supplements of insurers' approvals, and insurers' payments."""

from alembic import op

from chassis.database import store_policy

revision = "0019"
down_revision = "0018"

TABLES = {
    "insurer_supplements": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        order_id uuid NOT NULL,
        approved_on date NOT NULL,
        amount numeric(17, 2) NOT NULL,
        owner_share numeric(17, 2) NOT NULL,
        reason text NOT NULL,
        made_by text NOT NULL,
        made_at timestamptz NOT NULL,
        CONSTRAINT insurer_supplements_pkey PRIMARY KEY (id),
        CONSTRAINT insurer_supplements_store_id_order_id_fkey
            FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id),
        CONSTRAINT insurer_supplements_amount_check CHECK (amount <> 0),
        CONSTRAINT insurer_supplements_owner_share_check CHECK (owner_share >= 0)
    """,
    "insurer_payments": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        order_id uuid NOT NULL,
        paid_on date NOT NULL,
        amount numeric(17, 2) NOT NULL,
        reference text,
        taken_by text NOT NULL,
        taken_at timestamptz NOT NULL,
        CONSTRAINT insurer_payments_pkey PRIMARY KEY (id),
        CONSTRAINT insurer_payments_store_id_order_id_fkey
            FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id),
        CONSTRAINT insurer_payments_amount_check CHECK (amount > 0)
    """,
}
INDEXES = (
    "CREATE INDEX insurer_supplements_order_id_id_idx ON insurer_supplements (store_id, order_id, id)",
    "CREATE INDEX insurer_payments_order_id_idx ON insurer_payments (store_id, order_id)",
    "CREATE INDEX insurer_payments_paid_on_id_idx ON insurer_payments (store_id, paid_on, id)",
)


def upgrade() -> None:
    for table, columns in TABLES.items():
        op.execute(f"CREATE TABLE {table} ({columns})")
    for statement in (*INDEXES, *(each for table in TABLES for each in store_policy(table))):
        op.execute(statement)
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
