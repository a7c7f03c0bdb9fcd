"""Raw reads see the one store they were asked for, whatever befell the reader before them, and change nothing."""

import asyncio
from contextlib import suppress
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from chassis.database import Database, run_afterwards
from tests.chassis.conftest import PROCESS
from tests.harness import AStore, Keys, bearer, eventually

SEEN = "SELECT coalesce(current_setting('app.store', true), '')"


async def _seen(database: Database, store: UUID | None) -> str:
    if store is None:
        return str((await database.fetch_row(SEEN))[0])
    return (await database.fetch_json(SEEN, store=store) or b"").decode()


async def _given_up(database: Database, store: UUID, after: int) -> None:
    reading = asyncio.create_task(database.fetch_json(f"{SEEN} FROM pg_sleep(0.001)", store=store))
    for _ in range(after):
        await asyncio.sleep(0)
    reading.cancel()
    with suppress(asyncio.CancelledError):
        await reading


async def test_a_reader_who_gave_up_leaves_his_store_to_nobody(
    app: FastAPI, store: AStore, other_store: AStore
) -> None:
    database: Database = app.state.database
    for after in range(40):
        await _given_up(database, store.id, after)
        assert await _seen(database, None) == ""
        assert await _seen(database, other_store.id) == str(other_store.id)
    await database.close()


async def test_readers_at_the_same_time_see_each_his_own_store(
    app: FastAPI, store: AStore, other_store: AStore
) -> None:
    database: Database = app.state.database
    wanted = [store.id, other_store.id, None] * 20
    assert await asyncio.gather(*(_seen(database, each) for each in wanted)) == [str(each or "") for each in wanted]
    await database.close()


async def test_a_raw_read_cannot_write(app: FastAPI, store: AStore) -> None:
    database: Database = app.state.database
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await database.fetch_row("INSERT INTO note (store_id, text, price) VALUES ($1, 'x', 1) RETURNING id", store.id)
    await database.close()


async def test_a_hot_read_is_one_statement_and_thereby_one_transaction(
    client: httpx.AsyncClient, keys: Keys, store: AStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = bearer(keys, PROCESS, "writer", stores=[store])
    await client.post("/v1/notes", json={"text": "a", "price": "1.00"}, headers=headers)
    await client.get("/v1/note-parts/a", headers=headers)
    sent: list[str] = []
    """The readers of the note's event are woken after its commit, maybe only now."""
    for name in ("execute", "fetch", "fetchrow", "fetchval"):
        original = getattr(asyncpg.Connection, name)

        async def noting(self: Any, query: str, *args: Any, _original: Any = original, **options: Any) -> Any:
            sent.append(query)
            return await _original(self, query, *args, **options)

        monkeypatch.setattr(asyncpg.Connection, name, noting)
    assert (await client.get("/v1/note-parts/a", headers=headers)).json() == {"n": 1}
    (statement,) = [query for query in sent if "NOTIFY" not in query.upper()]
    assert "set_config('app.store', $2, true)" in statement


async def test_a_read_that_was_given_up_is_stopped_at_the_server(app: FastAPI, store: AStore) -> None:
    database: Database = app.state.database
    with pytest.raises(TimeoutError):
        await database.fetch_json("SELECT 'late' FROM pg_sleep(600)", store=store.id, seconds=0.2)
    running = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE state = 'active' AND query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()"
    )

    async def stopped() -> bool:
        return bool((await database.fetch_row(running))[0] == 0)

    await eventually(stopped)
    assert await _seen(database, None) == "", "and its store is nobody else's"
    await database.close()


async def test_a_read_that_is_refused_leaves_its_connection_for_the_next(app: FastAPI, store: AStore) -> None:
    database: Database = app.state.database
    before = (await database.fetch_row("SELECT pg_backend_pid()"))[0]
    with pytest.raises(asyncpg.DivisionByZeroError):
        await database.fetch_row("SELECT 1 / $1::int", 0)
    assert (await database.fetch_row("SELECT pg_backend_pid()"))[0] == before
    await database.close()


WRITE = "INSERT INTO note (store_id, text, price) SELECT $1::uuid, 'x', 1 FROM own RETURNING id"
CHANGE = "UPDATE note SET text = 'y' WHERE id = (SELECT CASE WHEN store IS NOT NULL THEN $1::uuid END FROM own)"


async def test_a_raw_write_is_kept_to_its_store(app: FastAPI, store: AStore, other_store: AStore) -> None:
    database: Database = app.state.database
    written = (await database.write_row(WRITE, store.id, store=store.id))[0]
    for elsewhere in (other_store.id, None):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.write_row(WRITE, store.id, store=elsewhere)
        assert await database.write_row(f"{CHANGE} RETURNING id", written, store=elsewhere) is None
    assert (await database.write_row(f"{CHANGE} RETURNING id", written, store=store.id))[0] == written
    await database.close()


async def test_what_is_to_be_told_afterwards_is_told_once_it_can_be_seen(app: FastAPI, store: AStore) -> None:
    """Whoever is woken finds what he is woken for; who rolls back wakes nobody."""
    database: Database = app.state.database
    heard = asyncio.Event()
    connection = await database.connect()
    await connection.add_listener("told", lambda *_: heard.set())
    with suppress(RuntimeError):
        async with database.transaction(store.id) as session:
            run_afterwards(session, "SELECT pg_notify('told', '')")
            raise RuntimeError
    async with database.transaction(store.id) as session:
        run_afterwards(session, "SELECT pg_notify('told', '')")
        await session.execute(text("SELECT pg_notify('before', '')"))
        await asyncio.sleep(0.05)
        assert not heard.is_set()
    async with asyncio.timeout(60):
        await heard.wait()
    await connection.close()
    await database.close()
