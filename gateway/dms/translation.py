"""Rows of one file in the platform's words: cleaned column by column, numbered among equals, ready to be sent."""

from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Fields
from dataclasses import dataclass
from itertools import repeat
from zoneinfo import ZoneInfo

from gateway.dms.cleaning import Cleaned, Doubt, Flaw, Value, tidy
from gateway.dms.column import Column, column_for
from gateway.dms.mapping import FileMapping, Mapping
from gateway.dms.problems import Finding
from gateway.dms.table import Chunk, Table

Row = dict[str, object]
_SHOWN = 60


@dataclass(slots=True)
class CleanedChunk:
    """Columns of equal length by field, and what was found, by row. A flawed cell is None in its column."""

    numbers: Sequence[int]
    columns: dict[str, Sequence[Value]]
    findings: dict[int, list[Finding]]
    rejected: set[int]


@dataclass(slots=True)
class Batch:
    """What one chunk of a file became: every row has a label, and those not rejected are in `rows`."""

    labels: dict[int, str]
    rows: list[Row]
    findings: dict[int, list[Finding]]
    rejected: set[int]


class Translator:
    """Of one file of one export. It remembers how many equals it has seen, so a file is translated once, in order."""

    def __init__(self, mapped: FileMapping, mapping: Mapping, zone: ZoneInfo) -> None:
        self.mapped = mapped
        self._blank_keeps = mapping.blank_keeps
        self._columns = [column_for(field, mapping, zone) for field in mapped.fields]
        self._equals: Counter[tuple[Value, ...]] = Counter()

    def clean(self, table: Table) -> Iterator[CleanedChunk]:
        for chunk in table.chunks():
            yield self._cleaned(chunk, table.places)

    def translate(self, table: Table) -> Iterator[Batch]:
        for cleaned in self.clean(table):
            yield self._batch(cleaned)

    def _cleaned(self, chunk: Chunk, places: Fields[str, int]) -> CleanedChunk:
        cleaned = CleanedChunk(chunk.numbers, {}, {}, set())
        cells = list(zip(*chunk.rows, strict=True))
        for column in self._columns:
            field = column.mapped.field
            raw = cells[places[field]] if cells and field in places else ("",) * len(chunk.rows)
            values: list[Cleaned] = list(map(column.__getitem__, raw))
            if column.troubled:
                _take_trouble_out(column, raw, values, cleaned)
            cleaned.columns[field] = values  # type: ignore[assignment]
        for number, code in chunk.uneven.items():
            cleaned.findings[number] = [Finding("error", code, None, None, "")]
            cleaned.rejected.add(number)
        return cleaned

    def _batch(self, cleaned: CleanedChunk) -> Batch:
        columns: dict[str, Sequence[object]] = {"row": cleaned.numbers}
        columns |= _nested(cleaned.columns)
        columns |= {field: tuple(repeat(value, len(cleaned.numbers))) for field, value in self.mapped.constants.items()}
        if self.mapped.ordinal:
            columns[self.mapped.ordinal.field] = self._ordinals(cleaned, self.mapped.ordinal.among)
        rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
        if self._blank_keeps:
            rows = [{field: value for field, value in row.items() if value is not None} for row in rows]
        if cleaned.rejected:
            rows = [row for row in rows if row["row"] not in cleaned.rejected]
        labels = dict(zip(cleaned.numbers, self._labels(cleaned), strict=True)) | dict.fromkeys(
            cleaned.rejected - set(cleaned.numbers), ""
        )
        return Batch(labels, rows, cleaned.findings, cleaned.rejected)

    def _labels(self, cleaned: CleanedChunk) -> Iterator[str]:
        shown = [cleaned.columns[field] for field in self.mapped.key]
        for values in zip(*shown, strict=True):
            yield "/".join(str(value) for value in values if value is not None)

    def _ordinals(self, cleaned: CleanedChunk, among: Sequence[str]) -> list[int]:
        """A rejected row keeps its place, so that mending it later moves no other."""
        places = []
        for values in zip(*(cleaned.columns[field] for field in among), strict=True):
            self._equals[values] += 1
            places.append(self._equals[values])
        return places


def _take_trouble_out(column: Column, raw: Sequence[str], values: list[Cleaned], cleaned: CleanedChunk) -> None:
    for place, value in enumerate(values):
        if not isinstance(value, Flaw | Doubt):
            continue
        number, mapped = cleaned.numbers[place], column.mapped
        flawed = isinstance(value, Flaw)
        shown = "" if mapped.private else tidy(raw[place])[:_SHOWN]
        finding = Finding("error" if flawed else "warning", value.code, mapped.field, mapped.column, shown)
        cleaned.findings.setdefault(number, []).append(finding)
        values[place] = None if isinstance(value, Flaw) else value.value
        if flawed:
            cleaned.rejected.add(number)


def _nested(columns: Fields[str, Sequence[Value]]) -> dict[str, Sequence[object]]:
    """`answers.skill` becomes the key `skill` of an object `answers`; keys without a value are left out."""
    flat: dict[str, Sequence[object]] = {}
    inner: dict[str, dict[str, Sequence[Value]]] = {}
    for name, values in columns.items():
        top, dot, key = name.partition(".")
        if dot:
            inner.setdefault(top, {})[key] = values
        else:
            flat[name] = values
    for top, parts in inner.items():
        rows = zip(*parts.values(), strict=True)
        flat[top] = [{k: v for k, v in zip(parts, row, strict=True) if v is not None} for row in rows]
    return flat
