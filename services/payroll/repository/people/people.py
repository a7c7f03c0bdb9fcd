"""Employees with their dated terms, teams, targets and review scores: reading and changing single ones."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, or_, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.domain.uniform import uniform
from services.payroll.models import (
    Employee,
    EmployeeHistory,
    EmployeeTerms,
    MeasureHistory,
    ReviewScore,
)

BEGINNING = date(1, 1, 1)
"""The first day of terms whose beginning nobody told."""


def terms_on(day: date) -> Select[EmployeeTerms]:
    """The terms in force on a day, one row per employee who had any."""
    return (
        select(EmployeeTerms)
        .where(EmployeeTerms.valid_from <= day)
        .ext(distinct_on(EmployeeTerms.employee))
        .order_by(EmployeeTerms.employee, EmployeeTerms.valid_from.desc())
    )


def former_states(kept: type[EmployeeHistory] | type[MeasureHistory]) -> Select[Any]:
    """(version, replaced_at, state as the text of its JSON, in which every number is as it was kept)."""
    columns: list[Any] = [kept.version, kept.replaced_at, cast(kept.state, Text).label("state")]
    return select(*columns)


def employees_with_terms(
    day: date, *, team: str | None = None, post: str | None = None
) -> Select[Employee, str, EmployeeTerms]:
    """(Employee, number, EmployeeTerms or None) of every employee, with the terms in force on the day."""
    terms = terms_on(day).subquery()
    query = select(Employee, Employee.number, EmployeeTerms).outerjoin(
        EmployeeTerms,
        and_(
            EmployeeTerms.employee == Employee.number,
            EmployeeTerms.store_id == Employee.store_id,
            EmployeeTerms.id.in_(select(terms.c.id)),
        ),
    )
    if team is not None:
        query = query.where(EmployeeTerms.team == team)
    if post is not None:
        query = query.where(EmployeeTerms.post == post)
    return query


def found_by(search: str) -> ColumnElement[bool]:
    """Employees whose number begins with the text, or whose name contains it; it looks at each of the store."""
    wanted = uniform(search)
    number = func.left(func.upper(Employee.number), len(wanted)) == wanted.upper()
    return or_(number, func.strpos(func.lower(Employee.name), wanted.lower()) > 0)


async def employee_on(session: AsyncSession, number: str, day: date) -> tuple[Employee, EmployeeTerms | None] | None:
    row = (await session.execute(employees_with_terms(day).where(Employee.number == number))).one_or_none()
    return None if row is None else (row[0], row[2])


async def employee_for_update(session: AsyncSession, number: str) -> Employee | None:
    return await session.scalar(select(Employee).where(Employee.number == number).with_for_update())


async def terms_of(session: AsyncSession, number: str) -> Sequence[EmployeeTerms]:
    query = select(EmployeeTerms).where(EmployeeTerms.employee == number).order_by(EmployeeTerms.valid_from)
    return (await session.scalars(query)).all()


async def keep_employees(session: AsyncSession, store: UUID, numbers: Sequence[str]) -> None:
    """Put the whole present state of employees, terms included, into the history, under their present version."""
    await session.execute(_KEEP_EMPLOYEES, {"store": store, "numbers": list(numbers)})


_KEEP_EMPLOYEES = text("""
    INSERT INTO employee_history (store_id, number, version, state)
    SELECT e.store_id, e.number, e.version, to_jsonb(e) - 'store_id' - 'import_id' || jsonb_build_object('terms', (
        SELECT coalesce(jsonb_agg(to_jsonb(t) - 'store_id' - 'employee' - 'id' ORDER BY t.valid_from), '[]')
        FROM employee_terms t WHERE t.store_id = e.store_id AND t.employee = e.number))
    FROM employee e WHERE e.store_id = :store AND e.number = ANY (:numbers)
""")


async def add_teams(session: AsyncSession, store: UUID, names: Sequence[str]) -> None:
    await session.execute(_ADD_TEAMS, {"store": store, "names": sorted(set(names))})


_ADD_TEAMS = text("""
    INSERT INTO team (store_id, name) SELECT :store, unnest(CAST(:names AS text[])) ON CONFLICT DO NOTHING
""")


async def put_terms(session: AsyncSession, store: UUID, rows: Sequence[Mapping[str, Any]], recorded_by: str) -> None:
    """Insert terms, or replace those that begin on the same day."""
    await session.execute(
        _PUT_TERMS,
        {"store": store, "by": recorded_by, "rows": orjson.dumps(list(rows), default=str).decode()},
    )


_PUT_TERMS = text("""
    INSERT INTO employee_terms
        (store_id, employee, valid_from, post, team, coefficient, probation_until, base_pay, recorded_by)
    SELECT :store, employee, valid_from, post, team, coefficient, probation_until, base_pay, :by
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(employee text, valid_from date, post text, team text,
        coefficient numeric, probation_until date, base_pay numeric)
    ON CONFLICT (store_id, employee, valid_from) DO UPDATE SET
        post = excluded.post, team = excluded.team, coefficient = excluded.coefficient,
        probation_until = excluded.probation_until, base_pay = excluded.base_pay, recorded_by = excluded.recorded_by,
        version = employee_terms.version + 1, updated_at = now()
""")


async def begin_earlier(session: AsyncSession, store: UUID, rows: Sequence[Mapping[str, Any]], by: str) -> None:
    """Of who was hired before the day that was told (`was`), first terms that began on it begin with the employment
    (`now`): else he would have none in between, and no pay."""
    told = orjson.dumps(list(rows), default=str).decode()
    await session.execute(_BEGIN_EARLIER, {"store": store, "by": by, "rows": told})


_BEGIN_EARLIER = text("""
    UPDATE employee_terms t SET valid_from = r.now, recorded_by = :by, version = t.version + 1, updated_at = now()
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(employee text, was date, now date)
    WHERE t.store_id = :store AND t.employee = r.employee AND t.valid_from = r.was AND r.now < r.was
      AND NOT EXISTS (
        SELECT FROM employee_terms o WHERE o.store_id = t.store_id AND o.employee = t.employee AND o.valid_from < r.was)
""")


async def review_score_for_update(session: AsyncSession, score: UUID) -> ReviewScore | None:
    return await session.scalar(select(ReviewScore).where(ReviewScore.id == score).with_for_update())


async def keep_review_scores(session: AsyncSession, store: UUID, ids: Sequence[UUID]) -> None:
    await session.execute(_KEEP_SCORES, {"store": store, "ids": list(ids)})


_KEEP_SCORES = text("""
    INSERT INTO review_score_history (store_id, review_score_id, version, state)
    SELECT store_id, id, version, to_jsonb(s) - 'store_id' - 'import_id' FROM review_score s
    WHERE store_id = :store AND id = ANY (:ids)
""")


async def employee_is_known(session: AsyncSession, number: str) -> bool:
    return await session.scalar(select(Employee.id).where(Employee.number == number)) is not None


async def known_subjects(session: AsyncSession) -> set[str]:
    """Every employee number and team name."""
    rows = await session.scalars(text("SELECT number FROM employee UNION SELECT name FROM team"))
    return set(rows)


async def employed_of(session: AsyncSession, numbers: Collection[str]) -> Mapping[str, tuple[date | None, date | None]]:
    """Of those who are known here the first and the last day of each."""
    query = select(Employee.number, Employee.hired_on, Employee.left_on).where(Employee.number.in_(numbers))
    return {row.number: (row.hired_on, row.left_on) for row in await session.execute(query)}


async def names_of(session: AsyncSession, numbers: Collection[str]) -> Mapping[str, str]:
    rows = await session.execute(select(Employee.number, Employee.name).where(Employee.number.in_(numbers)))
    return {row.number: row.name for row in rows}
