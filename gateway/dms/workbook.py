"""An Excel workbook as the CSV files that it stands for: one sheet per file, every cell as CSV would have it.

Workbooks are read in a process of their own with little memory: one that is made to exhaust it ends that process only.
"""

import csv
import json
import os
import re
import resource
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineSheet, load_workbook

from gateway.dms import archive
from gateway.dms.problems import refused

_CELLS = 8_000_000
"""A sheet is held as a full rectangle, so one cell far away costs as much as all before it."""
_MEMORY_BYTES = 2 << 30
_SECONDS = 300
_BLOCK = 1 << 20
_OVERLAP = 32
_ADDRESS = re.compile(rb"\br\s{0,4}=\s{0,4}[\"']([A-Za-z]{1,3})([0-9]{1,7})[\"']")
"""As programs write them. Whoever writes them otherwise meets the limits of the reading process."""
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
    """Each sheet's name and the UTF-8 CSV written for it."""
    _check_size(path, name)
    command = [sys.executable, "-m", __name__, str(path), str(folder)]
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    try:
        reader = subprocess.run(  # noqa: S603 - this interpreter and this module, on files that we have named
            command, check=True, capture_output=True, env=environment, timeout=_SECONDS
        )
    except subprocess.SubprocessError as error:
        raise refused("workbook-unreadable", name) from error
    for number, sheet_name in enumerate(json.loads(reader.stdout)):
        yield sheet_name, _csv_of(folder, number)


def _csv_of(folder: Path, number: int) -> Path:
    return folder / f"sheet-{number}.csv"


def _read_alone(path: Path, folder: Path) -> None:
    """What the process for one workbook does: writes its sheets and tells their names. It fails by ending badly."""
    limits = {resource.RLIMIT_AS: _MEMORY_BYTES, resource.RLIMIT_FSIZE: archive.UNPACKED_BYTES,
              resource.RLIMIT_CPU: _SECONDS, resource.RLIMIT_CORE: 0}  # fmt: skip
    for kind, most in limits.items():
        resource.setrlimit(kind, (most, most))
    with load_workbook(path) as book:
        for number, sheet_name in enumerate(book.sheet_names):
            _write(book.get_sheet_by_name(sheet_name), _csv_of(folder, number))
        sys.stdout.write(json.dumps(book.sheet_names))


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


if __name__ == "__main__":
    _read_alone(Path(sys.argv[1]), Path(sys.argv[2]))
