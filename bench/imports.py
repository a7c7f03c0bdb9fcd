"""An import of 100,000 rows through the gateway of a real stack, beside two copies on the same server.

The bare COPY takes the same rows as text into a table per file, logged, without indexes. The other takes every row that
the import has left behind into tables like those it stands in (`bench.floor`). Beside the wall time stand the seconds
that each service took to answer by resource, the processor's seconds by process, and the largest memory of each.
"""

import asyncio
import csv
import os
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import orjson
import psutil

from aftermile import work
from bench.exports import ENCODING, write_export
from bench.floor import copied_again
from bench.measure import keep, proportional_mib
from bench.stacks import MONTH, Measured, a_measured_stack
from gateway.dms.export import Export
from gateway.dms.mapping import load_mapping
from gateway.dms.upload import NamedFile

_ZONE = ZoneInfo("Asia/Shanghai")


def _named_processes(stack: Measured) -> dict[str, psutil.Process]:
    running = stack.state.running()
    assert running is not None
    named = {name: psutil.Process(pid) for name, (pid, _port) in running.processes.items()}
    servers = psutil.Process(running.supervisor).children()
    return named | {"postgresql": next(each for each in servers if each.name() == "postgres")}


def _spent(process: psutil.Process) -> float:
    """Processor seconds of a process and of its children, those that have ended included."""
    seconds = sum(process.cpu_times()[:4])
    for child in process.children():
        with suppress(psutil.NoSuchProcess):
            seconds += sum(child.cpu_times()[:2])
    return seconds


def _all_spent(processes: Mapping[str, psutil.Process]) -> dict[str, float]:
    return {name: _spent(each) for name, each in processes.items()}


class _Peaks:
    """The largest proportional memory of each process, looked at four times a second."""

    def __init__(self, processes: Mapping[str, psutil.Process]) -> None:
        self._processes = {name: each for name, each in processes.items() if each.name() != "postgres"}
        self.before = self._now()
        self.peak = dict(self.before)
        self.after: dict[str, float] = {}

    def _now(self) -> dict[str, float]:
        return {name: proportional_mib([each]) for name, each in self._processes.items()}

    @contextmanager
    def watched(self) -> Iterator[None]:
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(0.25):
                self.peak = {name: max(self.peak[name], mib) for name, mib in self._now().items()}

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            self.after = self._now()

    def told(self) -> dict[str, dict[str, float]]:
        by_time = {"before": self.before, "peak": self.peak, "after": self.after}
        return {name: {when: round(of[name], 1) for when, of in by_time.items()} for name in self.before}


async def _copy_once(url: str, files: Mapping[str, tuple[int, bytes]]) -> float:
    connection = await asyncpg.connect(url)
    try:
        for table, (width, _) in files.items():
            columns = ", ".join(f"c{place} text" for place in range(width))
            await connection.execute(f"DROP TABLE IF EXISTS {table}; CREATE TABLE {table} ({columns})")
        begun = time.perf_counter()
        for table, (_, content) in files.items():
            await connection.copy_to_table(table, source=_pieces(content), format="csv", header=True)
        return time.perf_counter() - begun
    finally:
        await connection.execute("; ".join(f"DROP TABLE IF EXISTS {table}" for table in files))
        await connection.close()


async def _pieces(content: bytes) -> Any:  # noqa: ANN401 - an asynchronous generator, which is all asyncpg asks
    for start in range(0, len(content), 1 << 18):
        yield content[start : start + (1 << 18)]


def _copied(url: str, folder: Path, runs: int) -> float:
    texts = {f"bare_{place}": path.read_text(ENCODING) for place, path in enumerate(sorted(folder.iterdir()))}
    files = {name: (len(next(csv.reader(text.splitlines()))), text.encode()) for name, text in texts.items()}
    return statistics.median(asyncio.run(_copy_once(url, files)) for _ in range(runs))


def _read_alone(folder: Path) -> dict[str, float]:
    """What the gateway's own part of the work takes: reading and cleaning everything twice, and nothing sent."""
    with tempfile.TemporaryDirectory() as unpacked:
        named = [NamedFile(path.name, path) for path in sorted(folder.iterdir())]
        begun = time.perf_counter()
        export = Export(named, load_mapping("4s-standard"), _ZONE, Path(unpacked))
        export.inspect(MONTH)
        inspected = time.perf_counter()
        for mapped in export.files:
            for batch in export.translate(mapped):
                orjson.dumps(batch.rows)
    return {"inspect": round(inspected - begun, 2), "translate": round(time.perf_counter() - inspected, 2)}


def _answered(stack: Measured) -> dict[str, float]:
    """Seconds within the services by resource, from their logs."""
    seconds: dict[str, float] = defaultdict(float)
    for name in ("customer", "workorder", "survey", "payroll"):
        for line in stack.state.log_of(name).read_bytes().splitlines():
            if b'"/v1/bulk/' in line and b'"ms"' in line:
                told = orjson.loads(line)
                seconds[f"{name} {told['route'].removeprefix('/v1/bulk/')}"] += told["ms"] / 1000
    return {name: round(took, 2) for name, took in sorted(seconds.items(), key=lambda each: -each[1])}


def _import(stack: Measured, folder: Path) -> dict[str, Any]:
    processes = _named_processes(stack)
    peaks = _Peaks(processes)
    load = os.getloadavg()[0]
    used = _all_spent(processes)
    with peaks.watched():
        begun = time.perf_counter()
        report = work.import_export(stack.gateway, folder, MONTH, lambda _done, _total: None)
        took = time.perf_counter() - begun
        spent = {name: round(now - used[name], 2) for name, now in _all_spent(processes).items()}
        work.wait_for_feeds(stack.gateway)
        told = time.perf_counter() - begun
    rows = report["progress"]["rows"]
    return {
        "load_before": round(load, 2),
        "rows": rows,
        "seconds": round(took, 2),
        "rows_per_second": round(rows / took),
        "seconds_until_all_feeds_are_read": round(told, 2),
        "processor_seconds": spent,
        "memory_mib": peaks.told(),
    }


def run(copies: int = 3) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name, a_measured_stack() as stack:
        folder = Path(name)
        write_export(folder)
        alone = _read_alone(folder)
        work.ensure_questionnaire(stack.gateway)
        before = _copied(stack.admin_url, folder, copies)
        imported = _import(stack, folder)
        answered = _answered(stack)
        left = copied_again(stack.admin_url, copies)
        again = _import(stack, folder)
        copied = statistics.mean([before, _copied(stack.admin_url, folder, copies)])
        result = {
            "import": imported,
            "same_import_again": again,
            "copy_seconds": round(copied, 3),
            "ratio_to_copy": round(imported["seconds"] / copied, 1),
            "left_behind": {**left, "rows_per_row": round(left["rows"] / imported["rows"], 2)},
            "ratio_to_copy_of_what_is_left": round(imported["seconds"] / left["seconds"], 1),
            "gateway_alone_seconds": alone,
            "answered_seconds": answered,
        }
    keep("imports", result)
    return result


if __name__ == "__main__":
    run()
