"""Rules of targeted inspection, the checks they put on orders, and when a vehicle was bought."""

from alembic import op

from chassis.database import store_policy

revision = "0010"
down_revision = "0009"

TABLES = {
    "check_rules": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        item jsonb NOT NULL,
        why jsonb NOT NULL,
        conditions jsonb NOT NULL,
        valid_from date NOT NULL,
        valid_to date,
        evidence jsonb,
        made_by text NOT NULL,
        version integer NOT NULL DEFAULT 1,
        source text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT check_rules_pkey PRIMARY KEY (id),
        CONSTRAINT check_rules_store_id_id_key UNIQUE (store_id, id),
        CONSTRAINT check_rules_valid_check CHECK (valid_to IS NULL OR valid_to >= valid_from)
    """,
    "check_rule_history": """
        store_id uuid NOT NULL,
        id uuid NOT NULL,
        version integer NOT NULL,
        superseded_at timestamptz NOT NULL DEFAULT now(),
        state jsonb NOT NULL,
        CONSTRAINT check_rule_history_pkey PRIMARY KEY (store_id, id, version)
    """,
    "order_checks": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        order_id uuid NOT NULL,
        rule_id uuid NOT NULL,
        rule_version integer NOT NULL,
        item jsonb NOT NULL,
        why jsonb NOT NULL,
        facts jsonb NOT NULL,
        inspection_item_id uuid,
        waived_reason text,
        waived_by text,
        waived_at timestamptz,
        version integer NOT NULL DEFAULT 1,
        source text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT order_checks_pkey PRIMARY KEY (id),
        CONSTRAINT order_checks_store_id_order_id_rule_id_key UNIQUE (store_id, order_id, rule_id),
        CONSTRAINT order_checks_store_id_order_id_fkey
            FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id),
        CONSTRAINT order_checks_store_id_rule_id_fkey
            FOREIGN KEY (store_id, rule_id) REFERENCES check_rules (store_id, id),
        CONSTRAINT order_checks_store_id_inspection_item_id_fkey
            FOREIGN KEY (store_id, inspection_item_id) REFERENCES inspection_items (store_id, id),
        CONSTRAINT order_checks_waived_check CHECK (
            (waived_reason IS NULL) = (waived_by IS NULL) AND (waived_reason IS NULL) = (waived_at IS NULL))
    """,
}
INDEXES = (
    "CREATE INDEX check_rules_valid_to_idx ON check_rules (store_id, valid_to)",
    "CREATE INDEX order_checks_rule_id_idx ON order_checks (store_id, rule_id)",
    "CREATE INDEX order_checks_inspection_item_id_idx ON order_checks (store_id, inspection_item_id)",
)


def upgrade() -> None:
    op.execute("ALTER TABLE vehicle_copy ADD COLUMN purchase_date date")
    for table, columns in TABLES.items():
        op.execute(f"CREATE TABLE {table} ({columns})")
    for statement in (*INDEXES, *(each for table in TABLES for each in store_policy(table))):
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    op.execute("ALTER TABLE vehicle_copy DROP COLUMN purchase_date")
