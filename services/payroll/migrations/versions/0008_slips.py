"""Slips: items that are added or deducted, attendance days, and base pay as it was when a month was locked.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

from chassis.database import store_policy

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_IS_MONTH = r"~ '^\d{4}-(0[1-9]|1[0-2])$'"
TABLES = {
    "pay_item": f"""
        store_id uuid NOT NULL,
        id uuid NOT NULL DEFAULT uuidv7(),
        version integer NOT NULL,
        employee text,
        post text,
        name_zh text NOT NULL,
        name_en text NOT NULL,
        basis text NOT NULL CHECK (basis IN ('month', 'calendar_days', 'attendance_days')),
        amount numeric(14, 2) NOT NULL CHECK (amount > 0),
        deducted boolean NOT NULL,
        from_month text NOT NULL CHECK (from_month {_IS_MONTH}),
        until_month text CHECK (until_month {_IS_MONTH}),
        withdrawn boolean NOT NULL DEFAULT false,
        reason text NOT NULL,
        recorded_by text NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (store_id, id, version),
        FOREIGN KEY (store_id, employee) REFERENCES employee (store_id, number),
        CHECK (num_nonnulls(employee, post) = 1),
        CHECK (until_month >= from_month)
    """,
    "attendance": f"""
        store_id uuid NOT NULL,
        month text NOT NULL CHECK (month {_IS_MONTH}),
        employee text NOT NULL,
        version integer NOT NULL,
        days numeric NOT NULL CHECK (days BETWEEN 0 AND 31),
        recorded_by text NOT NULL,
        source text NOT NULL,
        import_id uuid,
        recorded_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (store_id, month, employee, version)
    """,
    "slip": """
        store_id uuid NOT NULL,
        run_id uuid NOT NULL,
        employee text NOT NULL,
        place integer NOT NULL,
        body jsonb NOT NULL,
        amount numeric(14, 2) NOT NULL,
        PRIMARY KEY (store_id, run_id, employee),
        UNIQUE (store_id, run_id, place),
        FOREIGN KEY (store_id, run_id) REFERENCES run (store_id, id)
    """,
}


def upgrade() -> None:
    for table, columns in TABLES.items():
        op.execute(f"CREATE TABLE {table} ({columns})")
        for statement in store_policy(table):
            op.execute(statement)
        op.execute(
            f"CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
