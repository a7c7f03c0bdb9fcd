"""What if: asked for at once, computed by a job that reads and never touches runs, lines or months."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import Database
from chassis.errors import Conflict, Invalid, NotFound, field_error
from chassis.jobs import enqueue
from services.payroll.domain.calculation.amendment import Amendment
from services.payroll.domain.calculation.assignment import EVERYBODY, REST, held_by, post_code, reaches
from services.payroll.domain.calculation.outcome import Outcome
from services.payroll.domain.calculation.plan import Parameter
from services.payroll.domain.errors import PayrollRefusal
from services.payroll.domain.forecasts.what_if import ZERO, differences
from services.payroll.domain.month import Month
from services.payroll.language import amending_statement, read_amendment
from services.payroll.models import Run, WhatIf, WhatIfMonth
from services.payroll.repository.forecasts import what_ifs
from services.payroll.repository.people.imports import take_turn
from services.payroll.repository.runs import inputs, runs
from services.payroll.service.call import Call
from services.payroll.service.plans import plans
from services.payroll.service.plans.plan_life import known_posts
from services.payroll.service.refusals import RunGivenUp, problem_of
from services.payroll.service.runs.paying import Paying, calculate, days_of, paid_by

WHAT_IF_JOB = "payroll.what-if"
MAX_WAITING = 3
"""Of one store at a time: each calculates up to twelve months twice."""


@dataclass(frozen=True)
class Wish:
    """Another plan for some posts (None: for those that it pays, or was activated for, else for all that no plan
    names), or each month's own; names and written values of parameters; months in their order."""

    plan: UUID | None
    posts: Sequence[str] | None
    parameters: Sequence[Mapping[str, str]]
    months: Sequence[str]


async def request_what_if(call: Call, wish: Wish) -> WhatIf:
    """With its months and the job that will calculate them, all or nothing."""
    session, store = call.session, call.store.id
    found = await what_ifs.runs_of(session, wish.months)
    if missing := [month for month in wish.months if month not in found]:
        errors = [field_error("/months", "month-not-calculated", month) for month in missing]
        raise Conflict("No completed run of the month", slug="month-not-calculated", errors=errors)
    for texts in await _texts(session, wish, list(found.values())):
        await asyncio.to_thread(_values, texts, wish.parameters, Month.parse(wish.months[0]).last_day)
    posts = None if wish.posts is None else await known_posts(session, wish.posts)
    await take_turn(session, store, "what-ifs")
    if await what_ifs.count_under_way(session) >= MAX_WAITING:
        raise Conflict(f"{MAX_WAITING} are under way: wait for one of them", slug="what-ifs-waiting")
    what_if = WhatIf(
        store_id=store, plan_id=wish.plan, posts=posts, parameters=[dict(each) for each in wish.parameters],
        requested_by=call.principal.subject,
    )  # fmt: skip
    session.add(what_if)
    await session.flush()
    session.add_all(
        WhatIfMonth(store_id=store, what_if_id=what_if.id, month=month, run_id=found[month]) for month in wish.months
    )
    await session.flush()
    await session.refresh(what_if)
    await enqueue(session, WHAT_IF_JOB, {"store": str(store), "what_if": str(what_if.id)})
    return what_if


async def _texts(session: AsyncSession, wish: Wish, compared: Sequence[UUID]) -> set[tuple[str, ...]]:
    """Of the plans that the values are to be values of: those of a run together."""
    if wish.plan is not None:
        return {((await plans.read_plan(session, wish.plan)).text,)}
    return {tuple(each.plan.text for each in (await _compared(session, run))[1]) for run in compared}


async def _compared(session: AsyncSession, run_id: UUID) -> tuple[Run, Sequence[Paying]]:
    run = await runs.run_of(session, run_id)
    assert run is not None, "a foreign key says so"
    return run, (await paid_by(session, [run]))[run.id]


def _values(
    texts: Sequence[str], values: Sequence[Mapping[str, str]], since: date
) -> Mapping[str, tuple[Amendment, ...]]:
    """By text, as if they had been set from that day on: each in every plan that has such a parameter, which one must.

    What is wrong is named by its place in the request.
    """
    found: dict[str, tuple[Amendment, ...]] = dict.fromkeys(texts, ())
    for place, each in enumerate(values):
        having = [(text, known) for text in found if (known := _parameter(text, each["name"]))]
        if not having:
            detail = f"方案没有参数 / the plan has no parameter {each['name']}"
            error = field_error(f"/parameters/{place}/name", "name-unknown", detail)
            raise Invalid(detail, errors=[error], slug="parameter-unknown")
        for text, parameter in having:
            found[text] += (_value(text, parameter, each["value"], (f"/parameters/{place}", since)),)
    return found


def _parameter(text: str, name: str) -> Parameter | None:
    known = plans.parsed(text).parameters
    return known.get(name) or next((each for each in known.values() if each.chinese == name), None)


def _value(text: str, parameter: Parameter, value: str, at: tuple[str, date]) -> Amendment:
    pointer, since = at
    try:
        return read_amendment(amending_statement(text, parameter, value, since), "what-if")
    except PayrollRefusal as refusal:
        errors = [{**error, "pointer": f"{pointer}/value"} for error in refusal.errors]
        raise Invalid(str(refusal), errors=errors, slug=refusal.slug) from refusal


async def read_what_if(session: AsyncSession, what_if: UUID) -> WhatIf:
    found = await what_ifs.what_if_of(session, what_if)
    if found is None:
        raise NotFound("There is no such what-if")
    return found


async def completed_what_if(session: AsyncSession, what_if: UUID) -> WhatIf:
    found = await read_what_if(session, what_if)
    if found.status != "completed":
        raise Conflict(f"It is {found.status}", slug="what-if-not-completed")
    return found


@dataclass(frozen=True)
class _Asked:
    """A month to be calculated twice: by the plans of its run, and by those with the other one or other values.

    `changed` are the plans among the latter that are not among the former, or have other values.
    """

    month: Month
    run: Run
    own: Sequence[Paying]
    other: Sequence[Paying]
    changed: Sequence[Paying]


@dataclass(frozen=True)
class _Told:
    """`concerned` are the people whom the changed plans pay, `lines` what the run gave."""

    now: Outcome
    then: Outcome
    concerned: Collection[str]
    lines: Mapping[tuple[str, str], Decimal]
    paid_later: Decimal
    as_of: datetime

    @property
    def corrected(self) -> Collection[str]:
        """To whom the run's own plans give over these facts another line than the run did."""
        again: dict[tuple[str, str], Decimal] = {}
        for line in self.now.lines:
            again[line.person, line.line] = again.get((line.person, line.line), ZERO) + line.amount
        known = again.keys() | self.lines.keys()
        return {key[0] for key in known if again.get(key, ZERO) != self.lines.get(key, ZERO)}


async def compute_what_if(database: Database, store: UUID, what_if_id: UUID) -> None:
    """Safe to do twice and after a crash: until the last transaction only how far it is has been written."""
    async with database.transaction(store) as session:
        what_if = await what_ifs.what_if_of(session, what_if_id)
        if what_if is None or what_if.status in {"completed", "failed"}:
            return
        await what_ifs.start(session, what_if_id, datetime.now(UTC))
        months = (await what_ifs.months_of(session, [what_if_id]))[what_if_id]
        asked = [await _asked(session, what_if, each) for each in months]
    told = []
    for done, each in enumerate(asked, 1):
        try:
            told.append(await _calculate(database, store, each))
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                raise
            await _fail(database, store, what_if_id, {**problem, "month": str(each.month)})
            return
        async with database.transaction(store) as session:
            await what_ifs.tell_progress(session, what_if_id, done)
    await _complete(database, store, what_if_id, told)


async def _asked(session: AsyncSession, what_if: WhatIf, at: WhatIfMonth) -> _Asked:
    month, (run, own) = Month.parse(at.month), await _compared(session, at.run_id)
    other = None if what_if.plan_id is None else await plans.read_plan(session, what_if.plan_id)
    texts = [each.plan.text for each in own] if other is None else [other.text]
    values = _values(texts, what_if.parameters, month.last_day)
    if other is None:
        then = [replace(each, values=values[each.plan.text]) for each in own]
        return _Asked(month, run, own, then, [each for each in then if each.values])
    wanted = Paying(other, EVERYBODY, values[other.text])
    if what_if.posts is None and any(each.plan.id == other.id for each in own):
        then = [replace(wanted, reach=each.reach) if each.plan.id == other.id else each for each in own]
        return _Asked(month, run, own, then, [each for each in then if each.plan.id == other.id])
    then, changed = _with(own, wanted, what_if.posts or await plans.posts_of(session, other))
    return _Asked(month, run, own, then, [changed])


def _with(own: Sequence[Paying], other: Paying, posts: Sequence[str] | None) -> tuple[list[Paying], Paying]:
    """As if the other plan had been activated for the posts beside those of the run, later than they; and this plan."""
    held = held_by({place: each.reach for place, each in enumerate(own)})
    held |= dict.fromkeys([REST] if posts is None else posts, len(own))
    found = {place: replace([*own, other][place], reach=reach) for place, reach in reaches(held).items()}
    return list(found.values()), found[len(own)]


async def _calculate(database: Database, store: UUID, asked: _Asked) -> _Told:
    """Both over what one snapshot shows."""
    async with database.transaction(store) as session:
        await inputs.begin_snapshot(session)
        both = [*asked.own, *asked.other]
        of = {each.plan.id for each in both}
        given = await inputs.given_for(session, store, str(asked.month), days_of(both, asked.month), list(of))
        lines = await what_ifs.own_lines(session, asked.run.id)
        later = await what_ifs.paid_later(session, str(asked.month))
        as_of = datetime.now(UTC)
    now = await asyncio.to_thread(calculate, asked.own, asked.month, given)
    then = await asyncio.to_thread(calculate, asked.other, asked.month, given)
    concerned = [
        person["number"]
        for person in given.people
        if any(each.reach.holds(post_code(person["post"])) for each in asked.changed)
    ]
    return _Told(now, then, frozenset(concerned), lines, later, as_of)


async def give_up_what_if(database: Database, store: UUID, what_if_id: UUID) -> None:
    problem = problem_of(RunGivenUp("The fault has been logged; ask again once it is mended"))
    await _fail(database, store, what_if_id, problem or {})


async def _fail(database: Database, store: UUID, what_if_id: UUID, problem: Mapping[str, object]) -> None:
    async with database.transaction(store) as session:
        what_if = await what_ifs.what_if_of(session, what_if_id, lock=True)
        if what_if is not None and what_if.status in {"queued", "running"}:
            what_if.status, what_if.problem, what_if.completed_at = "failed", dict(problem), datetime.now(UTC)


async def _complete(database: Database, store: UUID, what_if_id: UUID, told: Sequence[_Told]) -> None:
    """Everything in one short transaction; what another worker finished stays."""
    async with database.transaction(store) as session:
        what_if = await what_ifs.what_if_of(session, what_if_id, lock=True)
        if what_if is None or what_if.status in {"completed", "failed"}:
            return
        for row, month in zip((await what_ifs.months_of(session, [what_if_id]))[what_if_id], told, strict=True):
            row.paid, row.paid_later = sum(month.lines.values(), ZERO), month.paid_later
            row.corrected, row.same_as_run = len(month.corrected), not month.corrected
            row.now_total, row.then_total = month.now.pay_total, month.then.pay_total
            row.facts_as_of = month.as_of
        await runs.append_rows(
            session, "what_if_pay", what_ifs.PAY_COLUMNS,
            [
                (store, what_if_id, str(month.now.month), each.person, each.now, each.then)
                for month in told
                for each in differences(month.now.totals, month.then.totals, month.concerned)
            ],
        )  # fmt: skip
        what_if.status, what_if.completed_at = "completed", datetime.now(UTC)
