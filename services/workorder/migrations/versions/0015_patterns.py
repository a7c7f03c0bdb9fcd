"""Minings of patterns in the shop's own history, and what people have said of what was found."""

from alembic import op

from chassis.database import store_policy

revision = "0015"
down_revision = "0014"

TABLES = {
    "pattern_minings": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        state text NOT NULL,
        since date NOT NULL,
        orders integer NOT NULL,
        orders_read integer NOT NULL DEFAULT 0,
        policy jsonb NOT NULL,
        cells integer,
        patterns jsonb,
        asked_by text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz,
        CONSTRAINT pattern_minings_pkey PRIMARY KEY (id),
        CONSTRAINT pattern_minings_store_id_id_key UNIQUE (store_id, id),
        CONSTRAINT pattern_minings_state_check CHECK (state IN ('queued', 'running', 'done', 'failed')),
        CONSTRAINT pattern_minings_finished_check CHECK ((finished_at IS NOT NULL) = (state IN ('done', 'failed'))),
        CONSTRAINT pattern_minings_found_check CHECK (
            (state = 'done') = (patterns IS NOT NULL) AND (state = 'done') = (cells IS NOT NULL))
    """,
    "pattern_decisions": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        mining_id uuid NOT NULL,
        model text NOT NULL,
        from_km integer NOT NULL,
        item_code text NOT NULL,
        n integer NOT NULL,
        rule_id uuid,
        reason text,
        decided_by text NOT NULL,
        decided_at timestamptz NOT NULL,
        CONSTRAINT pattern_decisions_pkey PRIMARY KEY (id),
        CONSTRAINT pattern_decisions_pattern_key
            UNIQUE (store_id, mining_id, model, from_km, item_code),
        CONSTRAINT pattern_decisions_store_id_mining_id_fkey
            FOREIGN KEY (store_id, mining_id) REFERENCES pattern_minings (store_id, id),
        CONSTRAINT pattern_decisions_store_id_rule_id_fkey
            FOREIGN KEY (store_id, rule_id) REFERENCES check_rules (store_id, id),
        CONSTRAINT pattern_decisions_said_check CHECK ((rule_id IS NULL) = (reason IS NOT NULL))
    """,
}
INDEXES = (
    "CREATE UNIQUE INDEX pattern_minings_active_key ON pattern_minings (store_id) WHERE state IN ('queued', 'running')",
    "CREATE INDEX pattern_decisions_rule_id_idx ON pattern_decisions (store_id, rule_id)",
)


def upgrade() -> None:
    for table, columns in TABLES.items():
        op.execute(f"CREATE TABLE {table} ({columns})")
    for statement in (*INDEXES, *(each for table in TABLES for each in store_policy(table))):
        op.execute(statement)
    op.execute("""
        CREATE TRIGGER pattern_decisions_immutable BEFORE UPDATE OR DELETE ON pattern_decisions
        FOR EACH ROW EXECUTE FUNCTION refuse_change()
    """)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
