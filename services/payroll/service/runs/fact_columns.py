"""From the rows of facts and of orders to the columns that the domain calculates with."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from itertools import compress
from typing import Any

import orjson

from services.payroll.domain.calculation.facts import FACT_KINDS, NUMBERS, FactColumns, FactValue, FieldType
from services.payroll.events import MEASURED, SHAPES
from services.payroll.repository.runs.inputs import OF_ORDER, ByOrder, Columns

_SHAPE_OF = {shape.kind: shape for shape in (MEASURED, *reversed(tuple(SHAPES.values())))}
"""The first of each kind names its fields; what takes back is stored in the same columns."""
DAYS_OF_ORDER = ("opened_on", "settled_on", "left_on")


def columns_from(
    facts: Mapping[str, Columns], orders: ByOrder, days: tuple[date, date] | None = None
) -> Mapping[str, FactColumns]:
    """By kind. With `days` of those facts only that would have been read for them: with a day of their own, or of their
    order, among them."""
    return {
        kind: columns_of_kind(kind, known if days is None else _within(known, orders, days), orders)
        for kind, known in facts.items()
    }


def _within(known: Columns, orders: ByOrder, days: tuple[date, date]) -> Columns:
    first, last = days
    of_orders = [list(map(orders[day].get, known["order_number"])) for day in DAYS_OF_ORDER]
    told = zip(known["occurred_on"], *of_orders, strict=True)
    chosen = [any(day and first <= day <= last for day in each) for each in told]
    return {name: list(compress(column, chosen)) for name, column in known.items()}


def columns_of_kind(kind: str, known: Columns, orders: ByOrder) -> FactColumns:
    """What a fact says itself goes before what its order says.

    An id is kind and source's subject: after a replay the same facts give the same hash.
    """
    fields: dict[str, Sequence[FactValue]] = {}
    for name, column in _columns(kind).items():
        fields[name] = list(map(orders[column].get, known["order_number"])) if column in OF_ORDER else known[column]
    if beside := _beside(kind):
        told = [_attributes(kind, given) if given else {} for given in known["attributes"]]
        for name in beside:
            own = [each.get(name) for each in told]
            fields[name] = _before(own, fields[name]) if name in fields else own
    return FactColumns(known["name"], known["version"], fields)


def _before(own: Sequence[FactValue], other: Sequence[FactValue]) -> Sequence[FactValue]:
    return [theirs if mine is None else mine for mine, theirs in zip(own, other, strict=True)]


@cache
def _columns(kind: str) -> Mapping[str, str]:
    """Which column, of the fact or of its order, holds which field of a kind."""
    known = {field.name for field in FACT_KINDS[kind].fields}
    columns = {name: name for name in ("order_number", *OF_ORDER) if name in known}
    if (shape := _SHAPE_OF.get(kind)) is not None:
        named = {
            shape.day: "occurred_on", shape.amount: "amount", shape.hours: "hours", shape.person: "person",
            shape.team: "team",
        }  # fmt: skip
        columns |= {name: column for name, column in named.items() if name in known}
    return columns


@cache
def _beside(kind: str) -> Sequence[str]:
    """The fields of a kind that stand in a fact's attributes."""
    known, shape = {field.name for field in FACT_KINDS[kind].fields}, _SHAPE_OF.get(kind)
    return [] if shape is None else [name for name in shape.attributes if name in known]


@lru_cache(maxsize=8192)
def _attributes(kind: str, given: str) -> Mapping[str, FactValue]:
    """Most facts of a month share theirs with others."""
    types = {field.name: field.type for field in FACT_KINDS[kind].fields}
    found = orjson.loads(given)
    return {name: _reader(types[name])(found[name]) for name in _beside(kind) if found.get(name) is not None}


def _reader(kind: FieldType) -> Callable[[Any], FactValue]:
    if kind in NUMBERS:
        return lambda value: Decimal(str(value))
    if kind is FieldType.DATE:
        return lambda value: date.fromisoformat(str(value))
    return lambda value: value
