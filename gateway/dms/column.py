"""A column of cells, cleaned at once: what is repeated is cleaned once, trouble is looked for only where some is."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from gateway.dms import cleaning
from gateway.dms.cleaning import Cleaned, Cleaner, Doubt, Flaw
from gateway.dms.mapping import KEEP, UNKNOWN, FieldMapping, Mapping

_REMEMBERED = 50_000
"""Cells kept per column, so that memory stays flat however many different ones come."""


class Column(dict[str, Cleaned]):
    """Cell → cleaned value, filled as cells come: `map` over `__getitem__` makes no Python call for a known cell."""

    def __init__(self, mapped: FieldMapping, cleaner: Cleaner, empty: frozenset[str]) -> None:
        super().__init__()
        self.mapped = mapped
        self.troubled = False
        """Whether any cell so far was flawed or doubtful."""
        self._clean = cleaner
        self._empty = empty

    def __missing__(self, raw: str) -> Cleaned:
        value = None if raw.strip() in self._empty else self._clean(raw)
        if value is None and self.mapped.required:
            value = Flaw("required")
        if isinstance(value, Flaw | Doubt):
            self.troubled = True
        if len(self) >= _REMEMBERED:
            self.clear()
        self[raw] = value
        return value


def column_for(mapped: FieldMapping, mapping: Mapping, zone: ZoneInfo) -> Column:
    return Column(mapped, _cleaner(mapped, mapping, zone), frozenset({"", *mapping.empty}))


def _cleaner(mapped: FieldMapping, mapping: Mapping, zone: ZoneInfo) -> Cleaner:
    if mapped.kind in _PLAIN:
        return _PLAIN[mapped.kind]
    made: dict[str, Callable[[], Cleaner]] = {
        "text": lambda: cleaning.text(mapped.most),
        "decimal": lambda: cleaning.decimal(mapped.units),
        "integer": lambda: cleaning.integer(mapped.units),
        "datetime": lambda: cleaning.instant(zone),
        "yes_no": lambda: cleaning.yes_no(mapping.yes, mapping.no),
        "code": lambda: cleaning.code(mapped.values, _unknown_word(mapped.otherwise)),
    }
    return made[mapped.kind]()


_PLAIN: dict[str, Cleaner] = {
    "identifier": cleaning.identifier,
    "vin": cleaning.vin,
    "money": cleaning.money,
    "date": cleaning.day,
    "month": cleaning.month,
}


def _unknown_word(otherwise: str | None) -> Cleaner:
    if otherwise is None:
        return lambda _word: Flaw("value-unmapped")
    if otherwise == KEEP:
        return lambda word: word
    if otherwise == UNKNOWN:
        return lambda _word: Doubt(None, "value-unmapped")
    return lambda _word: otherwise
