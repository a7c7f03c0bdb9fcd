"""A run of a month: asked for at once, computed by a job in one go, written in one short transaction."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consumer import feeds_behind
from chassis.database import Database
from chassis.errors import NotFound
from chassis.feed import publish
from chassis.jobs import enqueue
from services.payroll.domain.calculation.correction import Recalculated, correct
from services.payroll.domain.calculation.outcome import Outcome
from services.payroll.domain.errors import ClosedMonthStopped, RunRefusal
from services.payroll.domain.month import Month
from services.payroll.events import run_completed
from services.payroll.models import Run
from services.payroll.repository.months import months
from services.payroll.repository.runs import inputs, runs
from services.payroll.repository.runs.inputs import Given
from services.payroll.service.facts.measures import restore_facts
from services.payroll.service.refusals import FeedsBehind, PlanNotActive, RunGivenUp, problem_of
from services.payroll.service.runs.corrections import Again, changed_months
from services.payroll.service.runs.paying import calculate, days_of, paying_on, written
from services.payroll.service.runs.results import (
    Ids,
    figures_json,
    lines_and_nodes,
    pools_json,
    selections_of,
    warnings_json,
)

RUN_JOB = "payroll.run"
_PAUSE_SECONDS = 0.2
_WRITING_SECONDS = 30
"""For a run that corrects two years of a large store; others need a tenth of a second."""
_READING_SECONDS = 60
"""For what a run reads, which may be two years of a large store's facts. What writes nothing has no transaction id, so
that no feed waits for it."""


async def request_run(session: AsyncSession, store: UUID, month: str, by: str) -> Run:
    """A queued run and the job that will compute it, both or neither."""
    run = Run(store_id=store, month=month, status="queued", requested_by=by)
    session.add(run)
    await session.flush()
    await session.refresh(run)
    await enqueue(session, RUN_JOB, {"store": str(store), "run": str(run.id)})
    return run


async def read_run(session: AsyncSession, run: UUID) -> Run:
    found = await runs.run_of(session, run)
    if found is None:
        raise NotFound("There is no such run")
    return found


@dataclass(frozen=True)
class Computed:
    """`own` is the month by itself, `outcome` the same with corrections of closed months; `plans` as the run keeps
    them."""

    plans: Sequence[Mapping[str, Any]]
    own: Outcome
    outcome: Outcome
    hash: str
    ids: Ids
    given: Given
    read_at: datetime
    basis: str


async def compute_run(database: Database, store: UUID, run_id: UUID, *, wait_seconds: float) -> None:
    """Safe to do twice and after a crash: until the last transaction nothing but `running` is written.

    It begins between the moves of months, so that whatever is later than its beginning is what it may not have seen.
    """
    async with database.transaction(store) as session:
        run = await runs.run_of(session, run_id)
        if run is None or run.status in {"completed", "failed"}:
            return
        await months.months_apart(session, store)
        await restore_facts(session, store)
        await runs.start_run(session, run_id)
    try:
        await _wait_for_feeds(database, run.created_at, wait_seconds)
        computed = await _compute(database, store, run.month)
    except Exception as error:
        problem = problem_of(error)
        if problem is None:
            raise
        await _fail(database, store, run_id, problem)
        return
    await _complete(database, store, run_id, computed)


async def give_up_run(database: Database, store: UUID, run_id: UUID) -> None:
    """After the last attempt a run has failed: nobody is left waiting for it."""
    problem = problem_of(
        RunGivenUp("已记录原因,修好后请重新计算 / the fault has been logged; ask for the run again once it is mended")
    )
    await _fail(database, store, run_id, problem or {})


async def _wait_for_feeds(database: Database, since: datetime, seconds: float) -> None:
    """Until every feed has been read to its end after the run was asked for: pay is never computed on part."""
    until = time.monotonic() + seconds
    while True:
        async with database.transaction() as session:
            behind = await feeds_behind(session, since)
        if not behind:
            return
        if time.monotonic() >= until:
            raise FeedsBehind(
                f"{seconds:g} 秒内没有读完 / not read to their end within {seconds:g} s: {', '.join(behind)}",
                feeds=behind,
            )
        await asyncio.sleep(_PAUSE_SECONDS)


async def _compute(database: Database, store: UUID, month_text: str) -> Computed:
    month = Month.parse(month_text)
    async with database.transaction(store, seconds=_READING_SECONDS) as session:
        read_at = await inputs.begin_snapshot(session)
        paying = await paying_on(session, month.last_day)
        if not paying:
            raise PlanNotActive(f"{month} 没有启用的方案 / no plan is in force in {month}")
        of = [each.plan.id for each in paying]
        given = await inputs.given_for(session, store, month_text, days_of(paying, month), of)
        earlier = await changed_months(session, store, month)
        basis = await months.basis_of(session, month)
    ids = dict(chain.from_iterable(map(_ids, (given, *(again.given for again in earlier)))))
    own = await asyncio.to_thread(calculate, paying, month, given)
    again = [await asyncio.to_thread(_recalculated, each) for each in earlier]
    plans = [*written(paying), *(one for each in earlier for one in written(each.paying, each.month))]
    outcome = correct(own, tuple(again))
    digest = await asyncio.to_thread(getattr, outcome, "hash")
    return Computed(plans, own, outcome, digest, ids, given, read_at, basis)


def _ids(given: Given) -> Iterator[tuple[str, tuple[UUID, int | None]]]:
    for known in given.facts.values():
        versions = map(given.orders["version"].get, known["order_number"])
        yield from zip(known["name"], zip(known["id"], versions, strict=True), strict=True)


def _recalculated(again: Again) -> Recalculated:
    try:
        return Recalculated(calculate(again.paying, again.month, again.given), again.paid)
    except RunRefusal as refusal:
        raise ClosedMonthStopped(f"{again.month}: {refusal}") from refusal


async def _fail(database: Database, store: UUID, run_id: UUID, problem: Mapping[str, Any]) -> None:
    async with database.transaction(store) as session:
        run = await runs.run_for_update(session, run_id)
        if run is not None and run.status in {"queued", "running"}:
            run.status, run.problem, run.completed_at = "failed", dict(problem), datetime.now(UTC)
            run.version += 1


async def _complete(database: Database, store: UUID, run_id: UUID, computed: Computed) -> None:
    """All of a run's results and its event, in one short transaction; a run that another worker finished stays."""
    own, outcome = computed.own, computed.outcome
    lines, nodes = lines_and_nodes(outcome, store, run_id)
    selections = await asyncio.to_thread(selections_of, outcome, computed.ids, store, run_id)
    async with database.transaction(store, seconds=_WRITING_SECONDS) as session:
        run = await runs.run_for_update(session, run_id)
        if run is None or run.status in {"completed", "failed"}:
            return
        await runs.append_rows(session, "pay_line", runs.LINE_COLUMNS, lines)
        await runs.append_rows(session, "trace_node", runs.NODE_COLUMNS, nodes)
        await runs.append_rows(session, "fact_selection", runs.SELECTION_COLUMNS, selections)
        run.status, run.completed_at = "completed", datetime.now(UTC)
        run.plans, first = list(computed.plans), computed.plans[0]
        run.plan_id, run.plan_hash = UUID(first["plan_id"]), first["hash"]
        run.basis, run.read_at = computed.basis, computed.read_at
        run.hash, run.total, run.feed_cursors = computed.hash, outcome.pay_total, computed.given.cursors
        run.figures, run.pools = figures_json(own), pools_json(own)
        run.warnings = warnings_json(outcome, computed.given.waiting)
        run.version += 1
        await session.flush()
        await publish(session, store, run_completed({name: getattr(run, name) for name in _PUBLISHED}))


_PUBLISHED = ("id", "month", "hash", "total", "plan_id", "completed_at")
