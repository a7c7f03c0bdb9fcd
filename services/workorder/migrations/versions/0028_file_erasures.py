"""Files of customers who were erased: nobody sees them any more, and from a day on they are not there."""

from alembic import op

from chassis.database import store_policy

revision = "0028"
down_revision = "0027"

ERASURES = """
    CREATE TABLE file_erasures (
        store_id uuid NOT NULL,
        file_id uuid NOT NULL,
        asked_at timestamptz NOT NULL,
        due_on date NOT NULL,
        CONSTRAINT file_erasures_pkey PRIMARY KEY (store_id, file_id),
        CONSTRAINT file_erasures_store_id_file_id_fkey FOREIGN KEY (store_id, file_id) REFERENCES files (store_id, id)
    )
"""


def upgrade() -> None:
    op.execute(ERASURES)
    for statement in store_policy("file_erasures"):
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER file_erasures_immutable BEFORE UPDATE OR DELETE ON file_erasures "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.execute("DROP TABLE file_erasures")
