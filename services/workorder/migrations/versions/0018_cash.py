"""Days closed at the till, with what was counted."""

from alembic import op

from chassis.database import store_policy

revision = "0018"
down_revision = "0017"

CLOSINGS = """
    CREATE TABLE cash_closings (
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        day date NOT NULL,
        counts jsonb NOT NULL,
        closed_by text NOT NULL,
        closed_at timestamptz NOT NULL,
        CONSTRAINT cash_closings_pkey PRIMARY KEY (id),
        CONSTRAINT cash_closings_store_id_day_key UNIQUE (store_id, day)
    )
"""


def upgrade() -> None:
    op.execute(CLOSINGS)
    for statement in store_policy("cash_closings"):
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER cash_closings_immutable BEFORE UPDATE OR DELETE ON cash_closings "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.execute("DROP TABLE cash_closings")
