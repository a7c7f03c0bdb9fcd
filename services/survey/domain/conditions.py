"""Branching as data: conditions over earlier answers. A comparison with a question nobody answered is false."""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any


class Operator(StrEnum):
    ANSWERED = "answered"
    EQUAL = "eq"
    NOT_EQUAL = "ne"
    LESS = "lt"
    AT_MOST = "lte"
    MORE = "gt"
    AT_LEAST = "gte"
    ONE_OF = "in"
    CONTAINS = "contains"


_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Test = Callable[[Any, Any], bool]
ORDERING = frozenset({Operator.LESS, Operator.AT_MOST, Operator.MORE, Operator.AT_LEAST})


@dataclass(frozen=True, slots=True)
class Comparison:
    question: str
    operator: Operator
    value: Any = None


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


Condition = Comparison | All | AnyOf | Not


def comparisons(condition: Condition) -> Iterator[Comparison]:
    match condition:
        case Comparison():
            yield condition
        case Not(part):
            yield from comparisons(part)
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from comparisons(part)


def holds(condition: Condition, answers: Mapping[str, Any]) -> bool:
    match condition:
        case Comparison():
            return _compares(condition, answers.get(condition.question))
        case Not(part):
            return not holds(part, answers)
        case All(parts):
            return all(holds(part, answers) for part in parts)
        case AnyOf(parts):
            return any(holds(part, answers) for part in parts)


def _compares(comparison: Comparison, answer: object) -> bool:
    return answer is not None and _TESTS[comparison.operator](answer, comparison.value)


def _ordered(compare: Test) -> Test:
    """Numbers and ISO dates; an answer of another kind (refused elsewhere) is not ordered."""
    return lambda answer, value: type(answer) is type(value) and compare(answer, value)


_TESTS: dict[Operator, Test] = {
    Operator.ANSWERED: lambda _answer, _value: True,
    Operator.EQUAL: operator.eq,
    Operator.NOT_EQUAL: operator.ne,
    Operator.LESS: _ordered(operator.lt),
    Operator.AT_MOST: _ordered(operator.le),
    Operator.MORE: _ordered(operator.gt),
    Operator.AT_LEAST: _ordered(operator.ge),
    Operator.ONE_OF: lambda answer, value: answer in value,
    Operator.CONTAINS: lambda answer, value: value in answer,
}


def is_date(text: object) -> bool:
    if not isinstance(text, str) or not _ISO_DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
