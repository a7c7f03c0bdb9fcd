"""Employees, their dated terms and review scores: one change at a time, each keeping what was before."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.auth import Store
from chassis.errors import Conflict, NotFound, field_error
from chassis.feed import publish
from chassis.representation import check_version
from services.payroll.domain.people.review_score import score_of_nobody
from services.payroll.domain.vocabulary import POSTS
from services.payroll.events import employee_changed
from services.payroll.models import Employee, EmployeeTerms, ReviewScore
from services.payroll.repository.people import imports, people
from services.payroll.service.refusals import ReviewScoreOfNobody

EmployeeAndTerms = tuple[Employee, EmployeeTerms | None]


def today_in(store: Store, now: datetime) -> date:
    return now.astimezone(ZoneInfo(store.time_zone)).date()


async def read_employee(session: AsyncSession, number: str, day: date) -> EmployeeAndTerms:
    found = await people.employee_on(session, number, day)
    if found is None:
        raise NotFound(f"There is no employee {number}")
    return found


async def create_employee(session: AsyncSession, store: Store, given: Mapping[str, Any], by: str) -> Employee:
    """The first terms begin with the employment, or in the past without end when its day is not known."""
    await imports.take_turn(session, store.id, "employees")
    told = {name: given[name] for name in ("number", "name", "hired_on")}
    employee = Employee(store_id=store.id, source="aftermile", recorded_by=by, **told)
    session.add(employee)
    try:
        await session.flush()
    except IntegrityError as error:
        raise Conflict(f"Employee {employee.number} is there already", slug="employee-exists") from error
    await _put_terms(session, employee, given["hired_on"] or people.BEGINNING, given, by)
    await session.refresh(employee)
    await _tell(session, store, employee, given)
    return employee


async def update_employee(
    session: AsyncSession, store: Store, number: str, changes: Mapping[str, Any], edit: tuple[int, str]
) -> Employee:
    employee = await _employee_to_change(session, store, number, edit)
    was, left = employee.hired_on, employee.left_on
    for name, value in changes.items():
        setattr(employee, name, value)
    if employee.hired_on and employee.left_on and employee.left_on < employee.hired_on:
        raise Conflict("Nobody leaves before he was hired", slug="employee-left-before-hired")
    if employee.hired_on and left and employee.hired_on > left:
        raise Conflict(f"Left on {left}: hired again he has a new number", slug="employee-left-before-hired")
    hired = {"employee": number, "was": was, "now": employee.hired_on}
    await people.begin_earlier(session, store.id, [hired], edit[1])
    return await _changed(session, store, employee)


async def put_terms(
    session: AsyncSession, store: Store, number: str, terms: tuple[date, Mapping[str, Any]], edit: tuple[int, str]
) -> Employee:
    """Terms from a day on. A day in the past is a correction: the state before it stays in the history."""
    valid_from, given = terms
    employee = await _employee_to_change(session, store, number, edit)
    await _put_terms(session, employee, valid_from, given, edit[1])
    return await _changed(session, store, employee)


async def _employee_to_change(session: AsyncSession, store: Store, number: str, edit: tuple[int, str]) -> Employee:
    """`edit` is the version that is changed, and by whom."""
    await imports.take_turn(session, store.id, "employees")
    employee = await people.employee_for_update(session, number)
    if employee is None:
        raise NotFound(f"There is no employee {number}")
    check_version(employee.version, edit[0])
    await people.keep_employees(session, store.id, [number])
    employee.recorded_by = edit[1]
    return employee


async def _put_terms(
    session: AsyncSession, employee: Employee, valid_from: date, given: Mapping[str, Any], by: str
) -> None:
    names = ("team", "coefficient", "probation_until", "base_pay")
    post = POSTS.code(given["post"]) or given["post"]
    row = {"employee": employee.number, "valid_from": valid_from, "post": post, **{n: given[n] for n in names}}
    await people.put_terms(session, employee.store_id, [row], by)
    if given["team"] is not None:
        await people.add_teams(session, employee.store_id, [given["team"]])


async def _changed(session: AsyncSession, store: Store, employee: Employee) -> Employee:
    employee.version += 1
    await session.flush()
    await session.refresh(employee)
    terms = await people.terms_of(session, employee.number)
    latest = terms[-1] if terms else None
    await _tell(session, store, employee, {"post": latest and latest.post, "team": latest and latest.team})
    return employee


async def _tell(session: AsyncSession, store: Store, employee: Employee, terms: Mapping[str, Any]) -> None:
    own = ("number", "name", "hired_on", "left_on")
    state = {**{name: getattr(employee, name) for name in own}, "post": terms["post"], "team": terms["team"]}
    await publish(session, store.id, employee_changed(state, employee.version))


async def create_review_score(session: AsyncSession, store: Store, given: Mapping[str, Any], by: str) -> ReviewScore:
    """Of somebody who is there on the month's last day: another's would count for nothing."""
    await imports.take_turn(session, store.id, "review-scores")
    number = given["employee"]
    refusal = score_of_nobody(given["month"], number, await people.employed_of(session, [number]))
    if refusal is not None:
        raise ReviewScoreOfNobody(refusal[1], errors=[field_error("/employee", *refusal)])
    score = ReviewScore(store_id=store.id, source="aftermile", recorded_by=by, **given)
    session.add(score)
    try:
        await session.flush()
    except IntegrityError as error:
        raise Conflict("That score is set already; change it instead", slug="review-score-exists") from error
    await session.refresh(score)
    return score


async def change_review_score(
    session: AsyncSession, store: Store, score_id: UUID, value: object, edit: tuple[int, str]
) -> ReviewScore:
    await imports.take_turn(session, store.id, "review-scores")
    score = await people.review_score_for_update(session, score_id)
    if score is None:
        raise NotFound("There is no such review score")
    check_version(score.version, edit[0])
    await people.keep_review_scores(session, store.id, [score.id])
    score.score, score.recorded_by = value, edit[1]  # type: ignore[assignment]
    score.version += 1
    await session.flush()
    await session.refresh(score)
    return score


async def terms_of(session: AsyncSession, number: str) -> tuple[Employee, Sequence[EmployeeTerms]]:
    employee = (await read_employee(session, number, people.BEGINNING))[0]
    return employee, await people.terms_of(session, number)
