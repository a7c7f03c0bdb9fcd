"""What a sum over people or teams adds up: the nodes of its parts, all of them or those that somebody may see."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, or_, select

from services.payroll.models import TraceNode
from services.payroll.repository.runs import reach

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Reader:
    """Who sees his own part, and those of the teams that he leads or manages."""

    employee: str
    teams: Collection[str]


def parts_of_total(run: UUID, total: Body) -> Select[Any]:
    """Everybody's value of the step, or of those `among` whom it is added up."""
    query = _nodes(run, total["reference"]).where(TraceNode.body["step"].astext == total["name"])
    among: Sequence[str] | None = total.get("among")
    return query if among is None else query.where(TraceNode.node.in_([f"{total['reference']}/{n}" for n in among]))


def parts_of_weights(run: UUID, step: str, owner: str) -> Select[Any]:
    """Those who share the pool of a team, or of the store, by a step."""
    pool = {"source": "split", "name": "pool", "reference": owner}
    return _nodes(run, step).where(TraceNode.body.contains({"inputs": [pool]}))


def seen_by(query: Select[Any], run: UUID, reader: Reader) -> Select[Any]:
    """What his own pay rests on, and what a team of his adds."""
    own = reach.reached(run, reader.employee).subquery()
    return query.where(or_(TraceNode.node.in_(select(own.c.node)), _of_teams(reader.teams)))


def _of_teams(teams: Collection[str]) -> ColumnElement[bool]:
    if not teams:
        return false()
    return and_(TraceNode.body["scope"].astext == "team", TraceNode.body["subject"].astext.in_(list(teams)))


def _nodes(run: UUID, step: str) -> Select[Any]:
    columns: Sequence[Any] = (TraceNode.node, TraceNode.ordinal, TraceNode.body)
    return select(*columns).where(TraceNode.run_id == run, TraceNode.node.startswith(f"{step}/", autoescape=True))
