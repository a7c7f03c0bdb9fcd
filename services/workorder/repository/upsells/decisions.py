"""Writing decisions: on a quote, to upsells and to their lines, in sets."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.workorder.models import QuoteDecision, RepairOrderLine

_ENTRIES = """jsonb_to_recordset(CAST(:entries AS jsonb))
    AS entry(id uuid, decision text, reason text, priority text, follow_up_on date)"""
_UPSELLS = text(f"""
    UPDATE upsells u SET decision = entry.decision, decided_by_method = :method, decided_by = :decided_by,
        decided_at = :at, decision_reason = entry.reason, follow_up_on = entry.follow_up_on,
        priority = CASE WHEN entry.decision <> 'approved' THEN coalesce(entry.priority, (
            SELECT f.priority FROM findings f WHERE f.store_id = u.store_id AND f.id = u.finding_id)) END,
        version = u.version + 1, updated_at = :at
    FROM {_ENTRIES} WHERE u.id = entry.id
""")  # noqa: S608
_LINES = text(f"""
    UPDATE repair_order_lines l SET authorisation = entry.decision, version = l.version + 1, updated_at = :at,
        agreed_amount = CASE WHEN entry.decision = 'approved' THEN l.amount END
    FROM {_ENTRIES} WHERE l.upsell_id = entry.id
""")  # noqa: S608


async def line_ids_of(session: AsyncSession, upsell_ids: Sequence[UUID]) -> list[UUID]:
    query = select(RepairOrderLine.id).where(RepairOrderLine.upsell_id.in_(upsell_ids))
    return list(await session.scalars(query.order_by(RepairOrderLine.id)))


async def store_decisions(
    session: AsyncSession, entries: Sequence[Mapping[str, Any]], method: str, decided_by: str, at: datetime
) -> None:
    told = orjson.dumps(list(entries), default=str).decode()
    await session.execute(_UPSELLS, {"entries": told, "method": method, "decided_by": decided_by, "at": at})
    await session.execute(_LINES, {"entries": told, "at": at})


async def keep_decisions(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """What was decided on a quote, item by item; before the events that name the quote."""
    await session.execute(insert(QuoteDecision), list(rows))
