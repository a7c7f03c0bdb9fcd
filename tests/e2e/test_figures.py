"""Figures in the shape of `expected.json`: exact values become cents and decimals, findings become counts."""

import json
from pathlib import Path
from typing import Any

import pytest

import gateway.dms
from aftermile.figures import MonthOfWork, cents, figures_of, number
from aftermile.words import Words


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        ("1", "1.00"),
        ("5/1000", "0.01"),
        ("4/1000", "0.00"),
        ("-1/200", "-0.01"),
        ("1234567/100", "12345.67"),
        ("2/3", "0.67"),
    ],
)
def test_money_is_rounded_half_up_to_the_cent(exact: str, rounded: str) -> None:
    assert cents(exact) == rounded


@pytest.mark.parametrize(("exact", "shown"), [("573", 573), ("5743/10", "574.3"), ("0", 0), ("100000", 100000)])
def test_numbers_are_whole_or_decimal(exact: str, shown: int | str) -> None:
    assert number(exact) == shown


@pytest.mark.parametrize(
    ("column", "of"), [("维修类别", ""), ("加项来源", "source"), ("发现环节", "stage"), ("客户决定", "decision")]
)
def test_codes_are_told_in_the_words_of_an_export(column: str, of: str) -> None:
    mapping = Path(gateway.dms.__file__).parent / "mappings" / "4s-standard.json"
    files = json.loads(mapping.read_text(encoding="utf-8"))["files"]
    [values] = [field["values"] for file in files for field in file["fields"] if field["column"] == column]
    assert {Words("zh").code(code, of): code for code in values.values()} == values
    assert Words("en").code("road_test") == "road test"


def make_file(resource: str, name: str, **changes: Any) -> dict[str, Any]:
    counts = dict.fromkeys(("created", "updated", "unchanged", "duplicate", "rejected", "merged"), 0)
    return {"file": name, "resource": resource, "rows": 3, "findings": [], **counts, **changes}


def finding(level: str, code: str, rows: int) -> dict[str, Any]:
    return {"level": level, "code": code, "message": code, "rows": rows}


MOBILE = finding("warning", "mobile-not-11-digits", 2)
CHECK_DIGIT = finding("warning", "vin-check-digit", 12)
FILES = [
    make_file("customers", "客户档案.csv", duplicate=5, merged=18, findings=[MOBILE]),
    make_file("vehicles", "车辆档案.csv", findings=[finding("error", "vin-invalid", 10), CHECK_DIGIT]),
    make_file("repair-orders", "工单.csv", duplicate=1),
    make_file("repair-order-lines", "工单明细.csv", findings=[finding("error", "order-unknown", 1)]),
    make_file("responses", "满意度答卷.csv", created=2, unchanged=1),
]  # fmt: skip
STORE = {
    "car_count": "541", "normal_receipts": "61914451/100", "warranty_reimbursement": "244735/10",
    "accident_output": "8926014/100", "output": "73287815/100", "service_advisor_pool": "16000/3",
    "output_commission": "3486137/1000", "accessory_front_desk": "184735/100", "install_pool": "307201/100",
    "accessories_at_or_below_80_percent": "19",
}  # fmt: skip
TEAMS = {
    "team_hours": {"机电一组": "573"},
    "mechanical_pool": {"机电一组": "1042018/100"},
    "body_pool": {"钣喷组": "7939"},
}
STATEMENTS = [
    {
        "employee": "SA01",
        "total": "1148.76",
        "lines": [{"component": "share", "amount": "1641.08"}, {"component": "complaint", "amount": "-492.32"}],
    }
]


def test_a_month_is_written_in_the_shape_of_the_expected_figures() -> None:
    work = MonthOfWork(
        report={"files": FILES},
        run={"month": "2026-09", "total": "1148.76"},
        figures={"store": STORE, "teams": TEAMS, "people": {}},
        statements=STATEMENTS,
        targets={
            ("team", "业务组", "car_count"): "552",
            ("team", "业务组", "output"): "755000",
            ("person", "SA01", "output"): "1",
        },
        scores={},
        upsells={"advisors": [{"advisor": "SA01", "proposed": 67, "approved": 43, "approved_amount": "29527.00"}]},
    )
    written = figures_of(work)
    assert written["rows"]["客户档案.csv"] == 3
    assert written["intake"] == {
        "vehicles_vin_rejected": 10, "vehicles_vin_check_digit_warned": 12, "customers_bad_mobile": 2,
        "customers_duplicate_pairs": 18, "customers_repeated_rows": 5, "orders_repeated_rows": 1,
        "lines_orphan_rejected": 1,
    }  # fmt: skip
    assert (written["car_count"], written["car_target"], written["output_target"]) == (541, 552, 755000)
    assert written["receipts"] == {"normal": "619144.51", "warranty": "24473.50", "accident": "89260.14"}
    assert written["service_advisor_pool"] == "5333.33"
    assert written["output_commission"] == "3486.14"
    assert written["team_pools"] == {"机电一组": "10420.18", "钣喷组": "7939.00"}
    assert written["pay"]["SA01"] == {"lines": {"share": "1641.08", "complaint": "-492.32"}, "total": "1148.76"}
    assert written["upsells"] == {"SA01": {"proposed": 67, "approved": 43, "approved_amount": "29527.00"}}
    assert written["survey_answers"] == 3
