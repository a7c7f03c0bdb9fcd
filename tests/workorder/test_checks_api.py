import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from tests.calls import Caller, statements_of
from tests.harness import AStore, Keys, bearer, deliver, make_event
from tests.workorder.caller import make_order, order_row, settled_row
from tests.workorder.quoting import problem
from tests.workorder.shop_days import in_days, today
from tests.workorder.test_inspections_api import answered, item, of, photo_of, publish

VIN = "LSGXEGX97MY815823"


def rule_body(code: str = "EL09", **overrides: Any) -> dict[str, Any]:
    why = {"zh": "同型号常见", "en": "Often found on this model"}
    return {"item": item(code), "why": why, "conditions": {"models": ["别克英朗"]}, **overrides}


@pytest.fixture
def as_role(client: httpx.AsyncClient, keys: Keys, store: AStore) -> Callable[[str], Caller]:
    return lambda role: Caller(client, bearer(keys, "workorder", role, stores=[store], employee="J104"))


@pytest.fixture
def vehicle(app: FastAPI, store: AStore) -> Callable[..., Any]:
    """Says what the customer service says of the vehicle."""

    async def known(version: int = 1, **data: Any) -> None:
        state = {"id": str(uuid4()), "vin": VIN, "plate": "苏BLQ9TY", "model": "别克英朗", "use": None,
                 "vehicle_class": None, "purchase_date": "2021-05-01", "owner": None, **data}  # fmt: skip
        event = make_event("customer.vehicle.changed", state, store=store.id, version=version)
        await deliver(app, "customer", store.id, event)

    return known


async def checks_of(caller: Caller, order: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await caller.read(f"/v1/repair-orders/{order['id']}/checks"))["items"]
    return found


async def test_a_car_that_meets_a_rule_gets_its_check_when_it_is_received(manager: Caller, vehicle: Any) -> None:
    await vehicle()
    conditions = {
        "models": ["别克英朗"], "year_from": 2020, "year_to": 2021, "age_months_from": 12, "km_from": 60_000,
        "km_below": 80_000, "regions": ["苏B"], "kinds": ["repair"],
    }  # fmt: skip
    rule = await manager.make("/v1/check-rules", rule_body(conditions=conditions))
    await manager.make("/v1/check-rules", rule_body("EL10", conditions={**conditions, "km_below": 60_001}))
    order = await make_order(manager, odometer_km=63_370)
    [check] = await checks_of(manager, order)
    expected = {"rule_id": rule["id"], "rule_version": 1, "why": rule["why"], "state": "open", "result": None}
    assert {name: check[name] for name in expected} == expected
    assert check["item"] == rule["item"]
    facts = check["facts"]
    assert (facts["model"], facts["model_year"], facts["odometer_km"], facts["day"]) == (
        "别克英朗",
        2021,
        63370,
        today(),
    )
    assert facts["age_months"] >= 60
    timeline = await manager.read(f"/v1/repair-orders/{order['id']}/timeline")
    assert [e["detail"]["code"] for e in timeline["items"] if e["what"] == "check.put"] == ["EL09"]
    assert await checks_of(manager, await make_order(manager, odometer_km=None)) == []


async def test_what_becomes_known_later_brings_its_checks_once(manager: Caller, vehicle: Any) -> None:
    await manager.make("/v1/check-rules", rule_body())
    order = await make_order(manager)
    ready = await make_order(manager, "ready")
    assert await checks_of(manager, order) == []
    for version in (1, 2):
        await vehicle(version)
        assert len(await checks_of(manager, order)) == 1
    assert await checks_of(manager, ready) == []


async def test_a_reading_that_is_entered_later_brings_its_checks(manager: Caller) -> None:
    await manager.make("/v1/check-rules", rule_body(conditions={"km_from": 60_000}))
    order = await make_order(manager)
    changed = await manager.patch(f"/v1/repair-orders/{order['id']}", {"odometer_km": 60_000}, If_Match=of(order))
    assert changed.status_code == 200
    assert len(await checks_of(manager, order)) == 1


async def test_a_booked_car_is_checked_when_it_comes(manager: Caller) -> None:
    await manager.make("/v1/check-rules", rule_body(conditions={}))
    booked = await manager.make("/v1/repair-orders", {"kind": "repair", "vin": VIN, "booked": True})
    assert await checks_of(manager, booked) == []
    await manager.make(f"/v1/repair-orders/{booked['id']}/check-in", If_Match=of(booked))
    assert len(await checks_of(manager, booked)) == 1


async def test_imported_orders_in_work_get_checks_and_finished_ones_do_not(manager: Caller) -> None:
    await manager.make("/v1/check-rules", rule_body(conditions={}, valid_from="2026-01-01"))
    for _ in range(2):
        await manager.take_in("repair-orders", order_row(), settled_row(number="W2"))
    orders = [await manager.read(f"/v1/repair-orders/by-number/{number}") for number in ("W1", "W2")]
    assert [len(await checks_of(manager, order)) for order in orders] == [1, 0]


async def test_a_rule_holds_on_its_days_and_its_changes_count_from_then_on(manager: Caller) -> None:
    rule = await manager.make("/v1/check-rules", rule_body(conditions={}))
    await manager.make("/v1/check-rules", rule_body("EL10", conditions={}, valid_from=in_days(1)))
    order = await make_order(manager)
    assert [check["item"]["code"] for check in await checks_of(manager, order)] == ["EL09"]
    address = f"/v1/check-rules/{rule['id']}"
    assert (await manager.patch(address, {"valid_to": today()})).status_code == 428
    changed = await manager.patch(address, {"item": item("EL11")}, If_Match=of(rule))
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert (await manager.patch(address, {"item": item("EL12")}, If_Match=of(rule))).status_code == 412
    later = await make_order(manager)
    [check] = await checks_of(manager, later)
    assert (check["item"]["code"], check["rule_version"]) == ("EL11", 2)
    [former] = await checks_of(manager, order)
    assert (former["item"]["code"], former["rule_version"]) == ("EL09", 1)
    early = await manager.patch(address, {"valid_to": "2020-01-01"}, If_Match=changed.headers["etag"])
    assert [error["pointer"] for error in early.json()["errors"]] == ["/valid_to"]
    moved = {"valid_from": "2020-01-01", "valid_to": in_days(-1)}
    ended = await manager.patch(address, moved, If_Match=changed.headers["etag"])
    assert ended.json()["valid_to"] == in_days(-1)
    assert await checks_of(manager, await make_order(manager)) == []
    on = (await manager.read("/v1/check-rules", in_force_on=today()))["items"]
    assert on == []
    assert len((await manager.read("/v1/check-rules"))["items"]) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"year_from": 2022, "year_to": 2021}, {"age_months_from": 5, "age_months_to": 4},
        {"km_from": 20_000, "km_below": 20_000}, {"km_below": 0}, {"km_from": -1}, {"kinds": ["holiday"]},
        {"regions": [""]}, {"regions": ["苏B1"]}, {"models": ["\u200b"]}, {"colour": "red"},
    ],
)  # fmt: skip
async def test_conditions_that_no_car_can_meet_are_refused(manager: Caller, wrong: dict[str, Any]) -> None:
    assert (await manager.post("/v1/check-rules", rule_body(conditions=wrong))).status_code == 422
    assert (await manager.read("/v1/check-rules"))["items"] == []


async def begun(manager: Caller, *codes: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """An order in work with checks of these codes, and its inspection from the small template."""
    await publish(manager)
    for code in codes:
        await manager.make("/v1/check-rules", rule_body(code, conditions={}))
    order = await make_order(manager, "in_progress")
    return order, await manager.make(f"/v1/repair-orders/{order['id']}/inspections")


async def test_the_inspection_asks_what_the_checks_ask_and_nothing_twice(manager: Caller) -> None:
    order, inspection = await begun(manager, "EL09", "TY02", "EL09")
    assert [each["code"] for each in inspection["items"]] == ["TY01", "TY02", "EL01", "EL09"]
    whys = {each["code"]: len(each["why"]) for each in inspection["items"]}
    assert whys == {"TY01": 0, "TY02": 1, "EL01": 0, "EL09": 2}
    assert inspection["items"][1]["measure"]["unit"] == "mm", "the template's item is meant"
    assert inspection["items"][3]["name"] == {"zh": "轮胎", "en": "tyre"}
    checks = await checks_of(manager, order)
    assert {check["inspection_id"] for check in checks} == {inspection["id"]}
    photos = [await photo_of(manager, inspection)]
    inspection = await answered(manager, inspection, {"code": "EL09", "result": "red", "photos": photos})
    states = {(check["item"]["code"], check["state"], check["result"]) for check in await checks_of(manager, order)}
    assert states == {("EL09", "done", "red"), ("TY02", "open", None)}


async def test_what_a_check_found_was_looked_for(manager: Caller) -> None:
    order, inspection = await begun(manager, "EL09")
    red = {"result": "red", "photos": [await photo_of(manager, inspection)]}
    inspection = await answered(manager, inspection, {"code": "EL09", **red}, {"code": "EL01", **red})
    ids = {each["code"]: each["id"] for each in inspection["items"]}
    told = {"fault_kind": "other", "stage": "repair", "description": "burnt contact", "priority": "soon"}
    address = f"/v1/repair-orders/{order['id']}/findings"
    found = [await manager.make(address, {**told, "inspection_item_id": ids[code]}) for code in ("EL09", "EL01")]
    said = await manager.make(address, {**told, "inspection_item_id": ids["EL01"], "source": "targeted"})
    by_eye = await manager.make(address, told)
    assert [each["source"] for each in (*found, said, by_eye)] == ["targeted", "incidental", "targeted", "incidental"]


async def test_a_check_that_comes_late_is_asked_in_the_open_inspection(manager: Caller, vehicle: Any) -> None:
    await publish(manager)
    await manager.make("/v1/check-rules", rule_body())
    order = await make_order(manager, "in_progress")
    inspection = await manager.make(f"/v1/repair-orders/{order['id']}/inspections")
    await vehicle()
    after = await manager.read(f"/v1/inspections/{inspection['id']}")
    assert ([each["code"] for each in after["items"]][-1], after["version"]) == ("EL09", 2)
    assert after["open"][-1] == "EL09"
    [check] = await checks_of(manager, order)
    assert check["inspection_id"] == inspection["id"]


async def test_no_order_goes_to_its_final_check_past_an_open_check(manager: Caller, as_role: Any) -> None:
    order, inspection = await begun(manager, "EL09")
    order = await manager.read(f"/v1/repair-orders/{order['id']}")
    address = f"/v1/repair-orders/{order['id']}"
    refused = await manager.post(f"{address}/inspect", If_Match=of(order))
    assert problem(refused) == (409, "checks-open")
    assert [each["code"] for each in refused.json()["open"]] == ["EL09"]
    assert (await manager.read(address))["version"] == order["version"]
    moves = await manager.read(f"{address}/transitions")
    assert ("inspect" in moves["allowed"], [each["code"] for each in moves["open_checks"]]) == (False, ["EL09"])
    [check] = await checks_of(manager, order)
    waive = f"/v1/order-checks/{check['id']}/waive"
    assert (await as_role("technician").post(waive, {"reason": "no time"}, If_Match=of(check))).status_code == 403
    assert (await manager.post(waive, {"reason": ""}, If_Match=of(check))).status_code == 422
    waived = await manager.make(waive, {"reason": "done last week"}, If_Match=of(check))
    assert (waived["state"], waived["waived_reason"], waived["waived_by"]) == ("waived", "done last week", "SA01")
    assert problem(await manager.post(waive, {"reason": "again"}, If_Match=of(waived))) == (409, "check-settled")
    assert "inspect" in (await manager.read(f"{address}/transitions"))["allowed"]
    await manager.make(f"{address}/inspect", If_Match=of(order))
    await answered(manager, inspection, {"code": "EL09", "result": "green"})
    assert (await checks_of(manager, order))[0]["state"] == "done", "looked at after all"


async def test_an_answered_check_holds_up_nothing(manager: Caller) -> None:
    order, inspection = await begun(manager, "EL09")
    await answered(manager, inspection, {"code": "EL09", "result": "green"})
    order = await manager.read(f"/v1/repair-orders/{order['id']}")
    moved = await manager.make(f"/v1/repair-orders/{order['id']}/inspect", If_Match=of(order))
    assert moved["state"] == "quality_check"


async def test_a_rule_tells_how_often_it_found_something(manager: Caller) -> None:
    rule = await manager.make("/v1/check-rules", rule_body("EL09", conditions={}))
    await publish(manager)
    for result in ("red", "green", "not_applicable", None):
        order = await make_order(manager, "in_progress")
        inspection = await manager.make(f"/v1/repair-orders/{order['id']}/inspections")
        if result:
            photos = [await photo_of(manager, inspection)]
            await answered(manager, inspection, {"code": "EL09", "result": result, "photos": photos})
    expected = {"due": 4, "checked": 2, "hits": 1, "rate": "0.5000", "low": "0.0945", "high": "0.9055"}
    address = f"/v1/check-rules/{rule['id']}"
    assert (await manager.read(address))["hit_rate"] == expected
    assert (await manager.read("/v1/check-rules"))["items"][0]["hit_rate"] == expected
    period = await manager.read(f"{address}/hit-rate", **{"from": today(), "to": today()})
    assert (period["hit_rate"], period["from"]) == (expected, today())
    nothing = (await manager.read(f"{address}/hit-rate", to="2020-01-01"))["hit_rate"]
    assert (nothing["due"], nothing["rate"], nothing["low"], nothing["high"]) == (0, None, "0.0000", "1.0000")


async def test_a_technician_reads_rules_and_checks_and_makes_none(manager: Caller, as_role: Any) -> None:
    technician, advisor = as_role("technician"), as_role("service_advisor")
    rule = await as_role("workshop_manager").make("/v1/check-rules", rule_body(conditions={}))
    order = await make_order(manager)
    assert len(await checks_of(technician, order)) == 1
    assert len((await technician.read("/v1/check-rules"))["items"]) == 1
    for caller in (technician, advisor):
        assert (await caller.post("/v1/check-rules", rule_body())).status_code == 403
        changed = await caller.patch(f"/v1/check-rules/{rule['id']}", {"valid_to": today()}, If_Match='"1"')
        assert changed.status_code == 403


async def test_another_store_has_its_own_rules(manager: Caller, stranger: Caller) -> None:
    rule = await manager.make("/v1/check-rules", rule_body(conditions={}))
    order = await make_order(manager)
    [check] = await checks_of(manager, order)
    assert (await stranger.read("/v1/check-rules"))["items"] == []
    for path in (f"/v1/check-rules/{rule['id']}", f"/v1/check-rules/{rule['id']}/hit-rate",
                 f"/v1/repair-orders/{order['id']}/checks"):  # fmt: skip
        assert (await stranger.get(path)).status_code == 404
    waived = await stranger.post(f"/v1/order-checks/{check['id']}/waive", {"reason": "no"}, If_Match='"1"')
    assert waived.status_code == 404
    assert await checks_of(stranger, await make_order(stranger)) == []


async def test_queries_do_not_grow_with_rules_and_checks(app: FastAPI, manager: Caller) -> None:
    with statements_of(app) as sent:
        await make_order(manager)
        without = len(sent)
    for number in range(6):
        await manager.make("/v1/check-rules", rule_body(f"C{number}", conditions={}))
    with statements_of(app) as sent:
        order = await make_order(manager)
        assert len(sent) <= without + 4
        sent.clear()
        assert len((await manager.read("/v1/check-rules"))["items"]) == 6
        assert len(sent) == 2
        sent.clear()
        assert len(await checks_of(manager, order)) == 6
        assert len(sent) == 2


async def test_a_check_is_asked_whoever_comes_first(manager: Caller, vehicle: Any) -> None:
    await publish(manager)
    await manager.make("/v1/check-rules", rule_body())
    order = await make_order(manager, "in_progress")
    await asyncio.gather(manager.make(f"/v1/repair-orders/{order['id']}/inspections"), vehicle())
    [check] = await checks_of(manager, order)
    assert check["inspection_id"] is not None


async def test_a_day_of_purchase_that_is_told_of_a_known_version_brings_its_checks(
    manager: Caller, vehicle: Any
) -> None:
    """Cars known from before it was told."""
    await manager.make("/v1/check-rules", rule_body(conditions={"age_months_from": 1}))
    await vehicle(purchase_date=None)
    order = await make_order(manager)
    address = f"/v1/repair-orders/{order['id']}/checks"
    assert (await manager.read(address))["items"] == []
    for _ in range(2):
        await vehicle()
        [check] = (await manager.read(address))["items"]
        assert check["facts"]["age_months"] > 0
