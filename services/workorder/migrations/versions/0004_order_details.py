"""Jobs of an order, promised times, its timeline, changes of prices; people's roles, and how a line is split."""

from alembic import op

from chassis.database import store_policy

revision = "0004"
down_revision = "0003"

TABLES = {
    "order_jobs": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        order_id uuid NOT NULL,
        number integer NOT NULL,
        complaint text NOT NULL,
        cause text,
        correction text,
        version integer NOT NULL DEFAULT 1,
        source text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT order_jobs_pkey PRIMARY KEY (id),
        CONSTRAINT order_jobs_store_id_id_key UNIQUE (store_id, id),
        CONSTRAINT order_jobs_store_id_order_id_number_key UNIQUE (store_id, order_id, number),
        CONSTRAINT order_jobs_store_id_order_id_fkey
            FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id),
        CONSTRAINT order_jobs_number_check CHECK (number > 0)
    """,
    "order_job_history": """
        store_id uuid NOT NULL,
        id uuid NOT NULL,
        version integer NOT NULL,
        superseded_at timestamptz NOT NULL DEFAULT now(),
        state jsonb NOT NULL,
        CONSTRAINT order_job_history_pkey PRIMARY KEY (store_id, id, version)
    """,
    "order_promises": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        order_id uuid NOT NULL,
        promised_at timestamptz NOT NULL,
        reason text,
        made_by text NOT NULL,
        made_at timestamptz NOT NULL,
        CONSTRAINT order_promises_pkey PRIMARY KEY (id),
        CONSTRAINT order_promises_store_id_order_id_fkey
            FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id)
    """,
    "order_entries": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        order_id uuid NOT NULL,
        at timestamptz NOT NULL,
        who text NOT NULL,
        what text NOT NULL,
        detail jsonb NOT NULL,
        CONSTRAINT order_entries_pkey PRIMARY KEY (id),
        CONSTRAINT order_entries_store_id_order_id_fkey
            FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id)
    """,
    "line_price_changes": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        line_id uuid NOT NULL,
        former_amount numeric(17, 2) NOT NULL,
        amount numeric(17, 2) NOT NULL,
        former_shares jsonb,
        shares jsonb,
        reason text NOT NULL,
        changed_by text NOT NULL,
        changed_at timestamptz NOT NULL,
        CONSTRAINT line_price_changes_pkey PRIMARY KEY (id),
        CONSTRAINT line_price_changes_store_id_line_id_fkey
            FOREIGN KEY (store_id, line_id) REFERENCES repair_order_lines (store_id, id)
    """,
}
INDEXES = (
    "CREATE INDEX order_promises_order_id_idx ON order_promises (store_id, order_id)",
    "CREATE INDEX order_entries_order_id_id_idx ON order_entries (store_id, order_id, id)",
    "CREATE INDEX line_price_changes_line_id_idx ON line_price_changes (store_id, line_id)",
)
IMMUTABLE = ("order_promises", "order_entries", "line_price_changes")
ORDER_COLUMNS = ("drop_off_person text", "owner_number text", "payer_number text", "invoice_title text")
LINE_COLUMNS = {
    "job_id": "uuid",
    "origin": """text CONSTRAINT repair_order_lines_origin_check
        CHECK (origin IN ('genuine', 'equivalent', 'refurbished'))""",
    "cost": "numeric(17, 2) CONSTRAINT repair_order_lines_cost_check CHECK (cost >= 0)",
    "shares": """jsonb CONSTRAINT repair_order_lines_shares_check CHECK (shares IS NULL
        OR amount = share_of('customer', payer, amount, shares) + share_of('maker', payer, amount, shares)
            + share_of('insurer', payer, amount, shares) + share_of('internal', payer, amount, shares)
            + share_of('goodwill', payer, amount, shares))""",
    "agreed_amount": "numeric(17, 2)",
}
LINE_KEY = "CONSTRAINT repair_order_lines_store_id_id_key UNIQUE (store_id, id)"
JOB_KEY = """CONSTRAINT repair_order_lines_store_id_job_id_fkey
    FOREIGN KEY (store_id, job_id) REFERENCES order_jobs (store_id, id) NOT VALID"""
"""NOT VALID: there is nothing to check yet, since the new column is empty everywhere."""


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION share_of(whose text, payer text, amount numeric, shares jsonb) RETURNS numeric
        LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
            SELECT CASE WHEN shares IS NOT NULL THEN coalesce((shares ->> whose)::numeric, 0.00)
                WHEN payer = whose THEN amount ELSE 0.00 END
        $$
    """)
    op.execute(f"ALTER TABLE repair_order_lines ADD {LINE_KEY}")
    for table, columns in TABLES.items():
        op.execute(f"CREATE TABLE {table} ({columns})")
    for statement in (*INDEXES, *(each for table in TABLES for each in store_policy(table))):
        op.execute(statement)
    for column in ORDER_COLUMNS:
        op.execute(f"ALTER TABLE repair_orders ADD COLUMN {column}")
    for column, kind in LINE_COLUMNS.items():
        op.execute(f"ALTER TABLE repair_order_lines ADD COLUMN {column} {kind}")
    op.execute(f"ALTER TABLE repair_order_lines ADD {JOB_KEY}")
    for table in IMMUTABLE:
        op.execute(
            f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for column in LINE_COLUMNS:
        op.execute(f"ALTER TABLE repair_order_lines DROP COLUMN {column}")
    for column in ORDER_COLUMNS:
        op.execute(f"ALTER TABLE repair_orders DROP COLUMN {column.split()[0]}")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    op.execute("ALTER TABLE repair_order_lines DROP CONSTRAINT repair_order_lines_store_id_id_key")
    op.execute("DROP FUNCTION share_of(text, text, numeric, jsonb)")
