"""A month's run of pay: of the demo's people, of one large store, and of 15,000 people in 500 stores.

The facts of the 500 stores' 750,000 orders are put into the database of a payroll service of their own; every store is
then computed by the service's own use case, in two processes as two replicas would, on a server with its default
durability; and beside it, by as many connections, bare SQL adds up the same facts of every store. That month is then
closed, fifteen of its receipts are told late in every store, and the month after it is computed, which calculates the
closed one again and corrects it. The large store is one of those 500 alone, asked for at a running service, which then
explains lines of its run.
"""

import asyncio
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import psutil

from aftermile import work
from aftermile.postgres import EmbeddedPostgres
from aftermile.provision import DatabaseUrls, migrate, provision
from aftermile.serve import keep_collector_out_of_the_way
from bench.facts import BARE_SUMS, StoreSize, add_month, add_store, close_month
from bench.measure import keep, percentile, proportional_mib
from bench.stacks import MONTH, Measured, a_measured_stack, with_the_month
from chassis.database import Database
from services.payroll.service.plans import plans
from services.payroll.service.runs.runs import compute_run

STORES = 500
SIZE = StoreSize(people=30, orders=1500)
FIRST, NEXT = date(2026, 8, 1), date(2026, 9, 1)
WORKERS = 2
_AT_ONCE = 2
"""Runs under way in one process: while one waits for the database another calculates."""
Run = tuple[UUID, UUID]
"""Store and run."""
Work = Callable[[str, Sequence[Run]], Coroutine[Any, Any, None]]


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


async def _add_stores(url: str, stores: int, first: date) -> list[Run]:
    plan = plans.template_named("4s-after-sales")
    connection = await asyncpg.connect(url)
    runs: list[Run] = []
    for _ in range(stores):
        store = uuid4()
        async with connection.transaction():
            await connection.execute(f"SET LOCAL app.store = '{store}'")
            await add_store(connection, store, SIZE, plan.text, plan.plan.hash)
            runs.append((store, await add_month(connection, store, SIZE, first)))
    await connection.close()
    return runs


async def _close(url: str, before: Sequence[Run]) -> list[Run]:
    """Their month, and the runs of the next."""
    connection = await asyncpg.connect(url)
    runs: list[Run] = []
    for store, _ in before:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL app.store = '{store}'")
            await close_month(connection, store, FIRST)
            runs.append((store, await add_month(connection, store, SIZE, NEXT)))
    await connection.close()
    return runs


async def _tidy(urls: DatabaseUrls) -> None:
    owner = await asyncpg.connect(urls.owner)
    await owner.execute("VACUUM ANALYZE")
    await owner.close()


async def _compute(url: str, runs: Sequence[Run]) -> None:
    database = Database(url, pool_size=_AT_ONCE)
    waiting = iter(runs)

    async def worker() -> None:
        for store, run in waiting:
            await compute_run(database, store, run, wait_seconds=0)

    await asyncio.gather(*(worker() for _ in range(_AT_ONCE)))
    await database.close()


async def _add_up(url: str, runs: Sequence[Run]) -> None:
    connection = await asyncpg.connect(url)
    for store, _run in runs:
        async with connection.transaction():
            await connection.execute("SELECT set_config('app.store', $1, true)", str(store))
            await connection.fetch(BARE_SUMS, store, FIRST)
    await connection.close()


def _replica(work: Work, url: str, runs: Sequence[Run]) -> None:
    keep_collector_out_of_the_way()
    asyncio.run(work(url, runs))


def _timed(work: Work, url: str, runs: Sequence[Run]) -> tuple[float, float]:
    """Seconds that the workers needed for all, and the most memory (MiB) of them and the server together."""
    processes = [
        get_context("fork").Process(target=_replica, args=(work, url, runs[place::WORKERS])) for place in range(WORKERS)
    ]
    begun, most = time.perf_counter(), 0.0
    for process in processes:
        process.start()
    while any(process.is_alive() for process in processes):
        processes[0].join(0.5)
        most = max(most, _memory())
    return time.perf_counter() - begun, most


def _memory() -> float:
    """Of everything that this process has started."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            found.append(proportional_mib([process]))
    return sum(found)


async def _paid(url: str, runs: Sequence[Run]) -> tuple[int, int, int, str]:
    """Completed runs, facts there are, corrections and what they pay."""
    connection = await asyncpg.connect(url)
    completed, facts, corrections, total = 0, 0, 0, 0
    for store, run in runs:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL app.store = '{store}'")
            row = await connection.fetchrow("SELECT status, total FROM run WHERE id = $1", run)
            facts += await connection.fetchval("SELECT count(*) FROM fact WHERE store_id = $1", store)
            corrections += await connection.fetchval(
                "SELECT count(*) FROM pay_line WHERE run_id = $1 AND of_month IS NOT NULL", run
            )
            completed += row["status"] == "completed"
            total += row["total"] or 0
    await connection.close()
    return completed, facts, corrections, str(total)


def _many(stores: int) -> dict[str, Any]:
    with _a_payroll_database() as urls:
        runs = asyncio.run(_add_stores(urls.application, stores, FIRST))
        asyncio.run(_tidy(urls))
        load = os.getloadavg()[0]
        seconds, memory = _timed(_compute, urls.application, runs)
        bare, _ = _timed(_add_up, urls.application, runs)
        completed, facts, _, total = asyncio.run(_paid(urls.application, runs))
        later = _after_a_closed_month(urls, runs)
    assert completed == stores, f"{completed} of {stores} runs completed"
    return {
        "load_before": round(load, 2),
        "stores": stores,
        "people": stores * SIZE.people,
        "orders": stores * SIZE.orders,
        "facts": facts,
        "workers": WORKERS,
        "seconds": round(seconds, 2),
        "milliseconds_per_store": round(seconds / stores * 1000, 1),
        "memory_mib": round(memory),
        "bare_sums_seconds": round(bare, 2),
        "ratio_to_bare_sums": round(seconds / bare, 1),
        "paid": total,
        "month_after": later,
    }


def _after_a_closed_month(urls: DatabaseUrls, before: Sequence[Run]) -> dict[str, Any]:
    runs = asyncio.run(_close(urls.application, before))
    asyncio.run(_tidy(urls))
    seconds, memory = _timed(_compute, urls.application, runs)
    completed, _, corrections, _ = asyncio.run(_paid(urls.application, runs))
    assert completed == len(runs), f"{completed} of {len(runs)} runs completed"
    return {"seconds": round(seconds, 2), "memory_mib": round(memory), "corrections": corrections}


def _demo(stack: Measured, runs: int) -> dict[str, float]:
    """From the request at the gateway until the completed run can be read, and the part of the job in it."""
    with_the_month(stack)
    whole = []
    for _ in range(runs):
        begun = time.perf_counter()
        work.run_month(stack.gateway, MONTH)
        whole.append(time.perf_counter() - begun)
    return {"runs": runs, "median_seconds": round(statistics.median(whole), 3), "slowest_seconds": round(max(whole), 3)}


def _large_store(stack: Measured, runs: int) -> dict[str, Any]:
    """One of the 500 alone: from the request at the service until its run is completed, then its lines in words."""
    [(store, _)] = asyncio.run(_add_stores(stack.application_url("payroll"), 1, NEXT))
    claim = {**stack.store, "id": str(store), "code": "LARGE"}
    with httpx.Client(base_url=stack.url_of("payroll"), headers=stack.as_the_gateway("payroll", claim)) as service:
        whole = [_one_run(service) for _ in range(runs)]
        run = whole[-1][0]
        lines = service.get(f"/v1/runs/{run}/lines", params={"limit": 100}).raise_for_status().json()["items"]
        explained = sorted(_asked(service, f"/v1/runs/{run}/explain/{line['id']}") for line in lines)
    return {
        "run_median_seconds": round(statistics.median(seconds for _, seconds in whole), 3),
        "lines_explained": len(explained),
        "explain_p50_ms": round(percentile(explained, 0.5) * 1000, 1),
        "explain_slowest_ms": round(explained[-1] * 1000, 1),
    }


def _one_run(service: httpx.Client) -> tuple[str, float]:
    begun = time.perf_counter()
    run = str(service.post("/v1/runs", json={"month": MONTH}).raise_for_status().json()["id"])
    while (told := service.get(f"/v1/runs/{run}").raise_for_status().json())["status"] in {"queued", "running"}:
        time.sleep(0.01)
    assert told["status"] == "completed", told
    return run, time.perf_counter() - begun


def _asked(service: httpx.Client, path: str) -> float:
    begun = time.perf_counter()
    service.get(path).raise_for_status()
    return time.perf_counter() - begun


def run(stores: int = STORES) -> dict[str, Any]:
    with a_measured_stack() as stack:
        one = {"demo_month": _demo(stack, 9), "large_store": _large_store(stack, 5)}
    result = {**one, "fifteen_thousand_people": _many(stores)}
    keep("month", result)
    return result


if __name__ == "__main__":
    run()
