"""Photos of items, findings and quotes, signatures under decisions, and walks round a car at reception."""

from alembic import op

from chassis.database import store_policy

revision = "0016"
down_revision = "0015"

WITH_PHOTOS = ("inspection_items", "findings", "quote_items")
WALK_ROUNDS = """
    id uuid NOT NULL DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    order_id uuid NOT NULL,
    number integer NOT NULL,
    odometer_km integer NOT NULL,
    fuel_percent integer NOT NULL,
    belongings text,
    warning_lights text[] NOT NULL,
    marks jsonb NOT NULL,
    photos uuid[] NOT NULL,
    signed_by text,
    signature_id uuid,
    refusal_reason text,
    recorded_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT walk_rounds_pkey PRIMARY KEY (id),
    CONSTRAINT walk_rounds_store_id_order_id_number_key UNIQUE (store_id, order_id, number),
    CONSTRAINT walk_rounds_store_id_order_id_fkey
        FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id),
    CONSTRAINT walk_rounds_store_id_signature_id_fkey
        FOREIGN KEY (store_id, signature_id) REFERENCES files (store_id, id),
    CONSTRAINT walk_rounds_odometer_check CHECK (odometer_km >= 0),
    CONSTRAINT walk_rounds_fuel_check CHECK (fuel_percent BETWEEN 0 AND 100),
    CONSTRAINT walk_rounds_signed_check CHECK (
        (signed_by IS NULL) = (signature_id IS NULL) AND (signature_id IS NULL) = (refusal_reason IS NOT NULL))
"""
SIGNATURE = """signature_id uuid
    CONSTRAINT quote_decisions_signature_check CHECK (signature_id IS NULL OR method = 'in_person_signature')"""
SIGNATURE_KEY = """CONSTRAINT quote_decisions_store_id_signature_id_fkey
    FOREIGN KEY (store_id, signature_id) REFERENCES files (store_id, id) NOT VALID"""
"""NOT VALID: there is nothing to check yet, since the new column is empty everywhere."""


def upgrade() -> None:
    for table in WITH_PHOTOS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN photos uuid[] NOT NULL DEFAULT '{{}}'")
    op.execute(f"ALTER TABLE quote_decisions ADD COLUMN {SIGNATURE}")
    op.execute(f"ALTER TABLE quote_decisions ADD {SIGNATURE_KEY}")
    op.execute(f"CREATE TABLE walk_rounds ({WALK_ROUNDS})")
    for statement in store_policy("walk_rounds"):
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER walk_rounds_immutable BEFORE UPDATE OR DELETE ON walk_rounds "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.execute("DROP TABLE walk_rounds")
    op.execute("ALTER TABLE quote_decisions DROP COLUMN signature_id")
    for table in WITH_PHOTOS:
        op.execute(f"ALTER TABLE {table} DROP COLUMN photos")
