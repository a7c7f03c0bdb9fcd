"""Packages sold in advance, their contents, and the lines by which they were drawn down."""

from alembic import op

from chassis.database import store_policy

revision = "0021"
down_revision = "0020"

_HISTORY = """
        store_id uuid NOT NULL,
        id uuid NOT NULL,
        version integer NOT NULL,
        superseded_at timestamptz NOT NULL DEFAULT now(),
        state jsonb NOT NULL,
        CONSTRAINT {table}_pkey PRIMARY KEY (store_id, id, version)
"""
_RECORD = """
        version integer NOT NULL DEFAULT 1,
        source text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
"""
TABLES = {
    "packages": f"""
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        number text NOT NULL,
        name text NOT NULL,
        customer_number text NOT NULL,
        vin text,
        price numeric(17, 2) NOT NULL,
        method text NOT NULL,
        sold_on date NOT NULL,
        sold_by text NOT NULL,
        valid_until date NOT NULL,
        refunded_on date,
        refunded_amount numeric(17, 2),
        refund_reason text,
        refunded_by text,
        {_RECORD}
        CONSTRAINT packages_pkey PRIMARY KEY (id),
        CONSTRAINT packages_store_id_number_key UNIQUE (store_id, number),
        CONSTRAINT packages_store_id_id_key UNIQUE (store_id, id),
        CONSTRAINT packages_price_check CHECK (price > 0),
        CONSTRAINT packages_method_check CHECK (method IN ('wechat', 'alipay', 'card', 'cash', 'transfer', 'other')),
        CONSTRAINT packages_refunded_check CHECK ((refunded_on IS NULL) = (refunded_amount IS NULL)
            AND (refunded_on IS NULL) = (refunded_by IS NULL) AND refunded_amount BETWEEN 0 AND price)
    """,
    "package_history": _HISTORY.format(table="package_history"),
    "package_items": """
        store_id uuid NOT NULL,
        package_id uuid NOT NULL,
        code text NOT NULL,
        name text NOT NULL,
        times integer NOT NULL,
        value numeric(17, 2) NOT NULL,
        CONSTRAINT package_items_pkey PRIMARY KEY (store_id, package_id, code),
        CONSTRAINT package_items_store_id_package_id_fkey
            FOREIGN KEY (store_id, package_id) REFERENCES packages (store_id, id),
        CONSTRAINT package_items_times_check CHECK (times > 0),
        CONSTRAINT package_items_value_check CHECK (value >= 0)
    """,
    "package_draws": f"""
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        package_id uuid NOT NULL,
        code text NOT NULL,
        order_id uuid NOT NULL,
        line_id uuid NOT NULL,
        line_number integer NOT NULL,
        value numeric(17, 2) NOT NULL,
        drawn_on date NOT NULL,
        drawn_by text NOT NULL,
        undone boolean NOT NULL,
        {_RECORD}
        CONSTRAINT package_draws_pkey PRIMARY KEY (id),
        CONSTRAINT package_draws_store_id_package_id_code_fkey
            FOREIGN KEY (store_id, package_id, code) REFERENCES package_items (store_id, package_id, code),
        CONSTRAINT package_draws_store_id_order_id_fkey
            FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id),
        CONSTRAINT package_draws_store_id_line_id_fkey
            FOREIGN KEY (store_id, line_id) REFERENCES repair_order_lines (store_id, id)
    """,
    "package_draw_history": _HISTORY.format(table="package_draw_history"),
}
INDEXES = (
    "CREATE INDEX packages_customer_number_id_idx ON packages (store_id, customer_number, id)",
    "CREATE INDEX packages_sold_on_idx ON packages (store_id, sold_on)",
    "CREATE INDEX packages_refunded_on_idx ON packages (store_id, refunded_on)",
    "CREATE INDEX package_draws_package_id_idx ON package_draws (store_id, package_id)",
    "CREATE UNIQUE INDEX package_draws_line_key ON package_draws (store_id, line_id) WHERE NOT undone",
)


def upgrade() -> None:
    for table, columns in TABLES.items():
        op.execute(f"CREATE TABLE {table} ({columns})")
    for statement in (*INDEXES, *(each for table in TABLES for each in store_policy(table))):
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER package_items_immutable BEFORE UPDATE OR DELETE ON package_items "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
