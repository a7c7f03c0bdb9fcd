from typing import Any

import httpx
import pytest

from tests.calls import Caller, tally
from tests.harness import AStore, Clone, Keys, feed_of
from tests.workorder.at_once import one_after_the_other
from tests.workorder.billing import pay, seen
from tests.workorder.caller import make_order, upsell_body
from tests.workorder.quoting import problem

CASH = {"amount": "75.00", "method": "cash", "paid_on": "2026-09-30"}


async def test_a_payment_closes_what_is_open_and_no_more(manager: Caller) -> None:
    order = await make_order(manager, "ready")
    address = f"/v1/repair-orders/{order['id']}"
    first = await pay(manager, order["id"], **{**CASH, "amount": "30.00"})
    assert (first["order_number"], first["ordinal"], first["currency"]) == (order["number"], 1, "CNY")
    again = await pay(manager, order["id"], **{**CASH, "amount": "30.00"})
    assert again["ordinal"] == 2
    last = {"If_Match": await seen(manager, order["id"])}
    refused = await manager.post(f"{address}/payments", {**CASH, "amount": "15.01"}, **last)
    assert (refused.status_code, refused.json()["open"]) == (422, "15.00")
    balance = await manager.read(f"{address}/balance")
    assert (balance["owed"], balance["paid"], balance["open"]) == ("75.00", "60.00", "15.00")


async def test_of_two_cashiers_who_take_the_same_payment_one_is_told_what_the_other_took(
    manager: Caller, database: Clone, store: AStore
) -> None:
    order = await make_order(manager, "ready")
    address, part = f"/v1/repair-orders/{order['id']}/payments", {**CASH, "amount": "30.00"}
    await pay(manager, order["id"], **{**CASH, "amount": "5.00"})
    both = {"If_Match": await seen(manager, order["id"])}
    won, lost = await one_after_the_other(
        database, store, order["id"], [lambda: manager.post(address, part, **both) for _ in range(2)]
    )
    assert won.status_code == 201
    assert problem(lost) == (412, "version-stale")
    told = lost.json()
    assert (told["current"], told["paid"], told["refunded"], told["open"]) == (2, "35.00", "0.00", "40.00")
    assert (await manager.post(address, part)).status_code == 428
    assert (await manager.get(f"/v1/repair-orders/{order['id']}/balance")).headers["etag"] == '"2"'


async def test_proposed_work_is_not_owed(manager: Caller) -> None:
    order = await make_order(manager, "in_progress")
    upsell = await manager.make(f"/v1/repair-orders/{order['id']}/upsells", upsell_body())
    assert (await manager.read(f"/v1/repair-orders/{order['id']}/balance"))["owed"] == "75.00"
    await manager.make(f"/v1/upsells/{upsell['id']}/approve", {"method": "sms_link"}, If_Match='"1"')
    assert (await manager.read(f"/v1/repair-orders/{order['id']}/balance"))["owed"] == "834.00"


async def test_the_owner_pays_his_share_of_an_insured_repair(manager: Caller) -> None:
    order = await make_order(manager, "ready", kind="accident")
    address = f"/v1/repair-orders/{order['id']}"
    approval = {"approved_on": "2026-09-30", "approved_amount": "1000.00", "owner_share": "200.00"}
    await manager.make(f"{address}/insurer-approval", approval)
    assert (await manager.read(f"{address}/balance"))["owed"] == "275.00"
    assert (await manager.post(f"{address}/insurer-approval", approval)).status_code == 409


SALE = {"sold_on": "2026-09-04", "item": "座套", "list_price": "880.00", "amount": "700.00", "department": "front_desk",
        "installed": True, "method": "card"}  # fmt: skip


async def test_goods_are_not_sold_below_eighty_percent_without_a_reason(manager: Caller) -> None:
    refused = await manager.post("/v1/accessory-sales", SALE)
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:aftermile:problem:below-lowest-price")
    sold = await manager.make("/v1/accessory-sales", {**SALE, "price_reason": "scratched"})
    assert (sold["number"], sold["price_reason"]) == ("AS260904-0001", "scratched")


ENTRIES: list[tuple[str, str, dict[str, Any]]] = [
    ("/v1/accessory-sales", "workorder.accessory.sold", {**SALE, "amount": "880.00"}),
    (
        "/v1/consumables",
        "workorder.consumables.used",
        {"team": "机电一组", "used_on": "2026-09-27", "item": "砂纸", "amount": "214.01"},
    ),
    (
        "/v1/hours-deductions",
        "workorder.hours.deducted",
        {"employee": "J101", "hours": "1.5", "reason": "PDI fault", "occurred_on": "2026-09-20"},
    ),
]


@pytest.mark.parametrize(("path", "event", "body"), ENTRIES)
async def test_what_is_entered_is_listed_and_told(
    manager: Caller, client: httpx.AsyncClient, keys: Keys, path: str, event: str, body: dict[str, Any]
) -> None:
    made = await manager.make(path, body)
    assert (await manager.read(path))["items"] == [made]
    assert (await manager.read(path, **{"from": "2026-10-01"}))["items"] == []
    assert tally(await feed_of(client, keys, "workorder")) == {event: 1}


async def test_reimbursements_and_payments_are_listed_by_order(manager: Caller) -> None:
    order = await make_order(manager, "ready", kind="warranty", number="W1")
    address = f"/v1/repair-orders/{order['id']}"
    claim = await manager.make(f"{address}/reimbursements", {"amount": "385.00", "paid_on": "2026-09-27"})
    payment = await pay(manager, order["id"], **CASH)
    assert (await manager.read("/v1/reimbursements", order="W1"))["items"] == [claim]
    assert (await manager.read("/v1/payments", order="W1"))["items"] == [payment]
    assert (await manager.read("/v1/payments", order="W2"))["items"] == []


async def test_hours_are_deducted_for_an_order_that_exists(manager: Caller) -> None:
    body = ENTRIES[2][2]
    refused = await manager.post("/v1/hours-deductions", {**body, "order_number": "W9"})
    assert refused.json()["errors"][0]["code"] == "order-unknown"
    await make_order(manager, number="W9")
    assert (await manager.make("/v1/hours-deductions", {**body, "order_number": "W9"}))["order_number"] == "W9"


async def test_an_operation_has_the_price_of_today(manager: Caller) -> None:
    body = {"code": "ME04", "name": "更换蓄电池", "kind": "labour", "standard_hours": "0.50", "list_price": "75.00"}
    made = await manager.make("/v1/operations", {**body, "valid_from": "2026-01-01"})
    assert (made["list_price"], made["prices"]) == ("75.00", [{"valid_from": "2026-01-01", "list_price": "75.00"}])
    assert await manager.read("/v1/operations/ME04") == made
    assert (await manager.post("/v1/operations", body)).status_code == 409
    await manager.make("/v1/operations", {**body, "code": "ME99", "valid_from": "2126-01-01"})
    assert (await manager.read("/v1/operations/ME99"))["list_price"] is None
    assert len((await manager.read("/v1/operations", kind="labour"))["items"]) == 2
