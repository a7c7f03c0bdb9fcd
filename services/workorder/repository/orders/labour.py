"""Which labour lines count as completed work, kept on the lines in sets."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

COMPLETED_ON = """
    CASE WHEN l.kind = 'labour' AND o.state <> 'cancelled' AND coalesce(l.authorisation, 'approved') = 'approved'
    THEN o.left_on END
"""
"""`domain.line.labour_completed_on` in SQL over a line `l` and its order `o`; a test holds the two together."""

_REFRESH = text(f"""
    UPDATE repair_order_lines line
    SET labour_completed_on = due.completed_on, labour_version = line.labour_version + 1
    FROM (
        SELECT l.id, {COMPLETED_ON} AS completed_on
        FROM repair_order_lines l JOIN repair_orders o ON o.store_id = l.store_id AND o.id = l.order_id
        WHERE l.order_id = ANY (CAST(:orders AS uuid[])) OR l.id = ANY (CAST(:lines AS uuid[]))
    ) due
    WHERE due.id = line.id AND (due.completed_on IS NOT NULL OR line.labour_completed_on IS NOT NULL)
    RETURNING line.id
""")  # noqa: S608


async def refresh_completed_labour(
    session: AsyncSession, *, orders: Sequence[UUID] = (), lines: Sequence[UUID] = ()
) -> list[UUID]:
    """Recompute all labour of these orders and these lines; the lines that are, or were, completed work.

    To be called for what has changed: what is completed is said again, since its hours or its order's kind may differ.
    """
    return list(await session.scalars(_REFRESH, {"orders": list(orders), "lines": list(lines)}))
