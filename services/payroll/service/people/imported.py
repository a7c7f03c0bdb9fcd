"""Employees and review scores from an import."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.feed import publish
from services.payroll.domain.people.review_score import score_of_nobody
from services.payroll.domain.vocabulary import POSTS
from services.payroll.events import employee_changed
from services.payroll.repository.people import imports, people
from services.payroll.schemas.bulk import EmployeeRow, Remark, ReviewScoreRow
from services.payroll.service.people.imports import Change, Import, Key, Remarks, Resource, Stored

_TERMS = ("post", "team", "coefficient", "probation_until", "base_pay")
_EMPLOYEE = ("name", "hired_on", *_TERMS)


def _as_of(row: EmployeeRow, given: Import) -> date:
    return row.effective_from or given.today


async def _find_employees(session: AsyncSession, given: Import, rows: Sequence[EmployeeRow]) -> Mapping[Key, Stored]:
    wanted = [{"number": row.number, "as_of": _as_of(row, given)} for row in rows]
    found = await imports.employees_before(session, wanted)
    return {
        (row["number"],): Stored(
            {name: row[name] for name in (*_EMPLOYEE, "valid_from", "left_on")}, row["version"], row["import_id"]
        )
        for row in found
    }


def _employee_content(row: EmployeeRow, _given: Import, before: Stored | None) -> Mapping[str, Any]:
    """A field that the row does not name stays as it is; one that it names as null becomes null."""
    content = {name: getattr(row, name) for name in _EMPLOYEE}
    content["post"] = POSTS.code(row.post) or row.post
    if before is None:
        return content
    kept = {name: before.content[name] for name in _EMPLOYEE if name not in row.model_fields_set}
    unseen = {name: before.content[name] for name in ("valid_from", "left_on")}
    return {**content, **kept, **unseen}


async def _refuse_employees(session: AsyncSession, _given: Import, rows: Sequence[EmployeeRow]) -> Remarks:
    """Hired again under his number, who had left would be paid by neither employment, and by nothing that says so."""
    known = await people.employed_of(session, [row.number for row in rows])
    refused = {}
    for row in rows:
        _, left = known.get(row.number, (None, None))
        if left is not None and row.hired_on is not None and row.hired_on > left:
            detail = f"{row.number} 已于 {left} 离职,再次入职用新工号 / left on {left}; hired again he has a new one"
            refused[row.row] = [_remark("hired_on", "employee-left", detail)]
    return refused


async def _warn_employees(
    _session: AsyncSession, _given: Import, rows: Sequence[EmployeeRow]
) -> Mapping[int, list[Remark]]:
    remarks: dict[int, list[Remark]] = {row.row: [] for row in rows}
    for row in rows:
        if POSTS.code(row.post) is None:
            remarks[row.row].append(_remark("post", "post-unknown", f"{row.post} is not a post that plans know"))
        if row.team is None:
            remarks[row.row].append(_remark("team", "team-missing", "no team: no share of a team's pool"))
    return remarks


def _remark(name: str, code: str, detail: str) -> Remark:
    return Remark(field=name, code=code, detail=detail)


async def _write_employees(session: AsyncSession, given: Import, changes: Sequence[Change[EmployeeRow]]) -> None:
    known = [change.row.number for change in changes if change.before is not None]
    await people.keep_employees(session, given.store, known)
    rows = [{"number": change.row.number, **change.content} for change in changes]
    await imports.put_employees(session, given.store, given.origin, rows)
    terms = [
        {"employee": change.row.number, **change.content, "valid_from": _valid_from(change, given)}
        for change in changes
        if _terms_changed(change)
    ]
    await people.put_terms(session, given.store, terms, given.by)
    await people.begin_earlier(session, given.store, [_hired(change) for change in changes], given.by)
    await people.add_teams(session, given.store, [row["team"] for row in rows if row["team"] is not None])
    versions = {change.row.number: (change.before.version if change.before else 0) + 1 for change in changes}
    await publish(session, given.store, *(employee_changed(row, versions[str(row["number"])]) for row in rows))


def _hired(change: Change[EmployeeRow]) -> Mapping[str, Any]:
    was = None if change.before is None else change.before.content["hired_on"]
    return {"employee": change.row.number, "was": was, "now": change.content["hired_on"]}


def _terms_changed(change: Change[EmployeeRow]) -> bool:
    before = change.before
    return before is None or any(before.content[name] != change.content[name] for name in _TERMS)


def _valid_from(change: Change[EmployeeRow], given: Import) -> date:
    """First terms begin with the employment; later ones on the day given, or the day that the change was seen."""
    if change.before is None or change.before.content["valid_from"] is None:
        return change.row.effective_from or change.row.hired_on or people.BEGINNING
    return _as_of(change.row, given)


EMPLOYEES: Resource[EmployeeRow] = Resource(
    "employees", EmployeeRow, lambda row: (row.number,),
    _find_employees, _employee_content, _warn_employees, _write_employees, _refuse_employees,
)  # fmt: skip


async def _find_scores(session: AsyncSession, _given: Import, rows: Sequence[ReviewScoreRow]) -> Mapping[Key, Stored]:
    found = await imports.review_scores_before(session, sorted({row.month for row in rows}))
    return {
        (row["month"], row["employee"]): Stored(
            {"id": row["id"], "score": row["score"]}, row["version"], row["import_id"]
        )
        for row in found
    }


def _score_content(row: ReviewScoreRow, _given: Import, before: Stored | None) -> Mapping[str, Any]:
    return {"score": row.score} if before is None else {"id": before.content["id"], "score": row.score}


async def _warn_scores(
    session: AsyncSession, _given: Import, rows: Sequence[ReviewScoreRow]
) -> Mapping[int, list[Remark]]:
    known = await people.employed_of(session, {row.employee for row in rows})
    refusals = {row.row: score_of_nobody(row.month, row.employee, known) for row in rows}
    return {at: [_remark("employee", *refusal)] for at, refusal in refusals.items() if refusal is not None}


async def _write_scores(session: AsyncSession, given: Import, changes: Sequence[Change[ReviewScoreRow]]) -> None:
    before = [change.before.content["id"] for change in changes if change.before is not None]
    await people.keep_review_scores(session, given.store, before)
    rows = [{"month": c.row.month, "employee": c.row.employee, "score": c.row.score} for c in changes]
    await imports.put_review_scores(session, given.store, given.origin, rows)


REVIEW_SCORES: Resource[ReviewScoreRow] = Resource(
    "review-scores", ReviewScoreRow, lambda row: (row.month, row.employee),
    _find_scores, _score_content, _warn_scores, _write_scores,
)  # fmt: skip
