"""The tables of the gateway: stores, accounts, clients, sessions, audit.

Revision ID: 0001
Revises:
"""

from alembic import op

from chassis.database import chassis_tables_v1, drop_chassis_tables_v1

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE store (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        code text NOT NULL UNIQUE CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$'),
        name text NOT NULL,
        time_zone text NOT NULL,
        currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
    )""",
    """
    CREATE TABLE account (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        username text NOT NULL UNIQUE,
        name text NOT NULL,
        password_hash text NOT NULL,
        platform_roles text[] NOT NULL,
        active boolean NOT NULL DEFAULT true,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
    )""",
    """
    CREATE TABLE membership (
        store_id uuid NOT NULL REFERENCES store,
        account_id uuid NOT NULL REFERENCES account,
        roles text[] NOT NULL,
        employee text,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (store_id, account_id),
        UNIQUE (store_id, employee)
    )""",
    "CREATE INDEX membership_account_idx ON membership (account_id)",
    """
    CREATE TABLE client (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        name text NOT NULL UNIQUE,
        secret_hash bytea NOT NULL,
        roles text[] NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        revoked_at timestamptz
    )""",
    """
    CREATE TABLE client_store (
        store_id uuid NOT NULL REFERENCES store,
        client_id uuid NOT NULL REFERENCES client,
        PRIMARY KEY (store_id, client_id)
    )""",
    "CREATE INDEX client_store_client_idx ON client_store (client_id)",
    """
    CREATE TABLE login_session (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        account_id uuid NOT NULL REFERENCES account,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz,
        revoked_because text
    )""",
    "CREATE INDEX login_session_account_idx ON login_session (account_id)",
    "CREATE INDEX login_session_expires_idx ON login_session (expires_at)",
    """
    CREATE TABLE refresh_token (
        token_hash bytea PRIMARY KEY,
        session_id uuid NOT NULL REFERENCES login_session ON DELETE CASCADE,
        created_at timestamptz NOT NULL DEFAULT now(),
        used_at timestamptz
    )""",
    "CREATE INDEX refresh_token_session_idx ON refresh_token (session_id)",
    """
    CREATE TABLE login_attempts (
        subject text PRIMARY KEY,
        attempts integer NOT NULL,
        window_began timestamptz NOT NULL
    )""",
    """
    CREATE TABLE audit_entry (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        store_id uuid,
        at timestamptz NOT NULL DEFAULT now(),
        subject text NOT NULL,
        kind text NOT NULL,
        name text NOT NULL,
        method text NOT NULL,
        path text NOT NULL,
        trace_id text NOT NULL,
        status integer,
        duration_ms integer,
        completed_at timestamptz,
        CHECK ((status IS NULL) = (completed_at IS NULL))
    )""",
    "CREATE INDEX audit_entry_store_idx ON audit_entry (store_id, id)",
    "CREATE INDEX audit_entry_store_subject_idx ON audit_entry (store_id, subject, id)",
)

OWN_ENTRIES = """coalesce(store_id = nullif(current_setting('app.store', true), '')::uuid,
                 store_id IS NULL AND nullif(current_setting('app.store', true), '') IS NULL)"""
"""Entries without a store belong to transactions without one."""

AUDIT_RULES = (
    "ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE audit_entry FORCE ROW LEVEL SECURITY",
    f"CREATE POLICY own_entries ON audit_entry USING ({OWN_ENTRIES}) WITH CHECK ({OWN_ENTRIES})",
    """
    CREATE FUNCTION audit_entry_is_completed_once() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND OLD.completed_at IS NULL AND NEW.completed_at IS NOT NULL
           AND (NEW.id, NEW.store_id, NEW.at, NEW.method, NEW.path, NEW.trace_id)
               IS NOT DISTINCT FROM (OLD.id, OLD.store_id, OLD.at, OLD.method, OLD.path, OLD.trace_id)
           AND (OLD.subject = '' OR (NEW.subject, NEW.kind, NEW.name) = (OLD.subject, OLD.kind, OLD.name)) THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'an audit entry is completed once and never changed' USING ERRCODE = 'restrict_violation';
    END $$""",
    """
    CREATE TRIGGER audit_entry_is_completed_once BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_entry_is_completed_once()""",
)


def upgrade() -> None:
    for statement in (*chassis_tables_v1(), *TABLES, *AUDIT_RULES):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE audit_entry")
    op.execute("DROP FUNCTION audit_entry_is_completed_once")
    for table in ("login_attempts", "refresh_token", "login_session", "client_store", "client", "membership", "account",
                  "store"):  # fmt: skip
        op.execute(f"DROP TABLE {table}")
    for statement in drop_chassis_tables_v1():
        op.execute(statement)
