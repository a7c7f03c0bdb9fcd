"""Why facts are in a month: the condition of a selection that asks for months, in words, for all of them or for one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from services.payroll.domain.calculation.fact_table import FactTable
from services.payroll.domain.calculation.facts import FACT_KINDS, FactColumns, Field
from services.payroll.domain.calculation.formula import truth_of, value_of
from services.payroll.domain.calculation.outcome import Value
from services.payroll.domain.calculation.parts import parts_of
from services.payroll.domain.calculation.plan import (
    Aggregate,
    CurrentMonth,
    Expression,
    FactField,
    Operation,
    Operator,
    Step,
)
from services.payroll.domain.calculation.selection import FactReading, fields_of
from services.payroll.domain.month import Month
from services.payroll.domain.uniform import uniform

from .replay import NotRecorded, Replay
from .saying import Saying
from .told_formula import FormulaTeller


def aggregates_of(step: Step) -> Sequence[Aggregate]:
    """Every aggregation of a step, in the order of the text."""
    return [part for part in parts_of(step.expression) if isinstance(part, Aggregate)]


def asks_for_month(condition: Expression) -> bool:
    return any(
        isinstance(part, CurrentMonth) or (isinstance(part, Operation) and part.operator is Operator.MONTH)
        for part in parts_of(condition)
    )


@dataclass(frozen=True)
class Counted:
    """A fact that a selection took: what its conditions read, and why it is in the month."""

    fields: Sequence[tuple[Field, Value]]
    why: Sequence[str]


class SelectionTeller:
    """Tells one aggregation of a node."""

    def __init__(self, saying: Saying, replay: Replay, aggregate: Aggregate) -> None:
        self._saying = saying
        self._replay = replay
        self._aggregate = aggregate
        self._kind = FACT_KINDS[aggregate.kind]
        self._reading = FactReading(replay.month, replay.parameter, lambda _: None)

    def why(self) -> Sequence[str]:
        """For all of its facts, the conditions that ask for months."""
        return [self._condition(each) for each in self._aggregate.conditions if asks_for_month(each)]

    def besides(self) -> Sequence[str]:
        """The other conditions; first whose the facts are."""
        what, say = self._aggregate, self._saying
        whose = [
            *(say.pick(f"{self._field(place)}是本人", f"{self._field(place)} is himself") for place in what.by_person),
            *(say.pick(f"{self._field(place)}是本班组", f"{self._field(place)} is his own") for place in what.by_team),
        ]
        return [*whose, *(self._condition(each) for each in what.conditions if not asks_for_month(each))]

    def _condition(self, condition: Expression) -> str:
        day, month = self._day_and_month(condition)
        if day is None or month is None:
            return self._generally(condition)
        return self._saying.pick(f"{self._day(day)}在 {month}", f"{self._day(day)} is in {month}")

    def _day_and_month(self, condition: Expression) -> tuple[Expression | None, Month | None]:
        """Of `month(day) = this_month`, in either order."""
        if not isinstance(condition, Operation) or condition.operator is not Operator.EQUAL:
            return None, None
        for one, other in (condition.operands, condition.operands[::-1]):
            if isinstance(one, Operation) and one.operator is Operator.MONTH and isinstance(other, CurrentMonth):
                month = self._replay.month
                return one.operands[0], month.previous if other.previous else month
        return None, None

    def _day(self, day: Expression) -> str:
        """Where a parameter chooses between days, the chosen one."""
        match day:
            case FactField():
                return self._field(day.place)
            case Operation(operator=Operator.LATER | Operator.EARLIER):
                one, other = map(self._day, day.operands)
                if day.operator is Operator.LATER:
                    return self._saying.pick(f"{one}与{other}的较晚者", f"the later of {one} and {other}")
                return self._saying.pick(f"{one}与{other}的较早者", f"the earlier of {one} and {other}")
            case Operation(operator=Operator.IF) if not fields_of(day.operands[0]):
                return self._chosen(day)
            case _:
                return self._generally(day)

    def _chosen(self, day: Operation) -> str:
        condition, then, otherwise = day.operands
        try:
            return self._day(then if truth_of(condition, self._replay) else otherwise)
        except NotRecorded:
            return self._generally(day)

    def _field(self, place: int) -> str:
        return self._saying.field(self._kind.fields[place])

    def _generally(self, what: Expression) -> str:
        try:
            return FormulaTeller(self._saying, self._replay).told(what)
        except NotRecorded:
            return self._aggregate.text

    def of_fact(self, fact: FactColumns) -> Counted:
        """Of one fact the fields that decided, and for each month asked for the day that it had."""
        row = self._row(fact)
        self._reading.row = row
        read = [(self._kind.fields[place], row[place]) for place in sorted(row)]
        return Counted(read, [self._of_fact(each) for each in self._aggregate.conditions if asks_for_month(each)])

    def counts(self, fact: FactColumns, before: FactColumns) -> bool:
        """Whether it would be counted for the same subject as it was `before`."""
        row, was, what = self._row(fact), self._row(before), self._aggregate
        self._reading.row = row
        same = all(row[place] == was[place] for place in (*what.by_person, *what.by_team))
        return same and all(truth_of(each, self._reading) for each in what.conditions)

    def _row(self, fact: FactColumns) -> Mapping[int, Value]:
        table = FactTable(self._kind, fact)
        return {place: _cell(table, place) for place in self._places()}

    def _places(self) -> frozenset[int]:
        what = self._aggregate
        read = (*what.conditions, *(() if what.value is None else (what.value,)))
        return frozenset().union(what.by_person, what.by_team, *map(fields_of, read))

    def _of_fact(self, condition: Expression) -> str:
        words = self._condition(condition)
        day, month = self._day_and_month(condition)
        found = None if day is None else value_of(day, self._reading)
        if not isinstance(found, date) or day is None:
            return words
        return self._saying.pick(f"{self._day(day)} {found}，在 {month}", f"{self._day(day)}, {found}, is in {month}")


def _cell(table: FactTable, place: int) -> Value:
    raw = table.column(place)[0]
    if isinstance(raw, str):
        return uniform(raw)
    return raw if isinstance(raw, bool) or not isinstance(raw, int | Decimal) else Fraction(raw)
