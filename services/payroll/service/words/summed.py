"""A sum opened into what each person or team adds to it: to whoever may see that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select

from chassis.errors import Conflict, NotFound
from chassis.representation import PageWish, paginate
from services.payroll.domain.month import Month
from services.payroll.domain.words.replay import Node, Read
from services.payroll.domain.words.saying import Saying
from services.payroll.domain.words.sums import is_weights, owner_of, sums_of
from services.payroll.domain.words.told_step import Known
from services.payroll.domain.words.told_sum import SummedPart, part_of
from services.payroll.models import Run, TraceNode
from services.payroll.repository.people import people
from services.payroll.repository.runs import runs
from services.payroll.repository.words import summed
from services.payroll.repository.words.summed import Reader
from services.payroll.service.call import Call
from services.payroll.service.runs import traces
from services.payroll.service.words.explanations import plans_behind


@dataclass(frozen=True)
class Asked:
    """By whom (None: who sees all pay), of which sum of a step, in which language."""

    seen_by: str | None
    place: int
    saying: Saying


async def parts(
    call: Call, run_id: UUID, key: str, asked: Asked, wish: PageWish
) -> tuple[Sequence[SummedPart], str | None]:
    """A page, and the address of the next; in a fixed number of queries."""
    found = await traces.find(call, run_id, key, asked.seen_by)
    node = await runs.node_of(call.session, run_id, found.node)
    sums = [] if node is None else sums_of(node.body)
    if node is None or asked.place >= len(sums):
        raise NotFound("The step has no such sum")
    query = await _seen(call, found.run, (node.body, sums[asked.place]), asked.seen_by)
    rows, following = await paginate(call.session, query, [TraceNode.ordinal.expression], wish)
    names = await people.names_of(call.session, {row.body["subject"] for row in rows})
    known = Known(Month.parse(found.run.month), await plans_behind(call.session, run_id), names)
    return [part_of(asked.saying, known, sums[asked.place], row.body) for row in rows], following


async def _seen(call: Call, run: Run, of: tuple[Node, Read], seen_by: str | None) -> Select[Any]:
    """Everybody's part of a team's sum to who leads or manages it; of others his own, and his teams'."""
    node, read = of
    query = _all(run.id, node, read)
    if seen_by is None:
        return query
    teams = await traces.teams_seen(call, run, node["id"])
    return query if owner_of(node, read) in teams else summed.seen_by(query, run.id, Reader(seen_by, teams))


def _all(run: UUID, node: Node, read: Read) -> Select[Any]:
    if is_weights(read):
        return summed.parts_of_weights(run, node["id"].removesuffix(f"/{node['subject']}"), owner_of(node, read))
    if node["scope"] == "team" and "among" not in read:
        raise Conflict("The run has not kept whose values the total adds up", slug="parts-not-kept")
    return summed.parts_of_total(run, read)
