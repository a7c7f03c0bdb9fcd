"""Requests that wait for each other: an order's row is held, they queue behind it in the order they came."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from tests.harness import AStore, Clone, eventually

Act = Callable[[], Coroutine[Any, Any, httpx.Response]]


async def one_after_the_other(
    database: Clone, store: AStore, order_id: str, acts: Sequence[Act]
) -> list[httpx.Response]:
    """All of them are under way before the first goes on."""
    holder = await asyncpg.connect(database.app_url)
    try:
        await holder.execute("BEGIN")
        await holder.execute(f"SET LOCAL app.store = '{store.id}'")
        await holder.execute("SELECT FROM repair_orders WHERE id = $1 FOR UPDATE", UUID(order_id))
        tasks = []
        for count, act in enumerate(acts, start=1):
            tasks.append(asyncio.create_task(act()))
            await _queued(holder, count)
        await holder.execute("COMMIT")
    finally:
        await holder.close()
    return [await task for task in tasks]


async def _queued(connection: Any, count: int) -> None:
    """Until as many requests wait for the row."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

    async def reached() -> bool:
        await connection.execute("SELECT pg_stat_clear_snapshot()")
        return bool(await connection.fetchval(query) == count)

    await eventually(reached)
