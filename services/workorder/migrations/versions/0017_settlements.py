"""Settlements and their reversals, discounts with their limits, and the shop as its documents name it."""

from alembic import op

from chassis.database import store_policy

revision = "0017"
down_revision = "0016"

HISTORY = """
    store_id uuid NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    superseded_at timestamptz NOT NULL DEFAULT now(),
    state jsonb NOT NULL,
    CONSTRAINT {table}_pkey PRIMARY KEY (store_id, id, version)
"""
TABLES = {
    "settlements": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        order_id uuid NOT NULL,
        number integer NOT NULL,
        settled_on date NOT NULL,
        amount numeric(17, 2) NOT NULL,
        content jsonb NOT NULL,
        content_hash text NOT NULL,
        settled_by text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT settlements_pkey PRIMARY KEY (id),
        CONSTRAINT settlements_store_id_id_key UNIQUE (store_id, id),
        CONSTRAINT settlements_store_id_order_id_number_key UNIQUE (store_id, order_id, number),
        CONSTRAINT settlements_store_id_order_id_fkey
            FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id),
        CONSTRAINT settlements_number_check CHECK (number > 0)
    """,
    "settlement_reversals": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        order_id uuid NOT NULL,
        number integer NOT NULL,
        settlement_id uuid,
        order_version integer NOT NULL,
        reason text NOT NULL,
        reversed_by text NOT NULL,
        reversed_at timestamptz NOT NULL,
        CONSTRAINT settlement_reversals_pkey PRIMARY KEY (id),
        CONSTRAINT settlement_reversals_store_id_order_id_number_key UNIQUE (store_id, order_id, number),
        CONSTRAINT settlement_reversals_store_id_settlement_id_key UNIQUE (store_id, settlement_id),
        CONSTRAINT settlement_reversals_store_id_order_id_fkey
            FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id),
        CONSTRAINT settlement_reversals_store_id_settlement_id_fkey
            FOREIGN KEY (store_id, settlement_id) REFERENCES settlements (store_id, id),
        CONSTRAINT settlement_reversals_number_check CHECK (number > 0)
    """,
    "line_discounts": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        line_id uuid NOT NULL,
        list_amount numeric(17, 2) NOT NULL,
        discount numeric(17, 2) NOT NULL,
        line_limit numeric(5, 2) NOT NULL,
        order_limit numeric(5, 2) NOT NULL,
        given_by text NOT NULL,
        given_at timestamptz NOT NULL,
        CONSTRAINT line_discounts_pkey PRIMARY KEY (id),
        CONSTRAINT line_discounts_store_id_line_id_fkey
            FOREIGN KEY (store_id, line_id) REFERENCES repair_order_lines (store_id, id),
        CONSTRAINT line_discounts_discount_check CHECK (discount > 0)
    """,
    "discount_limits": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        role text NOT NULL,
        valid_from date NOT NULL,
        labour_line numeric(5, 2) NOT NULL,
        labour_order numeric(5, 2) NOT NULL,
        parts_line numeric(5, 2) NOT NULL,
        parts_order numeric(5, 2) NOT NULL,
        changed_by text NOT NULL,
        version integer NOT NULL DEFAULT 1,
        source text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT discount_limits_pkey PRIMARY KEY (id),
        CONSTRAINT discount_limits_store_id_role_valid_from_key UNIQUE (store_id, role, valid_from),
        CONSTRAINT discount_limits_percent_check CHECK (labour_line BETWEEN 0 AND 100
            AND labour_order BETWEEN 0 AND 100 AND parts_line BETWEEN 0 AND 100 AND parts_order BETWEEN 0 AND 100)
    """,
    "discount_limit_history": HISTORY.format(table="discount_limit_history"),
    "shops": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        name text NOT NULL,
        address text,
        phone text,
        licence_number text,
        tax_number text,
        version integer NOT NULL DEFAULT 1,
        source text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT shops_pkey PRIMARY KEY (id),
        CONSTRAINT shops_store_id_key UNIQUE (store_id)
    """,
    "shop_history": HISTORY.format(table="shop_history"),
}
INDEX = "CREATE INDEX line_discounts_line_id_idx ON line_discounts (store_id, line_id)"
IMMUTABLE = ("settlements", "settlement_reversals", "line_discounts")


def upgrade() -> None:
    for table, columns in TABLES.items():
        op.execute(f"CREATE TABLE {table} ({columns})")
    for statement in (INDEX, *(each for table in TABLES for each in store_policy(table))):
        op.execute(statement)
    for table in IMMUTABLE:
        op.execute(
            f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
