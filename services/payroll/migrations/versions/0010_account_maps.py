"""A store's own departments and accounts, from a day on.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

from chassis.database import store_policy

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TABLE = """
    CREATE TABLE account_map (
        store_id uuid NOT NULL,
        valid_from date NOT NULL,
        departments jsonb NOT NULL CHECK (jsonb_array_length(departments) > 0),
        posts jsonb NOT NULL,
        other jsonb NOT NULL,
        payable jsonb NOT NULL,
        set_by text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (store_id, valid_from)
    )
"""


def upgrade() -> None:
    for statement in (
        _TABLE,
        *store_policy("account_map"),
        """
        CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON account_map
        FOR EACH ROW EXECUTE FUNCTION refuse_change()
        """,
    ):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE account_map")
