from typing import Any

import asyncpg
import httpx
import orjson
import pytest
from fastapi import FastAPI

from services.workorder.domain.canonical import hash_of
from tests.calls import Caller, statements_of
from tests.harness import AStore, Clone, Keys, bearer, feed_of
from tests.workorder.billing import at, change_price, pay, ready_order, settle, version_of
from tests.workorder.caller import asked_by, line_body, line_row, order_row, settled_row, upsell_body, upsell_row
from tests.workorder.quoting import problem

PART = line_body(
    kind="part", code="P1", name="蓄电池", standard_hours=None, list_price="800.00", amount="800.00",
    origin="equivalent", payer="insurer", shares={"insurer": "600.00", "customer": "200.00"},
)  # fmt: skip


@pytest.fixture
def cashier(client: httpx.AsyncClient, keys: Keys, store: AStore) -> Caller:
    return Caller(client, bearer(keys, "workorder", "cashier", stores=[store], employee="CA01"))


async def test_a_preview_tells_what_would_be_billed(manager: Caller) -> None:
    order = await ready_order(manager, line_body(), PART)
    await change_price(manager, order, 1, "70.00", "waited too long")
    preview = await manager.read(at(order, "settlement-preview"))
    assert (preview["number"], preview["order_number"], preview["currency"]) == (1, order["number"], "CNY")
    told = ("line_number", "estimate", "amount", "difference", "reason", "discount")
    assert [[line[name] for name in told] for line in preview["lines"]] == [
        [1, "75.00", "70.00", "-5.00", "waited too long", "5.00"],
        [2, "800.00", "800.00", "0.00", None, "0.00"],
    ]
    assert preview["payers"] == {
        "customer": "270.00", "insurer": "600.00", "maker": "0.00", "internal": "0.00", "goodwill": "0.00",
    }  # fmt: skip
    totals = ("list_amount", "discount", "estimate", "amount", "difference", "owner_share", "paid", "open")
    assert [preview[name] for name in totals] == [
        "875.00", "5.00", "875.00", "870.00", "-5.00", "0.00", "0.00", "270.00",
    ]  # fmt: skip
    assert preview["hindrances"] == []


async def test_a_settled_order_has_its_settlement_as_it_was(manager: Caller, cashier: Caller) -> None:
    order = await ready_order(manager, line_body(), PART, odometer_km=63370, invoice_title="某某公司")
    await pay(manager, order["id"], amount="100.00", method="cash")
    closed = await settle(cashier, order, old_parts="taken", guarantee={"days": 100, "km": 20000})
    assert (closed["state"], closed["settled"]) == ("ready", True)
    settlement = await manager.read(at(order, "settlements", 1))
    content = settlement["content"]
    assert (settlement["number"], settlement["amount"], settlement["reversal"]) == (1, "875.00", None)
    assert (content["settled_by"], content["old_parts"], content["paid"]) == ("CA01", "taken", "100.00")
    assert content["open"] == "175.00"
    assert content["guarantee"]["text"] == "自竣工出厂之日起100日内或行驶20000公里以内,以先达到者为准。"
    assert content["shop"]["name"] == "S1"
    assert (content["order"]["odometer_km"], content["customer"]["invoice_title"]) == (63370, "某某公司")
    assert content["vehicle"]["vin"] == "LSGXEGX97MY815823"
    assert content["times"]["ready_at"] is not None
    assert content["lines"][1]["shares"] == {"customer": "200.00", "insurer": "600.00"}
    assert (await manager.read(at(order, "settlements")))["items"] == [settlement]
    assert (await manager.get(at(order, "settlements", 2))).status_code == 404


async def test_the_hash_is_that_of_the_stored_content(manager: Caller, database: Clone) -> None:
    order = await ready_order(manager)
    await settle(manager, order)
    connection = await asyncpg.connect(database.owner_url)
    try:
        await connection.execute("ALTER TABLE settlements NO FORCE ROW LEVEL SECURITY")
        row = await connection.fetchrow("SELECT content, content_hash FROM settlements")
        assert hash_of(orjson.loads(row["content"])) == row["content_hash"]
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute("UPDATE settlements SET amount = 0")
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute("DELETE FROM settlements")
    finally:
        await connection.close()


async def test_the_event_names_the_settlement(manager: Caller, client: httpx.AsyncClient, keys: Keys) -> None:
    order = await ready_order(manager)
    await settle(manager, order, settled_on="2026-09-30")
    [event] = [e for e in await feed_of(client, keys, "workorder") if e["type"] == "workorder.order.settled"]
    settlement = await manager.read(at(order, "settlements", 1))
    assert event["data"]["settlement"] == {
        "id": settlement["id"], "number": 1, "amount": "75.00", "content_hash": settlement["content_hash"],
    }  # fmt: skip
    assert event["data"]["settled_on"] == "2026-09-30"


async def test_an_order_with_undecided_work_is_not_settled(manager: Caller) -> None:
    order = await ready_order(manager)
    address = at(order, "upsells")
    assert (await manager.post(address, upsell_body())).status_code == 409
    await manager.take_in("repair-order-lines", upsell_row(order_number=order["number"], decision=None))
    refused = await manager.post(at(order, "settle"), If_Match=version_of(order))
    assert problem(refused) == (409, "settlement-hindered")
    assert [(e["pointer"], e["code"]) for e in refused.json()["errors"]] == [("/lines/7", "line-undecided")]
    assert (await manager.read(at(order, "settlement-preview")))["hindrances"] == refused.json()["errors"]
    [upsell] = (await manager.read("/v1/upsells"))["items"]
    await manager.make(f"/v1/upsells/{upsell['id']}/defer", {"method": "phone"}, If_Match='"1"')
    await settle(manager, order)
    assert [line["line_number"] for line in (await manager.read(at(order, "settlements", 1)))["content"]["lines"]] == [
        1
    ]


async def test_a_line_that_another_system_changed_after_it_was_agreed_on_needs_a_reason(manager: Caller) -> None:
    order = await manager.make("/v1/repair-orders", {"kind": "repair", "number": "W1", "lines": [line_body()]})
    await manager.take_in("repair-order-lines", line_row(line_number=2))
    for verb in ("diagnose", "quote", "approve"):
        order = await manager.make(at(order, verb), asked_by(verb), If_Match=version_of(order))
    await manager.take_in("repair-order-lines", line_row(line_number=2, amount="75.00"))
    for verb in ("start", "inspect", "make-ready"):
        order = await manager.make(at(order, verb), If_Match=version_of(order))
    refused = await manager.post(at(order, "settle"), If_Match=version_of(order))
    assert [(e["pointer"], e["code"]) for e in refused.json()["errors"]] == [("/reasons/2", "reason-missing")]
    unwanted = {"reasons": {"1": "none needed", "2": "asked for at the counter"}}
    told = await manager.post(at(order, "settle"), unwanted, If_Match=version_of(order))
    assert problem(told) == (422, "reasons-refused")
    assert [e["pointer"] for e in told.json()["errors"]] == ["/reasons/1"]
    await settle(manager, order, reasons={"2": "asked for at the counter"})
    lines = (await manager.read(at(order, "settlements", 1)))["content"]["lines"]
    assert [(line["estimate"], line["reason"]) for line in lines] == [
        ("75.00", None), ("67.50", "asked for at the counter"),
    ]  # fmt: skip


BAD: list[dict[str, Any]] = [
    {"reasons": {"0": "x"}}, {"reasons": {"one": "x"}}, {"reasons": {"1": ""}}, {"reasons": {"1": "a\u0007b"}},
    {"guarantee": {"days": 0, "km": 2000}}, {"guarantee": {"days": 9, "km": 2000}}, {"guarantee": {"days": 10}},
    {"old_parts": "lost"}, {"settled_on": "yesterday"}, {"surprise": 1},
]  # fmt: skip


async def test_bad_input_settles_nothing(manager: Caller) -> None:
    order = await ready_order(manager)
    for body in BAD:
        refused = await manager.post(at(order, "settle"), body, If_Match=version_of(order))
        assert refused.status_code == 422, (body, refused.text)
    assert (await manager.post(at(order, "settle"))).status_code == 428
    assert (await manager.post(at(order, "settle"), If_Match='"1"')).status_code == 412
    assert (await manager.read(at(order, "settlements")))["items"] == []
    assert not (await manager.read(at(order)))["settled"]


async def test_settling_twice_is_refused(manager: Caller) -> None:
    order = await ready_order(manager)
    settled = await settle(manager, order)
    again = await manager.post(at(order, "settle"), If_Match=version_of(settled))
    assert problem(again) == (409, "move-not-allowed")
    assert again.json()["allowed"] == ["deliver", "reverse"]


async def test_who_is_not_at_the_till_settles_nothing(
    client: httpx.AsyncClient, manager: Caller, keys: Keys, store: AStore, stranger: Caller
) -> None:
    order = await ready_order(manager)
    for role in ("service_advisor", "technician"):
        caller = Caller(client, bearer(keys, "workorder", role, stores=[store]))
        assert (await caller.post(at(order, "settle"), If_Match=version_of(order))).status_code == 403
    for path in ("settlement-preview", "settlements", "settlements/1"):
        assert (await stranger.get(at(order, path))).status_code == 404
    assert (await stranger.post(at(order, "settle"), If_Match=version_of(order))).status_code == 404


async def test_an_order_that_comes_settled_has_no_settlement(manager: Caller) -> None:
    await manager.take_in("repair-orders", settled_row())
    order = await manager.read("/v1/repair-orders/by-number/W1")
    assert (await manager.read(at(order, "settlements")))["items"] == []


async def test_an_imported_order_in_work_is_settled_at_what_its_system_sent(manager: Caller) -> None:
    await manager.take_in("repair-orders", order_row())
    await manager.take_in("repair-order-lines", upsell_row(is_upsell=False, amount="60.00"))
    order = await manager.read("/v1/repair-orders/by-number/W1")
    for verb in ("inspect", "make-ready"):
        order = await manager.make(at(order, verb), If_Match=version_of(order))
    await settle(manager, order)
    content = (await manager.read(at(order, "settlements", 1)))["content"]
    assert (content["estimate"], content["difference"], content["discount"]) == ("60.00", "0.00", "15.00")


async def test_a_preview_asks_the_database_as_often_for_many_lines_as_for_one(app: FastAPI, manager: Caller) -> None:
    counts = []
    for lines in ([line_body()], [line_body() for _ in range(20)]):
        order = await ready_order(manager, *lines)
        with statements_of(app) as sent:
            await manager.read(at(order, "settlement-preview"))
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 12


async def test_the_shop_is_named_on_its_settlements(manager: Caller) -> None:
    assert await manager.read("/v1/shop") == {
        "name": "S1", "address": None, "phone": None, "licence_number": None, "tax_number": None, "version": 0,
    }  # fmt: skip
    body = {"name": "某某汽车销售服务有限公司", "address": "某某路1号", "phone": "0571-1"}
    assert (await manager.patch("/v1/shop", body)).status_code == 428
    first = await manager.patch("/v1/shop", body, If_Match='"0"')
    assert (first.status_code, first.json()["version"]) == (200, 1)
    assert (await manager.patch("/v1/shop", body, If_Match='"0"')).status_code == 412
    second = await manager.patch("/v1/shop", {**body, "phone": "0571-2"}, If_Match='"1"')
    assert second.json()["version"] == 2
    order = await ready_order(manager)
    await settle(manager, order)
    shop = (await manager.read(at(order, "settlements", 1)))["content"]["shop"]
    assert (shop["code"], shop["name"], shop["phone"]) == ("S1", "某某汽车销售服务有限公司", "0571-2")
