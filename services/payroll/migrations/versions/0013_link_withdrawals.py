"""From when on links to a statement open nothing.

Revision ID: 0013
Revises: 0012
"""

from alembic import op

from chassis.database import store_policy

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TABLE = r"""
    CREATE TABLE link_withdrawal (
        store_id uuid NOT NULL,
        month text NOT NULL CHECK (month ~ '^\d{4}-(0[1-9]|1[0-2])$'),
        employee text NOT NULL,
        at timestamptz NOT NULL,
        withdrawn_by text NOT NULL,
        PRIMARY KEY (store_id, month, employee, at),
        FOREIGN KEY (store_id, month) REFERENCES pay_month (store_id, month)
    )
"""


def upgrade() -> None:
    for statement in (
        _TABLE,
        *store_policy("link_withdrawal"),
        """
        CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON link_withdrawal
        FOR EACH ROW EXECUTE FUNCTION refuse_change()
        """,
    ):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE link_withdrawal")
