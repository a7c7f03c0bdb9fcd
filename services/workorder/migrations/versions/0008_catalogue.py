"""Labour rates, hours by model, menus, who made and withdrew a price, why a line costs what it does."""

from alembic import op

from chassis.database import store_policy

revision = "0008"
down_revision = "0007"

VERSION = """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        valid_from date NOT NULL,
        made_by text NOT NULL,
        withdrawn_at timestamptz,
        withdrawn_by text,
        version integer NOT NULL DEFAULT 1,
        source text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
"""
KINDS = "('maintenance', 'repair', 'accident', 'warranty', 'pdi', 'campaign')"
TABLES = {
    "labour_rates": f"""{VERSION}
        basis text NOT NULL,
        order_kind text,
        rate numeric(17, 2) NOT NULL,
        CONSTRAINT labour_rates_pkey PRIMARY KEY (id),
        CONSTRAINT labour_rates_basis_check CHECK (basis IN ('retail', 'claims')),
        CONSTRAINT labour_rates_order_kind_check CHECK (order_kind IN {KINDS}),
        CONSTRAINT labour_rates_rate_check CHECK (rate >= 0),
        CONSTRAINT labour_rates_withdrawn_check CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL))
    """,
    "operation_hours": f"""{VERSION}
        operation_id uuid NOT NULL,
        model text NOT NULL,
        engine text,
        year_from integer,
        year_to integer,
        hours numeric(12, 4) NOT NULL,
        CONSTRAINT operation_hours_pkey PRIMARY KEY (id),
        CONSTRAINT operation_hours_store_id_operation_id_fkey
            FOREIGN KEY (store_id, operation_id) REFERENCES operations (store_id, id),
        CONSTRAINT operation_hours_hours_check CHECK (hours >= 0),
        CONSTRAINT operation_hours_years_check CHECK (year_from <= year_to),
        CONSTRAINT operation_hours_withdrawn_check CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL))
    """,
    "menus": f"""{VERSION}
        code text NOT NULL,
        name text NOT NULL,
        model text,
        price numeric(17, 2) NOT NULL,
        components jsonb NOT NULL,
        CONSTRAINT menus_pkey PRIMARY KEY (id),
        CONSTRAINT menus_price_check CHECK (price >= 0),
        CONSTRAINT menus_withdrawn_check CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL))
    """,
}
COLUMNS = (
    "ALTER TABLE operations ADD COLUMN part_number text",
    """
    ALTER TABLE operations ADD COLUMN origin text
        CONSTRAINT operations_origin_check CHECK (origin IN ('genuine', 'equivalent', 'refurbished'))
    """,
    "ALTER TABLE operation_prices ADD COLUMN made_by text NOT NULL DEFAULT ''",
    "ALTER TABLE operation_prices ADD COLUMN withdrawn_at timestamptz",
    """
    ALTER TABLE operation_prices ADD COLUMN withdrawn_by text
        CONSTRAINT operation_prices_withdrawn_check CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL))
    """,
    "ALTER TABLE repair_order_lines ADD COLUMN price_basis jsonb",
)
INDEXES = (
    """
    CREATE UNIQUE INDEX labour_rates_in_force_key ON labour_rates (store_id, basis, order_kind, valid_from)
        NULLS NOT DISTINCT WHERE withdrawn_at IS NULL
    """,
    "CREATE INDEX operation_hours_operation_id_idx ON operation_hours (store_id, operation_id)",
    """
    CREATE UNIQUE INDEX menus_in_force_key ON menus (store_id, code, model, valid_from)
        NULLS NOT DISTINCT WHERE withdrawn_at IS NULL
    """,
    """
    CREATE UNIQUE INDEX operation_prices_in_force_key ON operation_prices (store_id, operation_id, valid_from)
        WHERE withdrawn_at IS NULL
    """,
)
FIXED = {
    "labour_rates": "valid_from, made_by, basis, order_kind, rate",
    "operation_hours": "valid_from, made_by, operation_id, model, engine, year_from, year_to, hours",
    "menus": "valid_from, made_by, code, name, model, price, components",
    "operation_prices": "valid_from, made_by, operation_id, list_price",
}
"""Of a version only that it was withdrawn may be added."""

TAKE_OVER = (
    "ALTER TABLE operation_prices NO FORCE ROW LEVEL SECURITY",
    "UPDATE operation_prices SET made_by = source",
    "ALTER TABLE operation_prices FORCE ROW LEVEL SECURITY",
)
"""The owner sees the rows of every store only while security is not forced upon him."""


def upgrade() -> None:
    for table, columns in TABLES.items():
        op.execute(f"CREATE TABLE {table} ({columns})")
    for statement in (*COLUMNS, *INDEXES, *TAKE_OVER):
        op.execute(statement)
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"
        "ALTER TABLE operation_prices DROP CONSTRAINT operation_prices_store_id_operation_id_valid_from_key"
    )
    for statement in (each for table in TABLES for each in store_policy(table)):
        op.execute(statement)
    for table, fixed in FIXED.items():
        op.execute(
            f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OF {fixed} OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.execute("DROP TRIGGER operation_prices_immutable ON operation_prices")
    op.execute("ALTER TABLE operation_prices NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM operation_prices WHERE withdrawn_at IS NOT NULL")
    op.execute("ALTER TABLE operation_prices FORCE ROW LEVEL SECURITY")
    op.execute(
        "ALTER TABLE operation_prices ADD CONSTRAINT operation_prices_store_id_operation_id_valid_from_key "
        "UNIQUE (store_id, operation_id, valid_from)"
    )
    op.execute("DROP INDEX operation_prices_in_force_key")
    for column in ("made_by", "withdrawn_at", "withdrawn_by"):
        op.execute(f"ALTER TABLE operation_prices DROP COLUMN {column}")
    for column in ("part_number", "origin"):
        op.execute(f"ALTER TABLE operations DROP COLUMN {column}")
    op.execute("ALTER TABLE repair_order_lines DROP COLUMN price_basis")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
