"""Taking in what another system tells, in sets: which rows are new, different, the same, repeated or refused."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

import orjson

from services.customer.context import Context
from services.customer.domain.provenance import fields_restated
from services.customer.repository import records
from services.customer.repository.intake import Known, known_by_key, stamp_import
from services.customer.repository.records import Change, Kind, Record, next_version

HIGHEST_ROW = 2**31 - 1


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Finding:
    field: str
    code: str
    detail: str


class RowRefused(Exception):  # noqa: N818
    """The row cannot be kept; the findings say which of its fields are wrong."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__("; ".join(finding.detail for finding in findings))
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Stated:
    """A row in normal form: values to store, and the same as JSON to compare with what was told before."""

    key: str
    values: Mapping[str, Any]
    fields: Mapping[str, Any]
    warnings: tuple[Finding, ...] = ()

    @property
    def digest(self) -> bytes:
        return hashlib.blake2b(orjson.dumps(self.fields, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()


@dataclass(slots=True)
class RowResult:
    row: int
    key: str = ""
    outcome: Outcome = Outcome.REJECTED
    warnings: list[Finding] = field(default_factory=list)
    errors: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Batch:
    source: str
    import_id: UUID | None
    rows: Sequence[Mapping[str, Any]]


class Resource(Protocol):
    """What differs between the things that are taken in."""

    @property
    def kind(self) -> Kind: ...

    def read(self, row: Mapping[str, Any]) -> Stated:
        """Raises RowRefused."""

    def columns(self, stated: Stated, names: Sequence[str], row: UUID, /) -> Record: ...

    def complete(self, record: Record) -> Record:
        """Raises RowRefused where the record, as it would become, breaks a rule."""

    def event(self, record: Record) -> str: ...


@dataclass(frozen=True, slots=True)
class Written:
    """A change that was stored, and the fields that it told anew."""

    change: Change
    fields: frozenset[str]


@dataclass(slots=True)
class Report:
    results: list[RowResult]
    written: list[Written] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        found = Counter(result.outcome for result in self.results)
        return {outcome.value: found[outcome] for outcome in Outcome}


async def take_in(context: Context, resource: Resource, batch: Batch) -> Report:
    """One result per row, in their order. Nothing is written for rows that tell nothing new."""
    report = Report([])
    candidates = _read_all(resource, batch.rows, report.results)
    await records.lock_intake(context.session, context.store, resource.kind)
    keys = [stated.key for _, stated in candidates]
    known = await known_by_key(context.session, resource.kind, context.store, keys)
    fresh, restated = _sort(candidates, known, batch.import_id)
    report.written += _created(context, resource, batch, fresh)
    report.written += await _updated(context, resource, batch, restated, known)
    await records.write(context.session, resource.kind, [written.change for written in report.written])
    if batch.import_id is not None:
        seen = [known[key].id for key in keys if key in known]
        await stamp_import(context.session, resource.kind, context.store, batch.import_id, seen)
    return report


Candidate = tuple[RowResult, Stated]


def _read_all(resource: Resource, rows: Sequence[Mapping[str, Any]], results: list[RowResult]) -> list[Candidate]:
    candidates = []
    for place, row in enumerate(rows, start=1):
        number = row.get("row")
        result = RowResult(number if type(number) is int and 0 <= number <= HIGHEST_ROW else place)
        results.append(result)
        try:
            stated = resource.read(row)
        except RowRefused as refused:
            result.errors.extend(refused.findings)
            continue
        result.key = stated.key
        result.warnings.extend(stated.warnings)
        candidates.append((result, stated))
    return candidates


def _sort(
    candidates: Sequence[Candidate], known: Mapping[str, Known], import_id: UUID | None
) -> tuple[list[Candidate], list[Candidate]]:
    """Of a key told twice in one import the first stays."""
    fresh: list[Candidate] = []
    restated: list[Candidate] = []
    seen: set[str] = set()
    for result, stated in candidates:
        before = known.get(stated.key)
        told_already = before is not None and import_id is not None and before.import_id == import_id
        if stated.key in seen or told_already:
            result.outcome = Outcome.DUPLICATE
        elif before is None:
            result.outcome = Outcome.CREATED
            fresh.append((result, stated))
        elif before.source_hash == stated.digest:
            result.outcome = Outcome.UNCHANGED
        else:
            restated.append((result, stated))
        seen.add(stated.key)
    return fresh, restated


def _created(context: Context, resource: Resource, batch: Batch, fresh: Sequence[Candidate]) -> list[Written]:
    ids = records.new_ids(len(fresh), context.now)
    written: list[Written] = []
    for (result, stated), row in zip(fresh, ids, strict=True):
        record = {
            **records.blank(resource.kind, context.store, row, context.now),
            **_told_by(batch, stated),
            resource.kind.key: stated.key,
            **resource.columns(stated, list(stated.fields), row),
        }
        _add(written, resource, result, record, frozenset(stated.fields))
    return written


async def _updated(
    context: Context, resource: Resource, batch: Batch, restated: Sequence[Candidate], known: Mapping[str, Known]
) -> list[Written]:
    if not restated:
        return []
    ids = [known[stated.key].id for _, stated in restated]
    former = {row["id"]: row for row in await records.load(context.session, resource.kind, context.store, "id", ids)}
    written: list[Written] = []
    for (result, stated), row in zip(restated, ids, strict=True):
        names = fields_restated(former[row]["source_fields"], stated.fields)
        if not names:
            result.outcome = Outcome.UNCHANGED
            continue
        result.outcome = Outcome.UPDATED
        changed = {**_told_by(batch, stated), **resource.columns(stated, sorted(names), row)}
        _add(written, resource, result, next_version(former[row], changed, context.now), names)
    return written


def _add(written: list[Written], resource: Resource, result: RowResult, record: Record, names: frozenset[str]) -> None:
    try:
        complete = resource.complete(record)
        written.append(Written(Change(complete, resource.event(complete)), names))
    except RowRefused as refused:
        result.outcome = Outcome.REJECTED
        result.errors.extend(refused.findings)


def _told_by(batch: Batch, stated: Stated) -> Record:
    return {
        "source": batch.source,
        "import_id": batch.import_id,
        "source_hash": stated.digest,
        "source_fields": dict(stated.fields),
    }
