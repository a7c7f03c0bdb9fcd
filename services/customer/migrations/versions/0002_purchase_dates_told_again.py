"""Tell again of every vehicle whose day of purchase is known, as it is: events of before that was told lack it.

A consumer that takes a state of the version it has is none the worse for hearing one twice.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

TOLD_AGAIN = """
    INSERT INTO feed_event (store_id, type, subject, version, data)
    SELECT v.store_id, 'customer.vehicle.changed', CAST(v.id AS text), v.version, jsonb_build_object(
        'id', v.id, 'vin', v.vin, 'plate', v.plate, 'model', v.model, 'use', v.use, 'vehicle_class', v.vehicle_class,
        'purchase_date', v.purchase_date,
        'owner', CASE WHEN v.owner_number IS NOT NULL
                 THEN jsonb_build_object('source', coalesce(o.source, v.source), 'number', v.owner_number, 'id', o.id)
                 END)
    FROM vehicle v LEFT JOIN customer o ON o.store_id = v.store_id AND o.number = v.owner_number
    WHERE v.purchase_date IS NOT NULL ORDER BY v.store_id, v.vin
"""
_READ = ("vehicle", "customer")


def upgrade() -> None:
    """Of all stores at once, which not even the owner sees otherwise."""
    for table in _READ:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(TOLD_AGAIN)
    for table in _READ:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    """What was told stays told."""
