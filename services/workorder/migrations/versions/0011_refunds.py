"""Deposits, who took a payment, refunds, and how much each role gives back by itself."""

from alembic import op

from chassis.database import store_policy

revision = "0011"
down_revision = "0010"

PAYMENT_COLUMNS = ("deposit boolean NOT NULL DEFAULT false", "taken_by text")
PAYMENT_KEY = "payments_store_id_order_id_id_key"
TABLES = {
    "refunds": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        order_id uuid NOT NULL,
        payment_id uuid NOT NULL,
        refunded_on date NOT NULL,
        amount numeric(17, 2) NOT NULL,
        method text NOT NULL,
        reason text NOT NULL,
        note text,
        refunded_by text NOT NULL,
        refunded_at timestamptz NOT NULL,
        CONSTRAINT refunds_pkey PRIMARY KEY (id),
        CONSTRAINT refunds_store_id_order_id_fkey
            FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id),
        CONSTRAINT refunds_store_id_order_id_payment_id_fkey
            FOREIGN KEY (store_id, order_id, payment_id) REFERENCES payments (store_id, order_id, id),
        CONSTRAINT refunds_amount_check CHECK (amount > 0),
        CONSTRAINT refunds_method_check CHECK (method IN ('wechat', 'alipay', 'card', 'cash', 'transfer', 'other')),
        CONSTRAINT refunds_reason_check CHECK (
            reason IN ('overpaid', 'deposit_returned', 'work_not_done', 'goodwill', 'entered_wrongly'))
    """,
    "refund_limits": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        role text NOT NULL,
        amount numeric(17, 2) NOT NULL,
        set_by text NOT NULL,
        set_at timestamptz NOT NULL,
        CONSTRAINT refund_limits_pkey PRIMARY KEY (id),
        CONSTRAINT refund_limits_role_check CHECK (role IN ('cashier', 'desk_supervisor')),
        CONSTRAINT refund_limits_amount_check CHECK (amount >= 0)
    """,
}
INDEXES = (
    "CREATE INDEX refunds_payment_id_idx ON refunds (store_id, payment_id)",
    "CREATE INDEX refunds_order_id_idx ON refunds (store_id, order_id)",
    "CREATE INDEX refunds_refunded_on_idx ON refunds (store_id, refunded_on)",
    "CREATE INDEX refund_limits_role_id_idx ON refund_limits (store_id, role, id)",
)


def upgrade() -> None:
    for column in PAYMENT_COLUMNS:
        op.execute(f"ALTER TABLE payments ADD COLUMN {column}")
    op.execute(f"ALTER TABLE payments ADD CONSTRAINT {PAYMENT_KEY} UNIQUE (store_id, order_id, id)")
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
    op.execute(f"ALTER TABLE payments DROP CONSTRAINT {PAYMENT_KEY}")
    for column in PAYMENT_COLUMNS:
        op.execute(f"ALTER TABLE payments DROP COLUMN {column.split()[0]}")
