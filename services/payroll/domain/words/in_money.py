"""Which steps of a plan are sums of money: they are read with cents, other numbers without."""

from collections.abc import Callable, Mapping
from typing import Any

from services.payroll.domain.calculation.facts import FACT_KINDS, FieldType
from services.payroll.domain.calculation.plan import (
    Aggregate,
    FactField,
    Operation,
    Operator,
    ParameterValue,
    Plan,
    Split,
    StepValue,
    TargetValue,
    Tier,
    Total,
)
from services.payroll.domain.vocabulary import MONEY_METRICS

_ALIKE = frozenset(
    {Operator.ADD, Operator.SUBTRACT, Operator.NEGATE, Operator.SMALLEST, Operator.LARGEST, Operator.ROUND,
     Operator.ROUND_DOWN, Operator.ROUND_UP}
)  # fmt: skip


class MoneyOf:
    """Told by what a formula reads; a number that is written bare tells nothing."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._steps = {step.name: step for step in plan.steps}
        self._known: dict[str, bool] = {}

    def step(self, name: str) -> bool:
        if name not in self._known:
            self._known[name] = name in self._steps and self.holds(self._steps[name].expression)
        return self._known[name]

    def holds(self, what: object) -> bool:
        told = _TOLD.get(type(what))
        return told is not None and told(self, what)

    def operation(self, what: Operation) -> bool:
        parts = what.operands
        if what.operator is Operator.DIVIDE:
            return self.holds(parts[0]) and not self.holds(parts[1])
        if what.operator is Operator.MULTIPLY:
            return any(self.holds(part) or self._is_price(part) for part in parts)
        if what.operator is Operator.IF:
            return any(map(self.holds, parts[1:]))
        return what.operator in _ALIKE and any(map(self.holds, parts))

    def parameter(self, what: ParameterValue) -> bool:
        return "元" in self._written(what.name) and not self._is_price(what)

    def _is_price(self, what: object) -> bool:
        """So much for an hour or a car."""
        return isinstance(what, ParameterValue) and "元/" in self._written(what.name)

    def _written(self, parameter: str) -> str:
        return " ".join(dated.written for dated in self._plan.parameters[parameter].values)

    def tier(self, what: Tier) -> bool:
        return isinstance(what.table, ParameterValue) and self.parameter(what.table)


_TOLD: Mapping[type, Callable[[MoneyOf, Any], bool]] = {
    Operation: MoneyOf.operation,
    ParameterValue: MoneyOf.parameter,
    Tier: MoneyOf.tier,
    StepValue: lambda money, what: money.step(what.step),
    Total: lambda money, what: money.step(what.step),
    Aggregate: lambda money, what: money.holds(what.value),
    FactField: lambda _, what: FACT_KINDS[what.kind].fields[what.place].type is FieldType.MONEY,
    TargetValue: lambda _, what: what.metric in MONEY_METRICS and not what.weight,
    Split: lambda *_: True,
}
