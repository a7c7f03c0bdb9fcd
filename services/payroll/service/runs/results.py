"""What a run leaves: rows for the database and JSON for its figures, from the outcome of the domain."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from services.payroll.domain.calculation.outcome import (
    LEADING,
    Outcome,
    PayLine,
    TraceInput,
    TraceNode,
    Unassigned,
    Value,
    written,
)

Records = Sequence[tuple[object, ...]]
Ids = Mapping[str, tuple[UUID, int | None]]
"""By the name of each fact: its id, and the version of its order."""


def lines_and_nodes(outcome: Outcome, store: UUID, run: UUID) -> tuple[Records, Records]:
    """Records in the column order of the repository."""
    known: dict[str, FactNodes] = {}
    lines = [
        (store, run, place, line.person, line.line, line.name, line.clause, line.amount, line.node,
         sorted(_fact_nodes(outcome, line, known)), line.of_month or None)
        for place, line in enumerate(outcome.lines, 1)
    ]  # fmt: skip
    nodes = [
        (store, run, name, place, orjson.dumps(told).decode())
        for place, (name, told) in enumerate(outcome.told.items(), 1)
    ]
    return lines, nodes


def selections_of(outcome: Outcome, ids: Ids, store: UUID, run: UUID) -> Records:
    """Which facts each selection of each node counted."""
    found = []
    for node in outcome.nodes.values():
        for place, selection in enumerate(node.selections):
            facts = [ids[fact] for fact, _ in selection.facts]
            known, orders = [fact for fact, _ in facts], [order for _, order in facts]
            found.append((store, run, node.id, place, known, [version for _, version in selection.facts], orders))
    return found


FactNodes = tuple[frozenset[str], frozenset[TraceInput]]
"""The nodes with facts that a node rests on, itself included, and the totals."""


def _fact_nodes(outcome: Outcome, line: PayLine, known: dict[str, FactNodes]) -> frozenset[str]:
    """The nodes with facts that a line rests on; of a total his own part alone, for the line leads him there."""
    found, ahead = set[str](), [line.node]
    seen = set[str]()
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            facts, totals = _below(outcome.nodes, name, known)
            found |= facts
            ahead += [own for total in totals if (own := outcome.part_of(total, line.person))]
    return frozenset(found)


def _below(nodes: Mapping[str, TraceNode], start: str, known: dict[str, FactNodes]) -> FactNodes:
    """Steps only look back, so this ends."""
    if start not in known:
        node = nodes[start]
        facts = {start} if node.selections else set()
        totals = {read for read in node.inputs if read.source == "total"}
        for read in node.inputs:
            if read.source in LEADING and read.reference in nodes:
                more, others = _below(nodes, read.reference, known)
                facts |= more
                totals |= others
        known[start] = frozenset(facts), frozenset(totals)
    return known[start]


def figures_json(outcome: Outcome) -> dict[str, Any]:
    """Exact values by step: of the store, by team, by person."""
    figures = outcome.figures
    return {"store": _values(figures.store), "teams": _by_step(figures.teams), "people": _by_step(figures.people)}


def _values(values: Mapping[str, Value]) -> dict[str, Any]:
    return {name: written(value) for name, value in values.items()}


def _by_step(steps: Mapping[str, Mapping[str, Value]]) -> dict[str, Any]:
    return {name: _values(values) for name, values in steps.items()}


def pools_json(outcome: Outcome) -> list[dict[str, Any]]:
    """Every pool of a split: its exact size, the cents that were shared out, and those that nobody had a weight for.

    The two of them are the pool rounded half-up, but for lines that the plan withholds.
    """
    left = {(pool.step, pool.owner): pool for pool in outcome.unassigned}
    sizes: dict[tuple[str, str], tuple[TraceNode | Unassigned, Value]] = {
        key: (pool, pool.pool) for key, pool in left.items()
    }
    owner_of: dict[str, tuple[str, str]] = {}
    for node in outcome.nodes.values():
        for read in node.inputs:
            if read.source == "split" and read.name == "pool":
                owner_of[node.id] = (node.step_id, read.reference)
                sizes[node.step_id, read.reference] = (node, read.value)
    paid: dict[tuple[str, str], Decimal] = dict.fromkeys(sizes, Decimal("0.00"))
    for line in outcome.lines:
        if line.node in owner_of:
            paid[owner_of[line.node]] += line.amount
    return [
        {"step": step, "name": node.name, "clause": node.clause, "owner": owner, "pool": written(value),
         "paid": f"{paid[step, owner]:.2f}",
         "unassigned": f"{left[step, owner].amount if (step, owner) in left else 0:.2f}"}
        for (step, owner), (node, value) in sizes.items()
    ]  # fmt: skip


def warnings_json(outcome: Outcome, waiting: int) -> list[dict[str, str]]:
    warnings = [
        {"code": note.code, "subject": note.subject, "chinese": note.chinese, "english": note.english}
        for note in outcome.warnings
    ]
    if waiting:
        warnings.append(
            {"code": "facts-waiting", "subject": "", "chinese": f"{waiting} 条事实的工单未知, 未计入",
             "english": f"{waiting} facts name an order that is not known and were not counted"}
        )  # fmt: skip
    return warnings
