"""A zip or a workbook instead of files: the same rows come out, and no archive does harm."""

import datetime as dt
import io
import re
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from gateway.dms import archive
from gateway.dms.problems import ExportRefused
from gateway.dms.workbook import as_text
from tests.gateway.dms_exports import opened, september, september_rows, translated

_TEXT_COLUMNS = {"手机", "身份证号", "工号", "月份", "行号", "代码"}


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return stream.getvalue()


def _write_cell(sheet: Worksheet, place: tuple[int, int], cell: str, formats: dict[str, object], column: str) -> None:
    """As Excel would hold it: dates and numbers typed, where the text is plainly one."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", cell):
        sheet.write_datetime(*place, dt.datetime.fromisoformat(cell), formats["date"])
    elif re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", cell):
        sheet.write_datetime(*place, dt.datetime.fromisoformat(cell), formats["datetime"])
    elif column not in _TEXT_COLUMNS and re.fullmatch(r"\d+(\.\d+)?", cell):
        sheet.write_number(*place, float(cell))
    else:
        sheet.write_string(*place, cell)


def september_workbook() -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    formats = {
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "datetime": book.add_format({"num_format": "yyyy/mm/dd hh:mm"}),
    }
    for name in september():
        sheet = book.add_worksheet(name.removesuffix(".csv"))
        header, *rows = september_rows(name)
        sheet.write_row(0, 0, header)
        for number, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                _write_cell(sheet, (number, place), cell, formats, header[place])
    book.close()
    return stream.getvalue()


def test_a_workbook_of_typed_cells_translates_to_the_same_rows_as_the_files(tmp_path: Path) -> None:
    from_files = translated(opened(tmp_path / "csv"))
    from_workbook = translated(opened(tmp_path / "xlsx", {"九月.xlsx": september_workbook()}))
    assert from_workbook == from_files
    assert sum(map(len, from_files.values())) == 6296


@pytest.mark.parametrize("folder", ["", "导出/2026-09/", "a\\b\\"])
def test_a_zip_translates_to_the_same_rows_wherever_its_files_lie(tmp_path: Path, folder: str) -> None:
    packed = zipped({folder + name: content for name, content in september().items()})
    assert translated(opened(tmp_path / "zip", {"x.zip": packed})) == translated(opened(tmp_path / "csv"))


def test_a_workbook_inside_a_zip_is_read_too(tmp_path: Path) -> None:
    export = opened(tmp_path, {"x.zip": zipped({"九月.xlsx": september_workbook(), "readme.md": b"hi"})})
    assert sum(export.inspect().rows.values()) == 6296


def test_names_written_by_chinese_windows_are_understood() -> None:
    entry = zipfile.ZipInfo("工单.csv".encode("gb18030").decode("cp437"))
    entry.flag_bits = 0
    assert archive.name_of(entry) == "工单.csv"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (13651141191.0, "13651141191"),
        (0.5, "0.5"),
        (0.1 + 0.2, "0.3"),
        (0.00001, "0.00001"),
        (310101197406151930.0, "3.10101197406152e+17"),
        (True, "TRUE"),
        (dt.date(2026, 9, 8), "2026-09-08"),
        (dt.datetime.fromisoformat("2026-09-08 13:57:59.999999"), "2026-09-08 13:58:00"),
        ("￥1", "￥1"),
    ],
)
def test_a_typed_cell_becomes_what_csv_would_have(cell: float | str | dt.date, shown: str) -> None:
    assert as_text(cell) == shown


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04 not really", "archive-broken"),
        (zipped({}), "export-unrecognised"),
        (zipped({"../工单.csv": b"x"}), "archive-path-unsafe"),
        (zipped({"/etc/工单.csv": b"x"}), "archive-path-unsafe"),
        (zipped({"a\\..\\..\\工单.csv": b"x"}), "archive-path-unsafe"),
        (zipped({"C:/工单.csv": b"x"}), "archive-path-unsafe"),
        (zipped({"工单.csv": bytes(20 << 20)}), "archive-bomb"),
        (zipped({f"{n}.csv": b"" for n in range(2001)}), "archive-too-many-files"),
    ],
    ids=lambda value: value if isinstance(value, str) else "zip",
)
def test_a_harmful_or_broken_archive_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(ExportRefused) as refusal:
        opened(tmp_path, {"x.zip": content})
    assert [reason.code for reason in refusal.value.reasons] == [code]


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "UNPACKED_BYTES", 10_000)
    with pytest.raises(ExportRefused, match="archive-too-large"):
        opened(tmp_path, {"x.zip": zipped(september())})


def test_an_archive_that_lies_about_its_sizes_does_not_unpack_further(tmp_path: Path) -> None:
    honest = zipped({"工单.csv": b"x" * 5000}, zipfile.ZIP_STORED)
    lying = honest.replace((5000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with pytest.raises(ExportRefused, match="archive-broken"):
        opened(tmp_path, {"x.zip": lying})


def test_an_archive_with_a_password_is_refused(tmp_path: Path) -> None:
    packed = bytearray(zipped({"工单.csv": b"x"}))
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(ExportRefused, match="archive-encrypted"):
        opened(tmp_path, {"x.zip": bytes(packed)})


def test_a_sheet_with_one_cell_far_away_is_refused_before_it_spreads(tmp_path: Path) -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet("工单")
    sheet.write(0, 0, "派工单号")
    sheet.write(1_048_575, 16_383, "x")
    book.close()
    with pytest.raises(ExportRefused) as refusal:
        opened(tmp_path, {"x.xlsx": stream.getvalue()})
    assert refusal.value.reasons[0].code == "workbook-too-large"
    assert refusal.value.reasons[0].details == {"rows": 1_048_576, "columns": 16_384}


@pytest.mark.parametrize(
    "address",
    ['r="XFD1048576"', 'r          =      "XFD1048576"', 'r="XFD0001048576"', "\nr\n\n\n\n\n\n=\n'XFD1048576'"],
)
def test_a_far_cell_is_refused_however_its_address_is_written(tmp_path: Path, address: str) -> None:
    """Beyond a check of how addresses look, the process that reads the workbook may run out of memory alone."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.add_worksheet("工单").write_row(0, 0, ["a", "b"])
    book.close()
    with zipfile.ZipFile(stream) as parts:
        entries = {name: parts.read(name) for name in parts.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    entries[sheet] = entries[sheet].replace(b'r="B1"', address.encode())
    with pytest.raises(ExportRefused) as refused:
        opened(tmp_path, {"x.xlsx": zipped(entries)})
    assert refused.value.reasons[0].code in {"workbook-too-large", "workbook-unreadable"}


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    damaged = zipped({"xl/workbook.xml": b"<workbook><sheets>", "[Content_Types].xml": b"<"})
    for content in (damaged, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\1" * 2000):
        with pytest.raises(ExportRefused, match="workbook-unreadable"):
            opened(tmp_path / str(len(content)), {"x.xlsx": content})
