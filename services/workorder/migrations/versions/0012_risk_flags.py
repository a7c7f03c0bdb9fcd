"""Reviews of the risk control, the flags they raise, and what is said of a flag."""

from alembic import op

from chassis.database import store_policy

revision = "0012"
down_revision = "0011"

TABLES = {
    "risk_reviews": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        asked_by text NOT NULL,
        today date NOT NULL,
        state text NOT NULL,
        window_from date,
        policy_version integer,
        orders integer,
        flags integer,
        raised integer,
        completed_at timestamptz,
        version integer NOT NULL DEFAULT 1,
        source text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT risk_reviews_pkey PRIMARY KEY (id),
        CONSTRAINT risk_reviews_store_id_id_key UNIQUE (store_id, id),
        CONSTRAINT risk_reviews_state_check CHECK (state IN ('queued', 'completed', 'failed')),
        CONSTRAINT risk_reviews_completed_check CHECK ((state = 'completed') = (flags IS NOT NULL))
    """,
    "risk_flags": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        kind text NOT NULL,
        key text NOT NULL,
        period text,
        advisor text,
        finders text[] NOT NULL,
        order_id uuid,
        upsell_id uuid,
        measure numeric(12, 4),
        expected numeric(12, 4),
        bound numeric(12, 4),
        n integer,
        threshold numeric(12, 4),
        order_ids uuid[] NOT NULL,
        upsell_ids uuid[] NOT NULL,
        window_from date NOT NULL,
        window_to date NOT NULL,
        raised_on date NOT NULL,
        policy_version integer NOT NULL,
        review_id uuid NOT NULL,
        stands boolean NOT NULL,
        state text NOT NULL,
        assigned_to text,
        assigned_by text,
        outcome text,
        note text,
        closed_by text,
        closed_at timestamptz,
        version integer NOT NULL DEFAULT 1,
        source text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT risk_flags_pkey PRIMARY KEY (id),
        CONSTRAINT risk_flags_store_id_id_key UNIQUE (store_id, id),
        CONSTRAINT risk_flags_store_id_kind_key_key UNIQUE (store_id, kind, key),
        CONSTRAINT risk_flags_store_id_order_id_fkey
            FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id),
        CONSTRAINT risk_flags_store_id_upsell_id_fkey
            FOREIGN KEY (store_id, upsell_id) REFERENCES upsells (store_id, id),
        CONSTRAINT risk_flags_store_id_review_id_fkey
            FOREIGN KEY (store_id, review_id) REFERENCES risk_reviews (store_id, id),
        CONSTRAINT risk_flags_subject_check CHECK ((period IS NULL) = (order_id IS NOT NULL)),
        CONSTRAINT risk_flags_state_check CHECK (state IN ('open', 'assigned', 'closed')),
        CONSTRAINT risk_flags_assigned_check CHECK (state <> 'assigned' OR assigned_to IS NOT NULL),
        CONSTRAINT risk_flags_outcome_check
            CHECK (outcome IN ('confirmed', 'explained', 'unfounded', 'coached', 'corrected')),
        CONSTRAINT risk_flags_closed_check CHECK (
            (state = 'closed') = (outcome IS NOT NULL) AND (outcome IS NULL) = (closed_by IS NULL)
            AND (outcome IS NULL) = (closed_at IS NULL) AND (outcome IS NULL) = (note IS NULL))
    """,
    "risk_flag_comments": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        flag_id uuid NOT NULL,
        made_by text NOT NULL,
        text text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT risk_flag_comments_pkey PRIMARY KEY (id),
        CONSTRAINT risk_flag_comments_store_id_flag_id_fkey
            FOREIGN KEY (store_id, flag_id) REFERENCES risk_flags (store_id, id)
    """,
    "risk_flag_history": """
        store_id uuid NOT NULL,
        id uuid NOT NULL,
        version integer NOT NULL,
        superseded_at timestamptz NOT NULL DEFAULT now(),
        state jsonb NOT NULL,
        CONSTRAINT risk_flag_history_pkey PRIMARY KEY (store_id, id, version)
    """,
}
INDEXES = (
    "CREATE INDEX risk_flags_state_id_idx ON risk_flags (store_id, state, id)",
    "CREATE INDEX risk_flag_comments_flag_id_idx ON risk_flag_comments (store_id, flag_id)",
)


def upgrade() -> None:
    for table, columns in TABLES.items():
        op.execute(f"CREATE TABLE {table} ({columns})")
    for statement in (*INDEXES, *(each for table in TABLES for each in store_policy(table))):
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER risk_flag_comments_immutable BEFORE UPDATE OR DELETE ON risk_flag_comments "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
