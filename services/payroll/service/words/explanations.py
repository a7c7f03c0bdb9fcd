"""Explaining a completed run in words: a line or a step, down to the facts that it rests on."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import NotFound
from services.payroll.domain.month import Month
from services.payroll.domain.words.explanation import DEPTH, SENTENCES, Explainer, subjects_of
from services.payroll.domain.words.replay import Written
from services.payroll.domain.words.saying import Saying
from services.payroll.domain.words.told import Sentence, ToldLine
from services.payroll.domain.words.told_step import Known
from services.payroll.models import PayLine, Run
from services.payroll.repository.people import people
from services.payroll.repository.words import explanations
from services.payroll.repository.words.explanations import Below
from services.payroll.service.call import Call
from services.payroll.service.plans import plans
from services.payroll.service.runs import traces
from services.payroll.service.runs.inputs import amendment_from

Node = Mapping[str, Any]


@dataclass(frozen=True)
class Explanation:
    run: Run
    line: PayLine | None
    sentences: Sequence[Sentence]


async def explain(call: Call, run_id: UUID, key: str, seen_by: str | None, saying: Saying) -> Explanation:
    """By a line's id or a node's name, to whom `traces.trace` shows it; in a fixed number of queries."""
    found = await traces.find(call, run_id, key, seen_by)
    session, line = call.session, found.line
    own = line.employee if line else seen_by or found.node.rpartition("/")[2]
    nodes = await explanations.nodes_below(session, run_id, Below([found.node], own, DEPTH, SENTENCES))
    if found.node not in nodes:
        raise NotFound("The run has no such line or step")
    explainer = Explainer(saying, await known_of(session, found.run, nodes), nodes, own)
    told = None if line is None else told_line(saying, vars(line))
    return Explanation(found.run, line, explainer.explain(found.node, told))


def told_line(saying: Saying, line: Mapping[str, Any]) -> ToldLine:
    return ToldLine(line["employee"], saying.named(line["name"], line["component"]), line["amount"])


async def known_of(session: AsyncSession, run: Run, nodes: Mapping[str, Node]) -> Known:
    names = await people.names_of(session, subjects_of(nodes))
    return Known(Month.parse(run.month), await plans_behind(session, run.id), names)


async def plans_behind(session: AsyncSession, run: UUID) -> Sequence[Written]:
    rows = await explanations.plans_behind(session, run)
    return await asyncio.to_thread(lambda: [_written(row) for row in rows])


def _written(row: RowMapping) -> Written:
    """Read in a thread: the first time in a process it takes as long as a request may."""
    amended: dict[str, list[Any]] = {}
    for each in row["amendments"]:
        amendment = amendment_from(each["statement"], each["number"], each["hash"])
        amended.setdefault(amendment.parameter, []).append(amendment.value)
    return Written(plans.parsed(row["text"]), amended)
