"""The facts of a run in columns: checked once per column, read by aggregations at the speed of whole lists."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice, pairwise
from operator import lt
from typing import Any, NoReturn

from services.payroll.domain.bounds import MAX_FACT_DECIMALS, MAX_FACT_DIGITS
from services.payroll.domain.errors import FactInvalid, FactRepeated
from services.payroll.domain.vocabulary import Choices

from .facts import FACT_KINDS, NUMBERS, FactColumns, FactKind, Field, FieldType, Reference

Column = Sequence[Any]


class FactTable:
    """The facts of one kind, ordered by id."""

    def __init__(self, kind: FactKind, given: FactColumns) -> None:
        self.kind = kind
        if not all(map(lt, given.ids, islice(given.ids, 1, None))):
            given = _by_id(kind, given)
        self.references: Sequence[Reference] = list(zip(given.ids, given.versions, strict=True))
        self._given = given.fields
        self._columns: dict[int, Column] = {}

    def column(self, place: int) -> Column:
        """The values of one field for every fact, defaults filled in and checked, fixed lists as codes."""
        if place not in self._columns:
            field = self.kind.fields[place]
            given = self._given.get(field.name)
            self._columns[place] = self._checked(field, [None] * len(self.references) if given is None else given)
        return self._columns[place]

    def _checked(self, field: Field, given: Column) -> Column:
        types = set(map(type, given))
        for wrong in types - _TYPES[field.type]:
            self._refuse(field, given, next(place for place, value in enumerate(given) if type(value) is wrong))
        if type(None) in types:
            given = self._without_gaps(field, given)
        if field.choices is not None:
            return self._codes(field, field.choices, given)
        if field.type in NUMBERS:
            self._bounded(field, given)
        return given

    def _without_gaps(self, field: Field, given: Column) -> Column:
        if field.default is not None:
            return [field.default if value is None else value for value in given]
        if not field.optional:
            self._refuse(field, given, given.index(None))
        return given

    def _codes(self, field: Field, choices: Choices, given: Column) -> Column:
        codes = {value: None if value is None else choices.code(value) for value in set(given)}
        for value, code in codes.items():
            if value is not None and code is None:
                self._refuse(field, given, given.index(value))
        return list(map(codes.__getitem__, given))

    def _bounded(self, field: Field, given: Column) -> None:
        if not all(map(_is_bounded, given)):
            self._refuse(field, given, next(place for place, value in enumerate(given) if not _is_bounded(value)))

    def _refuse(self, field: Field, given: Column, place: int) -> NoReturn:
        fact, _ = self.references[place]
        raise FactInvalid(
            f"{self.kind.chinese[0]} {fact} 的 {field.chinese[0]} 无效"
            f" / {field.name} of {self.kind.name} {fact} is not valid: {given[place]!r}"
        )


def _by_id(kind: FactKind, given: FactColumns) -> FactColumns:
    order = sorted(range(len(given.ids)), key=given.ids.__getitem__)

    def sorted_by_id(column: Sequence[Any]) -> Sequence[Any]:
        return list(map(column.__getitem__, order))

    ids = sorted_by_id(given.ids)
    for one, other in pairwise(ids):
        if one == other:
            raise FactRepeated(f"事实重复 / the same fact twice: {kind.name} {one}")
    fields = {name: sorted_by_id(column) for name, column in given.fields.items()}
    return FactColumns(ids, sorted_by_id(given.versions), fields)


def tables_of(facts: Mapping[str, FactColumns]) -> Mapping[str, FactTable]:
    """One table per kind, empty ones too."""
    nothing = FactColumns((), (), {})
    return {name: FactTable(kind, facts.get(name, nothing)) for name, kind in FACT_KINDS.items()}


def _is_bounded(value: int | Decimal | None) -> bool:
    if value is None:
        return True
    if isinstance(value, int):
        return value.bit_length() <= 3 * MAX_FACT_DIGITS
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -MAX_FACT_DECIMALS and value.adjusted() < MAX_FACT_DIGITS


_TYPES: Mapping[FieldType, frozenset[type]] = {
    **dict.fromkeys(NUMBERS, frozenset({int, Decimal, type(None)})),
    **dict.fromkeys((FieldType.TEXT, FieldType.EMPLOYEE, FieldType.TEAM), frozenset({str, type(None)})),
    FieldType.DATE: frozenset({date, type(None)}),
    FieldType.BOOLEAN: frozenset({bool, type(None)}),
}
"""Of exactly these types, for a moment is a date and a truth a number to Python."""
