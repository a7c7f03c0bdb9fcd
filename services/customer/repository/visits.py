"""The copies of repair orders: kept from events, read as odometer log, last visit and list of what waits."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Text, column, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.representation import PageWish, paginate
from services.customer.models import Visit


async def keep_visits(session: AsyncSession, store: UUID, orders: Sequence[Mapping[str, Any]]) -> None:
    """The newest version of each order, whatever order the events come in and however often."""
    await session.execute(_KEEP, {"store": store, "orders": orjson.dumps(orders).decode()})


_KEEP = text("""
    INSERT INTO visit (store_id, order_id, order_version, order_number, vin, customer_number, kind, state, cancelled,
                       opened_on, left_on, odometer_km)
    SELECT DISTINCT ON (o.id) :store, o.id, o.version, o.number, upper(o.vehicle ->> 'number'), o.customer ->> 'number',
           o.kind, o.state, coalesce(o.cancelled, false), o.opened_on, o.left_on, o.odometer_km
    FROM jsonb_to_recordset(CAST(:orders AS jsonb)) AS o(
        id uuid, version int, number text, vehicle jsonb, customer jsonb, kind text, state text, cancelled boolean,
        opened_on date, left_on date, odometer_km int)
    WHERE o.opened_on IS NOT NULL
    ORDER BY o.id, o.version DESC
    ON CONFLICT (store_id, order_id) DO UPDATE SET
        order_version = excluded.order_version, order_number = excluded.order_number, vin = excluded.vin,
        customer_number = excluded.customer_number, kind = excluded.kind, state = excluded.state,
        cancelled = excluded.cancelled, opened_on = excluded.opened_on, left_on = excluded.left_on,
        odometer_km = excluded.odometer_km
    WHERE visit.order_version < excluded.order_version
""")


async def odometer_visits(session: AsyncSession, store: UUID, vin: str) -> Sequence[Visit]:
    query = (
        select(Visit)
        .where(Visit.store_id == store, Visit.vin == vin, Visit.odometer_km.is_not(None), ~Visit.cancelled)
        .order_by(Visit.opened_on, Visit.odometer_km)
    )
    return (await session.scalars(query)).all()


async def waiting_facts(session: AsyncSession, store: UUID, wish: PageWish) -> tuple[list[Any], str | None]:
    """What names a vehicle or a customer that nobody has told of yet; it counts as soon as that arrives."""
    names = ("fact", "number", "waits_for", "waits_for_number")
    rows = _WAITING.bindparams(store=store).columns(*(column(name, Text) for name in names)).subquery("waiting")
    return await paginate(session, select(rows), [rows.c.fact, rows.c.number, rows.c.waits_for_number], wish)


_WAITING = text("""
    SELECT 'visit' AS fact, v.order_number AS number, 'vehicle' AS waits_for, v.vin AS waits_for_number
    FROM visit v
    WHERE v.store_id = :store AND v.vin IS NOT NULL
      AND NOT EXISTS (SELECT FROM vehicle c WHERE c.store_id = v.store_id AND c.vin = v.vin)
    UNION ALL
    SELECT 'vehicle', v.vin, 'customer', v.owner_number
    FROM vehicle v
    WHERE v.store_id = :store AND v.owner_number IS NOT NULL
      AND NOT EXISTS (SELECT FROM customer c WHERE c.store_id = v.store_id AND c.number = v.owner_number)
""")
