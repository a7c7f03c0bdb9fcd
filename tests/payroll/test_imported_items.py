"""Allowances and deductions from a sheet: each is one item, however often the sheet comes."""

from typing import Any

import httpx

from tests.harness import Keys, feed_of
from tests.payroll.test_pay_months import Office, office
from tests.payroll.test_slips import FINE, HEAT, MEALS

__all__ = ["office"]

Outcomes = list[tuple[str, list[str], list[str]]]


async def bring(office: Office, *items: dict[str, Any]) -> Outcomes:
    rows = [{"row": row, **item} for row, item in enumerate(items, 2)]
    answer = await office.send("/v1/bulk/pay-items", office.clerk, {"source": "sheets", "rows": rows})
    assert answer.status_code == 200, answer.text
    return [
        (each["outcome"], [w["code"] for w in each["warnings"]], [e["field"] for e in each["errors"]])
        for each in answer.json()["results"]
    ]


async def items_of(office: Office) -> list[tuple[object, ...]]:
    items = (await office.small.read("/v1/pay-items"))["items"]
    return sorted((i["name_zh"], i["amount"], i["version"], i["reason"], i["withdrawn"]) for i in items)


async def test_a_sheet_is_taken_once_and_what_it_says_otherwise_is_the_next_version(
    office: Office, client: httpx.AsyncClient, keys: Keys
) -> None:
    heat = {**HEAT, "post": "机电技师"}
    assert await bring(office, heat, MEALS, FINE) == [("created", [], [])] * 3
    assert await bring(office, HEAT, MEALS, FINE) == [("unchanged", [], [])] * 3
    more = {**MEALS, "amount": "18.00", "reason": "物价"}
    assert await bring(office, heat, more, {**FINE, "deducted": False}) == [
        ("unchanged", [], []), ("updated", [], []), ("created", [], []),
    ]  # fmt: skip
    assert await items_of(office) == [
        ("工装押金", "50.00", 1, "领用工装", False), ("工装押金", "50.00", 1, "领用工装", False),
        ("餐补", "18.00", 2, "物价", False), ("高温补贴", "300.00", 1, "六至九月高温", False),
    ]  # fmt: skip
    told = [event for event in await feed_of(client, keys, "payroll") if event["type"] == "payroll.pay_item.changed"]
    assert sorted((event["data"]["name_zh"], event["entityversion"]) for event in told) == [
        ("工装押金", 1), ("工装押金", 1), ("餐补", 1), ("餐补", 2), ("高温补贴", 1),
    ]  # fmt: skip


async def test_wrong_rows_are_refused_alone_and_others_are_taken(office: Office) -> None:
    both = {**HEAT, "employee": "J101"}
    backwards = {**MEALS, "until_month": "2026-08"}
    nobody, unnamed = {**FINE, "employee": "J999"}, {**MEALS, "name_en": None, "name_zh": "交通补贴"}
    contradicting = {**unnamed, "amount": "16.00"}
    assert await bring(office, both, backwards, {**HEAT, "amount": "-1"}, nobody, unnamed, contradicting) == [
        ("rejected", [], [""]), ("rejected", [], [""]), ("rejected", [], ["amount"]),
        ("rejected", [], ["employee"]), ("created", [], []), ("rejected", [], ["amount"]),
    ]  # fmt: skip
    names = {item["name_zh"]: item["name_en"] for item in (await office.small.read("/v1/pay-items"))["items"]}
    assert names == {"交通补贴": "交通补贴"}


async def test_what_a_row_does_not_name_stays_as_it_is(office: Office) -> None:
    meals = {**MEALS, "until_month": "2026-12"}
    await bring(office, meals, FINE)
    less = {name: meals[name] for name in ("employee", "name_zh", "from_month", "reason")}
    unsaid = {name: value for name, value in FINE.items() if name != "deducted"}
    assert await bring(office, {**less, "amount": "18.00"}, unsaid, {**unsaid, "deducted": True}) == [
        ("updated", [], []), ("rejected", [], ["deducted"]), ("unchanged", [], []),
    ]  # fmt: skip
    names = ("name_en", "basis", "amount", "until_month", "version")
    found = [
        [item[name] for name in names] for item in (await office.small.read("/v1/pay-items?employee=J101"))["items"]
    ]
    assert found == [["Meals", "attendance_days", "18.00", "2026-12", 2]]


async def test_an_old_sheet_does_not_bring_back_what_was_withdrawn(office: Office) -> None:
    await bring(office, FINE)
    (item,) = (await office.small.read("/v1/pay-items"))["items"]
    await office.done(f"/v1/pay-items/{item['id']}/withdraw", office.clerk, 1, {"reason": "已归还"})
    assert await bring(office, {**FINE, "amount": "60.00"}) == [("unchanged", ["item-withdrawn"], [])]
    assert await items_of(office) == [("工装押金", "50.00", 2, "已归还", True)]
