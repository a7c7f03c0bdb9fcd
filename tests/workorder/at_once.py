"""Requests that wait for each other: a row is held, they queue behind it in the order they came."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from tests.harness import AStore, Clone, eventually

Act = Callable[[], Coroutine[Any, Any, httpx.Response]]


async def one_after_the_other(
    database: Clone, store: AStore, row_id: str, acts: Sequence[Act], *, table: str = "repair_orders"
) -> list[httpx.Response]:
    """All of them are under way before the first goes on."""
    tasks = []
    async with held_row(database, store, row_id, table) as holder:
        for count, act in enumerate(acts, start=1):
            tasks.append(asyncio.create_task(act()))
            await queued(holder, count)
    return [await task for task in tasks]


@asynccontextmanager
async def held_row(database: Clone, store: AStore, row_id: str, table: str = "repair_orders") -> AsyncIterator[Any]:
    """The connection that holds its row, until the end."""
    holder = await asyncpg.connect(database.app_url)
    try:
        await holder.execute("BEGIN")
        await holder.execute(f"SET LOCAL app.store = '{store.id}'")
        await holder.execute(f"SELECT FROM {table} WHERE id = $1 FOR UPDATE", UUID(row_id))
        yield holder
        await holder.execute("COMMIT")
    finally:
        await holder.close()


async def queued(connection: Any, count: int) -> None:
    """Until as many requests wait for the row."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

    async def reached() -> bool:
        await connection.execute("SELECT pg_stat_clear_snapshot()")
        return bool(await connection.fetchval(query) == count)

    await eventually(reached)
