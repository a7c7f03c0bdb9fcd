"""A step worked out again from what its trace holds: what each part of the formula came to, without the world."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from services.payroll.domain.calculation.formula import WorldRead, value_of
from services.payroll.domain.calculation.outcome import Value
from services.payroll.domain.calculation.plan import (
    Aggregate,
    Attribute,
    Coefficient,
    CurrentMonth,
    DatedValue,
    Expression,
    ParameterContent,
    PersonValue,
    Plan,
    Split,
    Step,
    StepValue,
    TargetValue,
    Total,
)
from services.payroll.domain.calculation.targets import TargetName
from services.payroll.domain.month import Month
from services.payroll.domain.uniform import uniform

from .in_money import MoneyOf

Node = Mapping[str, Any]
Read = Mapping[str, Any]
Amended = Mapping[str, Sequence[DatedValue]]
"""Values that were set beside the text, by parameter."""
NUMBERS = frozenset({Attribute.COEFFICIENT, Attribute.REVIEW_SCORE})


class NotRecorded(LookupError):  # noqa: N818 - no fault: the trace does not hold it
    """The formula did not read this, or the trace does not hold what it takes to read it again."""


@dataclass(frozen=True)
class Written:
    """A plan whose steps a trace may name, with the values set beside its text."""

    plan: Plan
    amended: Amended

    @cached_property
    def told(self) -> Sequence[Step]:
        """What a trace tells of: steps, and the conditions of what is paid."""
        return (*self.plan.steps, *self.plan.conditions.values())

    @cached_property
    def steps(self) -> Mapping[tuple[str, str, int], Step]:
        return {(step.name, step.formula, step.at.line): step for step in self.told}

    @cached_property
    def money(self) -> MoneyOf:
        return MoneyOf(self.plan)

    def step_of(self, node: Node) -> Step | None:
        return self.steps.get((node["step"], node["formula"], node["line"]))

    def values_of(self, parameter: str) -> Sequence[DatedValue]:
        return (*self.plan.parameters[parameter].values, *self.amended.get(parameter, ()))


class Replay:
    """Reads what a node read, from the node. `reads` are those of one part of it: in a split pool and weight differ."""

    def __init__(self, written: Written, node: Node, month: Month, reads: Sequence[Read]) -> None:
        self.written = written
        self.month = month
        self._node = node
        self._reads: dict[tuple[str, str], Read] = {}
        for read in reads:
            self._reads.setdefault((read["source"], read["name"]), read)

    def spend(self) -> None:
        """The run has spent it already."""

    def recorded(self, source: str, name: str) -> Read:
        try:
            return self._reads[source, name]
        except KeyError:
            raise NotRecorded(name) from None

    def dated(self, name: str) -> DatedValue:
        """The value of a parameter that the run took."""
        reference = self.recorded("parameter", name)["reference"]
        for dated in self.written.values_of(name):
            if dated.reference == reference:
                return dated
        raise NotRecorded(name)

    def parameter(self, name: str) -> ParameterContent:
        return self.dated(name).value

    def selection(self, what: Aggregate) -> Read:
        for selection in self._node["selections"]:
            if selection["text"] == what.text:
                found: Read = selection
                return found
        raise NotRecorded(what.text)

    def target(self, what: TargetValue) -> Read:
        kind = "target_weight" if what.weight else "target"
        named = [(TargetName.read(name), read) for (source, name), read in self._reads.items() if source == kind]
        found = [read for name, read in named if name.metric == what.metric and name.scope in {None, what.scope}]
        if len(found) != 1:
            raise NotRecorded(what.metric)
        return found[0]

    def coefficient(self, what: Coefficient) -> Read:
        own = ("person", Attribute.COEFFICIENT.value)
        by_post = [read for (source, name), read in self._reads.items()
                   if source == "parameter" and name.partition(":")[0] == what.table and ":" in name]  # fmt: skip
        if own in self._reads and self._reads[own]["value"] is not None:
            return self._reads[own]
        if len(by_post) != 1:
            raise NotRecorded(what.table)
        return by_post[0]

    def read(self, what: WorldRead) -> Value:
        if isinstance(what, CurrentMonth):
            return self.month.previous if what.previous else self.month
        if isinstance(what, PersonValue):
            return self._person(what.attribute)
        return told_value(self._found(what)["value"])

    def _found(self, what: WorldRead) -> Read:
        match what:
            case StepValue():
                return self.recorded("step", what.step)
            case Total():
                return self.recorded("total", what.step)
            case Coefficient():
                return self.coefficient(what)
            case TargetValue():
                return self.target(what)
            case Aggregate():
                return self.selection(what)
        raise NotRecorded

    def _person(self, attribute: Attribute) -> Value:
        if attribute is Attribute.TEAM and self._node["scope"] == "team":
            return uniform(str(self._node["subject"]))
        value: str | bool | None = self.recorded("person", attribute.value)["value"]
        return told_value(value) if attribute in NUMBERS else value

    def value(self, expression: Expression) -> Value:
        return value_of(expression, self)


def told_value(value: str | bool | None) -> Value:
    """A number or a truth as a trace has it."""
    return Fraction(value) if isinstance(value, str) else value


@dataclass(frozen=True)
class Shared:
    """A split as the trace has it: pool × weight ÷ sum of weights; `rule` is the remainder's."""

    pool: Replay
    weight: Replay
    size: Fraction
    own: Fraction
    of: Fraction
    rule: str


def shared(written: Written, node: Node, month: Month) -> Shared:
    """What was read of the person stands before his weight, what was read of the pool behind it."""
    reads = node["inputs"]
    at = next((place for place, read in enumerate(reads) if _is_part(read, "weight")), None)
    parts = {read["name"]: read for read in reads if read["source"] == "split"}
    if at is None or not {"pool", "weight", "sum_of_weights"} <= parts.keys():
        raise NotRecorded("split")
    size, own, of = (Fraction(parts[name]["value"]) for name in ("pool", "weight", "sum_of_weights"))
    person, pool = Replay(written, node, month, reads[:at]), Replay(written, node, month, reads[at:])
    return Shared(pool, person, size, own, of, parts["sum_of_weights"]["reference"])


def _is_part(read: Read, name: str) -> bool:
    return (read["source"], read["name"]) == ("split", name)


def again(step: Step, written: Written, node: Node, month: Month) -> Value:
    """The node's value, worked out again; NotRecorded where its trace does not hold enough."""
    if not isinstance(step.expression, Split):
        return Replay(written, node, month, node["inputs"]).value(step.expression)
    split = shared(written, node, month)
    same = split.pool.value(step.expression.pool) == split.size
    same = same and split.weight.value(step.expression.weight) == split.own
    if not same:
        raise NotRecorded("split")
    return split.size * split.own / split.of if split.size and split.of else Fraction(0)
