"""A formula with its values in it: what was calculated with what, in the branches that were taken."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from services.payroll.domain.calculation.facts import FACT_KINDS, Field
from services.payroll.domain.calculation.formula import truth_of
from services.payroll.domain.calculation.outcome import Value
from services.payroll.domain.calculation.plan import (
    Aggregate,
    Attribute,
    Coefficient,
    CurrentMonth,
    Expression,
    FactField,
    Known,
    Literal,
    Operation,
    Operator,
    ParameterValue,
    PersonValue,
    StepValue,
    TargetValue,
    Tier,
    Total,
)
from services.payroll.domain.calculation.targets import TargetName
from services.payroll.domain.errors import RunRefusal

from .replay import NotRecorded, Replay, told_value
from .saying import Saying

Found = TypeVar("Found")
_OR, _AND, _COMPARED, _ADDED, _MULTIPLIED, _WHOLE = range(6)
"""How firmly a part holds together, the loosest first."""
_INFIX: Mapping[Operator, tuple[str, int]] = {
    Operator.ADD: ("+", _ADDED),
    Operator.SUBTRACT: ("−", _ADDED),
    Operator.MULTIPLY: ("×", _MULTIPLIED),
    Operator.DIVIDE: ("÷", _MULTIPLIED),
    Operator.EQUAL: ("=", _COMPARED),
    Operator.UNEQUAL: ("≠", _COMPARED),
    Operator.LESS: ("<", _COMPARED),
    Operator.AT_MOST: ("≤", _COMPARED),
    Operator.MORE: (">", _COMPARED),
    Operator.AT_LEAST: ("≥", _COMPARED),
}
_CALLED: Mapping[Operator, tuple[str, str]] = {
    Operator.SMALLEST: ("较小", "the smaller of "),
    Operator.LARGEST: ("较大", "the larger of "),
    Operator.ROUND: ("四舍五入", "rounded"),
    Operator.ROUND_DOWN: ("舍去", "rounded down"),
    Operator.ROUND_UP: ("进位", "rounded up"),
    Operator.LATER: ("较晚", "the later of "),
    Operator.EARLIER: ("较早", "the earlier of "),
}
ATTRIBUTES: Mapping[Attribute, str] = {
    Attribute.NUMBER: "本人",
    Attribute.TEAM: "本班组",
    Attribute.POST: "岗位",
    Attribute.COEFFICIENT: "系数",
    Attribute.PROBATION: "试用期",
    Attribute.REVIEW_SCORE: "考核成绩",
}


def _listed(what: Expression) -> Field | None:
    field = FACT_KINDS[what.kind].fields[what.place] if isinstance(what, FactField) else None
    return field if field is not None and field.choices is not None else None


class FormulaTeller:
    """Tells expressions of one node; `because` collects why each choice in them went as it did."""

    def __init__(self, saying: Saying, replay: Replay) -> None:
        self.saying = saying
        self.replay = replay
        self.because: list[str] = []
        self._plan = replay.written.plan

    def whole(self, expression: Expression) -> str:
        """As what a step comes to: the value of its only aggregation is the step's own."""
        return self._facts(expression)[0] if isinstance(expression, Aggregate) else self.told(expression)

    def told(self, expression: Expression, above: int = _OR) -> str:
        """In brackets where it stands in something that holds together more firmly."""
        words, holds = self._told(expression)
        return f"({words})" if holds < above else words

    def _told(self, expression: Expression) -> tuple[str, int]:
        match expression:
            case Operation():
                return self._operation(expression)
            case Literal():
                return self._literal(expression), _WHOLE
            case Tier():
                return self._tier(expression), _OR
            case _:
                return self._named(expression), _WHOLE

    def _operation(self, what: Operation) -> tuple[str, int]:
        told = _OPERATIONS.get(what.operator)
        if told is not None:
            return told(self, what)
        name = self.saying.pick(*_CALLED[what.operator])
        return f"{name}({'; '.join(self.told(each) for each in what.operands)})", _WHOLE

    def joint(self, what: Operation) -> tuple[str, int]:
        words, holds = _JOINT[what.operator]
        return self.saying.pick(*words).join(self.told(each, holds + 1) for each in what.operands), holds

    def denied(self, what: Operation) -> tuple[str, int]:
        return self.saying.pick("非 ", "not ") + self.told(what.operands[0], _WHOLE), _WHOLE

    def negative(self, what: Operation) -> tuple[str, int]:
        return "−" + self.told(what.operands[0], _WHOLE), _MULTIPLIED

    def month(self, what: Operation) -> tuple[str, int]:
        day = self.told(what.operands[0])
        return self.saying.pick(f"{day}所在的月份", f"the month of {day}"), _WHOLE

    def infix(self, what: Operation) -> tuple[str, int]:
        sign, holds = _INFIX[what.operator]
        left, right = what.operands
        behind = holds + 1 if what.operator in (Operator.SUBTRACT, Operator.DIVIDE) or holds == _COMPARED else holds
        listed = next((field for each in what.operands if (field := _listed(each))), None)
        if listed is not None:
            one, other = (self._choice(each, listed) or self.told(each, behind) for each in what.operands)
            return f"{one} {sign} {other}", holds
        return f"{self.told(left, max(holds, _COMPARED))} {sign} {self.told(right, behind)}", holds

    def _choice(self, what: Expression, field: Field) -> str | None:
        """A value of a fixed list, as the reader calls it."""
        return (
            self.saying.value(what.value, field) if isinstance(what, Literal) and isinstance(what.value, str) else None
        )

    def branch(self, what: Operation) -> tuple[str, int]:
        """The branch that was taken; why is told beside."""
        condition, then, otherwise = what.operands
        words = self.told(condition)
        taken = self._recorded(lambda: truth_of(condition, self.replay))
        if taken is None:
            one, other = self.told(then), self.told(otherwise)
            return self.saying.pick(f"如果 {words} 则 {one} 否则 {other}", f"if {words} {one}, else {other}"), _OR
        holds = self.saying.pick(
            f"{words}：{'成立' if taken else '不成立'}", f"{words}: {'it is so' if taken else 'it is not so'}"
        )
        if holds not in self.because:
            self.because.append(holds)
        return self._told(then if taken else otherwise)

    def _tier(self, what: Tier) -> str:
        number, table = self.told(what.number), self._table(what)
        value = self._recorded(lambda: self.replay.value(what))
        found = self.saying.pick("某值", "something") if value is None else self.saying.value(value)
        if what.adding:
            return self.saying.pick(f"{table}逐次累计到 {number} 为 {found}", f"{table} added to {number} is {found}")
        return self.saying.pick(f"{number} 在{table}中为 {found}", f"{number} in {table} gives {found}")

    def _table(self, what: Tier) -> str:
        if not isinstance(what.table, ParameterValue):
            return self.saying.pick("档位", "the tiers")
        return self._parameter(what.table.name)

    def _parameter(self, name: str) -> str:
        return self.saying.named(self._plan.parameters[name].chinese, name)

    def _literal(self, what: Literal) -> str:
        if isinstance(what.value, str):
            return f"“{what.value}”"
        return self.saying.value(what.value)

    def _named(self, what: Expression) -> str:
        """The name, and the value behind it where the formula came to read it."""
        return _NAMED[type(what)](self, what)

    def field(self, what: FactField) -> str:
        return self.saying.field(FACT_KINDS[what.kind].fields[what.place])

    def current_month(self, what: CurrentMonth) -> str:
        return str(self.replay.read(what))

    def known(self, what: Known) -> str:
        return self.saying.pick(f"有{self.told(what.of)}", f"there is a {self.told(what.of)}")

    def parameter(self, what: ParameterValue) -> str:
        return self._with(self._parameter(what.name), lambda: self.saying.written(self.replay.dated(what.name)))

    def step(self, what: StepValue | Total) -> str:
        step = next(each for each in self._plan.steps if each.name == what.step)
        name = self.saying.named(step.chinese, step.name)
        name = self.saying.pick(f"{name}汇总", f"total of {name}") if isinstance(what, Total) else name
        return self._with(name, lambda: self._amount(what, self.replay.read(what)))

    def person(self, what: PersonValue) -> str:
        name = self.saying.named(ATTRIBUTES[what.attribute], what.attribute.value)
        return self._with(name, lambda: self._person(what))

    def _with(self, name: str, value: Callable[[], str]) -> str:
        found = self._recorded(value)
        if found is None:
            return name
        return f"{name} {found}" if found[:1].isdigit() or found[:1] == "−" else self.saying.aside(name, found)

    def _person(self, what: PersonValue) -> str:
        value = self.replay.read(what)
        return self.saying.post(str(value)) if what.attribute is Attribute.POST else self.saying.value(value)

    def coefficient(self, what: Coefficient) -> str:
        """His own, or the one of his post in the table: the trace says which."""
        read = self._recorded(lambda: self.replay.coefficient(what))
        if read is None:
            return self.saying.pick("系数", "coefficient")
        value = self.saying.value(told_value(read["value"]))
        if read["source"] == "person":
            return self.saying.pick(f"系数 {value}", f"coefficient {value}")
        return f"{self._parameter(what.table)}({self.saying.post(read['name'].partition(':')[2])}) {value}"

    def target(self, what: TargetValue) -> str:
        metric = self.saying.metric(what.metric)
        read = self._recorded(lambda: self.replay.target(what))
        if read is None:
            return self.saying.target(metric, weight=what.weight)
        whose, value = TargetName.read(read["name"]).subject, self._amount(what, told_value(read["value"]))
        return f"{self.saying.target(metric, whose, weight=what.weight)} {value}"

    def _amount(self, what: Expression, value: Value) -> str:
        return self.saying.value(value, money=self.replay.written.money.holds(what))

    def aggregate(self, what: Aggregate) -> str:
        facts, value = self._facts(what)
        return f"{facts} {value}".rstrip()

    def _facts(self, what: Aggregate) -> tuple[str, str]:
        """What was added up of how many facts, and to what."""
        found = self._recorded(lambda: self.replay.selection(what))
        if found is None:
            return self.saying.kind(what.kind), ""
        facts = self.saying.several(found["count"], what.kind)
        value = self._amount(what, told_value(found["value"]))
        if what.value is None:
            return self.saying.pick(f"{facts}的数量", f"the number of {facts}"), value
        summed = self.told(what.value, _WHOLE)
        return self.saying.pick(f"{facts}的{summed}合计", f"{summed} of {facts}"), value

    def _recorded(self, read: Callable[[], Found]) -> Found | None:
        """None for what the run did not come to: in a branch not taken, behind what had decided already."""
        try:
            return read()
        except (NotRecorded, RunRefusal):
            return None


_JOINT: Mapping[Operator, tuple[tuple[str, str], int]] = {
    Operator.AND: ((" 且 ", " and "), _AND),
    Operator.OR: ((" 或 ", " or "), _OR),
}
_OPERATIONS: Mapping[Operator, Callable[[FormulaTeller, Operation], tuple[str, int]]] = {
    **dict.fromkeys(_INFIX, FormulaTeller.infix),
    **dict.fromkeys(_JOINT, FormulaTeller.joint),
    Operator.IF: FormulaTeller.branch,
    Operator.NOT: FormulaTeller.denied,
    Operator.NEGATE: FormulaTeller.negative,
    Operator.MONTH: FormulaTeller.month,
}
_NAMED: Mapping[type, Callable[[FormulaTeller, Any], str]] = {
    ParameterValue: FormulaTeller.parameter,
    StepValue: FormulaTeller.step,
    Total: FormulaTeller.step,
    PersonValue: FormulaTeller.person,
    Coefficient: FormulaTeller.coefficient,
    TargetValue: FormulaTeller.target,
    Aggregate: FormulaTeller.aggregate,
    FactField: FormulaTeller.field,
    CurrentMonth: FormulaTeller.current_month,
    Known: FormulaTeller.known,
}
