"""How the customer agreed to an order: asked for, kept with its proof, told wherever the order is told of."""

from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import pytest

from tests.calls import Caller
from tests.harness import Clone, Keys, feed_of
from tests.workorder.billing import at, version_of
from tests.workorder.caller import BY_CONTRACT, make_order, order_row
from tests.workorder.pictures import upload
from tests.workorder.quoting import at as page_of
from tests.workorder.quoting import make_link, make_quote, problem
from tests.workorder.test_thread_parts import anchors_of, kinds, part_of, ties

UNKNOWN = dict.fromkeys(("method", "decided_by", "decided_at", "called_at", "taken_by", "signature_id"))


async def quoted(manager: Caller, **overrides: Any) -> dict[str, Any]:
    return await make_order(manager, "quoted", **overrides)


async def approve(caller: Caller, order: dict[str, Any], **said: Any) -> httpx.Response:
    return await caller.post(at(order, "approve"), {**BY_CONTRACT, **said}, If_Match=version_of(order))


async def test_who_agreed_and_how_is_told_by_the_order_its_timeline_and_its_event(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    order = await quoted(manager)
    assert order["approval"] is None
    called = datetime.now(UTC).isoformat()
    approved = (await approve(manager, order, method="phone", decided_by="王芳", called_at=called)).json()
    said = approved["approval"]
    assert (said["method"], said["decided_by"], said["taken_by"]) == ("phone", "王芳", "SA01")
    assert said["signature_id"] is None
    assert said["called_at"] <= said["decided_at"]
    assert (await manager.read("/v1/repair-orders"))["items"][0]["approval"] == said
    overview = await manager.read(f"/v1/overview-parts/repair-orders/{order['number']}")
    assert overview["approval"].items() >= {"method": "phone", "decided_by": "王芳"}.items()
    newest = (await manager.read(at(order, "timeline")))["items"][0]
    assert (newest["what"], newest["who"]) == ("order.approved", "SA01")
    assert newest["detail"].items() >= {"state": "approved", "method": "phone", "decided_by": "王芳"}.items()
    events = [e["data"]["approval"] for e in await feed_of(client, keys, "workorder") if ".order." in e["type"]]
    assert events[:-1] == [None] * len(events[:-1])
    assert events[-1].items() >= {"method": "phone", "decided_by": "王芳", "taken_by": "SA01"}.items()


async def test_a_signature_is_of_the_order_and_stands_under_nothing_else(manager: Caller) -> None:
    order, other = await quoted(manager), await quoted(manager)
    foreign = await upload(manager, other["id"], purpose="signature")
    photo = await upload(manager, order["id"])
    signature = await upload(manager, order["id"], purpose="signature")
    for file in (foreign, photo):
        wrong = await approve(manager, order, method="in_person_signature", signature_id=file["id"])
        assert problem(wrong) == (422, "file-unusable")
        assert wrong.json()["errors"][0]["pointer"] == "/signature_id"
    assert (await manager.read(at(order)))["state"] == "quoted", "nothing half done"
    signed = await approve(manager, order, method="in_person_signature", signature_id=signature["id"])
    assert signed.json()["approval"]["signature_id"] == signature["id"]
    walked = {"odometer_km": 1, "fuel_percent": 50, "signed_by": "王芳", "signature_id": signature["id"]}
    again = await manager.post(at(order, "walk-round"), walked)
    assert problem(again) == (422, "file-unusable"), again.text


NO_FILE = "01990000-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    "said",
    [
        {"decided_by": None}, {"decided_by": "  "}, {"decided_by": "王\u0000"}, {"method": None},
        {"method": "sms_link"}, {"method": "phone"}, {"called_at": "2026-09-08T10:00:00Z"}, {"note": "x"},
        {"signature_id": NO_FILE},
        {"method": "in_person_signature"}, {"method": "in_person_signature", "signature_id": NO_FILE},
        {"method": "phone", "called_at": "2019-01-01T10:00:00Z"},
        {"method": "phone", "called_at": "2199-01-01T10:00:00Z"},
    ],
)  # fmt: skip
async def test_what_does_not_say_how_is_refused_and_nothing_is_done(manager: Caller, said: dict[str, Any]) -> None:
    order = await quoted(manager)
    refused = await approve(manager, order, **said)
    assert refused.status_code == 422, refused.text
    assert (await manager.read(at(order))) == order


async def test_an_order_is_agreed_to_once_and_as_it_was_seen(manager: Caller) -> None:
    early = await make_order(manager, "diagnosed")
    assert problem(await approve(manager, early)) == (409, "move-not-allowed")
    order = await quoted(manager)
    assert problem(await approve(manager, {**order, "version": 99})) == (412, "version-stale")
    approved = (await approve(manager, order)).json()
    assert problem(await approve(manager, approved)) == (409, "move-not-allowed")
    cancelled = await manager.make(at(order, "cancel"), {"reason": "x"}, If_Match=version_of(approved))
    assert cancelled["approval"] == approved["approval"], "what was agreed stays known"
    never = await quoted(manager)
    assert (await manager.make(at(never, "cancel"), {"reason": "x"}, If_Match=version_of(never)))["approval"] is None


async def test_what_is_not_known_is_told_as_not_known(
    manager: Caller, client: httpx.AsyncClient, keys: Keys, database: Clone
) -> None:
    """An order of another system, and one that was agreed to before this was asked."""
    await manager.take_in("repair-orders", order_row(number="W9"))
    old = await make_order(manager, "in_progress", number="W1")
    connection = await asyncpg.connect(database.owner_url)
    try:
        await connection.execute("ALTER TABLE order_approvals NO FORCE ROW LEVEL SECURITY")
        await connection.execute("ALTER TABLE order_approvals DISABLE TRIGGER order_approvals_immutable")
        await connection.execute("DELETE FROM order_approvals")
    finally:
        await connection.close()
    moved = await manager.make(at(old, "inspect"), If_Match=version_of(old))
    listed = (await manager.read("/v1/repair-orders"))["items"]
    assert [each["approval"] for each in (moved, *listed)] == [UNKNOWN] * 3
    assert (await feed_of(client, keys, "workorder"))[-1]["data"]["approval"] == UNKNOWN
    for number, via in (("W1", "unknown"), ("W9", "import")):
        part = await part_of(manager, number)
        (node,) = [each for each in part["nodes"] if each["kind"] == "decision"]
        assert (node["data"]["via"], "method" in node["data"]) == (via, False)
        assert "何种方式不详" in node["label"]["zh"]
        assert (node["key"], f"order:{number}") in ties(part, "decides_on")


async def test_a_thread_leads_from_the_money_to_whoever_agreed_to_the_order(manager: Caller) -> None:
    order = await quoted(manager)
    await approve(manager, order, decided_by="王芳")
    part = await part_of(manager, order["number"])
    assert kinds(part) == ["decision", "order_line", "order"]
    decision, line, told = part["nodes"]
    assert ties(part, "decides_on") == {(decision["key"], line["key"]), (decision["key"], told["key"])}
    assert decision["data"].items() >= {"decision": "approved", "method": "contract", "decided_by": "王芳",
                                        "via": "desk", "taken_by": "SA01"}.items()  # fmt: skip
    assert decision["href"] == at(order)
    (anchor,) = await anchors_of(manager, decision["id"])
    assert (anchor["kind"], anchor["keys"], anchor["orders"]) == ("decision", [decision["key"]], [order["number"]])


async def test_whoever_holds_a_link_is_shown_how_the_order_was_agreed_to(manager: Caller, customer: Caller) -> None:
    page = await customer.read(page_of(await make_link(manager, await make_quote(manager))))
    assert page["order_approval"].items() >= {"method": "contract", "decided_by": "王先生"}.items()
    assert page["quote"]["items"][0]["decided_by"] is None


async def test_another_store_sees_nothing_of_it(manager: Caller, stranger: Caller) -> None:
    order = await quoted(manager)
    assert (await approve(stranger, order)).status_code == 404
    await approve(manager, order)
    assert (await part_of(stranger, order["number"]))["nodes"] == []
    assert (await stranger.get(at(order))).status_code == 404
