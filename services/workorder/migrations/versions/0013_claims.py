"""Warranty claims on the maker, with their lines, the answers in each round, and the money that came of them."""

from alembic import op

from chassis.database import store_policy

revision = "0013"
down_revision = "0012"

TABLES = {
    "claims": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        order_id uuid NOT NULL,
        number text NOT NULL,
        state text NOT NULL,
        round integer NOT NULL,
        maker_number text,
        sent_on date,
        answered_on date,
        note text,
        version integer NOT NULL DEFAULT 1,
        source text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT claims_pkey PRIMARY KEY (id),
        CONSTRAINT claims_store_id_number_key UNIQUE (store_id, number),
        CONSTRAINT claims_store_id_id_key UNIQUE (store_id, id),
        CONSTRAINT claims_store_id_order_id_fkey
            FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id),
        CONSTRAINT claims_state_check CHECK (state IN ('draft', 'sent', 'resubmitted', 'paid', 'short_paid', 'refused',
            'written_off', 'withdrawn')),
        CONSTRAINT claims_sent_check
            CHECK ((state IN ('draft', 'withdrawn')) = (round = 0) AND (round = 0) = (sent_on IS NULL))
    """,
    "claim_history": """
        store_id uuid NOT NULL,
        id uuid NOT NULL,
        version integer NOT NULL,
        superseded_at timestamptz NOT NULL DEFAULT now(),
        state jsonb NOT NULL,
        CONSTRAINT claim_history_pkey PRIMARY KEY (store_id, id, version)
    """,
    "claim_lines": """
        store_id uuid NOT NULL,
        claim_id uuid NOT NULL,
        line_id uuid NOT NULL,
        line_number integer NOT NULL,
        name text NOT NULL,
        claimed numeric(17, 2) NOT NULL,
        CONSTRAINT claim_lines_pkey PRIMARY KEY (store_id, claim_id, line_id),
        CONSTRAINT claim_lines_store_id_claim_id_fkey
            FOREIGN KEY (store_id, claim_id) REFERENCES claims (store_id, id),
        CONSTRAINT claim_lines_store_id_line_id_fkey
            FOREIGN KEY (store_id, line_id) REFERENCES repair_order_lines (store_id, id),
        CONSTRAINT claim_lines_claimed_check CHECK (claimed > 0)
    """,
    "claim_answers": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        claim_id uuid NOT NULL,
        round integer NOT NULL,
        line_id uuid NOT NULL,
        line_number integer NOT NULL,
        paid numeric(17, 2) NOT NULL,
        reason text,
        CONSTRAINT claim_answers_pkey PRIMARY KEY (id),
        CONSTRAINT claim_answers_store_id_claim_id_round_line_id_key UNIQUE (store_id, claim_id, round, line_id),
        CONSTRAINT claim_answers_store_id_claim_id_line_id_fkey
            FOREIGN KEY (store_id, claim_id, line_id) REFERENCES claim_lines (store_id, claim_id, line_id),
        CONSTRAINT claim_answers_paid_check CHECK (paid >= 0)
    """,
}
INDEXES = (
    "CREATE INDEX claims_order_id_idx ON claims (store_id, order_id)",
    "CREATE INDEX claims_state_id_idx ON claims (store_id, state, id)",
    "CREATE INDEX claim_lines_line_id_idx ON claim_lines (store_id, line_id)",
)
IMMUTABLE = ("claim_lines", "claim_answers")
CLAIM_KEY = """CONSTRAINT reimbursements_store_id_claim_id_fkey
    FOREIGN KEY (store_id, claim_id) REFERENCES claims (store_id, id) NOT VALID"""
"""NOT VALID: there is nothing to check yet, since the new column is empty everywhere."""


def upgrade() -> None:
    for table, columns in TABLES.items():
        op.execute(f"CREATE TABLE {table} ({columns})")
    for statement in (*INDEXES, *(each for table in TABLES for each in store_policy(table))):
        op.execute(statement)
    op.execute("ALTER TABLE reimbursements ADD COLUMN claim_id uuid")
    op.execute(f"ALTER TABLE reimbursements ADD {CLAIM_KEY}")
    for table in IMMUTABLE:
        op.execute(
            f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.execute("ALTER TABLE reimbursements DROP COLUMN claim_id")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
