"""What an order costs that nobody asks for over HTTP: the same rows, in one transaction of plain SQL on one connection.

Order, lines, timeline, events with the service's own SELECTs, the kept answer of its key: as the application's role,
under its policies, durable. Nothing is validated, and nobody is told.
"""

import asyncio
import itertools
import time
from uuid import UUID, uuid4

import asyncpg
import orjson

from services.workorder.events.published import LINES, ORDERS

_ORDER = """
    INSERT INTO repair_orders (store_id, number, vin, customer_number, kind, advisor, opened_at, opened_on, state,
        settled, source)
    VALUES ($1, $2, $3, $4, 'repair', 'SA01', now(), current_date, 'checked_in', false, 'bare') RETURNING id
"""
_LINES = """
    INSERT INTO repair_order_lines (store_id, order_id, line_number, kind, code, name, standard_hours, quantity,
        list_price, amount, payer, team, is_upsell, source)
    SELECT $1, $2, n, 'labour', 'ME' || n, '更换蓄电池', 0.5, 1, 75, 75, 'customer', '机电一组', false, 'bare'
    FROM generate_series(1, $3::int) n RETURNING id
"""
_ENTRY = """
    INSERT INTO order_entries (store_id, order_id, at, who, what, detail)
    VALUES ($1, $2, now(), 'x', 'order.opened', '{}')
"""
_EVENTS = "INSERT INTO feed_event (store_id, type, subject, version, data) {}"
_KEY = """
    INSERT INTO idempotency_key (owner, key, request_hash, status, media_type, headers, body)
    VALUES ('bare', $1, sha256('x'), 201, 'application/json', '{}', $2)
"""
_ANSWER = orjson.dumps({"id": "x" * 36, "complaint": "x" * 700})
_places = itertools.count(1)


async def write_order(connection: "asyncpg.Connection[asyncpg.Record]", store: UUID, lines: int) -> None:
    async with connection.transaction():
        await connection.execute("SELECT set_config('app.store', $1, true)", str(store))
        place = next(_places)
        order = await connection.fetchval(_ORDER, store, f"BARE{place:08}", f"LBENCH{place:011}", f"C{place}")
        added = [row[0] for row in await connection.fetch(_LINES, store, order, lines)]
        await connection.execute(_ENTRY, store, order)
        for select, ids in ((LINES, added), (ORDERS, [order])):
            await connection.execute(_EVENTS.format(select.replace(":ids", "$1")), ids)
        await connection.execute(_KEY, str(uuid4()), _ANSWER)


async def at_once(url: str, store: UUID, callers: int, lines: int, seconds: float) -> float:
    """Orders a second, each caller with a connection of his own."""
    connections = [await asyncpg.connect(url) for _ in range(callers)]
    end, done = time.perf_counter() + seconds, 0

    async def caller(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        nonlocal done
        while time.perf_counter() < end:
            await write_order(connection, store, lines)
            done += 1

    begun = time.perf_counter()
    await asyncio.gather(*map(caller, connections))
    elapsed = time.perf_counter() - begun
    for connection in connections:
        await connection.close()
    return done / elapsed


async def one_by_one(url: str, store: UUID, lines: int, times: int) -> list[float]:
    """Seconds of each."""
    connection = await asyncpg.connect(url)
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        await write_order(connection, store, lines)
        took.append(time.perf_counter() - begun)
    await connection.close()
    return took


async def read_one_by_one(url: str, store: UUID, numbers: list[str]) -> list[float]:
    """A row by its key, over and over."""
    connection = await asyncpg.connect(url)
    await connection.execute("SELECT set_config('app.store', $1, false)", str(store))
    took = []
    for number in numbers:
        begun = time.perf_counter()
        await connection.fetchrow("SELECT * FROM repair_orders WHERE store_id = $1 AND number = $2", store, number)
        took.append(time.perf_counter() - begun)
    await connection.close()
    return took
