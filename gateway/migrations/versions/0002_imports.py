"""The tables of imports: uploads in parts, progress by file, the outcome of every row.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

from chassis.database import store_policy

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE dms_import (
        store_id uuid NOT NULL REFERENCES store,
        id uuid NOT NULL DEFAULT uuidv7(),
        caller jsonb NOT NULL,
        mapping text NOT NULL,
        month text CHECK (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
        state text NOT NULL
            CHECK (state IN ('waiting', 'reading', 'writing', 'finished', 'refused', 'failed', 'cancelled')),
        reasons jsonb NOT NULL DEFAULT '[]',
        notes jsonb NOT NULL DEFAULT '[]',
        trouble text,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        ended_at timestamptz,
        PRIMARY KEY (store_id, id),
        CHECK ((ended_at IS NULL) = (state IN ('waiting', 'reading', 'writing')))
    )""",
    """
    CREATE TABLE dms_import_upload (
        store_id uuid NOT NULL,
        import_id uuid NOT NULL,
        number integer NOT NULL,
        name text NOT NULL,
        size bigint NOT NULL CHECK (size >= 0),
        sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
        PRIMARY KEY (store_id, import_id, number),
        FOREIGN KEY (store_id, import_id) REFERENCES dms_import ON DELETE CASCADE
    )""",
    """
    CREATE TABLE dms_import_part (
        store_id uuid NOT NULL,
        import_id uuid NOT NULL,
        number integer NOT NULL,
        part integer NOT NULL,
        data bytea NOT NULL CHECK (octet_length(data) BETWEEN 1 AND 1048576),
        PRIMARY KEY (store_id, import_id, number, part),
        FOREIGN KEY (store_id, import_id, number) REFERENCES dms_import_upload ON DELETE CASCADE
    )""",
    "ALTER TABLE dms_import_part ALTER COLUMN data SET STORAGE EXTERNAL",
    """
    CREATE TABLE dms_import_file (
        store_id uuid NOT NULL,
        import_id uuid NOT NULL,
        position integer NOT NULL,
        file text NOT NULL,
        resource text NOT NULL,
        rows integer NOT NULL CHECK (rows >= 0),
        rows_done integer NOT NULL DEFAULT 0 CHECK (rows_done BETWEEN 0 AND rows),
        batches_done integer NOT NULL DEFAULT 0,
        created integer NOT NULL DEFAULT 0,
        updated integer NOT NULL DEFAULT 0,
        unchanged integer NOT NULL DEFAULT 0,
        duplicate integer NOT NULL DEFAULT 0,
        rejected integer NOT NULL DEFAULT 0,
        warned integer NOT NULL DEFAULT 0,
        merged integer NOT NULL DEFAULT 0,
        codes jsonb NOT NULL DEFAULT '{}',
        PRIMARY KEY (store_id, import_id, position),
        FOREIGN KEY (store_id, import_id) REFERENCES dms_import ON DELETE CASCADE,
        CHECK (created + updated + unchanged + duplicate + rejected = rows_done)
    )""",
    """
    CREATE TABLE dms_import_row (
        store_id uuid NOT NULL,
        import_id uuid NOT NULL,
        position integer NOT NULL,
        "row" integer NOT NULL,
        outcome text NOT NULL CHECK (outcome IN ('created', 'updated', 'unchanged', 'duplicate', 'rejected')),
        warned boolean NOT NULL,
        label text NOT NULL,
        remarks jsonb NOT NULL,
        PRIMARY KEY (store_id, import_id, position, "row")
    )""",  # no foreign key: rows are written with their file locked, and checking each would double their cost
)
POLICED = ("dms_import", "dms_import_upload", "dms_import_part", "dms_import_file", "dms_import_row")


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table in POLICED:
        for statement in store_policy(table):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(POLICED):
        op.execute(f"DROP TABLE {table}")
