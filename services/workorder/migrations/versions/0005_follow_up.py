"""Refused work: its priority and follow-up date, that it is offered again once, and that it may be closed."""

from alembic import op

revision = "0005"
down_revision = "0004"

COLUMNS = {
    "priority": "text CONSTRAINT upsells_priority_check CHECK (priority IN ('safety', 'soon', 'comfort'))",
    "follow_up_on": "date",
    "closed_reason": """text CONSTRAINT upsells_closed_reason_check CHECK (
        closed_reason IN ('vehicle_sold', 'done_elsewhere', 'done_here', 'not_needed', 'not_wanted'))""",
    "closed_note": "text CONSTRAINT upsells_closed_note_check CHECK (closed_note IS NULL OR closed_reason IS NOT NULL)",
    "closed_by": "text",
    "closed_at": """timestamptz CONSTRAINT upsells_closed_check CHECK (
        (closed_reason IS NULL) = (closed_by IS NULL) AND (closed_reason IS NULL) = (closed_at IS NULL))""",
}
INDEXES = (
    "CREATE UNIQUE INDEX upsells_revived_from_key ON upsells (store_id, revived_from)",
    """CREATE INDEX upsells_refused_idx ON upsells (store_id, coalesce(follow_up_on, DATE '9999-12-31'), id)
        WHERE closed_reason IS NULL AND decision IS DISTINCT FROM 'approved'""",
)
_READ = ("upsells", "quote_decisions")
"""Their owner is held to a store as everyone is, and here belongs to none."""
_KNOWN = """
    UPDATE upsells u SET priority = d.priority, follow_up_on = d.follow_up_on
    FROM quote_decisions d
    WHERE d.store_id = u.store_id AND d.upsell_id = u.id AND d.decision = u.decision AND u.decision <> 'approved'
"""


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.execute(f"ALTER TABLE upsells ADD COLUMN {name} {kind}")
    for table in _READ:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(_KNOWN)
    for table in _READ:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    for statement in INDEXES:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP INDEX upsells_refused_idx, upsells_revived_from_key")
    for name in reversed(COLUMNS):
        op.execute(f"ALTER TABLE upsells DROP COLUMN {name}")
