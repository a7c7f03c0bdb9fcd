"""Numbers given here to what has none of its own: a prefix, the day, and the place within the day."""

from datetime import date
from functools import lru_cache
from uuid import UUID

from sqlalchemy import TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import Conflict
from services.workorder.models import AccessorySale, Claim, HoursDeduction, Package, RepairOrder

_NEXT = """
    WITH last AS (
        SELECT coalesce(right(max(number), 4)::integer, 0) AS place FROM {table}
        WHERE store_id = :store AND number >= :first AND number <= :last AND number ~ '-[0-9]{{4}}$'
    )
    SELECT next FROM last, generate_series(greatest(place, :beyond) + 1, greatest(place, :beyond) + 200) next
    WHERE pg_try_advisory_xact_lock(hashtextextended(:what || next, 0)) LIMIT 1
"""


async def next_number(
    session: AsyncSession,
    model: type[RepairOrder | AccessorySale | HoursDeduction | Claim | Package],
    store_id: UUID,
    prefix: str,
    day: date,
) -> str:
    """Free, and held for this transaction. Nobody waits for another's: what is held is passed over.

    Whoever held it may have committed between the look at the table and the lock, so the table is looked at again.
    """
    stem, beyond = f"{prefix}{day:%y%m%d}-", 0
    asked = {"store": store_id, "first": f"{stem}0000", "last": f"{stem}9999", "what": f"number {store_id} {stem}"}
    following = _following(model.__tablename__)
    while True:
        place = await session.scalar(following, {**asked, "beyond": beyond})
        if place is None:
            raise Conflict("Too many are numbered at the same time; try again", slug="concurrent-change")
        number = f"{stem}{place:04}"
        if not await session.scalar(select(model.id).where(model.store_id == store_id, model.number == number)):
            return number
        beyond = place


@lru_cache(maxsize=8)
def _following(table: str) -> TextClause:
    return text(_NEXT.format(table=table))
