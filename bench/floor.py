"""The least that an import can cost in this design: the rows it leaves behind, copied into the same tables once more.

Every row of the five databases (things, former versions, events, copies, facts, the report) goes by one COPY per table
into freshly migrated tables with their keys and indexes, one table after the other. The administrator does it, since a
COPY into a table with row security is refused to everybody else: the policies cost nothing here.
"""

import asyncio
import io
import statistics
from collections.abc import Sequence
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import psutil

from aftermile.plan import NAMES
from aftermile.provision import database_name, migrate

_PARENTS_FIRST = """
    WITH RECURSIVE named (oid, depth) AS (
        SELECT oid, 0 FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
            AND relname NOT IN ('alembic_version', 'feed_epoch')
        UNION
        SELECT c.conrelid, depth + 1 FROM named JOIN pg_constraint c ON c.confrelid = named.oid
        WHERE c.contype = 'f' AND c.conrelid <> c.confrelid
    )
    SELECT oid::regclass::text FROM named GROUP BY oid ORDER BY max(depth), 1
"""
Table = tuple[str, int, bytes]
Took = tuple[float, float]
"""Seconds by the clock, and of the server's processor."""


def copied_again(admin_url: str, runs: int) -> dict[str, Any]:
    """How many rows there are, and how long their COPY takes; the median of some runs."""
    rows, clock, processor = 0, [0.0] * runs, [0.0] * runs
    for name in NAMES:
        tables = asyncio.run(_tables(_url(admin_url, database_name(name))))
        rows += sum(count for _, count, _ in tables)
        asyncio.run(_alone(admin_url, f"CREATE DATABASE floor_{name} TEMPLATE template0"))
        try:
            migrate(name, _url(admin_url, f"floor_{name}"))
            took = asyncio.run(_copied(_url(admin_url, f"floor_{name}"), tables, runs))
            clock = [before + seconds for before, (seconds, _) in zip(clock, took, strict=True)]
            processor = [before + seconds for before, (_, seconds) in zip(processor, took, strict=True)]
        finally:
            asyncio.run(_alone(admin_url, f"DROP DATABASE floor_{name}"))
    return {
        "rows": rows,
        "seconds": round(statistics.median(clock), 2),
        "processor_seconds": round(statistics.median(processor), 2),
    }


def _url(admin_url: str, database: str) -> str:
    return urlunsplit(urlsplit(admin_url)._replace(path=f"/{database}"))


async def _alone(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _tables(url: str) -> list[Table]:
    """Name, number of rows and binary content of every table that has any."""
    connection = await asyncpg.connect(url)
    try:
        found = []
        for (name,) in await connection.fetch(_PARENTS_FIRST):
            content = io.BytesIO()
            count = int((await connection.copy_from_table(name, output=content, format="binary")).split()[1])
            if count:
                found.append((name, count, content.getvalue()))
        return found
    finally:
        await connection.close()


async def _copied(url: str, tables: Sequence[Table], runs: int) -> list[Took]:
    connection = await asyncpg.connect(url)
    server = psutil.Process(connection.get_server_pid())
    try:
        took = []
        for _ in range(runs):
            await connection.execute("; ".join(f"TRUNCATE {name} CASCADE" for name, _, _ in tables))
            begun, used = perf_counter(), sum(server.cpu_times()[:2])
            for name, _, content in tables:
                await connection.copy_to_table(name, source=io.BytesIO(content), format="binary")
            took.append((perf_counter() - begun, sum(server.cpu_times()[:2]) - used))
        return took
    finally:
        await connection.close()
