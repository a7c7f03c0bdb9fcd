"""Bulk import: every row gets one outcome; what a row would not change is not written."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.field_words import field_words
from services.payroll.repository.people import imports
from services.payroll.schemas.bulk import BulkReport, BulkRequest, BulkRow, Outcome, Remark, RowResult

Row = TypeVar("Row", bound=BulkRow)
Key = tuple[str, ...]


@dataclass(frozen=True)
class Import:
    """Who imports, where, and on which day of the store."""

    store: UUID
    by: str
    source: str
    import_id: UUID | None
    today: date

    @property
    def origin(self) -> Mapping[str, Any]:
        """Where a row comes from, as it is kept beside it."""
        return {"by": self.by, "source": self.source, "import_id": self.import_id}


@dataclass(frozen=True)
class Stored:
    """What is there under a key: the content to compare with, and the import that wrote it."""

    content: Mapping[str, Any]
    version: int
    import_id: UUID | None


@dataclass(frozen=True)
class Change(Generic[Row]):
    """A row that is to be written; `before` is None when its key is new."""

    row: Row
    content: Mapping[str, Any]
    before: Stored | None


Remarks = Mapping[int, list[Remark]]
"""What is to be said of rows, by their number."""


async def nothing_refused(_session: AsyncSession, _given: Import, _rows: Sequence[BulkRow]) -> Remarks:
    return {}


@dataclass(frozen=True)
class Resource(Generic[Row]):
    """What differs between the resources: the key of a row, what is stored, the row's content, what cannot be taken
    though it can be read, what is doubtful, and the writing."""

    name: str
    row: type[Row]
    key: Callable[[Row], Key]
    find: Callable[[AsyncSession, Import, Sequence[Row]], Awaitable[Mapping[Key, Stored]]]
    content: Callable[[Row, Import, Stored | None], Mapping[str, Any]]
    warn: Callable[[AsyncSession, Import, Sequence[Row]], Awaitable[Remarks]]
    write: Callable[[AsyncSession, Import, Sequence[Change[Row]]], Awaitable[None]]
    refuse: Callable[[AsyncSession, Import, Sequence[Row]], Awaitable[Remarks]] = nothing_refused


@dataclass
class _Sorting(Generic[Row]):
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    errors: dict[int, list[Remark]] = field(default_factory=dict)
    changes: list[Change[Row]] = field(default_factory=list)


async def import_rows(session: AsyncSession, resource: Resource[Row], given: Import, body: BulkRequest) -> BulkReport:
    """The report names the rows by `row`, or by their place from 1 where a row does not say."""
    sorting: _Sorting[Row] = _Sorting()
    rows = _read(resource, given, body.rows, sorting)
    await imports.take_turn(session, given.store, resource.name)
    _reject(rows, await resource.refuse(session, given, list(rows.values())), sorting)
    stored = await resource.find(session, given, list(rows.values()))
    _compare(resource, given, rows, stored, sorting)
    warnings = await resource.warn(session, given, list(rows.values()))
    if sorting.changes:
        await resource.write(session, given, sorting.changes)
    results = [
        RowResult(
            row=_row_number(raw, place),
            outcome=sorting.outcomes[place],
            warnings=warnings.get(rows[place].row, []) if place in rows else [],
            errors=sorting.errors.get(place, []),
        )
        for place, raw in enumerate(body.rows, 1)
    ]
    return BulkReport(results=results, counts=dict(Counter(result.outcome for result in results)))


def _row_number(raw: Mapping[str, Any], place: int) -> int:
    number = raw.get("row")
    return number if type(number) is int else place


def _read(
    resource: Resource[Row], given: Import, raws: Sequence[Mapping[str, Any]], sorting: _Sorting[Row]
) -> dict[int, Row]:
    """The rows that can be read and are the first with their key, by place.

    A later row with the same key is a duplicate when it says the same, and rejected when it says anything else.
    """
    rows: dict[int, Row] = {}
    seen: dict[Key, Row] = {}
    for place, raw in enumerate(raws, 1):
        try:
            row = resource.row.model_validate(raw)
        except ValidationError as error:
            sorting.outcomes[place] = "rejected"
            sorting.errors[place] = [_remark(e["loc"], str(e["type"]), field_words(e)) for e in error.errors()]
            continue
        first = seen.setdefault(resource.key(row), row)
        if first is row:
            rows[place] = row
            continue
        said, other = (resource.content(each, given, None) for each in (first, row))
        sorting.errors[place] = _contradictions(first.row, said, other)
        sorting.outcomes[place] = "rejected" if sorting.errors[place] else "duplicate"
    return rows


def _contradictions(first: int, said: Mapping[str, Any], other: Mapping[str, Any]) -> list[Remark]:
    """What a row says otherwise than the first of the same thing: which of the two is right nobody here knows."""
    detail = f"与第 {first} 行说的是同一个,内容却不同 / row {first} says otherwise of the same"
    return [Remark(field=name, code="row-contradicts", detail=detail) for name in said if said[name] != other[name]]


def _remark(location: Sequence[str | int], kind: str, detail: str) -> Remark:
    return Remark(field=str(location[0]) if location else "", code=kind.replace("_", "-"), detail=detail)


def _reject(rows: dict[int, Row], refusals: Remarks, sorting: _Sorting[Row]) -> None:
    for place in [place for place, row in rows.items() if refusals.get(row.row)]:
        sorting.errors[place] = refusals[rows.pop(place).row]
        sorting.outcomes[place] = "rejected"


def _compare(
    resource: Resource[Row],
    given: Import,
    rows: Mapping[int, Row],
    stored: Mapping[Key, Stored],
    sorting: _Sorting[Row],
) -> None:
    for place, row in rows.items():
        before = stored.get(resource.key(row))
        content = resource.content(row, given, before)
        if before is not None and given.import_id is not None and before.import_id == given.import_id:
            sorting.outcomes[place] = "duplicate"
        elif before is not None and dict(before.content) == dict(content):
            sorting.outcomes[place] = "unchanged"
        else:
            sorting.outcomes[place] = "created" if before is None else "updated"
            sorting.changes.append(Change(row, content, before))
