"""How the customer agreed to an order: by which way, who, when, and who entered it."""

from alembic import op

from chassis.database import store_policy

revision = "0025"
down_revision = "0024"

APPROVALS = """
    CREATE TABLE order_approvals (
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        order_id uuid NOT NULL,
        method text NOT NULL,
        decided_by text NOT NULL,
        decided_at timestamptz NOT NULL,
        called_at timestamptz,
        taken_by text NOT NULL,
        signature_id uuid,
        CONSTRAINT order_approvals_pkey PRIMARY KEY (id),
        CONSTRAINT order_approvals_store_id_order_id_key UNIQUE (store_id, order_id),
        CONSTRAINT order_approvals_store_id_order_id_fkey
            FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id),
        CONSTRAINT order_approvals_store_id_signature_id_fkey
            FOREIGN KEY (store_id, signature_id) REFERENCES files (store_id, id),
        CONSTRAINT order_approvals_method_check CHECK (method IN ('in_person_signature', 'phone', 'contract')),
        CONSTRAINT order_approvals_called_check CHECK ((called_at IS NOT NULL) = (method = 'phone')),
        CONSTRAINT order_approvals_signature_check
            CHECK ((signature_id IS NOT NULL) = (method = 'in_person_signature'))
    )
"""


def upgrade() -> None:
    op.execute(APPROVALS)
    for statement in store_policy("order_approvals"):
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER order_approvals_immutable BEFORE UPDATE OR DELETE ON order_approvals "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.execute("DROP TABLE order_approvals")
