"""Numbers given here to what has none of its own: a prefix, the day, and the place within the day."""

from datetime import date
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.workorder.models import AccessorySale, Claim, HoursDeduction, RepairOrder

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))")


async def next_number(
    session: AsyncSession,
    model: type[RepairOrder | AccessorySale | HoursDeduction | Claim],
    store_id: UUID,
    prefix: str,
    day: date,
) -> str:
    """Free, and held for this transaction: two that ask at once wait for each other."""
    stem = f"{prefix}{day:%y%m%d}-"
    await session.execute(_LOCK, {"what": f"number {store_id} {stem}"})
    taken = await session.scalar(
        select(func.max(model.number)).where(
            model.store_id == store_id,
            model.number >= stem + "0000",
            model.number <= stem + "9999",
            model.number.regexp_match("-[0-9]{4}$"),
        )
    )
    last = int(taken.rpartition("-")[2]) if taken else 0
    return f"{stem}{last + 1:04}"
