"""Months on their way to being paid: adjustments inside pools, statements as they were closed, corrections.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

from chassis.database import store_policy

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("pay_month", "pay_month_step", "approval_chain", "adjustment", "adjusted_share", "statement")
_NEVER_CHANGED = ("pay_month_step", "approval_chain", "adjusted_share", "statement")
_MONTH = r"text NOT NULL CHECK (month ~ '^\d{4}-(0[1-9]|1[0-2])$')"
_STATEMENTS = (
    r"ALTER TABLE pay_line ADD COLUMN of_month text CHECK (of_month ~ '^\d{4}-(0[1-9]|1[0-2])$')",
    f"""
    CREATE TABLE pay_month (
        store_id uuid NOT NULL,
        month {_MONTH},
        state text NOT NULL CHECK (state IN ('open', 'locked', 'approved', 'closed')),
        run_id uuid,
        chain text[] NOT NULL,
        revision integer NOT NULL DEFAULT 0,
        root text,
        total numeric(14, 2),
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (store_id, month),
        FOREIGN KEY (store_id, run_id) REFERENCES run (store_id, id),
        CHECK (state = 'open' OR run_id IS NOT NULL),
        CHECK (state <> 'closed' OR (root IS NOT NULL AND total IS NOT NULL))
    )
    """,
    f"""
    CREATE TABLE pay_month_step (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        month {_MONTH},
        what text NOT NULL CHECK (what IN ('locked', 'approved', 'closed', 'reopened')),
        role text,
        person text NOT NULL,
        reason text,
        run_id uuid,
        at timestamptz NOT NULL,
        FOREIGN KEY (store_id, month) REFERENCES pay_month (store_id, month),
        CHECK (what <> 'reopened' OR reason IS NOT NULL)
    )
    """,
    "CREATE INDEX pay_month_step_of_month ON pay_month_step (store_id, month, at)",
    """
    CREATE TABLE approval_chain (
        store_id uuid NOT NULL,
        valid_from date NOT NULL,
        roles text[] NOT NULL CHECK (cardinality(roles) BETWEEN 1 AND 5),
        set_by text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (store_id, valid_from)
    )
    """,
    f"""
    CREATE TABLE adjustment (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        month {_MONTH},
        run_id uuid NOT NULL,
        pool text NOT NULL,
        owner text NOT NULL,
        state text NOT NULL CHECK (state IN ('proposed', 'approved', 'refused', 'withdrawn')),
        reason text NOT NULL,
        proposed_by text NOT NULL,
        decided_by text,
        decided_at timestamptz,
        note text,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (store_id, id),
        FOREIGN KEY (store_id, month) REFERENCES pay_month (store_id, month),
        FOREIGN KEY (store_id, run_id) REFERENCES run (store_id, id),
        CHECK ((state = 'proposed') = (decided_by IS NULL)),
        CHECK (state NOT IN ('approved', 'refused') OR decided_by <> proposed_by)
    )
    """,
    "CREATE INDEX adjustment_of_run ON adjustment (store_id, run_id, pool, owner)",
    """
    CREATE TABLE adjusted_share (
        store_id uuid NOT NULL,
        adjustment_id uuid NOT NULL,
        employee text NOT NULL,
        amount numeric(14, 2) NOT NULL CHECK (amount <> 0),
        PRIMARY KEY (store_id, adjustment_id, employee),
        FOREIGN KEY (store_id, adjustment_id) REFERENCES adjustment (store_id, id)
    )
    """,
    f"""
    CREATE TABLE statement (
        store_id uuid NOT NULL,
        month {_MONTH},
        revision integer NOT NULL,
        employee text NOT NULL,
        place integer NOT NULL,
        total numeric(14, 2) NOT NULL,
        document text NOT NULL,
        leaf text NOT NULL,
        PRIMARY KEY (store_id, month, revision, employee),
        UNIQUE (store_id, month, revision, place),
        FOREIGN KEY (store_id, month) REFERENCES pay_month (store_id, month)
    )
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
    for table in TABLES:
        for statement in store_policy(table):
            op.execute(statement)
    for table in _NEVER_CHANGED:
        op.execute(
            f"CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    op.execute("ALTER TABLE pay_line DROP COLUMN of_month")
