"""A month's run of pay: for the 20 people of the demo, and for 10,000 people in 500 stores with 1,000,000 facts.

The facts of the 500 stores are put into the database of a payroll service of their own; every store is then computed
by the service's own use case, in two processes as two replicas would, on a server with its default durability.
"""

import asyncio
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from aftermile import work
from aftermile.postgres import EmbeddedPostgres
from aftermile.provision import DatabaseUrls, migrate, provision
from aftermile.serve import keep_collector_out_of_the_way
from bench.facts import FACTS_PER_STORE, PEOPLE_PER_STORE, add_store
from bench.measure import keep
from bench.stacks import MONTH, a_measured_stack, with_the_month
from chassis.database import Database
from services.payroll.service import plans
from services.payroll.service.runs import compute_run

STORES = 500
WORKERS = 2
_AT_ONCE = 2
"""Runs under way in one process: while one waits for the database another calculates."""
Run = tuple[UUID, UUID]


@contextmanager
def _a_payroll_database() -> Iterator[DatabaseUrls]:
    folder = Path(tempfile.mkdtemp(prefix="aftermile-bench-"))
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder / "postgres", "bench", ends_with_parent=True)
    server.start()
    try:
        urls = asyncio.run(provision(server.url, "payroll", "owner", "application"))
        migrate("payroll", urls.owner)
        yield urls
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _prepare(urls: DatabaseUrls, stores: int) -> list[Run]:
    plan = plans.template_named("4s-after-sales")
    connection = await asyncpg.connect(urls.application)
    runs: list[Run] = []
    for _ in range(stores):
        store = uuid4()
        async with connection.transaction():
            await connection.execute(f"SET LOCAL app.store = '{store}'")
            runs.append((store, await add_store(connection, store, plan.text, plan.plan.hash)))
    await connection.close()
    owner = await asyncpg.connect(urls.owner)
    await owner.execute("VACUUM ANALYZE")
    await owner.close()
    return runs


async def _compute(url: str, runs: Sequence[Run]) -> None:
    database = Database(url, pool_size=_AT_ONCE)
    waiting = iter(runs)

    async def worker() -> None:
        for store, run in waiting:
            await compute_run(database, store, run, wait_seconds=0)

    await asyncio.gather(*(worker() for _ in range(_AT_ONCE)))
    await database.close()


def _replica(url: str, runs: Sequence[Run]) -> None:
    keep_collector_out_of_the_way()
    asyncio.run(_compute(url, runs))


def _timed(url: str, runs: Sequence[Run]) -> float:
    processes = [
        get_context("fork").Process(target=_replica, args=(url, runs[place::WORKERS])) for place in range(WORKERS)
    ]
    begun = time.perf_counter()
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return time.perf_counter() - begun


async def _paid(url: str, runs: Sequence[Run]) -> tuple[int, int, str]:
    """Completed runs, facts they rest on and what they pay."""
    connection = await asyncpg.connect(url)
    completed, facts, total = 0, 0, 0
    for store, run in runs:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL app.store = '{store}'")
            row = await connection.fetchrow("SELECT status, total FROM run WHERE id = $1", run)
            facts += await connection.fetchval("SELECT count(*) FROM fact WHERE store_id = $1", store)
            completed += row["status"] == "completed"
            total += row["total"] or 0
    await connection.close()
    return completed, facts, str(total)


def _many(stores: int) -> dict[str, Any]:
    with _a_payroll_database() as urls:
        runs = asyncio.run(_prepare(urls, stores))
        load = os.getloadavg()[0]
        seconds = _timed(urls.application, runs)
        completed, facts, total = asyncio.run(_paid(urls.application, runs))
    assert completed == stores, f"{completed} of {stores} runs completed"
    return {
        "load_before": round(load, 2),
        "stores": stores,
        "people": stores * PEOPLE_PER_STORE,
        "facts": facts,
        "facts_per_store": FACTS_PER_STORE,
        "workers": WORKERS,
        "seconds": round(seconds, 2),
        "milliseconds_per_store": round(seconds / stores * 1000, 1),
        "paid": total,
    }


def _one(runs: int) -> dict[str, float]:
    """From the request at the gateway until the completed run can be read, and the part of the job in it."""
    with a_measured_stack() as stack:
        with_the_month(stack)
        whole = []
        for _ in range(runs):
            begun = time.perf_counter()
            work.run_month(stack.gateway, MONTH)
            whole.append(time.perf_counter() - begun)
    return {"runs": runs, "median_seconds": round(statistics.median(whole), 3), "slowest_seconds": round(max(whole), 3)}


def run(stores: int = STORES) -> dict[str, Any]:
    result = {"demo_month": _one(9), "ten_thousand_people": _many(stores)}
    keep("month", result)
    return result


if __name__ == "__main__":
    run()
