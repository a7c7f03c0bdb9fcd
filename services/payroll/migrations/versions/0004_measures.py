"""Measures entered by hand: proposed with a document and a reason, approved by a second person, corrected, withdrawn.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

from chassis.database import store_policy

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = {
    "measure": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        measure text NOT NULL,
        occurred_on date NOT NULL,
        employee text,
        team text,
        document text NOT NULL,
        number numeric,
        amount numeric,
        hours numeric,
        reason text NOT NULL,
        status text NOT NULL DEFAULT 'proposed',
        entered_by text NOT NULL,
        decided_by text,
        decided_at timestamptz,
        note text,
        alone_because text,
        counted_version integer,
        version integer NOT NULL DEFAULT 1,
        source text NOT NULL,
        import_id uuid,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT measure_pkey PRIMARY KEY (id),
        CONSTRAINT measure_store_id_id_key UNIQUE (store_id, id),
        CONSTRAINT measure_status_check CHECK (status IN ('proposed', 'approved', 'withdrawn')),
        CONSTRAINT measure_value_check CHECK (num_nonnulls(number, amount, hours) > 0),
        CONSTRAINT measure_decided_check
            CHECK ((status = 'proposed') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
        CONSTRAINT measure_approved_check CHECK (status <> 'approved' OR counted_version = version),
        CONSTRAINT measure_second_person_check
            CHECK (status <> 'approved' OR decided_by <> entered_by OR alone_because IS NOT NULL)
    """,
    "measure_history": """
        store_id uuid NOT NULL,
        measure_id uuid NOT NULL,
        version integer NOT NULL,
        state jsonb NOT NULL,
        replaced_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT measure_history_pkey PRIMARY KEY (store_id, measure_id, version),
        CONSTRAINT measure_history_store_id_measure_id_fkey
            FOREIGN KEY (store_id, measure_id) REFERENCES measure (store_id, id)
    """,
}
INDEXES = (
    """
    CREATE UNIQUE INDEX measure_of_document ON measure (store_id, measure, occurred_on, employee, team, document)
    NULLS NOT DISTINCT WHERE status <> 'withdrawn'
    """,
    "CREATE INDEX measure_occurred ON measure (store_id, occurred_on)",
    """
    CREATE TRIGGER measure_history_immutable BEFORE UPDATE OR DELETE ON measure_history
    FOR EACH ROW EXECUTE FUNCTION refuse_change()
    """,
    "CREATE TRIGGER measure_stays BEFORE DELETE ON measure FOR EACH ROW EXECUTE FUNCTION refuse_change()",
)


def upgrade() -> None:
    for table, columns in TABLES.items():
        op.execute(f"CREATE TABLE {table} ({columns})")
        for statement in store_policy(table):
            op.execute(statement)
    for statement in INDEXES:
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
