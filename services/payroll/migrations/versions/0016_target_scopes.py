"""Whose target it is, a person's or a team's: a team may be called as an employee is numbered.

Of a subject that is both nobody can tell which was meant, and both were read from it: it becomes two targets, each with
the value, the signature and the history. One that is neither is the person's who signed for himself, else a team's.
Half a signature, which never counted, is none from now on.

Revision ID: 0016
Revises: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_OF_ALL_STORES = ("target", "target_history", "employee", "team")
"""Their owner is held to a store as everyone is, and here belongs to none."""
_COLUMN = """
    ALTER TABLE target
        ADD COLUMN scope text NOT NULL DEFAULT 'team' CONSTRAINT target_scope_check CHECK (scope IN ('person', 'team'))
"""
_WHOLE = "CONSTRAINT target_signature_check CHECK ((signed_on IS NULL) = (signed_by IS NULL))"
_KEY = "target_store_id_month_subject_metric_key"
_UNIQUE = "UNIQUE (store_id, month, {names})"
_PERSONS = """
    UPDATE target t SET scope = 'person'
    WHERE EXISTS (SELECT FROM employee e WHERE e.store_id = t.store_id AND e.number = t.subject)
       OR (t.signed_by = t.subject
           AND NOT EXISTS (SELECT FROM team g WHERE g.store_id = t.store_id AND g.name = t.subject))
"""
_HALF_SIGNED = "UPDATE target SET signed_on = NULL, signed_by = NULL WHERE (signed_on IS NULL) <> (signed_by IS NULL)"
_TEAMS_TOO = """
    WITH added AS (
        INSERT INTO target (store_id, month, scope, subject, metric, value, weight, signed_on, signed_by, version,
            source, import_id, created_at, updated_at)
        SELECT t.store_id, t.month, 'team', t.subject, t.metric, t.value, t.weight, t.signed_on, t.signed_by,
            t.version, t.source, t.import_id, t.created_at, t.updated_at
        FROM target t JOIN team g ON g.store_id = t.store_id AND g.name = t.subject
        WHERE t.scope = 'person'
        RETURNING store_id, id, month, subject, metric
    )
    INSERT INTO target_history (store_id, target_id, version, state, replaced_at)
    SELECT h.store_id, a.id, h.version, h.state, h.replaced_at
    FROM added a JOIN target t USING (store_id, month, subject, metric)
    JOIN target_history h ON h.store_id = t.store_id AND h.target_id = t.id
    WHERE t.scope = 'person'
"""
_STATES = """
    UPDATE target_history h SET state = h.state || jsonb_build_object('id', t.id, 'scope', t.scope)
    FROM target t WHERE t.store_id = h.store_id AND t.id = h.target_id
"""
_ONE_OF_TWO = """
    WITH gone AS (
        DELETE FROM target t USING target p
        WHERE t.scope = 'team' AND p.scope = 'person'
          AND (p.store_id, p.month, p.subject, p.metric) = (t.store_id, t.month, t.subject, t.metric)
        RETURNING t.store_id, t.id
    )
    DELETE FROM target_history h USING gone WHERE h.store_id = gone.store_id AND h.target_id = gone.id
"""
"""Of two targets that nothing but the scope told apart the person's stays."""


def upgrade() -> None:
    op.execute(_COLUMN)
    unique = _UNIQUE.format(names="scope, subject, metric")
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE target DROP CONSTRAINT {_KEY}")
    op.execute(f"-- squawk-ignore disallowed-unique-constraint\nALTER TABLE target ADD CONSTRAINT target_key {unique}")
    _in_all_stores(_PERSONS, _HALF_SIGNED, _TEAMS_TOO, _STATES)
    op.execute("-- squawk-ignore ban-drop-default\nALTER TABLE target ALTER COLUMN scope DROP DEFAULT")
    op.execute(f"-- squawk-ignore constraint-missing-not-valid\nALTER TABLE target ADD {_WHOLE}")


def downgrade() -> None:
    _in_all_stores(_ONE_OF_TWO, "UPDATE target_history SET state = state - 'scope'")
    op.execute("ALTER TABLE target DROP CONSTRAINT target_signature_check, DROP CONSTRAINT target_key")
    op.execute(f"ALTER TABLE target ADD CONSTRAINT {_KEY} {_UNIQUE.format(names='subject, metric')}")
    op.execute("ALTER TABLE target DROP COLUMN scope")


def _in_all_stores(*statements: str) -> None:
    for table in _OF_ALL_STORES:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    for statement in statements:
        op.execute(statement)
    for table in _OF_ALL_STORES:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
