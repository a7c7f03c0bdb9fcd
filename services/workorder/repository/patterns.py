"""What inspections have found by model and mileage: the cells that patterns are mined from, in one statement."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.workorder.domain.patterns import Cell, MileageBand

BAND_EDGES_KM = (0, 20_000, 40_000, 60_000, 80_000, 100_000, 150_000)
"""Where mileage bands begin; the last has no end."""

_CELLS = text("""
    SELECT model, band, code, checked, faulty, sum(checked) OVER everywhere - checked AS checked_elsewhere,
        sum(faulty) OVER everywhere - faulty AS faulty_elsewhere
    FROM (
        SELECT model, band, code, count(*) AS checked, count(*) FILTER (WHERE ever_faulty) AS faulty
        FROM (
            SELECT v.model, width_bucket(o.odometer_km, CAST(:edges AS int[])) AS band, i.code, o.vin,
                bool_or(i.result IN ('yellow', 'red')) AS ever_faulty
            FROM inspections n
            JOIN inspection_items i ON i.store_id = n.store_id AND i.inspection_id = n.id
            JOIN repair_orders o ON o.store_id = n.store_id AND o.id = n.order_id
            JOIN vehicle_copy v ON v.store_id = o.store_id AND v.vin = o.vin
            WHERE n.store_id = :store AND n.completed_at IS NOT NULL AND o.state <> 'cancelled'
                AND i.result <> 'not_applicable' AND v.model IS NOT NULL AND o.odometer_km >= :first_edge
            GROUP BY v.model, band, i.code, o.vin) cars
        GROUP BY model, band, code) cells
    WINDOW everywhere AS (PARTITION BY code)
    ORDER BY model, band, code
""")


async def pattern_cells(
    session: AsyncSession, store_id: UUID, edges_km: Sequence[int] = BAND_EDGES_KM
) -> tuple[Cell, ...]:
    """Every item of completed inspections by model and band: cars it was looked at, and cars it was yellow or red on.

    A car counts once per cell, faulty if it ever was. Cars without a known model or reading, and items that did not
    apply, are in no cell; what nobody looked at is neither found nor not found. Edges ascend.
    """
    edges = list(edges_km)
    rows = await session.execute(_CELLS, {"store": store_id, "edges": edges, "first_edge": edges[0]})
    bands = [MileageBand(low, high) for low, high in zip(edges, [*edges[1:], None], strict=True)]
    return tuple(
        Cell(model, bands[band - 1], code, checked, faulty, int(checked_elsewhere), int(faulty_elsewhere))
        for model, band, code, checked, faulty, checked_elsewhere, faulty_elsewhere in rows
    )
