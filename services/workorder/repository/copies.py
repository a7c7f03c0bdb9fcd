"""Copies of what other services own: upserted in sets, only forward in version, merges followed to their end."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def put_customers(session: AsyncSession, store_id: UUID, customers: Sequence[dict[str, Any]]) -> None:
    """Each with id, number, version, name, kind, merged_into_id, merged_into_number; one per number."""
    await session.execute(_CUSTOMERS, {"store": store_id, "rows": orjson.dumps(customers).decode()})


async def follow_merges(session: AsyncSession, store_id: UUID) -> None:
    """Point every copy to the customer at the end of its merges."""
    await session.execute(_SURVIVORS, {"store": store_id})


async def put_vehicles(session: AsyncSession, store_id: UUID, vehicles: Sequence[dict[str, Any]]) -> None:
    """Each with id, vin, version, plate, model, use, vehicle_class, owner_number, purchase_date; one per VIN.

    A state of the version that is known counts: what is told again may tell more than it did.
    """
    await session.execute(_VEHICLES, {"store": store_id, "rows": orjson.dumps(vehicles).decode()})


async def put_complaints(session: AsyncSession, store_id: UUID, complaints: Sequence[dict[str, Any]]) -> None:
    """Each with id, version, number, order_number, occurred_on, employee, cause, state; one per id."""
    await session.execute(_COMPLAINTS, {"store": store_id, "rows": orjson.dumps(complaints).decode()})


async def put_responses(session: AsyncSession, store_id: UUID, responses: Sequence[dict[str, Any]]) -> None:
    """Each with id, version, order_number, submitted_on, csi, ratings; one per id."""
    await session.execute(_RESPONSES, {"store": store_id, "rows": orjson.dumps(responses).decode()})


_CUSTOMERS = text("""
    INSERT INTO customer_copy AS c (store_id, number, id, version, name, kind, merged_into_number, merged_into_id,
        survivor_number, survivor_id)
    SELECT :store, number, id, version, name, kind, merged_into_number, merged_into_id,
        coalesce(merged_into_number, number), coalesce(merged_into_id, id)
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(number text, id uuid, version int, name text, kind text,
        merged_into_number text, merged_into_id uuid)
    ON CONFLICT (store_id, number) DO UPDATE
    SET id = excluded.id, version = excluded.version, name = excluded.name, kind = excluded.kind,
        merged_into_number = excluded.merged_into_number, merged_into_id = excluded.merged_into_id,
        survivor_number = excluded.survivor_number, survivor_id = excluded.survivor_id
    WHERE excluded.version > c.version
""")
_SURVIVORS = text("""
    WITH RECURSIVE chain AS (
        SELECT number, number AS survivor_number, id AS survivor_id FROM customer_copy
        WHERE store_id = :store AND merged_into_number IS NULL AND number IN (
            SELECT merged_into_number FROM customer_copy WHERE store_id = :store AND merged_into_number IS NOT NULL)
        UNION ALL
        SELECT c.number, chain.survivor_number, chain.survivor_id
        FROM chain JOIN customer_copy c ON c.store_id = :store AND c.merged_into_number = chain.number
    )
    UPDATE customer_copy c SET survivor_number = chain.survivor_number, survivor_id = chain.survivor_id
    FROM chain
    WHERE c.store_id = :store AND c.number = chain.number AND c.survivor_number <> chain.survivor_number
""")
_VEHICLES = text("""
    INSERT INTO vehicle_copy AS v (store_id, vin, id, version, plate, model, use, vehicle_class, owner_number,
        purchase_date)
    SELECT :store, vin, id, version, plate, model, use, vehicle_class, owner_number, purchase_date
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(vin text, id uuid, version int, plate text, model text, use text,
        vehicle_class text, owner_number text, purchase_date date)
    ON CONFLICT (store_id, vin) DO UPDATE
    SET id = excluded.id, version = excluded.version, plate = excluded.plate, model = excluded.model,
        use = excluded.use, vehicle_class = excluded.vehicle_class, owner_number = excluded.owner_number,
        purchase_date = excluded.purchase_date
    WHERE excluded.version >= v.version
""")
_COMPLAINTS = text("""
    INSERT INTO complaint_copy AS c (store_id, id, version, number, order_number, occurred_on, employee, cause, state)
    SELECT :store, id, version, number, order_number, occurred_on, employee, cause, state
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id uuid, version int, number text, order_number text,
        occurred_on date, employee text, cause text, state text)
    ON CONFLICT (store_id, id) DO UPDATE
    SET version = excluded.version, number = excluded.number, order_number = excluded.order_number,
        occurred_on = excluded.occurred_on, employee = excluded.employee, cause = excluded.cause, state = excluded.state
    WHERE excluded.version > c.version
""")
_RESPONSES = text("""
    INSERT INTO response_copy AS c (store_id, id, version, order_number, submitted_on, csi, ratings)
    SELECT :store, id, version, order_number, submitted_on, csi, ratings
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id uuid, version int, order_number text, submitted_on date,
        csi numeric, ratings jsonb)
    ON CONFLICT (store_id, id) DO UPDATE
    SET version = excluded.version, order_number = excluded.order_number, submitted_on = excluded.submitted_on,
        csi = excluded.csi, ratings = excluded.ratings
    WHERE excluded.version > c.version
""")
