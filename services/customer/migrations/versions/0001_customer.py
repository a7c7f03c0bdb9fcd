"""Tables of customers, vehicles, complaints and the visits that repair orders told of.

Revision ID: 0001
Revises:
"""

from pathlib import Path

from alembic import op

from chassis.database import chassis_tables_v1, drop_chassis_tables_v1, store_policy

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "customer",
    "customer_history",
    "customer_name_token",
    "customer_merge",
    "customer_note",
    "vehicle",
    "vehicle_history",
    "vehicle_owner",
    "vehicle_plate",
    "complaint",
    "complaint_history",
    "visit",
)


def upgrade() -> None:
    script = (Path(__file__).parent.parent / "customer_v1.sql").read_text(encoding="utf-8")
    for statement in [*chassis_tables_v1(), *filter(None, map(str.strip, script.split(";\n")))]:
        op.execute(statement)
    for table in TABLES:
        for statement in store_policy(table):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    for statement in drop_chassis_tables_v1():
        op.execute(statement)
