"""From rows to what the domain calculates with."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import RowMapping

from services.payroll.domain.calculation.amendment import Amendment
from services.payroll.domain.calculation.facts import FACT_KINDS, Fact, FactValue, FieldType
from services.payroll.domain.calculation.given import Member, Person, RunInput, Target
from services.payroll.domain.calculation.outcome import Scope
from services.payroll.domain.month import Month
from services.payroll.events import MEASURED, SHAPES
from services.payroll.language import read_amendment
from services.payroll.repository.runs.inputs import Given

_ORDER_FIELDS = ("order_number", "order_kind", "advisor", "opened_on", "settled_on", "left_on", "cancelled")
_NUMBERS = frozenset({FieldType.MONEY, FieldType.HOURS, FieldType.NUMBER})
_SHAPE_OF = {shape.kind: shape for shape in (MEASURED, *reversed(tuple(SHAPES.values())))}
"""The first of each kind names its fields; what takes back is stored in the same columns."""
_DAYS = ("occurred_on", "opened_on", "settled_on", "left_on")


def run_input(month: Month, given: Given, days: tuple[date, date]) -> RunInput:
    """With the facts of some of the days that were read, and without what is of one plan only."""
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
        targets=tuple(_targets(given.targets)),
        members=tuple(Member(**row) for row in given.members),
        review_scores={row["employee"]: row["score"] for row in given.scores},
        facts=facts_from(_within(given, days)),
    )


def _targets(rows: Sequence[RowMapping]) -> Iterator[Target]:
    """Each in its present version, with those of before that were signed."""
    for _, versions in groupby(rows, key=itemgetter("scope", "subject", "metric")):
        newest, *former = (Target(**{**row, "scope": Scope(row["scope"])}) for row in versions)
        yield replace(newest, former=tuple(former))


def amendments_of(given: Given, plan: UUID) -> tuple[Amendment, ...]:
    """The values set beside the text of one of the plans."""
    rows = (row for row in given.amendments if row["plan_id"] == plan)
    return tuple(amendment_from(row["statement"], row["number"], row["hash"]) for row in rows)


def _within(given: Given, days: tuple[date, date]) -> Sequence[asyncpg.Record]:
    """The facts that would have been read for these days: with a day of their own, or of their order, among them."""
    if days == given.days:
        return given.facts
    first, last = days
    return [row for row in given.facts if any(row[day] and first <= row[day] <= last for day in _DAYS)]


@lru_cache(maxsize=1024)
def amendment_from(statement: str, number: int, digest: str) -> Amendment:
    """Its version in a trace is its number and the beginning of its hash."""
    return read_amendment(statement, f"v{number} {digest[:12]}")


def facts_from(rows: Sequence[asyncpg.Record]) -> list[Fact]:
    """Kind by kind. An id is kind and source's subject: after a replay the same facts give the same hash."""
    by_kind: dict[str, list[asyncpg.Record]] = {}
    for row in rows:
        by_kind.setdefault(row["kind"], []).append(row)
    return [fact for kind, alike in by_kind.items() for fact in _facts_of(kind, alike)]


def _facts_of(kind: str, rows: Sequence[asyncpg.Record]) -> Iterator[Fact]:
    names, columns = _columns(kind)
    for row in rows:
        fields: dict[str, FactValue] = dict(zip(names, columns(row), strict=True))
        if given := row["attributes"]:
            fields.update(_attributes(kind, given))
        yield Fact(row["name"], row["version"], kind, fields)


@cache
def _columns(kind: str) -> tuple[Sequence[str], Callable[[asyncpg.Record], tuple[Any, ...]]]:
    """Which column holds which field of a kind: the fields, and what takes their columns from a row."""
    known = {field.name for field in FACT_KINDS[kind].fields}
    columns = {name: name for name in _ORDER_FIELDS if name in known}
    if (shape := _SHAPE_OF.get(kind)) is not None:
        named = {
            shape.day: "occurred_on", shape.amount: "amount", shape.hours: "hours", shape.person: "person",
            shape.team: "team",
        }  # fmt: skip
        columns |= {name: column for name, column in named.items() if name in known}
    return tuple(columns), _taker(list(columns.values()))


def _taker(columns: Sequence[str]) -> Callable[[asyncpg.Record], tuple[Any, ...]]:
    if len(columns) > 1:
        return itemgetter(*columns)
    return lambda row: tuple(row[column] for column in columns)


@lru_cache(maxsize=8192)
def _attributes(kind: str, given: str) -> Mapping[str, FactValue]:
    """The fields of a kind that stand in a fact's attributes; most facts of a month share theirs with others."""
    known = {field.name: field.type for field in FACT_KINDS[kind].fields}
    shape = _SHAPE_OF.get(kind)
    names = [] if shape is None else [name for name in shape.attributes if name in known]
    found = orjson.loads(given) if names else {}
    return {name: _reader(known[name])(found[name]) for name in names if found.get(name) is not None}


def _reader(kind: FieldType) -> Callable[[Any], FactValue]:
    if kind in _NUMBERS:
        return lambda value: Decimal(str(value))
    if kind is FieldType.DATE:
        return lambda value: date.fromisoformat(str(value))
    return lambda value: value
