"""What would have been paid by another plan or with other values.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

from chassis.database import store_policy

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("what_if", "what_if_month", "what_if_pay")
_MONTH = r"text NOT NULL CHECK (month ~ '^\d{4}-(0[1-9]|1[0-2])$')"
_STATEMENTS = (
    """
    CREATE TABLE what_if (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'completed', 'failed')),
        plan_id uuid,
        parameters jsonb NOT NULL,
        months_done integer NOT NULL DEFAULT 0,
        problem jsonb,
        requested_by text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        started_at timestamptz,
        completed_at timestamptz,
        UNIQUE (store_id, id),
        FOREIGN KEY (store_id, plan_id) REFERENCES plan (store_id, id),
        CHECK (plan_id IS NOT NULL OR parameters <> '[]'),
        CHECK ((status = 'failed') = (problem IS NOT NULL))
    )
    """,
    "CREATE INDEX what_if_waiting ON what_if (store_id) WHERE status IN ('queued', 'running')",
    f"""
    CREATE TABLE what_if_month (
        store_id uuid NOT NULL,
        what_if_id uuid NOT NULL,
        month {_MONTH},
        run_id uuid NOT NULL,
        paid numeric(14, 2),
        now_total numeric(14, 2),
        then_total numeric(14, 2),
        same_as_run boolean,
        facts_as_of timestamptz,
        PRIMARY KEY (store_id, what_if_id, month),
        FOREIGN KEY (store_id, what_if_id) REFERENCES what_if (store_id, id),
        FOREIGN KEY (store_id, run_id) REFERENCES run (store_id, id)
    )
    """,
    """
    CREATE TABLE what_if_pay (
        store_id uuid NOT NULL,
        what_if_id uuid NOT NULL,
        month text NOT NULL,
        employee text NOT NULL,
        now_amount numeric(14, 2) NOT NULL,
        then_amount numeric(14, 2) NOT NULL,
        PRIMARY KEY (store_id, what_if_id, month, employee),
        FOREIGN KEY (store_id, what_if_id, month) REFERENCES what_if_month (store_id, what_if_id, month)
    )
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
    for table in TABLES:
        for statement in store_policy(table):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
