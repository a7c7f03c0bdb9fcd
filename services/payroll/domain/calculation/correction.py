"""Corrections: what a closed month would give now, less what was paid for it, as lines of the month at hand.

So late receipts, verified complaints and reversed orders reach pay without an edit of what was paid; and whether they
come before or after a month is closed, everybody is paid the same in the end.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from services.payroll.domain.month import Month

from .given import number_order
from .notices import CHANGE_UNSIGNED, of_earlier_month
from .outcome import Outcome, PayLine, Scope, TraceInput, TraceNode

PaidKey = tuple[str, str]
"""Employee number, name of the line."""
ZERO = Decimal("0.00")
_OF_MONTH = re.compile(r"(\d{4}-(?:0[1-9]|1[0-2])):", re.ASCII)


@dataclass(frozen=True)
class Paid:
    """What has been paid for a month under one line: by the month's own run, and by corrections since."""

    amount: Decimal
    name: str
    clause: str


@dataclass(frozen=True)
class Recalculated:
    """A closed month as its own plan gives it with what is known now, and what was paid for it."""

    outcome: Outcome
    paid: Mapping[PaidKey, Paid]


def correct(outcome: Outcome, earlier: tuple[Recalculated, ...]) -> Outcome:
    """The outcome with the corrections of earlier months, each with the steps it comes from.

    Of what an earlier month points out, only that a target's change is not signed: it is a correction that waits.
    """
    lines, nodes, warnings = list(outcome.lines), dict(outcome.nodes), list(outcome.warnings)
    for month in earlier:
        waiting = (note for note in month.outcome.warnings if note.code == CHANGE_UNSIGNED)
        warnings += [of_earlier_month(month.outcome.month, note) for note in waiting]
        for node, line in _corrections(month):
            nodes |= {node.id: node}
            _move(month.outcome, node, nodes)
            lines.append(line)
    lines.sort(key=lambda line: number_order(line.person))
    return replace(outcome, lines=tuple(lines), nodes=nodes, warnings=tuple(warnings))


def _corrections(month: Recalculated) -> Iterator[tuple[TraceNode, PayLine]]:
    due, withheld = _by_key(month.outcome.lines), _by_key(month.outcome.withheld)
    for key in sorted(due.keys() | month.paid.keys()):
        now = due.get(key, [])
        before = month.paid.get(key, Paid(ZERO, "", ""))
        difference = sum((line.amount for line in now), ZERO) - before.amount
        if difference:
            rests_on = [(each, each.amount) for each in now] + [(each, ZERO) for each in withheld.get(key, ())]
            yield _correction(month.outcome, key, before, rests_on, difference)


def _by_key(lines: Iterable[PayLine]) -> dict[PaidKey, list[PayLine]]:
    found: dict[PaidKey, list[PayLine]] = {}
    for line in lines:
        found.setdefault((line.person, line.line), []).append(line)
    return found


def _correction(
    outcome: Outcome, key: PaidKey, before: Paid, now: Sequence[tuple[PayLine, Decimal]], difference: Decimal
) -> tuple[TraceNode, PayLine]:
    """`now` is what is due, and with nothing due what is withheld."""
    (person, line), month = key, outcome.month
    name, clause = (now[0][0].name, now[0][0].clause) if now else (before.name, before.clause)
    inputs = [TraceInput("paid", "paid", Fraction(before.amount), str(month))]
    inputs += [
        TraceInput(outcome.nodes[each.node].step, "step", Fraction(amount), of_month(month, each.node))
        for each, amount in now
    ]
    node = TraceNode(
        id=of_month(month, f"correction/{line}/{person}"), step=f"correction_{line}", name=f"{month} {name} 更正",
        scope=Scope.PERSON, subject=person, clause=clause, formula="应发 − 已发 / due − paid", line=0,
        value=Fraction(difference), inputs=tuple(inputs), selections=(),
    )  # fmt: skip
    return node, PayLine(person, line, name, clause, difference, node.id, str(month))


def of_month(month: Month, node: str) -> str:
    """The id of another month's node among those of this one."""
    return f"{month}:{node}"


def month_in(node: str, otherwise: Month) -> Month:
    """Whose month's node it is, by its id: one that names none is of the run's own."""
    found = _OF_MONTH.match(node)
    return otherwise if found is None else Month.parse(found[1])


def _move(outcome: Outcome, correction: TraceNode, nodes: dict[str, TraceNode]) -> None:
    """The nodes of the other month that a correction rests on, under ids of that month; of a total everybody's."""
    prefix = of_month(outcome.month, "")
    ahead = [read.reference.removeprefix(prefix) for read in correction.inputs if read.source == "step"]
    while ahead:
        name = ahead.pop()
        if prefix + name in nodes or name not in outcome.nodes:
            continue
        ahead += outcome.below(name)
        ahead += outcome.parts_below(name)
        nodes[prefix + name] = outcome.nodes[name].under(prefix)
