"""A foreign system is data: what a mapping may say, and another system read with no change of code."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.dms.mapping import available, load_mapping, parse_mapping
from gateway.dms.problems import ExportRefused
from tests.gateway.dms_exports import as_csv, opened, translated


def another() -> dict[str, Any]:
    """A small system that speaks English, writes semicolons, and has two files."""
    return {
        "name": "acme",
        "title": {"zh": "艾克美", "en": "Acme"},
        "source": "acme",
        "delimiter": ";",
        "yes": ["yes"],
        "no": ["no"],
        "files": [
            {
                "file": "jobs.txt",
                "resource": "repair-orders",
                "key": ["number"],
                "fields": [
                    {"field": "number", "column": "Job No", "kind": "identifier", "required": True},
                    {"field": "vin", "column": "Chassis", "kind": "vin"},
                    {
                        "field": "kind",
                        "column": "Type",
                        "kind": "code",
                        "required": True,
                        "values": {"SVC": "maintenance", "CRASH": "accident"},
                        "otherwise": "repair",
                    },
                    {"field": "opened_at", "column": "In", "kind": "datetime", "required": True},
                    {
                        "field": "status",
                        "column": "State",
                        "kind": "code",
                        "required": True,
                        "values": {"C": "settled", "O": "in_work"},
                    },
                ],
            },
            {
                "file": "money.txt",
                "resource": "payments",
                "key": ["order_number"],
                "fields": [
                    {"field": "order_number", "column": "Job No", "kind": "identifier", "required": True},
                    {"field": "paid_on", "column": "Paid", "kind": "date", "required": True},
                    {"field": "amount", "column": "Sum", "kind": "money", "required": True, "units": []},
                ],
                "constants": {"method": "other"},
                "ordinal": {"field": "ordinal", "among": ["order_number", "paid_on"]},
                "references": [{"field": "order_number", "file": "jobs.txt", "to": "number", "tolerated": "0.1"}],
            },
        ],
    }


def test_another_system_is_another_file_of_data(tmp_path: Path) -> None:
    jobs = [["Job No", "Chassis", "Type", "In", "State"], ["J1", "lsgpbvl31nj220930", "SVC", "2026-09-08 10:00", "C"],
            ["J2", "", "WASH", "2026/9/9 11:00", "O"]]  # fmt: skip
    money = [["Sum", "Job No", "Paid"], ["12.00", "J1", "2026-09-08"], ["13.00", "J1", "2026-09-08"]]
    files = {n: as_csv(r, "utf-8").replace(b",", b";") for n, r in {"jobs.txt": jobs, "money.txt": money}.items()}
    export = opened(tmp_path, files, parse_mapping(json.dumps(another())))
    assert export.inspect().rows == {"jobs.txt": 2, "money.txt": 2}
    rows = translated(export)
    assert rows["jobs.txt"][0] == {
        "row": 2,
        "number": "J1",
        "vin": "LSGPBVL31NJ220930",
        "kind": "maintenance",
        "opened_at": "2026-09-08T10:00:00+08:00",
        "status": "settled",
    }
    assert (rows["jobs.txt"][1]["kind"], rows["jobs.txt"][1]["vin"]) == ("repair", None)
    payments = [(row["amount"], row["method"], row["ordinal"]) for row in rows["money.txt"]]
    assert payments == [("12.00", "other", 1), ("13.00", "other", 2)]


def _set(path: str, value: object) -> dict[str, Any]:
    """The small mapping with one thing changed; `-` removes it."""
    mapping = another()
    *way, last = path.split("/")
    place: Any = mapping
    for step in way:
        place = place[int(step)] if step.isdecimal() else place[step]
    key: Any = int(last) if last.isdecimal() else last
    if value == "-":
        del place[key]
    else:
        place[key] = value
    return mapping


@pytest.mark.parametrize(
    ("mapping", "complaint"),
    [
        (_set("files/0/fields/1/field", "vim"), "vim is no field of repair-orders"),
        (_set("files/0/fields/1/field", "number"), "number is given twice"),
        (_set("files/0/fields/4", "-"), "status of repair-orders is not mapped"),
        (_set("files/0/resource", "yachts"), "Input should be"),
        (_set("files/0/fields/2/values", {"SVC": "spa"}), "spa is no value of kind"),
        (_set("files/0/fields/2/otherwise", "="), "= is no value of kind"),
        (_set("files/0/fields/2/kind", "text"), "values belong to the kind code"),
        (_set("files/1/key", ["invoice"]), "invoice is used but not mapped"),
        (_set("files/1/ordinal/among", ["cashier"]), "cashier is used but not mapped"),
        (_set("files/1/references/0/to", "id"), "jobs.txt must come before and have id"),
        (_set("files/1/references/0/file", "cars.txt"), "cars.txt must come before"),
        (_set("files/1/references/0/tolerated", "2"), "less than or equal to 1"),
        (_set("files/1/file", "jobs.txt"), "jobs.txt is mapped twice"),
        (_set("month", {"file": "jobs.txt", "field": "month"}), "the month is not in jobs.txt"),
        (_set("colour", "red"), "Extra inputs are not permitted"),
        (_set("files/0/fields/0/required", "yes"), "valid boolean"),
        (_set("name", "../secrets"), "match pattern"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_with_the_reason(mapping: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        parse_mapping(json.dumps(mapping))


def test_every_shipped_mapping_is_sound_and_named_like_its_file() -> None:
    assert {name: load_mapping(name).name for name in available()} == {
        name: name for name in ("4s-standard", "pay-sheets")
    }


@pytest.mark.parametrize("name", ["", "4S-STANDARD", "../4s-standard", "acme"])
def test_a_mapping_that_is_not_shipped_is_refused_by_name(name: str) -> None:
    with pytest.raises(ExportRefused, match="mapping-unknown"):
        load_mapping(name)


def test_mappings_of_one_s_own_lie_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "acme.json").write_text(json.dumps(another()), encoding="utf-8")
    assert load_mapping("acme", tmp_path).source == "acme"
