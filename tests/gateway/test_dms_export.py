"""A whole export: counted, checked against itself before anything is written, and translated."""

import json
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.dms.messages import known_codes, language_of, message
from gateway.dms.problems import ExportRefused
from gateway.dms.translation import Batch
from tests.gateway.dms_exports import SEPTEMBER, as_csv, opened, september, september_rows, translated

EXPECTED = json.loads((SEPTEMBER / "expected.json").read_text(encoding="utf-8"))


def _changed(name: str, column: str, cells: dict[int, str]) -> dict[str, bytes]:
    """September with some cells of a column changed, by row number."""
    rows = september_rows(name)
    place = rows[0].index(column)
    for number, cell in cells.items():
        rows[number - 1][place] = cell
    return september() | {name: as_csv(rows)}


def _batches(folder: Path, files: dict[str, bytes], name: str) -> list[Batch]:
    export = opened(folder, files)
    return [batch for mapped in export.files if mapped.file == name for batch in export.translate(mapped)]


def _refusal(folder: Path, files: dict[str, bytes], month: str | None = None) -> ExportRefused:
    with pytest.raises(ExportRefused) as refusal:
        opened(folder, files).inspect(month)
    return refusal.value


def test_the_month_is_counted_as_it_should_be_and_nothing_in_it_is_rejected_here(tmp_path: Path) -> None:
    export = opened(tmp_path)
    inspection = export.inspect("2026-09")
    assert inspection.rows == EXPECTED["rows"]
    assert inspection.months == {"2026-09"}
    assert [(note.code, note.file) for note in inspection.notes] == [("file-unknown", "expected.json")]
    assert not any(batch.findings for mapped in export.files for batch in export.translate(mapped))


def test_every_row_of_the_month_says_what_its_cells_say(tmp_path: Path) -> None:
    rows = translated(opened(tmp_path))
    assert rows["工单明细.csv"][3] == {
        "row": 5, "order_number": "W260900001", "line_number": 4, "kind": "part", "code": "PME05",
        "name": "前减震器件", "standard_hours": None, "quantity": "1", "list_price": "1680.00", "amount": "1680.00",
        "payer": "customer", "is_upsell": False, "upsell_source": None, "stage": None, "finder": None,
        "decision": None, "team": "机电二组",
    }  # fmt: skip
    assert rows["满意度答卷.csv"][0] == {
        "row": 2, "questionnaire": "dms-after-sales", "order_number": "W260900006",
        "submitted_at": "2026-09-06T19:13:00+08:00", "comment": "服务很好",
        "answers": {"attitude": 9, "efficiency": 7, "skill": 10, "price": 8, "facilities": 7, "follow_up": 10,
                    "expectation": 8, "recommendation": 7},
    }  # fmt: skip
    assert rows["客户档案.csv"][3]["mobile"] == "+86 186 8647 9742"


def test_the_stores_own_zone_decides_the_offset(tmp_path: Path) -> None:
    rows = translated(opened(tmp_path, september(), zone=ZoneInfo("Asia/Urumqi")))
    assert rows["工单.csv"][0]["opened_at"] == "2026-09-08T13:58:00+06:00"


def test_what_is_known_by_its_place_among_equals_is_known_by_one_key_each(tmp_path: Path) -> None:
    rows = translated(opened(tmp_path))
    for name, among in (
        ("收款.csv", ("order_number", "paid_on", "method")),
        ("索赔回款.csv", ("order_number", "paid_on")),
        ("辅料领用.csv", ("team", "used_on", "item")),
    ):
        keys = Counter(tuple(row[field] for field in (*among, "ordinal")) for row in rows[name])
        assert set(keys.values()) == {1}


def test_equals_are_numbered_over_pieces_in_their_order_and_the_same_on_every_reading(tmp_path: Path) -> None:
    header = ["派工单号", "收款日期", "金额", "方式"]
    payments = [[f"W2609{n % 500 + 1:05}", "2026-09-08", f"{n}.00", "微信"] for n in range(4500)]
    files = september() | {"收款.csv": as_csv([header, *payments])}
    first, second = (translated(opened(tmp_path / name, files))["收款.csv"] for name in "ab")
    assert first == second
    assert [row["ordinal"] for row in first] == [n // 500 + 1 for n in range(4500)]


def test_a_rejected_row_keeps_its_place_among_equals(tmp_path: Path) -> None:
    payments = [["派工单号", "收款日期", "金额", "方式"], ["W260900001", "2026-09-08", "一百", "微信"],
                ["W260900001", "2026/9/8", "100", "微信"], ["W260900001", "2026-09-08", "100", "现金"]]  # fmt: skip
    batch = _batches(tmp_path, september() | {"收款.csv": as_csv(payments)}, "收款.csv")[0]
    assert batch.rejected == {2}
    assert [(row["row"], row["ordinal"]) for row in batch.rows] == [(3, 2), (4, 1)]
    assert batch.labels == {2: "W260900001/2026-09-08", 3: "W260900001/2026-09-08", 4: "W260900001/2026-09-08"}


def test_a_cell_that_cannot_be_cleaned_rejects_its_row_with_place_and_reason(tmp_path: Path) -> None:
    files = _changed("工单.csv", "进厂时间", {5: "昨天下午", 9: ""}) | {}
    batch = _batches(tmp_path, files, "工单.csv")[0]
    assert batch.rejected == {5, 9}
    assert [(f.level, f.code, f.field, f.column, f.value) for f in batch.findings[5]] == [
        ("error", "date-unreadable", "opened_at", "进厂时间", "昨天下午")
    ]
    assert batch.findings[9][0].code == "required"
    assert {row["row"] for row in batch.rows}.isdisjoint({5, 9})


def test_a_personal_cell_is_not_repeated_in_what_is_found(tmp_path: Path) -> None:
    batch = _batches(tmp_path, _changed("客户档案.csv", "身份证号", {2: "3.10101E+17"}), "客户档案.csv")[0]
    assert [(finding.code, finding.value) for finding in batch.findings[2]] == [("digits-lost", "")]


def test_an_unknown_code_leaves_a_field_empty_or_rejects_the_row_as_the_mapping_says(tmp_path: Path) -> None:
    use = _batches(tmp_path / "a", _changed("车辆档案.csv", "用途", {2: "教练车"}), "车辆档案.csv")[0]
    assert (use.rejected, use.rows[0]["use"]) == (set(), None)
    assert [(f.level, f.code, f.value) for f in use.findings[2]] == [("warning", "value-unmapped", "教练车")]
    kind = _batches(tmp_path / "b", _changed("工单.csv", "维修类别", {2: "美容"}), "工单.csv")[0]
    assert kind.rejected == {2}
    post = _batches(tmp_path / "c", _changed("员工.csv", "岗位", {2: "实习生"}), "员工.csv")[0]
    assert post.rows[0]["post"] == "实习生"


def test_rows_of_the_wrong_width_are_rejected_and_counted(tmp_path: Path) -> None:
    rows = september_rows("收款.csv")
    rows[7] = rows[7][:2]
    files = september() | {"收款.csv": as_csv(rows)}
    batch = _batches(tmp_path / "a", files, "收款.csv")[0]
    assert (batch.rejected, batch.findings[8][0].code, batch.labels[8]) == ({8}, "cells-too-few", "")
    assert opened(tmp_path / "b", files).inspect().rows == EXPECTED["rows"]


def test_a_file_with_only_a_header_is_no_problem(tmp_path: Path) -> None:
    header = september_rows("投诉.csv")[:1]
    export = opened(tmp_path, september() | {"投诉.csv": as_csv(header)})
    assert export.inspect().rows["投诉.csv"] == 0
    assert translated(export)["投诉.csv"] == []


def test_a_formula_is_text_like_any_other(tmp_path: Path) -> None:
    batch = _batches(tmp_path, _changed("工单.csv", "故障描述", {2: "=cmd|'/c calc'!A1"}), "工单.csv")[0]
    assert batch.rows[0]["complaint"] == "=cmd|'/c calc'!A1"


def test_an_export_for_another_month_is_refused(tmp_path: Path) -> None:
    reason = _refusal(tmp_path, september(), "2026-08").reasons[0]
    assert (reason.code, reason.file) == ("month-not-in-export", "目标.csv")
    assert "2026-08" in message(reason.code, "zh", reason.details)
    assert "2026-09" in message(reason.code, "en", reason.details)


@pytest.mark.parametrize(
    ("name", "column", "share", "refused"),
    [
        ("工单明细.csv", "派工单号", 0.04, False),
        ("工单明细.csv", "派工单号", 0.06, True),
        ("收款.csv", "派工单号", 0.06, True),
        ("满意度答卷.csv", "派工单号", 0.06, True),
        ("工单.csv", "客户编号", 0.06, True),
        ("工单.csv", "业务接待工号", 0.06, True),
        ("车辆档案.csv", "客户编号", 0.06, True),
        ("索赔回款.csv", "派工单号", 0.2, False),
        ("事故定审.csv", "派工单号", 0.6, True),
    ],
)
def test_files_that_do_not_belong_together_are_refused(
    tmp_path: Path, name: str, column: str, share: float, refused: bool
) -> None:
    count = int(EXPECTED["rows"][name] * share) + (1 if refused else 0)
    files = _changed(name, column, {number: f"X{number}" for number in range(2, 2 + count)})
    if not refused:
        opened(tmp_path, files).inspect()
        return
    reasons = _refusal(tmp_path, files).reasons
    assert [(reason.code, reason.file) for reason in reasons] == [("references-dangling", name)]
    assert (reasons[0].details["column"], reasons[0].details["row"]) == (column, 2)


def test_a_vehicle_whose_vin_is_impossible_still_counts_as_being_there(tmp_path: Path) -> None:
    orders = september_rows("工单.csv")
    vehicles = {number: "SHORT" + row[0] for number, row in enumerate(september_rows("车辆档案.csv")[1:200], start=2)}
    assert len(orders) > len(vehicles)
    reasons = _refusal(tmp_path, _changed("车辆档案.csv", "底盘号", vehicles)).reasons
    assert [(reason.file, reason.details["column"]) for reason in reasons] == [("工单.csv", "底盘号")]


@pytest.mark.parametrize(
    ("header", "language"),
    [(None, "en"), ("", "en"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("en-GB,zh;q=0.9", "en"), ("fr, zh;q=0.5", "zh"),
     ("zh;q=0, en;q=0.1", "en"), ("de", "en"), ("zh;q=x", "en")],
)  # fmt: skip
def test_the_reader_is_answered_in_the_language_liked_better(header: str | None, language: str) -> None:
    assert language_of(header) == language


def test_every_message_is_there_in_both_languages_with_the_same_details() -> None:
    for code in known_codes():
        details = {name: f"<{name}>" for name in ("column", "file", "argument", "month", "months", "row", "detail")}
        chinese, english = message(f"{code}:ARG", "zh", details), message(f"{code}:ARG", "en", details)
        assert chinese
        assert english
        assert {w for w in details.values() if w in chinese} == {w for w in details.values() if w in english}
    assert message("merged-into:C00001", "en") == "The same person as customer C00001; merged"
    assert message("never-heard-of", "zh") == "never-heard-of"
    assert message("never-heard-of", "zh", otherwise="Too blue") == "Too blue"
