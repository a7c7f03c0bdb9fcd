"""The work of an import: read everything, check it, then write it batch by batch; safe to be cut off and run again.

Batches are cut alike on every run and each has a key of its own, so that a service answers a repeated one as it did the
first time; a batch that is recorded as done is not sent again.
"""

import asyncio
from collections.abc import Iterator, Sequence
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
    """Another run of the same import has come further, or it was cancelled: this run has nothing left to do."""


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
        caller = caller_of(own)
        for position, mapped in enumerate(export.files):
            run = _FileRun(self._database, self._bulk, key, caller, (position, mapped))
            await run.write(export.mapping.source, export.translate(mapped))
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


class _FileRun:
    """One file of the export on its way to its service."""

    def __init__(
        self, database: Database, bulk: Bulk, key: Key, caller: Principal, place: tuple[int, FileMapping]
    ) -> None:
        self._database = database
        self._bulk = bulk
        self._key = key
        self._caller = caller
        self._position, self._mapped = place
        self._columns = {mapped.field: mapped.column for mapped in self._mapped.fields}

    async def write(self, source: str, batches: Iterator[Batch]) -> None:
        async with self._database.transaction(self._key.store) as session:
            done = await repository.batches_done(session, self._key, self._position)
        number = 0
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            number += 1
            if number > done:
                await self._record(number, batch, await self._sent(number, batch, source))

    async def _sent(self, number: int, batch: Batch, source: str) -> BatchAnswer:
        if not batch.rows:
            return BatchAnswer({}, 0)
        body = orjson.dumps({"source": source, "import_id": str(self._key.id), "rows": batch.rows})
        key = f"import-{self._key.id}-{self._position}-{number}"
        try:
            answer = await self._insistently(key, body)
            return read_answer(answer, [int(str(row["row"])) for row in batch.rows])
        except BatchRefused as refusal:
            raise BatchRefused(f"{self._mapped.target.service}, {self._mapped.file}: {refusal}") from refusal

    async def _insistently(self, key: str, body: bytes) -> bytes:
        """Tries for a while with growing pauses; what is waited for is told to who watches."""
        retries = stamina.retry_context(
            on=ServiceUnavailable, attempts=_RETRIES, timeout=_RETRY_SECONDS, wait_initial=0.2, wait_max=5.0
        )
        async for attempt in retries:
            with attempt:
                try:
                    return await self._bulk.send(self._caller, self._mapped.resource, key, body)
                except ServiceUnavailable as error:
                    await self._tell_trouble(f"{self._mapped.target.service}: {error}")
                    raise
        raise AssertionError("unreachable: the last attempt raises")

    async def _tell_trouble(self, trouble: str) -> None:
        async with self._database.transaction(self._key.store) as session:
            await repository.change(session, self._key, [State.WRITING], trouble=trouble[:300])

    async def _record(self, number: int, batch: Batch, answer: BatchAnswer) -> None:
        found = {row: [_remark(finding) for finding in findings] for row, findings in batch.findings.items()}
        rows = outcomes_of(batch.labels, found, answer.answers, self._columns)
        async with self._database.transaction(self._key.store) as session:
            file = await repository.lock_file(session, self._key, self._position)
            if file.batches_done != number - 1:
                raise _Overtaken
            if not await repository.change(session, self._key, [State.WRITING], trouble=None):
                raise _Overtaken
            await repository.add_rows(session, file, rows, answer.merged)


def _open_and_inspect(own: DmsImport, files: Sequence[NamedFile], unpacked: Path) -> tuple[Export, Inspection]:
    unpacked.mkdir()
    zone = ZoneInfo(own.caller["store"]["time_zone"])
    export = Export(files, load_mapping(own.mapping), zone, unpacked)
    return export, export.inspect(own.month)


def _remark(finding: Finding) -> Remark:
    return Remark(finding.level, finding.code, finding.field, finding.column, finding.value)


def _as_json(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "file": reason.file, "details": dict(reason.details)}
