"""Times, percentiles and results: medians and ratios, written as JSON beside the printed line."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import psutil

RESULTS = Path(__file__).resolve().parent / "results"
Call = Callable[[], Awaitable[None]]


def percentile(sorted_values: Sequence[float], share: float) -> float:
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * share))]


async def load(call: Call, callers: int, seconds: float) -> dict[str, float]:
    """`callers` call one after another for some seconds; requests per second, p50 and p99 in milliseconds."""
    end = time.perf_counter() + seconds
    times: list[float] = []

    async def caller() -> None:
        while (begun := time.perf_counter()) < end:
            await call()
            times.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    elapsed = time.perf_counter() - begun
    times.sort()
    return {
        "callers": callers,
        "per_second": round(len(times) / elapsed, 1),
        "p50_ms": round(percentile(times, 0.5) * 1000, 2),
        "p99_ms": round(percentile(times, 0.99) * 1000, 2),
    }


def median_of(runs: int, once: Callable[[], float]) -> float:
    return statistics.median(once() for _ in range(runs))


def processor_seconds(processes: Sequence[psutil.Process]) -> dict[psutil.Process, float]:
    """What each has used since it began, without those that have ended: a connection that is not needed is closed."""
    used = {}
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            used[process] = times.user + times.system
    return used


def proportional_mib(processes: Sequence[psutil.Process]) -> float:
    return sum(process.memory_full_info().pss for process in processes) / 2**20


def keep(name: str, result: Mapping[str, Any]) -> None:
    """Print the result and write it to `bench/results/<name>.json`."""
    RESULTS.mkdir(exist_ok=True)
    document = {"measured_at": datetime.now(UTC).isoformat(timespec="seconds"), "cores": psutil.cpu_count(), **result}
    (RESULTS / f"{name}.json").write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
    print(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
