"""An Excel workbook as the CSV files that it stands for: one sheet per file, every cell as CSV would have it."""

import csv
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, load_workbook

from gateway.dms import archive
from gateway.dms.problems import refused

_CELLS = 8_000_000
"""A sheet is held as a full rectangle, so one cell far away costs as much as all before it."""
_BLOCK = 1 << 20
_OVERLAP = 32
_ADDRESS = re.compile(rb"\br\s{0,4}=\s{0,4}[\"']([A-Za-z]{1,3})([0-9]{1,7})[\"']")
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

Cell = int | float | str | bool | time | date | datetime | timedelta


def is_workbook(path: Path) -> bool:
    with path.open("rb") as stream:
        start = stream.read(8)
    if start == _OLD_EXCEL:
        return True
    if not start.startswith(b"PK"):
        return False
    try:
        with zipfile.ZipFile(path) as parts:
            return "xl/workbook.xml" in parts.namelist()
    except zipfile.BadZipFile:
        return False


def sheets_as_csv(path: Path, name: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """Each sheet's name and the UTF-8 CSV written for it. One sheet at a time is in memory."""
    _check_size(path, name)
    try:
        with load_workbook(path) as book:
            yield from _written(book, folder)
    except (CalamineError, ValueError) as error:
        raise refused("workbook-unreadable", name) from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # the reader's own bug, met by this workbook
            raise refused("workbook-unreadable", name) from error
        raise


def _written(book: CalamineWorkbook, folder: Path) -> Iterator[tuple[str, Path]]:
    for number, sheet_name in enumerate(book.sheet_names):
        target = folder / f"sheet-{number}.csv"
        _write(book.get_sheet_by_name(sheet_name), target)
        yield sheet_name, target


def _write(sheet: CalamineSheet, target: Path) -> None:
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        for cells in sheet.iter_rows():
            writer.writerow([cell if type(cell) is str else as_text(cell) for cell in cells])


def as_text(cell: Cell) -> str:
    """What the cell would be in a CSV file: dates as dates, numbers with the 15 digits that a spreadsheet keeps."""
    match cell:
        case bool():
            return "TRUE" if cell else "FALSE"
        case datetime():
            rounded = cell + timedelta(microseconds=500_000)
            return rounded.isoformat(" ", "seconds")
        case float():
            shown = f"{cell:.15g}"
            return f"{float(shown):.10f}".rstrip("0") if "e-" in shown else shown
    return str(cell)


def _check_size(path: Path, name: str) -> None:
    """Refuses what would unpack, or spread out, without end; the old binary format cannot."""
    with path.open("rb") as stream:
        if not archive.is_zip(stream):
            return
    with archive.opened(path, name) as parts:
        for entry in parts.infolist():
            _check_part(parts, entry, name)


def _check_part(parts: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> None:
    columns: set[bytes] = set()
    last_row, rest = 1, b""
    with parts.open(entry) as stream:
        while block := stream.read(_BLOCK):
            found = _ADDRESS.findall(rest + block)
            rest = block[-_OVERLAP:]
            columns.update({letters.upper() for letters, _ in found})
            last_row = max(last_row, max((int(digits) for _, digits in found), default=1))
    width = max((_number_of(letters) for letters in columns), default=1)
    if width * last_row > _CELLS:
        raise refused("workbook-too-large", name, rows=last_row, columns=width)


def _number_of(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
