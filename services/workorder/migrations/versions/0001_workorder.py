"""The catalogue, repair orders with lines and upsells, money, copies of customers and vehicles, former versions."""

from pathlib import Path

from alembic import op

from chassis.database import chassis_tables_v1, drop_chassis_tables_v1, store_policy

revision = "0001"
down_revision = None

TABLES = (
    "customer_copy",
    "vehicle_copy",
    "operations",
    "operation_prices",
    "repair_orders",
    "upsells",
    "repair_order_lines",
    "payments",
    "reimbursements",
    "insurer_approvals",
    "accessory_sales",
    "consumables",
    "hours_deductions",
    "operation_history",
    "repair_order_history",
    "upsell_history",
    "repair_order_line_history",
    "payment_history",
    "reimbursement_history",
    "insurer_approval_history",
    "accessory_sale_history",
    "consumable_history",
    "hours_deduction_history",
)


def upgrade() -> None:
    script = (Path(__file__).parent.parent / "workorder_v1.sql").read_text(encoding="utf-8")
    statements = [part.strip() for part in script.split(";\n") if part.strip()]
    policies = [statement for table in TABLES for statement in store_policy(table)]
    for statement in [*chassis_tables_v1(), *statements, *policies]:
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    for statement in drop_chassis_tables_v1():
        op.execute(statement)
