"""A CSV file as its mapping sees it: its encoding, the columns found in its header, its rows piece by piece."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from gateway.dms.cleaning import tidy
from gateway.dms.encoding import encodings_of
from gateway.dms.mapping import FileMapping
from gateway.dms.problems import ExportRefused, Reason, refused
from gateway.dms.records import Records

CHUNK_ROWS = 4000
"""What a service takes in one call well within the time that a transaction has."""
_CHUNK_CHARACTERS = 2_000_000
_STEP = 100


@dataclass(slots=True)
class Chunk:
    """Rows of the header's width, with their numbers; and those with more or fewer cells, with what is wrong."""

    numbers: Sequence[int]
    rows: Sequence[list[str]]
    uneven: dict[int, str]


class Table:
    def __init__(self, path: Path, mapped: FileMapping, delimiter: str) -> None:
        self.mapped = mapped
        self._path = path
        self._delimiter = delimiter
        self._wanted = {tidy(field.column): field.column_may_be_missing for field in mapped.fields}
        self.encoding, self.header = self._choose_encoding()
        self._check_columns()
        places = {column: place for place, column in enumerate(self.header)}
        self.places = {
            field.field: places[tidy(field.column)] for field in mapped.fields if tidy(field.column) in places
        }
        """Where in a row the cell of each field stands."""

    @property
    def unknown_columns(self) -> list[str]:
        return [cell for cell in self.header if cell and cell not in self._wanted]

    def _records(self, encoding: str) -> Records:
        return Records(self._path, self.mapped.file, encoding, self._delimiter)

    def _choose_encoding(self) -> tuple[str, list[str]]:
        """The first encoding that fits the bytes and in which the header has a column we know."""
        headers = {name: self._header(name) for name in encodings_of(self._path, self.mapped.file)}
        for name, header in headers.items():
            if self._wanted.keys() & set(header):
                return name, header
        return next(iter(headers.items()))

    def _header(self, encoding: str) -> list[str]:
        for _, cells in self._records(encoding):
            header = [tidy(cell) for cell in cells]
            while not header[-1]:
                header.pop()
            return header
        raise refused("file-empty", self.mapped.file)

    def _check_columns(self) -> None:
        if not self._wanted.keys() & set(self.header):
            raise refused("header-unrecognised", self.mapped.file, expected="、".join(self._wanted))
        missing = [name for name, may in self._wanted.items() if not may and name not in self.header]
        twice = [name for name in self._wanted if self.header.count(name) > 1]
        reasons = [Reason("column-missing", self.mapped.file, {"column": name}) for name in missing]
        reasons += [Reason("column-twice", self.mapped.file, {"column": name}) for name in twice]
        if reasons:
            raise ExportRefused(*reasons)

    def chunks(self) -> Iterator[Chunk]:
        """All rows after the header. The cuts depend on the file alone, so that they fall alike on every reading."""
        records = self._records(self.encoding)
        numbered = iter(records)
        next(numbered)
        while rows := _piece(records, numbered):
            yield self._by_width(rows)

    def _by_width(self, rows: Sequence[tuple[int, list[str]]]) -> Chunk:
        width = len(self.header)
        if all(len(cells) == width for _, cells in rows):
            numbers, even = zip(*rows, strict=True)
            return Chunk(list(numbers), list(even), {})
        for _, cells in rows:
            if len(cells) > width and not any(cells[width:]):
                del cells[width:]
        return Chunk(
            [number for number, cells in rows if len(cells) == width],
            [cells for _, cells in rows if len(cells) == width],
            {
                number: "cells-too-many" if len(cells) > width else "cells-too-few"
                for number, cells in rows
                if len(cells) != width
            },
        )


def _piece(records: Records, numbered: Iterator[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    rows: list[tuple[int, list[str]]] = []
    before = records.characters
    while len(rows) < CHUNK_ROWS and records.characters - before < _CHUNK_CHARACTERS:
        step = list(islice(numbered, _STEP))
        rows += step
        if len(step) < _STEP:
            break
    return rows
