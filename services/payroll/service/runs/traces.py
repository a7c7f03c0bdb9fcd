"""Reading a completed run: the walk from a line or a step to facts, orders and answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import Conflict, Forbidden, NotFound
from services.payroll.domain.calculation.correction import month_in
from services.payroll.domain.month import Month
from services.payroll.models import PayLine, ResponseCopy, Run, UpsellCopy
from services.payroll.repository.runs import reach, runs, threads
from services.payroll.service.call import Call
from services.payroll.service.people.team_heads import teams_of
from services.payroll.service.runs.paying import plans_by_prefix
from services.payroll.service.words.trace_names import node_in_chinese

FACTS_SHOWN = 500


async def completed_run(session: AsyncSession, run: UUID) -> Run:
    found = await runs.run_of(session, run)
    if found is None:
        raise NotFound("There is no such run")
    if found.status != "completed":
        raise Conflict(f"The run is {found.status}", slug="run-not-completed")
    return found


@dataclass(frozen=True)
class Found:
    """What a caller asked for of a run and may see: a line and its node, or a node."""

    run: Run
    line: PayLine | None
    node: str


async def find(call: Call, run_id: UUID, key: str, seen_by: str | None) -> Found:
    """By a line's id or a node's name. Whoever sees only his own pay sees only what his own lines rest on, and what the
    plan might have paid him; who leads or manages a team the steps of the team."""
    run = await completed_run(call.session, run_id)
    line = await _line(call.session, run_id, key)
    name = line.node if line else key
    if seen_by is not None:
        await _check_seen(call, run, name, seen_by)
    return Found(run, line, name)


@dataclass(frozen=True)
class Trace:
    """A node of a run with the facts that it counted and what hangs on their orders."""

    run: Run
    line: PayLine | None
    node: Mapping[str, Any]
    """Its inputs have their Chinese names."""
    facts: Sequence[RowMapping]
    upsells: Mapping[str, Sequence[UpsellCopy]]
    responses: Mapping[str, Sequence[ResponseCopy]]


async def trace(call: Call, run_id: UUID, key: str, seen_by: str | None) -> Trace:
    asked = await find(call, run_id, key, seen_by)
    session, run, name = call.session, asked.run, asked.node
    node = await runs.node_of(session, run_id, name)
    if node is None:
        raise NotFound("The run has no such line or step")
    facts = await runs.facts_counted(session, run_id, name, FACTS_SHOWN)
    orders = sorted({fact["order_number"] for fact in facts if fact["order_number"] is not None})
    return Trace(
        run,
        asked.line,
        node_in_chinese(_without_others(node.body, seen_by), await plans_by_prefix(session, run)),
        facts,
        await threads.upsells_of(session, orders),
        await threads.responses_of(session, orders),
    )


def _without_others(node: Mapping[str, Any], seen_by: str | None) -> Mapping[str, Any]:
    """Whoever sees only his own pay is not told whose values a total adds up."""
    if seen_by is None:
        return node
    inputs = [{name: value for name, value in read.items() if name != "among"} for read in node["inputs"]]
    return {**node, "inputs": inputs}


async def _line(session: AsyncSession, run: UUID, key: str) -> PayLine | None:
    try:
        line = UUID(key)
    except ValueError:
        return None
    return await runs.line_of(session, run, line)


async def _check_seen(call: Call, run: Run, name: str, employee: str) -> None:
    if await reach.rests_on(call.session, run.id, employee, name):
        return
    node = await runs.node_of(call.session, run.id, name)
    of_team = node is not None and node.body["scope"] == "team"
    if not (node and of_team and node.body["subject"] in await teams_seen(call, run, name)):
        raise Forbidden("None of your own pay rests on that", slug="pay-not-yours")


async def teams_seen(call: Call, run: Run, node: str) -> frozenset[str]:
    """The teams that the caller leads or manages in the month that a node is of."""
    return await teams_of(call, str(month_in(node, Month.parse(run.month))))
