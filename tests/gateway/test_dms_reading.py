"""Files as they come: encodings, headers, broken rows, and what is no export at all."""

import time
import tracemalloc
from pathlib import Path

import pytest

from gateway.dms.mapping import FileMapping, Mapping
from gateway.dms.problems import ExportRefused
from gateway.dms.table import CHUNK_ROWS, Chunk, Table
from tests.gateway.dms_exports import as_csv, opened, september, standard

HEADER = ["派工单号", "收款日期", "金额", "方式"]
ROW = ["W260900001", "2026-09-08", "2791.50", "微信"]


def _payments() -> FileMapping:
    return next(mapped for mapped in standard().files if mapped.file == "收款.csv")


def _table(folder: Path, content: bytes) -> Table:
    path = folder / "file"
    path.write_bytes(content)
    return Table(path, _payments(), ",")


def _chunks(folder: Path, content: bytes) -> list[Chunk]:
    return list(_table(folder, content).chunks())


def _refusal(folder: Path, content: bytes) -> list[str]:
    with pytest.raises(ExportRefused) as refusal:
        _chunks(folder, content)
    return [reason.code for reason in refusal.value.reasons]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig"])
def test_a_file_is_read_in_the_encoding_it_is_in(tmp_path: Path, encoding: str) -> None:
    table = _table(tmp_path, as_csv([HEADER, ROW], encoding))
    assert table.encoding == encoding
    assert [(chunk.numbers, chunk.rows) for chunk in table.chunks()] == [([2], [ROW])]


def test_an_encoding_that_fits_by_accident_gives_way_to_the_one_with_a_known_header(tmp_path: Path) -> None:
    mapped = _payments().model_copy(update={"fields": (_payments().fields[0].model_copy(update={"column": "巧"}),)})
    content = "巧\r\n撇\r\n".encode("gb18030")
    path = tmp_path / "file"
    path.write_bytes(content)
    assert Table(path, mapped, ",").encoding == "gb18030"


@pytest.mark.parametrize(
    "header",
    [
        ["\ufeff派工单号", " 收款日期", "金额　", "方式"],
        ["派工单号", "收款日期", "金额", "方式", "", ""],
    ],
)
def test_the_header_is_found_whatever_surrounds_its_names(tmp_path: Path, header: list[str]) -> None:
    table = _table(tmp_path, as_csv([header, ROW + [""] * (len(header) - 4)], "utf-8"))
    assert table.places == {"order_number": 0, "paid_on": 1, "amount": 2, "method": 3}


def test_columns_may_stand_in_any_order_and_unknown_ones_are_named(tmp_path: Path) -> None:
    table = _table(tmp_path, as_csv([["方式", "收银员", *HEADER[:3]], ["微信", "张三", *ROW[:3]]]))
    assert table.unknown_columns == ["收银员"]
    assert table.places["method"] == 0


def test_every_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExportRefused) as refusal:
        _table(tmp_path, as_csv([["派工单号", "方式"], ["W1", "微信"]]))
    assert [(r.code, r.file, r.details["column"]) for r in refusal.value.reasons] == [
        ("column-missing", "收款.csv", "收款日期"),
        ("column-missing", "收款.csv", "金额"),
    ]


def test_a_header_of_which_nothing_is_known_is_told_once(tmp_path: Path) -> None:
    assert _refusal(tmp_path, b"\t".join(cell.encode() for cell in HEADER)) == ["header-unrecognised"]


def test_a_column_that_is_there_twice_is_not_guessed(tmp_path: Path) -> None:
    assert _refusal(tmp_path, as_csv([[*HEADER, "金额"], [*ROW, "1"]])) == ["column-twice"]


def test_rows_are_numbered_as_in_the_file_and_empty_ones_passed_over(tmp_path: Path) -> None:
    content = as_csv([["", "", "", ""], HEADER, ROW, [], ["", " ", "", "　"], ["W2", "a\nb", "1", "微信"], ROW])
    assert [chunk.numbers for chunk in _chunks(tmp_path, content)] == [[3, 6, 7]]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
def test_lines_may_end_in_any_way(tmp_path: Path, ending: bytes) -> None:
    content = as_csv([HEADER, ROW, ROW]).replace(b"\r\n", ending)
    assert sum(len(chunk.rows) for chunk in _chunks(tmp_path, content)) == 2


def test_rows_with_too_few_or_too_many_cells_are_set_aside_one_by_one(tmp_path: Path) -> None:
    chunk = _chunks(tmp_path, as_csv([HEADER, ROW[:3], ROW, [*ROW, "x"], [*ROW, ""]]))[0]
    assert (chunk.numbers, chunk.uneven) == ([3, 5], {2: "cells-too-few", 4: "cells-too-many"})


def test_an_old_end_of_file_mark_ends_the_file(tmp_path: Path) -> None:
    assert [chunk.numbers for chunk in _chunks(tmp_path, as_csv([HEADER, ROW]) + b"\x1a")] == [[2]]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file-empty"),
        (b"\r\n\r\n,,,\r\n", "file-empty"),
        (b"PK\x03\x04\x14\x00\x00\x00binary", "nul-bytes"),
        (b"\x89PNG\r\n\x1a\n\x07", "control-characters"),
        ("派工单号".encode("gb18030") + b"\xff\xff\n", "not-text"),
        (b"\xef\xbb\xbf" + "派工单号".encode("gb18030"), "not-text"),
        ("派工单号,金额\n".encode("utf-16"), "nul-bytes"),
        (as_csv([HEADER, ROW]) + '"未闭合,1'.encode("gb18030"), "csv-broken"),
        (as_csv([HEADER]) + b'"a"b,c,d,e\r\n', "csv-broken"),
        (as_csv([HEADER]) + b"x" * 70_000 + b"\n", "line-too-long"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_text_is_refused_with_the_reason(tmp_path: Path, content: bytes, code: str) -> None:
    assert _refusal(tmp_path, content) == [code]


def test_a_hundred_megabytes_of_one_line_are_refused_at_once_and_without_memory(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("wb") as stream:
        stream.write(as_csv([HEADER]))
        for _ in range(100):
            stream.write(b"7" * (1 << 20))
    tracemalloc.start()
    began = time.process_time()
    try:
        with pytest.raises(ExportRefused, match="line-too-long"):
            Table(path, _payments(), ",")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.process_time() - began < 1
    assert peak < 16 << 20


def test_a_quoted_cell_over_many_lines_is_bounded_too(tmp_path: Path) -> None:
    content = as_csv([HEADER]) + b'"' + b"row,\n" * 60_000
    assert _refusal(tmp_path, content) == ["csv-broken"]


def test_a_large_file_comes_in_pieces_cut_alike_on_every_reading(tmp_path: Path) -> None:
    content = as_csv([HEADER] + [[f"W{n}", *ROW[1:]] for n in range(2 * CHUNK_ROWS + 1)])
    cuts = [[chunk.numbers[0] for chunk in _chunks(tmp_path, content)] for _ in range(2)]
    assert cuts == [[2, 2 + CHUNK_ROWS, 2 + 2 * CHUNK_ROWS]] * 2


def test_rows_of_many_characters_come_in_smaller_pieces(tmp_path: Path) -> None:
    content = as_csv([HEADER] + [["W1", "x" * 30_000, "1", "微信"]] * 300, "utf-8")
    assert max(len(chunk.rows) for chunk in _chunks(tmp_path, content)) <= 200


def test_all_unreadable_files_are_told_at_once(tmp_path: Path) -> None:
    files = september() | {"收款.csv": b"\0", "工单.csv": b""}
    with pytest.raises(ExportRefused) as refusal:
        opened(tmp_path, files)
    assert {(reason.file, reason.code) for reason in refusal.value.reasons} == {
        ("收款.csv", "nul-bytes"),
        ("工单.csv", "file-empty"),
    }


def test_missing_files_are_all_named(tmp_path: Path) -> None:
    files = {name: content for name, content in september().items() if name not in {"收款.csv", "员工.csv"}}
    with pytest.raises(ExportRefused) as refusal:
        opened(tmp_path, files)
    assert [(reason.code, reason.file) for reason in refusal.value.reasons] == [
        ("file-missing", "员工.csv"),
        ("file-missing", "收款.csv"),
    ]


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({}, "export-empty"),
        ({"readme.txt": b"hello"}, "export-unrecognised"),
        ({".DS_Store": b"\0", "__MACOSX/工单.csv": b""}, "export-unrecognised"),
    ],
)
def test_a_folder_without_any_of_the_files_is_refused_clearly(
    tmp_path: Path, files: dict[str, bytes], code: str
) -> None:
    with pytest.raises(ExportRefused, match=code):
        opened(tmp_path, files)


def test_a_file_given_twice_is_not_chosen_between(tmp_path: Path) -> None:
    with pytest.raises(ExportRefused, match=r"file-twice 工单\.csv"):
        opened(tmp_path, {**september(), "副本/工单.CSV": september()["工单.csv"]})


def test_a_file_that_may_be_missing_is_only_noted(tmp_path: Path) -> None:
    full = standard()
    files = tuple(m.model_copy(update={"may_be_missing": m.file == "投诉.csv"}) for m in full.files)
    mapping: Mapping = full.model_copy(update={"files": files})
    export = opened(tmp_path, {n: c for n, c in september().items() if n != "投诉.csv"}, mapping)
    assert [(note.code, note.file) for note in export.inspect().notes] == [("file-absent", "投诉.csv")]
