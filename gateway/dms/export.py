"""A whole export: opened, checked against itself before anything is written, then translated file by file."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.dms.cleaning import Value
from gateway.dms.mapping import FileMapping, Mapping, Reference
from gateway.dms.problems import Detail, ExportRefused, Reason
from gateway.dms.table import Table
from gateway.dms.translation import Batch, CleanedChunk, Translator
from gateway.dms.upload import NamedFile, collect


@dataclass
class Inspection:
    """What a first reading of everything has found."""

    rows: dict[str, int] = field(default_factory=dict)
    notes: list[Reason] = field(default_factory=list)
    months: set[str] = field(default_factory=set)


class Export:
    """Raises ExportRefused, with every reason that can be found at once, when a file is missing or cannot be read."""

    def __init__(self, uploads: Sequence[NamedFile], mapping: Mapping, zone: ZoneInfo, workspace: Path) -> None:
        self.mapping = mapping
        self._zone = zone
        sources = collect(uploads, mapping, workspace)
        self._notes = sources.notes
        self._tables = self._open(sources.paths)

    @property
    def files(self) -> list[FileMapping]:
        """Those of the mapping that are there, in the order in which to import them."""
        return [mapped for mapped in self.mapping.files if mapped.file in self._tables]

    def translate(self, mapped: FileMapping) -> Iterator[Batch]:
        """The same cuts and contents every time, for the same bytes."""
        return Translator(mapped, self.mapping, self._zone).translate(self._tables[mapped.file])

    def inspect(self, month: str | None = None) -> Inspection:
        """Reads everything. Raises ExportRefused when files do not belong together or `month` is not among theirs."""
        inspector = _Inspector(self.mapping)
        for mapped in self.files:
            inspector.found.rows[mapped.file] = 0
            translator = Translator(mapped, self.mapping, self._zone)
            for chunk in translator.clean(self._tables[mapped.file]):
                inspector.look_at(mapped, chunk)
        reasons = inspector.dangling()
        if month is not None and month not in inspector.found.months:
            reasons.append(self._other_month(month, inspector.found.months))
        if reasons:
            raise ExportRefused(*reasons)
        inspector.found.notes = self._notes + [
            Reason("column-unknown", name, {"column": column[:100]})
            for name, table in self._tables.items()
            for column in table.unknown_columns
        ]
        return inspector.found

    def _other_month(self, month: str, there: set[str]) -> Reason:
        where = self.mapping.month.file if self.mapping.month else None
        return Reason("month-not-in-export", where, {"month": month, "months": ", ".join(sorted(there)) or "-"})

    def _open(self, paths: dict[str, Path]) -> dict[str, Table]:
        tables: dict[str, Table] = {}
        reasons: list[Reason] = []
        for mapped in self.mapping.files:
            if mapped.file not in paths:
                continue
            try:
                tables[mapped.file] = Table(paths[mapped.file], mapped, self.mapping.delimiter)
            except ExportRefused as error:
                reasons += error.reasons
        if reasons:
            raise ExportRefused(*reasons)
        return tables


class _Inspector:
    """Holds what references point at: the keys of a few files, not their rows."""

    def __init__(self, mapping: Mapping) -> None:
        self.found = Inspection()
        self._month = mapping.month
        self._pointed_at: dict[tuple[str, str], set[Value]] = {
            (reference.file, reference.to): set() for mapped in mapping.files for reference in mapped.references
        }
        self._total: Counter[tuple[str, Reference]] = Counter()
        self._dangling: Counter[tuple[str, Reference]] = Counter()
        self._first: dict[tuple[str, Reference], int] = {}
        """The row in which the first of them stands."""
        self._columns = {(file.file, mapped.field): mapped.column for file in mapping.files for mapped in file.fields}

    def look_at(self, mapped: FileMapping, chunk: CleanedChunk) -> None:
        rows = len(chunk.numbers) + len(chunk.rejected - set(chunk.numbers))
        self.found.rows[mapped.file] += rows
        for (file, to), keys in self._pointed_at.items():
            if file == mapped.file:
                keys.update(chunk.columns[to])
        if self._month and self._month.file == mapped.file:
            self.found.months.update(str(value) for value in chunk.columns[self._month.field] if value)
        for reference in mapped.references:
            there = self._pointed_at[reference.file, reference.to]
            named = chunk.columns[reference.field]
            lost = [
                number
                for number, value in zip(chunk.numbers, named, strict=True)
                if not (value is None or value in there)
            ]
            self._total[mapped.file, reference] += len(named) - named.count(None)
            self._dangling[mapped.file, reference] += len(lost)
            if lost:
                self._first.setdefault((mapped.file, reference), lost[0])

    def dangling(self) -> list[Reason]:
        """One reason per kind of reference of which too many point at nothing in the export."""
        return [
            self._too_many(file, reference)
            for (file, reference), count in self._dangling.items()
            if Decimal(count) > reference.tolerated * self._total[file, reference]
        ]

    def _too_many(self, file: str, reference: Reference) -> Reason:
        details: dict[str, Detail] = {
            "column": self._columns[file, reference.field],
            "to": reference.file,
            "dangling": self._dangling[file, reference],
            "total": self._total[file, reference],
            "row": self._first[file, reference],
            "tolerated": f"{float(reference.tolerated):.4g}",
        }
        return Reason("references-dangling", file, details)
