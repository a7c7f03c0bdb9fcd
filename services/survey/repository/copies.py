"""What this service keeps of orders and customers, and the responses that wait for an order or follow its changes."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

Row = Mapping[str, Any]


async def take_orders(session: AsyncSession, store_id: UUID, rows: Sequence[Row]) -> list[str]:
    """The numbers of the orders that were news."""
    taken = await session.scalars(_TAKE_ORDERS, {"store": store_id, "rows": orjson.dumps(rows).decode()})
    return list(taken)


async def follow_orders(session: AsyncSession, store_id: UUID, numbers: Sequence[str]) -> list[UUID]:
    """Responses whose order arrived or changed what they show of it: kept as they were, then one version on."""
    return list(await session.scalars(_FOLLOW_ORDERS, {"store": store_id, "numbers": list(numbers)}))


async def take_customers(session: AsyncSession, store_id: UUID, rows: Sequence[Row]) -> None:
    await session.execute(_TAKE_CUSTOMERS, {"store": store_id, "rows": orjson.dumps(rows).decode()})
    await session.execute(_FOLLOW_MERGES)


_TAKE_ORDERS = text("""
    INSERT INTO order_copy AS kept (store_id, number, version, order_id, source, kind, cancelled, advisor,
                                    customer_number, opened_on, left_on, settled_on)
    SELECT :store, e.*
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS e(
        number text, version int, order_id uuid, source text, kind text, cancelled boolean, advisor text,
        customer_number text, opened_on date, left_on date, settled_on date)
    ON CONFLICT (store_id, number) DO UPDATE
    SET version = excluded.version, order_id = excluded.order_id, source = excluded.source, kind = excluded.kind,
        cancelled = excluded.cancelled, advisor = excluded.advisor, customer_number = excluded.customer_number,
        opened_on = excluded.opened_on, left_on = excluded.left_on, settled_on = excluded.settled_on
    WHERE kept.version < excluded.version
    RETURNING number
""")
_FOLLOW_ORDERS = text("""
    WITH moving AS (
        SELECT r.*, o.order_id AS now_id, o.kind AS now_kind, o.advisor AS now_advisor,
               o.customer_number AS now_customer
        FROM response r JOIN order_copy o ON o.store_id = r.store_id AND o.number = r.order_number
        WHERE r.store_id = :store AND r.order_number = ANY (CAST(:numbers AS text[]))
          AND (r.order_known, r.order_id, r.order_kind, r.advisor, r.customer_number)
              IS DISTINCT FROM (true, o.order_id, o.kind, o.advisor, o.customer_number)
    ), kept AS (
        INSERT INTO response_history (store_id, response_id, version, state)
        SELECT m.store_id, m.id, m.version, to_jsonb(m) - '{now_id,now_kind,now_advisor,now_customer}'::text[]
        FROM moving m
    )
    UPDATE response r
    SET order_known = true, order_id = m.now_id, order_kind = m.now_kind, advisor = m.now_advisor,
        customer_number = m.now_customer, version = r.version + 1, updated_at = now()
    FROM moving m
    WHERE r.store_id = :store AND r.id = m.id
    RETURNING r.id
""")
_TAKE_CUSTOMERS = text("""
    INSERT INTO customer_copy AS kept (store_id, number, version, merged_into, survivor)
    SELECT :store, e.number, e.version, e.merged_into, coalesce(e.merged_into, e.number)
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS e(number text, version int, merged_into text)
    ON CONFLICT (store_id, number) DO UPDATE
    SET version = excluded.version, merged_into = excluded.merged_into, survivor = excluded.survivor
    WHERE kept.version <= excluded.version
""")
_FOLLOW_MERGES = text("""
    WITH RECURSIVE family AS (
        SELECT number, number AS survivor FROM customer_copy
        WHERE merged_into IS NULL AND number IN (SELECT merged_into FROM customer_copy WHERE merged_into IS NOT NULL)
        UNION ALL
        SELECT c.number, f.survivor FROM family f JOIN customer_copy c ON c.merged_into = f.number
    )
    UPDATE customer_copy c SET survivor = f.survivor FROM family f
    WHERE f.number = c.number AND c.survivor <> f.survivor
""")
