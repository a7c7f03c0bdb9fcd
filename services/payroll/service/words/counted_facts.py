"""The facts that a step counted, each with why it is in the month and what has become of it since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping

from chassis.errors import NotFound
from chassis.representation import PageWish, paginate
from services.payroll.domain.calculation.facts import FactColumns, Field
from services.payroll.domain.calculation.outcome import Value
from services.payroll.domain.errors import RunRefusal
from services.payroll.domain.month import Month
from services.payroll.domain.words.replay import Node, NotRecorded
from services.payroll.domain.words.saying import Saying
from services.payroll.domain.words.told_selection import SelectionTeller
from services.payroll.domain.words.told_step import Known, StepTeller
from services.payroll.models import FACT_USE
from services.payroll.repository.runs import runs
from services.payroll.repository.words import explanations
from services.payroll.service.call import Call
from services.payroll.service.runs import traces
from services.payroll.service.runs.fact_columns import DAYS_OF_ORDER, columns_of_kind
from services.payroll.service.words.explanations import plans_behind

_MEASURES = ("order_number", "person", "team", "occurred_on", "amount", "hours")


@dataclass(frozen=True)
class Cell:
    """A field that the rule reads; `now` where the fact, or its order, has become another since."""

    name: str
    title: str
    value: str
    now: str | None


@dataclass(frozen=True)
class CountedFact:
    """`counts_now` says of one that has changed whether the rule would still take it for the same subject."""

    row: RowMapping
    rule: str
    why: Sequence[str]
    cells: Sequence[Cell]
    superseded: bool
    counts_now: bool | None


@dataclass(frozen=True)
class Asked:
    """By whom, of which selection, in which language."""

    seen_by: str | None
    selection: int | None
    saying: Saying


async def counted(
    call: Call, run_id: UUID, key: str, asked: Asked, wish: PageWish
) -> tuple[Sequence[CountedFact], str | None]:
    """A page, and the address of the next; in a fixed number of queries."""
    found = await traces.find(call, run_id, key, asked.seen_by)
    session = call.session
    node = await runs.node_of(session, run_id, found.node)
    if node is None:
        raise NotFound("The run has no such line or step")
    query = explanations.uses_of(run_id, found.node, asked.selection)
    uses, following = await paginate(session, query, [FACT_USE.c.selection, FACT_USE.c.fact_id], wish)
    known = Known(Month.parse(found.run.month), await plans_behind(session, run_id), {})
    teller = FactTeller(asked.saying, known, {found.node: node.body})
    rows = await explanations.facts_of(session, uses)
    return [teller.told(row) for row in rows], following


class FactTeller:
    """Tells facts that some nodes counted."""

    def __init__(self, saying: Saying, known: Known, nodes: Mapping[str, Node]) -> None:
        self._saying = saying
        self._known = known
        self._nodes = nodes
        self._tellers: dict[str, Sequence[SelectionTeller | None]] = {}

    def told(self, row: RowMapping) -> CountedFact:
        rule = self._nodes[row["node"]]["selections"][row["selection"]]["text"]
        superseded = (row["version"], row["order_version"]) != (row["now_version"], row["now_order_version"])
        teller = self._of_node(row["node"])[row["selection"]]
        try:
            if teller is not None:
                return self._told(row, rule, teller, superseded=superseded)
        except (NotRecorded, RunRefusal):
            pass
        return CountedFact(row, rule, (), (), superseded, None)

    def _of_node(self, name: str) -> Sequence[SelectionTeller | None]:
        if name not in self._tellers:
            node = self._nodes[name]
            step = StepTeller(self._saying, self._known, node)
            self._tellers[name] = [step.selection(each) for each in node["selections"]]
        return self._tellers[name]

    def _told(self, row: RowMapping, rule: str, teller: SelectionTeller, *, superseded: bool) -> CountedFact:
        was = _fact(row, "")
        now = _fact(row, "now_") if superseded else was
        found = teller.of_fact(was)
        after = teller.of_fact(now) if superseded else found
        cells = [
            _cell(self._saying, field, value, later)
            for (field, value), (_, later) in zip(found.fields, after.fields, strict=True)
        ]
        return CountedFact(row, rule, found.why, cells, superseded, teller.counts(now, was) if superseded else None)


def _cell(saying: Saying, field: Field, value: Value, now: Value) -> Cell:
    later = None if now == value else saying.value(now, field)
    return Cell(field.name, saying.field(field), saying.value(value, field), later)


def _fact(row: RowMapping, prefix: str) -> FactColumns:
    """The one, as the run was given it or as it would be given it now."""
    known = {name: [row[f"{prefix}{name}"]] for name in (*_MEASURES, "version", "attributes")} | {"name": [row["name"]]}
    if row["kind"] == "order":
        known["attributes"] = [None]
    told = row[f"{prefix}of_order"] or {}
    order = {"order_kind": told.get("kind"), "advisor": told.get("advisor"), "cancelled": told.get("cancelled")}
    order |= {day: date.fromisoformat(told[day]) if told.get(day) else None for day in DAYS_OF_ORDER}
    [number] = known["order_number"]
    return columns_of_kind(row["kind"], known, {name: {number: value} for name, value in order.items()})
