"""Credit terms of payers, and orders found by who pays them."""

from alembic import op

from chassis.database import store_policy

revision = "0014"
down_revision = "0013"

TERMS = """
    CREATE TABLE credit_terms (
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        customer_number text NOT NULL,
        valid_from date NOT NULL,
        credit_limit numeric(17, 2) NOT NULL,
        days integer NOT NULL,
        note text,
        set_by text NOT NULL,
        set_at timestamptz NOT NULL,
        CONSTRAINT credit_terms_pkey PRIMARY KEY (id),
        CONSTRAINT credit_terms_limit_check CHECK (credit_limit >= 0),
        CONSTRAINT credit_terms_days_check CHECK (days BETWEEN 0 AND 365)
    )
"""


def upgrade() -> None:
    op.execute(TERMS)
    op.execute(
        "CREATE INDEX credit_terms_customer_number_valid_from_id_idx"
        " ON credit_terms (store_id, customer_number, valid_from, id)"
    )
    for statement in store_policy("credit_terms"):
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER credit_terms_immutable BEFORE UPDATE OR DELETE ON credit_terms "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.execute("DROP TABLE credit_terms")
