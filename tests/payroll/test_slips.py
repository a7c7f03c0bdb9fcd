"""Base pay and items of a month: as they are told, locked, closed and paid."""

from decimal import Decimal
from typing import Any

import asyncpg
import httpx
import orjson

from tests.harness import AStore, Clone, Keys, bearer, feed_of
from tests.payroll.test_events import faults_of
from tests.payroll.test_pay_months import Office, office, refused

__all__ = ["office"]

SEPTEMBER = "/v1/pay-months/2026-09"
HEAT = {"post": "mechanic", "name_zh": "高温补贴", "name_en": "Heat allowance", "amount": "300.00",
        "from_month": "2026-06", "until_month": "2026-09", "reason": "六至九月高温"}  # fmt: skip
MEALS = {"employee": "J101", "name_zh": "餐补", "name_en": "Meals", "basis": "attendance_days", "amount": "15.00",
         "from_month": "2026-09", "reason": "按出勤"}  # fmt: skip
FINE = {"employee": "SA01", "name_zh": "工装押金", "name_en": "Uniform", "deducted": True, "amount": "50.00",
        "from_month": "2026-09", "until_month": "2026-09", "reason": "领用工装"}  # fmt: skip


async def hire(office: Office, number: str, name: str, **overrides: Any) -> None:
    person = {"row": 1, "number": number, "name": name, "post": "customer_care", "base_pay": "3600.00", **overrides}
    body = {"source": "dms", "rows": [person]}
    answer = await office.small.client.post("/v1/bulk/employees", json=body, headers=office.small.headers)
    assert answer.json()["counts"] == {"created": 1}, answer.text


async def add(office: Office, item: dict[str, Any]) -> dict[str, Any]:
    answer = await office.send("/v1/pay-items", office.clerk, item)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def attend(office: Office, days: str, employee: str = "J101") -> dict[str, Any]:
    body = {"source": "door", "rows": [{"row": 1, "month": "2026-09", "employee": employee, "days": days}]}
    answer = await office.send("/v1/bulk/attendance-days", office.clerk, body)
    report: dict[str, Any] = answer.json()
    return report


async def test_base_pay_and_items_complete_the_slip_that_is_closed_and_paid(
    office: Office, client: httpx.AsyncClient
) -> None:
    await hire(office, "KF01", "苏敏", hired_on="2026-09-16", effective_from="2026-09-16")
    for item in (HEAT, MEALS, FINE):
        await add(office, item)
    assert (await attend(office, "21.5"))["counts"] == {"created": 1}
    run = await office.small.run()
    bonus = {each["employee"]: Decimal(each["total"]) for each in
             (await office.small.read(f"/v1/runs/{run['id']}/statements"))["items"]}  # fmt: skip
    closed = await office.close()
    items = (await office.small.read(f"{SEPTEMBER}/statements"))["items"]
    paid = {each["employee"]: Decimal(each["total"]) for each in items}
    assert paid == {
        "J101": bonus["J101"] + 300 + Decimal("322.50"), "J102": bonus["J102"] + 300, "KF01": Decimal("1800.00"),
        "SA01": bonus["SA01"] - 50, "SA02": bonus["SA02"],
    }  # fmt: skip
    assert {each["employee"]: Decimal(each["bonus"]) for each in items} == {**bonus, "KF01": Decimal("0.00")}
    assert Decimal(closed["total"]) == sum(paid.values())
    told = orjson.loads((await office.small.read(f"{SEPTEMBER}/statements/KF01"))["document"])
    assert (told["base_pay"], told["lines"], told["total"]) == (
        {"basis": "calendar_days", "rate": "3600.00", "days": "15", "of_days": 30, "amount": "1800.00"}, [], "1800.00",
    )  # fmt: skip
    told = orjson.loads((await office.small.read(f"{SEPTEMBER}/statements/J101"))["document"])
    assert [(each["name_zh"], each["days"], each["amount"], each["recorded_by"]) for each in told["items"]] == [
        ("高温补贴", None, "300.00", "CL01"), ("餐补", "21.5", "322.50", "CL01"),
    ]  # fmt: skip
    file = await client.get(f"{SEPTEMBER}/payment-file", headers=office.clerk)
    rows = [row.split(",") for row in file.text.lstrip("\ufeff").splitlines()[1:]]
    assert {row[1]: Decimal(row[3]) for row in rows} == {number: total for number, total in paid.items() if total > 0}


async def test_what_changes_after_the_lock_is_not_in_the_month(office: Office) -> None:
    made = await add(office, HEAT)
    open_slips = await office.small.read(f"{SEPTEMBER}/slips")
    assert (open_slips["locked"], open_slips["total"]) == (False, "600.00")
    await office.lock()
    change = {"amount": "999.00", "reason": "x"}
    changed = await office.small.client.patch(
        f"/v1/pay-items/{made['id']}", json=change, headers={**office.clerk, "If-Match": '"1"'}
    )
    assert changed.json()["version"] == 2
    await add(office, FINE)
    slips = await office.small.read(f"{SEPTEMBER}/slips")
    assert (slips["locked"], slips["total"], len(slips["items"])) == (True, "600.00", 4)
    opened = await office.done(f"{SEPTEMBER}/reopen", office.manager, 1, {"reason": "补扣"})
    await office.lock(version=opened["version"])
    assert (await office.small.read(f"{SEPTEMBER}/slips"))["total"] == "1948.00"


async def test_a_month_is_not_locked_while_somebody_paid_by_the_day_has_no_days(office: Office) -> None:
    await add(office, MEALS)
    run = await office.small.run()
    without = await office.send(f"{SEPTEMBER}/lock", office.clerk, {"run": run["id"]}, 0)
    refused(without, 409, "attendance-missing")
    assert without.json()["errors"][0]["detail"] == "J101 (餐补)"
    too_many = await attend(office, "31")
    assert too_many["counts"] == {"rejected": 1}
    assert (await attend(office, "20", "J999"))["results"][0]["warnings"][0]["code"] == "employee-unknown"
    for days, outcome in (("20", "created"), ("20", "unchanged"), ("22", "updated")):
        assert (await attend(office, days))["counts"] == {outcome: 1}
    told = (await office.small.read("/v1/attendance-days?month=2026-09"))["items"]
    assert [(each["employee"], each["days"], each["version"]) for each in told] == [
        ("J101", "22", 2), ("J999", "20", 1),
    ]  # fmt: skip
    assert (await office.lock())["state"] == "locked"
    assert (await office.small.read(f"{SEPTEMBER}/slips"))["total"] == "330.00"


async def test_an_item_has_versions_with_who_and_why_and_ends_or_is_withdrawn(
    office: Office, client: httpx.AsyncClient, keys: Keys
) -> None:
    made = await add(office, HEAT)
    address = f"/v1/pay-items/{made['id']}"
    early = await client.patch(address, json={"until_month": "2026-05", "reason": "x"}, headers={
        **office.manager, "If-Match": '"1"'})  # fmt: skip
    refused(early, 422, "pay-item-months")
    late = await client.patch(address, json={"until_month": None, "reason": "长期"}, headers={
        **office.manager, "If-Match": '"1"'})  # fmt: skip
    assert (late.json()["until_month"], late.json()["recorded_by"], late.headers["ETag"]) == (None, "SM01", '"2"')
    refused(await office.send(f"{address}/withdraw", office.clerk, {"reason": "x"}, 1), 412, "version-stale")
    gone = await office.done(f"{address}/withdraw", office.clerk, 2, {"reason": "停发"})
    assert (gone["withdrawn"], gone["version"]) == (True, 3)
    refused(await office.send(f"{address}/withdraw", office.clerk, {"reason": "x"}, 3), 409, "pay-item-withdrawn")
    assert [each["reason"] for each in (await office.small.read(f"{address}/versions"))["items"]] == [
        "六至九月高温", "长期", "停发",
    ]  # fmt: skip
    assert (await office.small.read("/v1/pay-items?month=2026-09"))["items"] == []
    assert len((await office.small.read("/v1/pay-items"))["items"]) == 1
    events = [e for e in await feed_of(client, keys, "payroll") if e["type"] == "payroll.pay_item.changed"]
    assert [faults_of(each["type"], each["data"]) for each in events] == [[], [], []]


async def test_an_item_that_cannot_be_is_refused_with_its_place(office: Office, keys: Keys, store: AStore) -> None:
    for wrong in (
        {**HEAT, "employee": "J101"}, {**HEAT, "post": None}, {**HEAT, "amount": "0.00"}, {**HEAT, "amount": "-1.00"},
        {**HEAT, "until_month": "2026-05"}, {**HEAT, "from_month": "2026-13"}, {**HEAT, "reason": " "},
        {**HEAT, "basis": "hour"},
    ):  # fmt: skip
        assert (await office.send("/v1/pay-items", office.clerk, wrong)).status_code == 422, wrong
    unknown = await office.send("/v1/pay-items", office.clerk, {**FINE, "employee": "J999"})
    refused(unknown, 422, "pay-item-subject-unknown")
    assert unknown.json()["errors"][0]["pointer"] == "/employee"
    technician = bearer(keys, "payroll", "technician", stores=[store], employee="J101")
    refused(await office.send("/v1/pay-items", technician, HEAT), 403, "role-missing")


async def test_who_recorded_what_counts_for_the_first_time_does_not_approve_it(office: Office) -> None:
    """Until it was in a closing; and nobody but an administrator does, who says why he is alone."""
    item = await office.send("/v1/pay-items", office.manager, {**HEAT, "until_month": None})
    assert item.status_code == 201
    at = await office.lock()
    at = await office.done(f"{SEPTEMBER}/approve", office.workshop, at["version"])
    own = await office.send(f"{SEPTEMBER}/approve", office.manager, {}, at["version"])
    refused(own, 409, "own-records-not-approved")
    because = {"alone_because": "只有我一人"}
    refused(
        await office.send(f"{SEPTEMBER}/approve", office.manager, because, at["version"]),
        409,
        "own-records-not-approved",
    )
    other = office.small.person("SM02", "service_manager")
    needless = await office.send(f"{SEPTEMBER}/approve", other, because, at["version"])
    refused(needless, 422, "alone-because-not-needed")
    alone = office.small.person("SM01", "administrator")
    at = await office.done(f"{SEPTEMBER}/approve", alone, at["version"], because)
    assert (at["state"], at["steps"][-1]["reason"]) == ("approved", "只有我一人")
    await office.done(f"{SEPTEMBER}/close", office.clerk, at["version"])
    await office.close("2026-10")
    changed = await office.small.client.patch(
        f"/v1/pay-items/{item.json()['id']}", json={"amount": "1.00", "reason": "x"},
        headers={**office.manager, "If-Match": '"1"'},
    )  # fmt: skip
    assert changed.status_code == 200
    assert (await office.small.read("/v1/pay-months/2026-10"))["state"] == "closed"


async def test_who_recorded_the_days_that_somebody_is_paid_by_does_not_approve(office: Office) -> None:
    recorder = office.small.person("SM01", "administrator", "service_manager")
    days = {"source": "door", "rows": [{"row": 1, "month": "2026-09", "employee": "J101", "days": "20"},
                                       {"row": 2, "month": "2026-09", "employee": "SA01", "days": "20"}]}  # fmt: skip
    for what, who in (("none", recorder), ("meals", office.clerk)):
        assert (await office.send("/v1/bulk/attendance-days", who, days)).status_code == 200
        if what == "meals":
            await add(office, MEALS)
        at = await office.small.read(SEPTEMBER)
        at = await office.lock(version=at["version"])
        at = await office.done(f"{SEPTEMBER}/approve", office.workshop, at["version"])
        answer = await office.send(f"{SEPTEMBER}/approve", office.manager, None, at["version"])
        assert answer.status_code == (200 if what == "none" else 409), answer.text
        version = (await office.small.read(SEPTEMBER))["version"]
        await office.done(f"{SEPTEMBER}/reopen", office.manager, version, {"reason": "x"})


async def test_a_month_that_was_locked_without_slips_is_not_closed(office: Office, payroll_database: Clone) -> None:
    at = await office.lock()
    connection = await asyncpg.connect(payroll_database.owner_url)
    await connection.execute("SELECT set_config('app.store', $1, false)", str(office.small.store.id))
    await connection.execute("ALTER TABLE slip DISABLE TRIGGER never_changed")
    assert await connection.execute("DELETE FROM slip") == "DELETE 4"
    await connection.close()
    at = await office.done(f"{SEPTEMBER}/approve", office.workshop, at["version"])
    at = await office.done(f"{SEPTEMBER}/approve", office.manager, at["version"])
    refused(await office.send(f"{SEPTEMBER}/close", office.clerk, None, at["version"]), 409, "slips-not-kept")
    opened = await office.done(f"{SEPTEMBER}/reopen", office.manager, at["version"], {"reason": "重新锁定"})
    assert (await office.close(version=opened["version"]))["state"] == "closed"
