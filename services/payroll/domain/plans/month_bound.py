"""Whether what a plan adds up is of a month.

A run is given what happened in its month (the facts with a day of it, or whose order has one), an example whatever it
writes: so only what is of a month is the same in both.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.payroll.domain.calculation.parts import parts_of
from services.payroll.domain.calculation.plan import (
    Aggregate,
    CurrentMonth,
    Expression,
    FactField,
    Operation,
    Operator,
    Payment,
    Plan,
    Step,
)

_DAYS = frozenset({Operator.LATER, Operator.EARLIER})


@dataclass(frozen=True, slots=True)
class OfNoMonth:
    """A sum or count that no condition binds to this month or the last one."""

    clause: str
    step: str
    text: str


def of_no_month(plan: Plan) -> tuple[OfNoMonth, ...]:
    """In the order of calculation, the conditions of payments last."""
    steps = (OfNoMonth(step.clause, step.chinese, text) for step in plan.steps for text in _free(step))
    payments = (OfNoMonth(paid.clause, paid.step, text) for paid in plan.payments for text in _free(paid))
    return (*steps, *payments)


def _free(part: Step | Payment) -> Iterator[str]:
    aggregates = (found for found in parts_of(part) if isinstance(found, Aggregate))
    return (found.text for found in aggregates if not any(map(_binds, found.conditions)))


def _binds(condition: Expression) -> bool:
    """Whether it holds for facts with a day in the one month only."""
    if not isinstance(condition, Operation):
        return False
    match condition.operator:
        case Operator.EQUAL:
            left, right = condition.operands
            return (_is_month(left) and _is_of_the_fact(right)) or (_is_month(right) and _is_of_the_fact(left))
        case Operator.AND:
            return any(map(_binds, condition.operands))
        case Operator.OR:
            return all(map(_binds, condition.operands))
        case Operator.IF:
            return all(map(_binds, condition.operands[1:]))
        case _:
            return False


def _is_month(expression: Expression) -> bool:
    return isinstance(expression, CurrentMonth)


def _is_of_the_fact(month: Expression) -> bool:
    return isinstance(month, Operation) and month.operator is Operator.MONTH and _is_its_day(month.operands[0])


def _is_its_day(day: Expression) -> bool:
    if isinstance(day, Operation):
        days = day.operands[1:] if day.operator is Operator.IF else day.operands
        return (day.operator in _DAYS or day.operator is Operator.IF) and all(map(_is_its_day, days))
    return isinstance(day, FactField)
