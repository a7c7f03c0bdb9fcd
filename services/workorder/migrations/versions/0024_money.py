"""What the catalogue asks for lines priced by hand, how goods were paid for, insurers' payments taken back."""

from alembic import op

from chassis.database import store_policy

revision = "0024"
down_revision = "0023"

METHODS = "('wechat', 'alipay', 'card', 'cash', 'transfer', 'other')"
COLUMNS = {
    "repair_order_lines": {
        "published_amount": "numeric(17, 2)",
    },
    "accessory_sales": {
        "method": f"text CONSTRAINT accessory_sales_method_check CHECK (method IN {METHODS})",
        "taken_by": "text",
        "return_method": f"text CONSTRAINT accessory_sales_return_method_check CHECK (return_method IN {METHODS})",
    },
}
TAKEN_BACK = """
    CREATE TABLE insurer_payments_taken_back (
        store_id uuid NOT NULL,
        payment_id uuid NOT NULL,
        reason text NOT NULL,
        taken_back_by text NOT NULL,
        taken_back_at timestamptz NOT NULL,
        CONSTRAINT insurer_payments_taken_back_pkey PRIMARY KEY (store_id, payment_id),
        CONSTRAINT insurer_payments_taken_back_store_id_payment_id_fkey
            FOREIGN KEY (store_id, payment_id) REFERENCES insurer_payments (store_id, id)
    )
"""
PAYMENT_KEY = "insurer_payments_store_id_id_key"


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for name, kind in columns.items():
            op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")
    op.execute("CREATE INDEX accessory_sales_returned_on_idx ON accessory_sales (store_id, returned_on)")
    op.execute(f"ALTER TABLE insurer_payments ADD CONSTRAINT {PAYMENT_KEY} UNIQUE (store_id, id)")
    op.execute(TAKEN_BACK)
    for statement in store_policy("insurer_payments_taken_back"):
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER insurer_payments_taken_back_immutable BEFORE UPDATE OR DELETE ON insurer_payments_taken_back "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.execute("DROP TABLE insurer_payments_taken_back")
    op.execute(f"ALTER TABLE insurer_payments DROP CONSTRAINT {PAYMENT_KEY}")
    op.execute("DROP INDEX accessory_sales_returned_on_idx")
    for table, columns in COLUMNS.items():
        for name in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
