"""The life of a plan: reviewed by a second person, or withdrawn, before it can be active.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COLUMNS = {
    "reviewed_by": "text",
    "reviewed_at": "timestamptz CHECK ((reviewed_at IS NULL) = (reviewed_by IS NULL))",
    "review_note": "text CHECK ((review_note IS NULL) = (reviewed_by IS NULL))",
    "alone_because": "text CHECK (alone_because IS NULL OR reviewed_by = created_by)",
    "withdrawn_by": "text",
    "withdrawn_at": "timestamptz CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL))",
    "withdrawn_because": "text CHECK ((withdrawn_because IS NULL) = (withdrawn_by IS NULL))",
}
BEFORE = ("text", "examples", "canonical", "content_hash")
FIXED = ("name", "template", "text", "examples", "canonical", "parameters", "content_hash", "created_by")
REVIEW = ("reviewed_by", "reviewed_at", "review_note", "alone_because")


def upgrade() -> None:
    added = ", ".join(f"ADD COLUMN {name} {kind}" for name, kind in COLUMNS.items())
    op.execute(f"ALTER TABLE plan {added}")
    op.execute("DROP TRIGGER plan_text_is_immutable ON plan")
    op.execute(f"""
        CREATE TRIGGER plan_text_is_immutable BEFORE UPDATE ON plan FOR EACH ROW
        WHEN ({_changed(FIXED)} OR OLD.status = 'active' OR OLD.withdrawn_at IS NOT NULL
            OR (OLD.reviewed_at IS NOT NULL AND {_changed(REVIEW)})
            OR (NEW.status = 'active' AND (NEW.reviewed_at IS NULL OR NEW.withdrawn_at IS NOT NULL)))
        EXECUTE FUNCTION plan_text_is_immutable()
    """)
    op.execute("""
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'A row of % is never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END $$
    """)
    op.execute("CREATE TRIGGER plan_stays BEFORE DELETE ON plan FOR EACH ROW EXECUTE FUNCTION refuse_change()")


def downgrade() -> None:
    op.execute("DROP TRIGGER plan_stays ON plan")
    op.execute("DROP FUNCTION refuse_change()")
    op.execute("DROP TRIGGER plan_text_is_immutable ON plan")
    op.execute(f"""
        CREATE TRIGGER plan_text_is_immutable BEFORE UPDATE ON plan FOR EACH ROW
        WHEN ({_changed(BEFORE)} OR OLD.status = 'active') EXECUTE FUNCTION plan_text_is_immutable()
    """)
    op.execute(f"ALTER TABLE plan {', '.join(f'DROP COLUMN {name}' for name in COLUMNS)}")


def _changed(names: tuple[str, ...]) -> str:
    old, new = (", ".join(f"{row}.{name}" for name in names) for row in ("OLD", "NEW"))
    return f"({old}) IS DISTINCT FROM ({new})"
