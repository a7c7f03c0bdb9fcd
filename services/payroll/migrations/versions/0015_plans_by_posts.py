"""Several plans at once, each for some posts: which plan holds which post since when, and that a plan may end.

Revision ID: 0015
Revises: 0014
"""

from alembic import op

from chassis.database import store_policy

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TABLE = """
    CREATE TABLE plan_post (
        store_id uuid NOT NULL,
        post text NOT NULL,
        since date NOT NULL,
        plan_id uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT plan_post_pkey PRIMARY KEY (store_id, post, since),
        CONSTRAINT plan_post_plan_fkey FOREIGN KEY (store_id, plan_id) REFERENCES plan (store_id, id)
    )
"""
_KNOWN = """
    INSERT INTO plan_post (store_id, post, since, plan_id)
    SELECT store_id, '', effective_from, id FROM plan WHERE status = 'active'
"""
_OF_ALL_STORES = ("plan", "plan_post")
"""Their owner is held to a store as everyone is, and here belongs to none."""
COLUMNS = {
    "ended_from": "date",
    "ended_by": "text",
    "ended_at": "timestamptz",
    "ended_because": """text CONSTRAINT plan_ended_check
        CHECK (num_nulls(ended_from, ended_by, ended_at, ended_because) IN (0, 4)
               AND (ended_from IS NULL OR (status = 'active' AND ended_from > effective_from)))""",
}
_FIXED = ("name", "template", "text", "examples", "canonical", "parameters", "content_hash", "created_by")
_REVIEW = ("reviewed_by", "reviewed_at", "review_note", "alone_because")
_STATE = ("status", "effective_from", "activated_by", "activated_at", "withdrawn_by", "withdrawn_at")
_REFUSED = """
    CREATE TRIGGER plan_text_is_immutable BEFORE UPDATE ON plan FOR EACH ROW
    WHEN ({fixed} OR {active} OR OLD.withdrawn_at IS NOT NULL
        OR (OLD.reviewed_at IS NOT NULL AND {review})
        OR (NEW.status = 'active' AND (NEW.reviewed_at IS NULL OR NEW.withdrawn_at IS NOT NULL)))
    EXECUTE FUNCTION plan_text_is_immutable()
"""


def upgrade() -> None:
    op.execute(_TABLE)
    for statement in store_policy("plan_post"):
        op.execute(statement)
    for table in _OF_ALL_STORES:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(_KNOWN)
    for table in _OF_ALL_STORES:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON plan_post "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute("-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX plan_active_from")
    op.execute(f"ALTER TABLE plan {', '.join(f'ADD COLUMN {name} {kind}' for name, kind in COLUMNS.items())}")
    _refuse(f"(OLD.status = 'active' AND (OLD.ended_at IS NOT NULL OR {_changed(_STATE)}))")
    op.execute("ALTER TABLE run ADD COLUMN plans jsonb")
    op.execute("ALTER TABLE what_if ADD COLUMN posts text[]")


def downgrade() -> None:
    op.execute("ALTER TABLE what_if DROP COLUMN posts")
    op.execute("ALTER TABLE run DROP COLUMN plans")
    _refuse("OLD.status = 'active'")
    op.execute(f"ALTER TABLE plan {', '.join(f'DROP COLUMN {name}' for name in COLUMNS)}")
    op.execute("CREATE UNIQUE INDEX plan_active_from ON plan (store_id, effective_from) WHERE status = 'active'")
    op.execute("DROP TABLE plan_post")


def _refuse(active: str) -> None:
    op.execute("DROP TRIGGER plan_text_is_immutable ON plan")
    op.execute(_REFUSED.format(fixed=_changed(_FIXED), review=_changed(_REVIEW), active=active))


def _changed(names: tuple[str, ...]) -> str:
    old, new = (", ".join(f"{row}.{name}" for name in names) for row in ("OLD", "NEW"))
    return f"({old}) IS DISTINCT FROM ({new})"
