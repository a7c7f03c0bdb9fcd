"""Measures from an import: each row is proposed, and waits for the approval of a second person as any other."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.repository.facts import measures
from services.payroll.repository.people import people
from services.payroll.schemas.bulk import MeasureRow, Remark
from services.payroll.service.facts.measures import KEY, VALUES, tell
from services.payroll.service.people.imports import Change, Import, Key, Resource, Stored

_CONTENT = ("id", *VALUES, "reason")


def _key(row: MeasureRow) -> Key:
    return tuple(str(getattr(row, name)) for name in KEY)


async def _find(session: AsyncSession, _given: Import, rows: Sequence[MeasureRow]) -> Mapping[Key, Stored]:
    found = await measures.measures_before(session, sorted({row.occurred_on for row in rows}))
    return {
        tuple(str(row[name]) for name in KEY): Stored(
            {name: row[name] for name in _CONTENT}, row["version"], row["import_id"]
        )
        for row in found
    }


def _content(row: MeasureRow, _given: Import, before: Stored | None) -> Mapping[str, Any]:
    """A figure that the row does not name stays as it is."""
    content = {name: getattr(row, name) for name in (*VALUES, "reason")}
    if before is None:
        return content
    kept = {name: before.content[name] for name in VALUES if name not in row.model_fields_set}
    return {"id": before.content["id"], **content, **kept}


async def _warn(session: AsyncSession, _given: Import, rows: Sequence[MeasureRow]) -> Mapping[int, list[Remark]]:
    known = await people.known_subjects(session)
    return {
        row.row: [
            Remark(field=name, code=f"{name}-unknown", detail=f"no {name} {getattr(row, name)}")
            for name in ("employee", "team")
            if getattr(row, name) not in {None, *known}
        ]
        for row in rows
    }


async def _write(session: AsyncSession, given: Import, changes: Sequence[Change[MeasureRow]]) -> None:
    before = [change.before.content["id"] for change in changes if change.before is not None]
    await measures.keep_measures(session, given.store, before)
    told = [{**change.row.model_dump(), **change.content} for change in changes]
    rows = await measures.put_measures(session, given.store, given.origin, told)
    await tell(session, given.store, *rows)


MEASURES: Resource[MeasureRow] = Resource("measures", MeasureRow, _key, _find, _content, _warn, _write)
