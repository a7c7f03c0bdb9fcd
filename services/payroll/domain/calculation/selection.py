"""Aggregations over facts: conditions decided once per distinct value, sums exact, subjects grouped in one pass."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal, Inexact, InvalidOperation, localcontext
from fractions import Fraction
from itertools import compress
from typing import Any

from services.payroll.domain.exact import bounded
from services.payroll.domain.month import Month
from services.payroll.domain.uniform import uniform

from .fact_table import Column, FactTable
from .facts import Reference
from .formula import WorldRead, number_of, truth_of
from .outcome import Value
from .plan import (
    Aggregate,
    CurrentMonth,
    Expression,
    FactField,
    Known,
    Operation,
    Operator,
    ParameterContent,
    Tier,
)

_EXACTLY = Context(prec=80, traps=[Inexact, InvalidOperation])
SubjectKey = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selected:
    value: Fraction
    facts: tuple[Reference, ...]


NOTHING = Selected(Fraction(0), ())


class FactReading:
    """What a formula inside an aggregation can reach: the fact at hand, parameters and the month."""

    def __init__(
        self, month: Month, parameter: Callable[[str], ParameterContent], spend: Callable[[int], None]
    ) -> None:
        self._month = month
        self._parameter = parameter
        self.spend_many = spend
        self.row: Mapping[int, Value] = {}

    def spend(self) -> None:
        self.spend_many(1)

    def parameter(self, name: str) -> ParameterContent:
        return self._parameter(name)

    def read(self, what: WorldRead) -> Value:
        if isinstance(what, FactField):
            return self.row[what.place]
        if isinstance(what, CurrentMonth):
            return self._month.previous if what.previous else self._month
        raise TypeError("a checked aggregation reads the fact, parameters and the month only")


def select(aggregate: Aggregate, table: FactTable, reading: FactReading) -> Mapping[SubjectKey, Selected]:
    """The aggregation for every subject at once, by the values of its person and team fields; () is the store."""
    indices: Sequence[int] = range(len(table.references))
    for condition in aggregate.conditions:
        indices = _fulfilling(condition, table, reading, indices)
    grouped = _grouped(indices, [table.column(place) for place in (*aggregate.by_person, *aggregate.by_team)])
    return {
        key: Selected(
            bounded(_sum(aggregate.value, table, reading, members)),
            tuple(map(table.references.__getitem__, members)),
        )
        for key, members in grouped.items()
    }


def _grouped(indices: Sequence[int], columns: Sequence[Column]) -> Mapping[SubjectKey, Sequence[int]]:
    if not columns:
        return {(): indices}
    groups: dict[SubjectKey, list[int]] = {}
    for index, key in zip(indices, _keys(columns, indices), strict=True):
        groups.setdefault(key, []).append(index)
    return {key: members for key, members in groups.items() if None not in key}


def _keys(columns: Sequence[Column], indices: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    return zip(*(map(column.__getitem__, indices) for column in columns), strict=True)


def _fulfilling(condition: Expression, table: FactTable, reading: FactReading, indices: Sequence[int]) -> Sequence[int]:
    """The facts for which a condition holds: it is evaluated once for each distinct set of the values it reads."""
    reading.spend_many(len(indices))
    places = tuple(sorted(fields_of(condition)))
    if not places:
        return indices if truth_of(condition, reading) else ()
    keys = list(_keys([table.column(place) for place in places], indices))
    verdicts = {key: _verdict(condition, places, key, reading) for key in set(keys)}
    return list(compress(indices, map(verdicts.__getitem__, keys)))


def _verdict(condition: Expression, places: tuple[int, ...], key: tuple[Hashable, ...], reading: FactReading) -> bool:
    reading.row = _row(places, key)
    return truth_of(condition, reading)


def _row(places: tuple[int, ...], key: tuple[Any, ...]) -> Mapping[int, Value]:
    return {place: _value(raw) for place, raw in zip(places, key, strict=True)}


def _value(raw: str | int | Decimal | date | bool | None) -> Value:
    if isinstance(raw, str):
        return uniform(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal):
        return raw
    return Fraction(raw)


def _sum(value: Expression | None, table: FactTable, reading: FactReading, indices: Sequence[int]) -> Fraction:
    if value is None:
        return _sum_column(table.column(len(table.kind.fields) - 1), indices)
    if isinstance(value, FactField):
        reading.spend_many(len(indices))
        return _sum_column(table.column(value.place), indices)
    if isinstance(value, Operation) and value.operator in (Operator.ADD, Operator.SUBTRACT):
        left, right = (_sum(operand, table, reading, indices) for operand in value.operands)
        return left + right if value.operator is Operator.ADD else left - right
    return _sum_by_distinct_values(value, table, reading, indices)


def _sum_column(column: Column, indices: Sequence[int]) -> Fraction:
    with localcontext(_EXACTLY):
        return Fraction(sum(map(column.__getitem__, indices), Decimal(0)))


def _sum_by_distinct_values(
    value: Expression, table: FactTable, reading: FactReading, indices: Sequence[int]
) -> Fraction:
    reading.spend_many(len(indices))
    places = tuple(sorted(fields_of(value)))
    if not places:
        return number_of(value, reading) * len(indices)
    total = Fraction(0)
    for key, times in Counter(_keys([table.column(place) for place in places], indices)).items():
        reading.row = _row(places, key)
        total = bounded(total + number_of(value, reading) * times)
    return total


def fields_of(expression: Expression) -> frozenset[int]:
    """The places of the fact's fields that an expression reads."""
    match expression:
        case FactField():
            return frozenset((expression.place,))
        case Known():
            return fields_of(expression.of)
        case Operation():
            return frozenset().union(*map(fields_of, expression.operands))
        case Tier():
            return fields_of(expression.number)
        case _:
            return frozenset()
