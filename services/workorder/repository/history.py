"""Former versions: what a thing was before it is changed, kept as a whole."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

HISTORY = {
    "operations": "operation_history",
    "repair_orders": "repair_order_history",
    "repair_order_lines": "repair_order_line_history",
    "order_jobs": "order_job_history",
    "claims": "claim_history",
    "packages": "package_history",
    "package_draws": "package_draw_history",
    "upsells": "upsell_history",
    "findings": "finding_history",
    "related_work": "related_work_history",
    "related_work_rules": "related_work_rule_history",
    "check_rules": "check_rule_history",
    "risk_flags": "risk_flag_history",
    "payments": "payment_history",
    "reimbursements": "reimbursement_history",
    "insurer_approvals": "insurer_approval_history",
    "accessory_sales": "accessory_sale_history",
    "consumables": "consumable_history",
    "hours_deductions": "hours_deduction_history",
    "discount_limits": "discount_limit_history",
    "shops": "shop_history",
}


async def keep_former(session: AsyncSession, table: str, ids: Sequence[UUID]) -> None:
    """Lock the rows and keep them as they are; call it before they are changed."""
    if ids:
        await session.execute(
            text(f"""
                INSERT INTO {HISTORY[table]} (store_id, id, version, state)
                SELECT store_id, id, version, to_jsonb(t) - '{{content_hash,import_id,folded_code,folded_name}}'::text[]
                FROM {table} t WHERE id = ANY (CAST(:ids AS uuid[])) FOR UPDATE
            """),  # noqa: S608 - table names come from the mapping above
            {"ids": list(ids)},
        )
