"""Values of a plan's parameters set beside its text, from a day on: versions that never change once approved.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

from chassis.database import store_policy

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TABLE = """
    CREATE TABLE plan_parameter (
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        plan_id uuid NOT NULL,
        name text NOT NULL,
        number integer NOT NULL,
        valid_from date NOT NULL,
        value text NOT NULL,
        statement text NOT NULL,
        hash text NOT NULL,
        reason text NOT NULL,
        status text NOT NULL DEFAULT 'proposed',
        proposed_by text NOT NULL,
        decided_by text,
        decided_at timestamptz,
        note text,
        alone_because text,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT plan_parameter_pkey PRIMARY KEY (id),
        CONSTRAINT plan_parameter_number_key UNIQUE (store_id, plan_id, name, number),
        CONSTRAINT plan_parameter_plan_fkey FOREIGN KEY (store_id, plan_id) REFERENCES plan (store_id, id),
        CONSTRAINT plan_parameter_status_check CHECK (status IN ('proposed', 'approved', 'withdrawn')),
        CONSTRAINT plan_parameter_decided_check
            CHECK ((status = 'proposed') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
        CONSTRAINT plan_parameter_second_person_check
            CHECK (status <> 'approved' OR decided_by <> proposed_by OR alone_because IS NOT NULL)
    )
"""
_FIXED = ("plan_id", "name", "number", "valid_from", "value", "statement", "hash", "reason", "proposed_by")


def upgrade() -> None:
    old, new = (", ".join(f"{row}.{name}" for name in _FIXED) for row in ("OLD", "NEW"))
    for statement in (
        _TABLE,
        *store_policy("plan_parameter"),
        f"""
        CREATE TRIGGER plan_parameter_immutable BEFORE UPDATE ON plan_parameter FOR EACH ROW
        WHEN (OLD.status <> 'proposed' OR ({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION refuse_change()
        """,
        """
        CREATE TRIGGER plan_parameter_stays BEFORE DELETE ON plan_parameter
        FOR EACH ROW EXECUTE FUNCTION refuse_change()
        """,
    ):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE plan_parameter")
