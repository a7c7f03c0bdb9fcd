"""The work of an import: read everything, check it, then write it batch by batch; safe to be cut off and run again.

Batches are cut alike on every run and each has a key of its own, so that a service answers a repeated one as it did the
first time; a batch that is recorded as done is not sent again. Two runs at a time, as when a worker that was taken for
dead lives on, share the work: each passes over what the other has recorded. What a service takes goes to it in the
mapping's order; all services are written to at the same time, since none needs what another is sent.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import stamina
import structlog

from chassis.auth import Principal
from chassis.database import Database
from gateway.dms.export import Export, Inspection
from gateway.dms.mapping import FileMapping, load_mapping
from gateway.dms.problems import ExportRefused, Finding, Reason
from gateway.dms.translation import Batch
from gateway.dms.upload import NamedFile
from gateway.imports import repository, uploads
from gateway.imports.bulk import BatchAnswer, BatchRefused, Bulk, ServiceUnavailable, read_answer
from gateway.imports.caller import caller_of
from gateway.imports.domain import Remark, State, outcomes_of
from gateway.imports.models import DmsImport
from gateway.imports.repository import Begun, Key
from gateway.imports.workspace import workspace

log = structlog.get_logger(__name__)

_RETRIES = 6
_RETRY_SECONDS = 30.0


class _Overtaken(Exception):  # noqa: N818 - nothing is wrong
    """Another run of the same import has ended it, or it was cancelled: this run has nothing left to do."""


class ImportRunner:
    def __init__(self, database: Database, bulk: Bulk) -> None:
        self._database = database
        self._bulk = bulk

    async def run(self, key: Key) -> None:
        """Ends with the import ended, or raises ServiceUnavailable, to be run again later."""
        own = await self._begin(key)
        if own is None:
            return
        try:
            with workspace() as folder:
                await self._read_and_write(key, own, folder)
        except _Overtaken:
            log.info("import overtaken", import_id=str(key.id))
        except ExportRefused as refusal:
            await self._end(key, State.REFUSED, refusal.reasons)
        except BatchRefused as refusal:
            await self._end(key, State.FAILED, [Reason("service-refused", None, {"detail": str(refusal)})])

    async def _begin(self, key: Key) -> DmsImport | None:
        async with self._database.transaction(key.store) as session:
            await repository.change(session, key, [State.WAITING], state=State.READING)
            own = await repository.find(session, key)
            return own if own is not None and own.state in {State.READING, State.WRITING} else None

    async def _read_and_write(self, key: Key, own: DmsImport, folder: Path) -> None:
        files = await uploads.lay_out(self._database, key, folder)
        export, inspection = await asyncio.to_thread(_open_and_inspect, own, files, folder / "unpacked")
        await self._begin_writing(key, export, inspection)
        course = _Course(caller_of(own))
        by_service: dict[str, list[_FileRun]] = {}
        for position, mapped in enumerate(export.files):
            run = _FileRun(self._database, self._bulk, key, course, (position, mapped))
            by_service.setdefault(mapped.target.service, []).append(run)
        ways = [_write_in_turn(runs, export, course) for runs in by_service.values()]
        ended = await asyncio.gather(*ways, return_exceptions=True)
        if failures := [each for each in ended if isinstance(each, BaseException)]:
            raise min(failures, key=_insignificance)
        await self._end(key, State.FINISHED, [])

    async def _begin_writing(self, key: Key, export: Export, inspection: Inspection) -> None:
        begun = [
            Begun(position, mapped.file, mapped.resource, inspection.rows[mapped.file])
            for position, mapped in enumerate(export.files)
        ]
        notes = [_as_json(note) for note in inspection.notes]
        async with self._database.transaction(key.store) as session:
            if not await repository.change(
                session, key, [State.READING, State.WRITING], state=State.WRITING, notes=notes
            ):
                raise _Overtaken
            await repository.begin_files(session, key, begun)

    async def _end(self, key: Key, state: State, reasons: Sequence[Reason]) -> None:
        told = [_as_json(reason) for reason in reasons]
        async with self._database.transaction(key.store) as session:
            if await repository.change(
                session, key, [State.READING, State.WRITING], state=state, reasons=told, trouble=None
            ):
                await uploads.forget(session, key)
        log.info("import ended", import_id=str(key.id), state=str(state))


@dataclass
class _Course:
    """What the files of one run have in common. Once one has failed the others end with the batch they are at."""

    caller: Principal
    stopped: bool = False
    troubles: dict[str, str] = field(default_factory=dict)
    """By service: what it does not do at the moment."""

    @property
    def trouble(self) -> str | None:
        return next(iter(self.troubles.values()), None)


async def _write_in_turn(runs: Sequence["_FileRun"], export: Export, course: _Course) -> None:
    try:
        for run in runs:
            await run.write(export.mapping.source, export.translate(run.mapped))
    except BaseException:
        course.stopped = True
        raise


def _insignificance(failure: BaseException) -> int:
    """A fault before a refusal, a refusal before being overtaken, and a service that is not there last."""
    known: tuple[type[BaseException], ...] = (BatchRefused, _Overtaken, ServiceUnavailable)
    return next((place for place, kind in enumerate(known, 1) if isinstance(failure, kind)), 0)


class _FileRun:
    """One file of the export on its way to its service."""

    def __init__(
        self, database: Database, bulk: Bulk, key: Key, course: _Course, place: tuple[int, FileMapping]
    ) -> None:
        self._database = database
        self._bulk = bulk
        self._key = key
        self._course = course
        self._position, self.mapped = place
        self._columns = {each.field: each.column for each in self.mapped.fields}

    async def write(self, source: str, batches: Iterator[Batch]) -> None:
        """While a batch is with the service the next is translated, and the one before is recorded."""
        recorded = asyncio.create_task(self._done())
        coming = asyncio.create_task(asyncio.to_thread(next, batches, None))
        try:
            done, number = await recorded, 0
            while not self._course.stopped and (batch := await coming) is not None:
                coming = asyncio.create_task(asyncio.to_thread(next, batches, None))
                number += 1
                if number > done:
                    answer = await self._sent(number, batch, source)
                    done = await recorded
                    recorded = asyncio.create_task(self._record(number, batch, answer))
            await recorded
        finally:
            await asyncio.gather(coming, recorded, return_exceptions=True)

    async def _done(self) -> int:
        async with self._database.transaction(self._key.store) as session:
            return await repository.batches_done(session, self._key, self._position)

    async def _sent(self, number: int, batch: Batch, source: str) -> BatchAnswer:
        if not batch.rows:
            return BatchAnswer({}, 0)
        body = orjson.dumps({"source": source, "import_id": str(self._key.id), "rows": batch.rows})
        key = f"import-{self._key.id}-{self._position}-{number}"
        try:
            answer = await self._insistently(key, body)
            return read_answer(answer, [int(str(row["row"])) for row in batch.rows])
        except BatchRefused as refusal:
            raise BatchRefused(f"{self.mapped.target.service}, {self.mapped.file}: {refusal}") from refusal

    async def _insistently(self, key: str, body: bytes) -> bytes:
        """Tries for a while with growing pauses; what is waited for is told to who watches."""
        retries = stamina.retry_context(
            on=ServiceUnavailable, attempts=_RETRIES, timeout=_RETRY_SECONDS, wait_initial=0.2, wait_max=5.0
        )
        async for attempt in retries:
            with attempt:
                try:
                    return await self._bulk.send(self._course.caller, self.mapped.resource, key, body)
                except ServiceUnavailable as error:
                    await self._tell_trouble(f"{self.mapped.target.service}: {error}")
                    raise
        raise AssertionError("unreachable: the last attempt raises")

    async def _tell_trouble(self, trouble: str) -> None:
        self._course.troubles[self.mapped.target.service] = trouble[:300]
        async with self._database.transaction(self._key.store) as session:
            await repository.change(session, self._key, [State.WRITING], trouble=self._course.trouble)

    async def _record(self, number: int, batch: Batch, answer: BatchAnswer) -> int:
        """How many batches are now recorded: more than `number` when another run has come further."""
        found = {row: [_remark(finding) for finding in findings] for row, findings in batch.findings.items()}
        rows = outcomes_of(batch.labels, found, answer.answers, self._columns)
        self._course.troubles.pop(self.mapped.target.service, None)
        async with self._database.transaction(self._key.store) as session:
            file = await repository.lock_file(session, self._key, self._position)
            if not await repository.change(session, self._key, [State.WRITING], trouble=self._course.trouble):
                raise _Overtaken
            if file.batches_done < number:
                await repository.add_rows(session, file, rows, answer.merged)
            return file.batches_done


def _open_and_inspect(own: DmsImport, files: Sequence[NamedFile], unpacked: Path) -> tuple[Export, Inspection]:
    unpacked.mkdir()
    zone = ZoneInfo(own.caller["store"]["time_zone"])
    export = Export(files, load_mapping(own.mapping), zone, unpacked)
    return export, export.inspect(own.month)


def _remark(finding: Finding) -> Remark:
    return Remark(finding.level, finding.code, finding.field, finding.column, finding.value)


def _as_json(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "file": reason.file, "details": dict(reason.details)}
