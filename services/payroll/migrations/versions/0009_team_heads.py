"""Who leads a team and who manages it, from a day on: they see its pools and adjust them.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

from chassis.database import store_policy

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TEAM_HEADS = """
    CREATE TABLE team_heads (
        store_id uuid NOT NULL,
        team text NOT NULL,
        version integer NOT NULL,
        valid_from date NOT NULL,
        leader text,
        managers text[] NOT NULL,
        set_by text NOT NULL,
        set_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (store_id, team, version),
        FOREIGN KEY (store_id, team) REFERENCES team (store_id, name),
        FOREIGN KEY (store_id, leader) REFERENCES employee (store_id, number)
    )
"""


def upgrade() -> None:
    op.execute(_TEAM_HEADS)
    for statement in store_policy("team_heads"):
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON team_heads "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.execute("DROP TABLE team_heads")
