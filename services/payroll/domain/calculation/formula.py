"""The value of a formula: one small interpreter over checked expressions, which reads the world through `Reading`."""

import operator
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any, Protocol

from services.payroll.domain.bounds import MAX_TIER_COUNT
from services.payroll.domain.errors import CoefficientMissing, RunRefusal, TierCountTooLarge, ValueMissing
from services.payroll.domain.exact import away_from_zero, bounded, divide, half_up, towards_zero
from services.payroll.domain.month import Month

from .outcome import Value
from .plan import (
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
    ParameterContent,
    ParameterValue,
    PersonValue,
    StepValue,
    TargetValue,
    Tier,
    Total,
)
from .tables import PostTable, TierTable

WorldRead = StepValue | Total | PersonValue | Coefficient | FactField | CurrentMonth | TargetValue | Aggregate


class Reading(Protocol):
    """What a formula can reach: nothing else exists for it. Every read may be recorded."""

    def spend(self) -> None: ...
    def parameter(self, name: str) -> ParameterContent: ...
    def read(self, what: WorldRead) -> Value: ...


def value_of(expression: Expression, reading: Reading) -> Value:
    """The value of a checked expression.

    A missing value makes a comparison false and `later`, `earlier` and `month` missing; arithmetic refuses it.
    """
    reading.spend()
    try:
        return _evaluate(expression, reading)
    except RunRefusal as refusal:
        raise refusal.at(expression.at.line, expression.at.column) from None


def number_of(expression: Expression, reading: Reading) -> Fraction:
    return _number(value_of(expression, reading))


def truth_of(expression: Expression, reading: Reading) -> bool:
    return value_of(expression, reading) is True


def _evaluate(expression: Expression, reading: Reading) -> Value:
    match expression:
        case Literal():
            return expression.value
        case Operation():
            return _operation(expression, reading)
        case ParameterValue():
            return _scalar(reading.parameter(expression.name))
        case Tier():
            return _tier(expression, reading)
        case Known():
            return reading.read(expression.of) is not None
        case _:
            return _present(expression, reading)


def _present(what: WorldRead, reading: Reading) -> Value:
    value = reading.read(what)
    if value is None and isinstance(what, Coefficient):
        who = reading.read(PersonValue(what.at, Attribute.NUMBER))
        raise CoefficientMissing(f"{who} 与其岗位都没有提成系数 / neither {who} nor his post has a coefficient")
    if value is None and isinstance(what, PersonValue) and what.attribute is Attribute.COEFFICIENT:
        who = reading.read(PersonValue(what.at, Attribute.NUMBER))
        raise CoefficientMissing(f"{who} 没有提成系数 / {who} has no coefficient")
    return value


def _scalar(content: ParameterContent) -> Value:
    if isinstance(content, TierTable | PostTable):
        raise TypeError("a table is read by tier() and coefficient() only")
    return content


def _number(value: Value) -> Fraction:
    if value is None:
        raise ValueMissing("公式用到的值不存在 / the formula calculates with a value that is not there")
    if not isinstance(value, Fraction):
        raise TypeError(f"a checked formula yields a number, not {value!r}")
    return value


def _tier(tier: Tier, reading: Reading) -> Fraction:
    number = number_of(tier.number, reading)
    table = tier.table if isinstance(tier.table, TierTable) else reading.parameter(tier.table.name)
    if not isinstance(table, TierTable):
        raise TypeError("a checked plan gives tier() a table")
    if not tier.adding:
        return table.value_for(number)
    if number.denominator != 1 or number > MAX_TIER_COUNT:
        raise TierCountTooLarge(
            f"逐次累计只适用于不超过 {MAX_TIER_COUNT} 的整数 / whole counts up to {MAX_TIER_COUNT} only: {number}"
        )
    return table.sum_up_to(int(number))


def _operation(operation: Operation, reading: Reading) -> Value:
    lazily = _LAZY.get(operation.operator)
    if lazily is not None:
        return lazily(operation.operands, reading)
    return _STRICT[operation.operator](*(value_of(operand, reading) for operand in operation.operands))


def _if(operands: tuple[Expression, ...], reading: Reading) -> Value:
    condition, then, otherwise = operands
    return value_of(then if truth_of(condition, reading) else otherwise, reading)


def _all(operands: tuple[Expression, ...], reading: Reading) -> bool:
    return all(truth_of(operand, reading) for operand in operands)


def _any(operands: tuple[Expression, ...], reading: Reading) -> bool:
    return any(truth_of(operand, reading) for operand in operands)


def _not(operands: tuple[Expression, ...], reading: Reading) -> bool:
    return not truth_of(operands[0], reading)


def _arithmetic(calculate: Callable[[Fraction, Fraction], Fraction]) -> Callable[..., Value]:
    return lambda left, right: bounded(calculate(_number(left), _number(right)))


def _comparison(compare: Callable[[Any, Any], bool]) -> Callable[..., Value]:
    return lambda left, right: left is not None and right is not None and compare(left, right)


def _rounding(rounded: Callable[[Fraction, int], Fraction]) -> Callable[..., Value]:
    return lambda number, digits: bounded(rounded(_number(number), int(_number(digits))))


def _extreme(choose: Callable[..., Fraction]) -> Callable[..., Value]:
    return lambda *values: choose(map(_number, values))


def _day(choose: Callable[..., date]) -> Callable[..., Value]:
    return lambda *days: None if None in days else choose(days)


def _month(day: Value) -> Month | None:
    return Month.of(day) if isinstance(day, date) else None


_LAZY: Mapping[Operator, Callable[[tuple[Expression, ...], Reading], Value]] = {
    Operator.IF: _if,
    Operator.AND: _all,
    Operator.OR: _any,
    Operator.NOT: _not,
}
_STRICT: Mapping[Operator, Callable[..., Value]] = {
    Operator.ADD: _arithmetic(operator.add),
    Operator.SUBTRACT: _arithmetic(operator.sub),
    Operator.MULTIPLY: _arithmetic(operator.mul),
    Operator.DIVIDE: _arithmetic(divide),
    Operator.NEGATE: lambda number: -_number(number),
    Operator.EQUAL: _comparison(operator.eq),
    Operator.UNEQUAL: _comparison(operator.ne),
    Operator.LESS: _comparison(operator.lt),
    Operator.AT_MOST: _comparison(operator.le),
    Operator.MORE: _comparison(operator.gt),
    Operator.AT_LEAST: _comparison(operator.ge),
    Operator.SMALLEST: _extreme(min),
    Operator.LARGEST: _extreme(max),
    Operator.ROUND: _rounding(half_up),
    Operator.ROUND_DOWN: _rounding(towards_zero),
    Operator.ROUND_UP: _rounding(away_from_zero),
    Operator.MONTH: _month,
    Operator.LATER: _day(max),
    Operator.EARLIER: _day(min),
}
