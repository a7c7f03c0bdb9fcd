"""The facts of a run in columns: checked once per column, read by aggregations at the speed of whole lists."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from operator import attrgetter
from typing import Any

from services.payroll.domain.bounds import MAX_FACT_DECIMALS, MAX_FACT_DIGITS
from services.payroll.domain.errors import FactInvalid, FactRepeated

from .facts import FACT_KINDS, Fact, FactKind, FactValue, Field, FieldType, fact_kind

Column = list[Any]


class FactTable:
    """The facts of one kind, ordered by id."""

    def __init__(self, kind: FactKind, facts: Iterable[Fact]) -> None:
        self.kind = kind
        self.facts: tuple[Fact, ...] = tuple(sorted(facts, key=attrgetter("id")))
        self._columns: dict[int, Column] = {}
        ids = [fact.id for fact in self.facts]
        if len(set(ids)) != len(ids):
            twice = next(one for one, other in pairwise(ids) if one == other)
            raise FactRepeated(f"事实重复 / the same fact twice: {kind.name} {twice}")

    def column(self, place: int) -> Column:
        """The values of one field for every fact, defaults filled in and checked, fixed lists as codes."""
        if place not in self._columns:
            field = self.kind.fields[place]
            given: Column = [fact.fields.get(field.name) for fact in self.facts]
            self._columns[place] = self._checked(field, given)
        return self._columns[place]

    def _checked(self, field: Field, given: Column) -> Column:
        if None in given:
            given = self._without_gaps(field, given)
        try:
            distinct = set(zip(map(type, given), given, strict=True))
        except TypeError as unhashable:
            raise FactInvalid(f"{field.chinese[0]} 无效 / {field.name} of {self.kind.name}: {unhashable}") from None
        accepted = {value: _accept(field, value) for value in distinct}
        refused = [value for (_, value), (good, _) in accepted.items() if not good]
        if refused:
            self._refuse(field, refused[0], given)
        return [accepted[key][1] for key in zip(map(type, given), given, strict=True)]

    def _without_gaps(self, field: Field, given: Column) -> Column:
        if field.default is not None:
            return [field.default if value is None else value for value in given]
        if not field.optional:
            self._refuse(field, None, given)
        return given

    def _refuse(self, field: Field, value: FactValue, given: Sequence[FactValue]) -> None:
        fact = self.facts[next(index for index, other in enumerate(given) if other is value or other == value)]
        where = f"{self.kind.chinese[0]} {fact.id}"
        raise FactInvalid(
            f"{where} 的 {field.chinese[0]} 无效 / {field.name} of {self.kind.name} {fact.id} is not valid: {value!r}"
        )


def tables_of(facts: Iterable[Fact]) -> Mapping[str, FactTable]:
    """One table per kind, empty ones too."""
    by_kind: dict[str, list[Fact]] = {name: [] for name in FACT_KINDS}
    for fact in facts:
        if fact.kind not in by_kind:
            kind = fact_kind(fact.kind)
            if kind is None:
                raise FactInvalid(f"未知的事实种类 / unknown kind of fact: {fact.kind!r} ({fact.id})")
            by_kind[kind.name].append(fact)
        else:
            by_kind[fact.kind].append(fact)
    return {name: FactTable(FACT_KINDS[name], listed) for name, listed in by_kind.items()}


def _accept(field: Field, typed: tuple[type, FactValue]) -> tuple[bool, FactValue]:
    """Whether a value is allowed in a field, and how it is kept."""
    value = typed[1]
    if value is None:
        return True, None
    if isinstance(value, str) and field.choices is not None:
        code = field.choices.code(value)
        return code is not None, code
    return _TYPE_CHECKS[field.type](value), value


def _is_number(value: FactValue) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    if isinstance(value, int):
        return value.bit_length() <= 3 * MAX_FACT_DIGITS
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -MAX_FACT_DECIMALS and value.adjusted() < MAX_FACT_DIGITS


def _is_day(value: FactValue) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _is_text(value: FactValue) -> bool:
    return isinstance(value, str)


_TYPE_CHECKS: Mapping[FieldType, Callable[[FactValue], bool]] = {
    FieldType.MONEY: _is_number,
    FieldType.HOURS: _is_number,
    FieldType.NUMBER: _is_number,
    FieldType.TEXT: _is_text,
    FieldType.EMPLOYEE: _is_text,
    FieldType.TEAM: _is_text,
    FieldType.DATE: _is_day,
    FieldType.BOOLEAN: lambda value: isinstance(value, bool),
}
