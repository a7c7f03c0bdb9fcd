"""What inspections have found by model and mileage, counted part by part: the cells that patterns are mined from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.workorder.domain.inspections.mining import Place, Seen, cells_of
from services.workorder.domain.inspections.patterns import Cell, MileageBand

BAND_EDGES_KM = (0, 20_000, 40_000, 60_000, 80_000, 100_000, 150_000)
"""Where mileage bands begin; the last has no end."""


@dataclass(frozen=True)
class Part:
    """The cars whose VIN comes after one and not after another, on orders opened since a day."""

    after: str | None = None
    until: str | None = None
    since: date | None = None


def bands_of(edges_km: Sequence[int]) -> Mapping[int, MileageBand]:
    """By their numbers, from 1."""
    ends = [*edges_km[1:], None]
    return {number: MileageBand(*ends) for number, ends in enumerate(zip(edges_km, ends, strict=True), start=1)}


async def seen_in(
    session: AsyncSession, store_id: UUID, part: Part, edges_km: Sequence[int] = BAND_EDGES_KM
) -> dict[Place, Seen]:
    """Every item of completed inspections by model and band: cars it was looked at, and cars it was yellow or red on.

    A car counts once per place, faulty if it ever was; since parts have no car in common, they add up. Cars without a
    known model or reading, and items that did not apply, are nowhere; what nobody looked at is neither found nor not
    found. Edges ascend.
    """
    told = {"store": store_id, "edges": list(edges_km), "first_edge": edges_km[0], **vars(part)}
    rows = await session.execute(_SEEN, told)
    return {Place(model, band, code): Seen(cars, faulty) for model, band, code, cars, faulty in rows}


async def pattern_cells(
    session: AsyncSession, store_id: UUID, edges_km: Sequence[int] = BAND_EDGES_KM
) -> tuple[Cell, ...]:
    """Of the whole history at once."""
    return cells_of(await seen_in(session, store_id, Part(), edges_km), bands_of(edges_km))


async def end_of_part(session: AsyncSession, store_id: UUID, after: str | None, orders: int) -> str | None:
    """The VIN at which a part of about so many orders ends; None when the rest is no more than that."""
    found: str | None = await session.scalar(_END, {"store": store_id, "after": after, "orders": orders})
    return found


async def orders_since(session: AsyncSession, store_id: UUID, since: date) -> int:
    return await session.scalar(_ORDERS, {"store": store_id, "since": since}) or 0


async def day_of_order(session: AsyncSession, store_id: UUID, place: int) -> date | None:
    """When the order at this place, counted back from the newest, was opened; None when there are fewer."""
    found: date | None = await session.scalar(_DAY, {"store": store_id, "place": place - 1})
    return found


_SEEN = text("""
    SELECT model, band, code, count(*) AS cars, count(*) FILTER (WHERE ever_faulty) AS faulty
    FROM (
        SELECT v.model, width_bucket(o.odometer_km, CAST(:edges AS int[])) AS band, seen.code, o.vin,
            bool_or(seen.result IN ('yellow', 'red')) AS ever_faulty
        FROM repair_orders o
        JOIN vehicle_copy v ON v.store_id = o.store_id AND v.vin = o.vin
        CROSS JOIN LATERAL (
            SELECT i.code, i.result
            FROM inspections n JOIN inspection_items i ON i.store_id = n.store_id AND i.inspection_id = n.id
            WHERE n.store_id = :store AND n.order_id = o.id AND n.completed_at IS NOT NULL
                AND i.result <> 'not_applicable'
            OFFSET 0) seen
        WHERE o.store_id = :store AND o.state <> 'cancelled' AND v.model IS NOT NULL AND o.odometer_km >= :first_edge
            AND (CAST(:since AS date) IS NULL OR o.opened_on >= :since)
            AND o.vin > coalesce(CAST(:after AS text), '') AND (CAST(:until AS text) IS NULL OR o.vin <= :until)
        GROUP BY v.model, band, seen.code, o.vin) cars
    GROUP BY model, band, code
""")
"""Order by order (OFFSET 0): a part is a small share of all items, which the planner cannot know of its VINs."""
_END = text("""
    SELECT vin FROM repair_orders
    WHERE store_id = :store AND vin > coalesce(CAST(:after AS text), '')
    ORDER BY vin OFFSET :orders LIMIT 1
""")
_ORDERS = text("SELECT count(*) FROM repair_orders WHERE store_id = :store AND opened_on >= :since")
_DAY = text("""
    SELECT opened_on FROM repair_orders WHERE store_id = :store ORDER BY opened_at DESC, id DESC OFFSET :place LIMIT 1
""")
