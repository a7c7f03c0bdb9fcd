"""From rows to what the domain calculates with."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import asyncpg
import orjson

from services.payroll.domain.facts import FACT_KINDS, Fact, FactValue, FieldType
from services.payroll.domain.given import Person, RunInput, Target
from services.payroll.domain.month import Month
from services.payroll.events import SHAPES
from services.payroll.repository.inputs import Given

_ORDER_FIELDS = ("order_number", "order_kind", "advisor", "opened_on", "settled_on", "left_on", "cancelled")
_NUMBERS = frozenset({FieldType.MONEY, FieldType.HOURS, FieldType.NUMBER})
_SHAPE_OF = {shape.kind: shape for shape in SHAPES.values()}
Columns = tuple[tuple[str, str], ...]


def run_input(month: Month, given: Given) -> RunInput:
    return RunInput(
        month=month,
        people=tuple(
            Person(
                number=row["number"],
                name=row["name"],
                post=row["post"],
                team=row["team"],
                coefficient=None if row["coefficient"] is None else Fraction(row["coefficient"]),
                on_probation=row["on_probation"],
            )
            for row in given.people
        ),
        targets=tuple(Target(**row) for row in given.targets),
        review_scores={row["employee"]: row["score"] for row in given.scores},
        facts=[fact_from(row) for row in given.facts],
    )


def fact_from(row: asyncpg.Record) -> Fact:
    """The id is kind and source's subject: the same after a replay, so that the same facts give the same hash."""
    kind = row["kind"]
    columns, attributes = _reading(kind)
    fields: dict[str, FactValue] = {name: row[column] for name, column in columns}
    if attributes and (given := row["attributes"]) != "{}":
        found = orjson.loads(given)
        fields |= {name: read(found[name]) for name, read in attributes.items() if found.get(name) is not None}
    return Fact(row["name"], row["version"], kind, fields)


@cache
def _reading(kind: str) -> tuple[Columns, Mapping[str, Callable[[Any], FactValue]]]:
    """Which column holds which field of a kind, and how its attributes are read."""
    known = {field.name: field.type for field in FACT_KINDS[kind].fields}
    shape = _SHAPE_OF.get(kind)
    columns = [(name, name) for name in _ORDER_FIELDS if name in known]
    if shape is None:
        return tuple(columns), {}
    named = (
        (shape.day, "occurred_on"), (shape.amount, "amount"), (shape.hours, "hours"), (shape.person, "person"),
        (shape.team, "team"),
    )  # fmt: skip
    columns += [(name, column) for name, column in named if name in known]
    return tuple(columns), {name: _reader(known[name]) for name in shape.attributes if name in known}


def _reader(kind: FieldType) -> Callable[[Any], FactValue]:
    if kind in _NUMBERS:
        return lambda value: Decimal(str(value))
    if kind is FieldType.DATE:
        return lambda value: date.fromisoformat(str(value))
    return lambda value: value
