"""What the service tells of a thread: every node that belongs to it, edges between them, and no more of a store."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI

from services.workorder.repository import thread_anchors, thread_parts
from tests.calls import Caller
from tests.harness import AStore, Clone, Keys, bearer
from tests.plans import wide_scans
from tests.workorder.billing import give_back, pay
from tests.workorder.caller import line_row, make_order, part_row, settled_row, upsell_row
from tests.workorder.quoting import decide, make_link, make_quote, problem, quote_body, said, told
from tests.workorder.risk_queue import odd_order
from tests.workorder.test_claims_api import SENT, draft, move, paid, warranty_order
from tests.workorder.test_deferred_work_api import refused, revive
from tests.workorder.test_findings_api import SEEN, propose
from tests.workorder.test_inspections_api import GREEN, answered, photo_of, publish
from tests.workorder.test_packages import SALE, cover

PART = "/v1/overview-parts/threads/"
ANCHOR = "/v1/overview-parts/thread-anchors/"
IN_W1, NO_FLAGS = '{"orders": ["W1"]}', (False, None)


async def part_of(caller: Caller, *orders: str) -> dict[str, Any]:
    part: dict[str, Any] = await caller.read(PART + quote(json.dumps({"orders": orders}), safe=""))
    return part


async def anchors_of(caller: Caller, told: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await caller.read(ANCHOR + quote(told, safe="")))["anchors"]
    return found


def kinds(part: dict[str, Any]) -> list[str]:
    return [node["kind"] for node in part["nodes"]]


def the(part: dict[str, Any], kind: str) -> dict[str, Any]:
    (node,) = [node for node in part["nodes"] if node["kind"] == kind]
    found: dict[str, Any] = node
    return found


def decided(part: dict[str, Any]) -> dict[str, Any]:
    """The decision on additional work; that on the order itself stands beside it."""
    on_order = {decision for decision, end in ties(part, "decides_on") if end.startswith("order:")}
    (node,) = [node for node in part["nodes"] if node["kind"] == "decision" and node["key"] not in on_order]
    found: dict[str, Any] = node
    return found


def ties(part: dict[str, Any], kind: str) -> set[tuple[str, str]]:
    return {(edge["from"], edge["to"]) for edge in part["edges"] if edge["kind"] == kind}


async def inspected(manager: Caller) -> dict[str, Any]:
    """A finding at a red item of an inspection."""
    order = await make_order(manager, "in_progress")
    await publish(manager)
    inspection = await manager.make(f"/v1/repair-orders/{order['id']}/inspections")
    red = {"code": "TY01", "value": "1.0", "photos": [await photo_of(manager, inspection)]}
    await answered(manager, inspection, red, *GREEN[1:])
    body = {**SEEN, "inspection_item_id": inspection["items"][0]["id"]}
    return await manager.make(f"/v1/repair-orders/{order['id']}/findings", body)


@pytest.fixture
async def visit(manager: Caller, customer: Caller) -> dict[str, Any]:
    """From an item of an inspection over two revisions of a quote to an approval by link and a payment."""
    finding = await inspected(manager)
    upsell = await propose(manager, finding, "ME04")
    quotes = [
        await manager.make(f"/v1/repair-orders/{finding['order_id']}/quotes", quote_body(upsell["id"]))
        for _ in range(2)
    ]
    link = await make_link(manager, quotes[1])
    await customer.make(decide(link), said(quotes[1], "approved"))
    payment = await pay(manager, finding["order_id"], paid_on="2026-09-08", amount="30.00", method="cash")
    return {"number": finding["order_number"], "finding": finding, "upsell": upsell, "quotes": quotes, "link": link,
            "payment": payment}  # fmt: skip


async def test_the_part_runs_from_what_was_seen_to_what_was_paid(manager: Caller, visit: dict[str, Any]) -> None:
    part = await part_of(manager, visit["number"])
    assert kinds(part) == [
        "file", "inspection_item", "finding", "upsell", "quote_item", "quote_item", "decision", "decision",
        "order_line", "order_line", "order", "payment",
    ]  # fmt: skip
    assert not part["truncated"]
    assert the(part, "inspection_item")["label"] == {"zh": "检查项目 轮胎", "en": "Inspection item tyre"}
    assert the(part, "inspection_item")["data"]["result"] == "red"
    first, second = [node["data"] for node in part["nodes"] if node["kind"] == "quote_item"]
    assert [(each["revision"], each["content_hash"]) for each in (first, second)] == [
        (quote["number"], quote["content_hash"]) for quote in visit["quotes"]
    ]
    decision = decided(part)["data"]
    assert (decision["method"], decision["via"], decision["link_id"], decision["decided_by"]) == (
        "sms_link", "link", visit["link"]["id"], "王先生",
    )  # fmt: skip
    assert set(part["kinds"]) >= {edge["kind"] for edge in part["edges"]}


async def test_every_edge_leads_on_and_only_charged_lines_lead_to_the_money(
    manager: Caller, visit: dict[str, Any]
) -> None:
    part = await part_of(manager, visit["number"])
    keys = {node["key"] for node in part["nodes"]}
    assert {end for edge in part["edges"] for end in (edge["from"], edge["to"])} <= keys
    upsell, order = f"upsell:{visit['upsell']['id']}", f"order:{visit['number']}"
    first, second = [f"quote_item:{quote['id']}/{visit['upsell']['id']}" for quote in visit["quotes"]]
    assert ties(part, "revised") == {(first, second)}
    decision = decided(part)["key"]
    assert ties(part, "decided") == {(second, decision)}
    own, added = [node["key"] for node in part["nodes"] if node["kind"] == "order_line"]
    (agreed,) = {node["key"] for node in part["nodes"] if node["kind"] == "decision"} - {decision}
    assert ties(part, "decides_on") == {(decision, added), (agreed, own), (agreed, order)}
    assert ties(part, "consists_of") == {(upsell, added)}
    assert ties(part, "part_of") == {(own, order), (added, order)}
    assert ties(part, "paid_by") == {(order, f"payment:{visit['payment']['id']}")}


async def test_an_id_or_a_number_is_known_for_what_it_is(manager: Caller, visit: dict[str, Any]) -> None:
    part = await part_of(manager, visit["number"])
    item = the(part, "inspection_item")
    for told_id, kind in (
        (visit["number"], "order"), (the(part, "order")["data"]["order_id"], "order"),
        (visit["upsell"]["number"], "upsell"), (visit["upsell"]["id"], "upsell"), (item["id"], "inspection_item"),
        (visit["finding"]["id"], "finding"), (decided(part)["id"], "decision"),
        (visit["payment"]["id"], "payment"), (visit["quotes"][0]["id"], "quote"),
    ):  # fmt: skip
        (anchor,) = await anchors_of(manager, told_id)
        assert (anchor["kind"], anchor["orders"]) == (kind, [visit["number"]])
        assert set(anchor["keys"]) <= {node["key"] for node in part["nodes"]}
    lines = [node for node in part["nodes"] if node["kind"] == "order_line"]
    assert [a["keys"] for a in await anchors_of(manager, lines[0]["id"])] == [[lines[0]["key"]]]


@pytest.mark.parametrize("unknown", ["W99", "0190b7a0-0000-7000-8000-000000000000", "W1/99", "{}", "%", "'"])
async def test_what_nobody_knows_is_no_anchor(manager: Caller, visit: dict[str, Any], unknown: str) -> None:
    assert (await manager.get(ANCHOR + quote(unknown, safe=""))).status_code == 404


async def test_a_green_item_without_a_finding_is_no_anchor(manager: Caller, visit: dict[str, Any]) -> None:
    (inspection,) = (await manager.read("/v1/inspections", order=visit["number"]))["items"]
    green = (await manager.read(f"/v1/inspections/{inspection['id']}"))["items"][2]["id"]
    assert (await manager.get(ANCHOR + green)).status_code == 404


async def test_an_imported_order_has_decisions_without_quotes(manager: Caller) -> None:
    await manager.take_in("repair-orders", settled_row(kind="accident"))
    declined = {"decision": "declined", "amount": "0.00"}
    await manager.take_in(
        "repair-order-lines", line_row(), upsell_row(), part_row(), upsell_row(line_number=9, **declined)
    )
    approval = {"order_number": "W1", "approved_on": "2026-09-23", "approved_amount": "10.00", "owner_share": "0.00"}
    await manager.take_in("insurer-approvals", approval)
    await manager.take_in("reimbursements", {"order_number": "W1", "paid_on": "2026-09-25", "amount": "125.00"})
    part = await part_of(manager, "W1")
    assert kinds(part) == ["upsell", "upsell", *["decision"] * 3, *["order_line"] * 4, "order", "reimbursement",
                           "insurer_approval"]  # fmt: skip
    told = [(node["data"]["decision"], node["data"]["via"]) for node in part["nodes"] if node["kind"] == "decision"]
    assert sorted(told) == [("approved", "import"), ("approved", "import"), ("declined", "import")]
    charged = {key for key, _ in ties(part, "part_of")}
    numbers = {node["key"]: node["data"]["line_number"] for node in part["nodes"] if node["kind"] == "order_line"}
    assert {numbers[key] for key in charged} == {1, 7, 8}, "what was declined is on nobody's bill"
    assert len(ties(part, "proposed_on")) == 2


async def test_what_was_given_back_hangs_on_its_payment(manager: Caller, visit: dict[str, Any]) -> None:
    refund = await give_back(manager, visit["payment"], amount="10.00", method="cash", reason="goodwill")
    part = await part_of(manager, visit["number"])
    assert ties(part, "given_back") == {(f"payment:{visit['payment']['id']}", f"refund:{refund['id']}")}
    assert (await anchors_of(manager, refund["id"]))[0]["kind"] == "refund"


async def test_a_decision_at_the_desk_says_so(manager: Caller) -> None:
    quote_ = await make_quote(manager)
    await manager.make(f"/v1/quotes/{quote_['id']}/decisions", told(quote_, "declined"))
    order = await manager.read(f"/v1/repair-orders/{quote_['order_id']}")
    data = decided(await part_of(manager, order["number"]))["data"]
    assert (data["decision"], data["via"], data["taken_by"]) == ("declined", "desk", "SA01")
    assert "link_id" not in data


@pytest.mark.parametrize("key", ["", "x", "[]", "5", "null", '{"orders": 5}', '{"orders": ["\\u0000"]}', "{}"])
async def test_a_key_that_means_nothing_finds_nothing(manager: Caller, key: str) -> None:
    response = await manager.get(PART + (quote(key, safe="") or "%20"))
    assert response.status_code == 200, response.text
    assert (response.json()["nodes"], response.json()["edges"]) == ([], [])


async def test_more_orders_than_a_thread_has_are_cut_off_and_that_is_said(manager: Caller) -> None:
    numbers = [f"W{n:03}" for n in range(thread_anchors.MOST_ORDERS + 1)]
    await manager.take_in("repair-orders", *(settled_row(number=number) for number in numbers))
    whole = await part_of(manager, *numbers[:-1])
    assert (kinds(whole).count("order"), whole["truncated"]) == (thread_anchors.MOST_ORDERS, False)
    cut = await part_of(manager, *numbers)
    assert (kinds(cut).count("order"), cut["truncated"]) == (thread_anchors.MOST_ORDERS, True)


async def test_more_of_a_kind_than_a_thread_has_are_cut_off_and_that_is_said(manager: Caller) -> None:
    await manager.take_in("repair-orders", settled_row())
    await manager.take_in("repair-order-lines", *(line_row(line_number=n + 1) for n in range(501)))
    part = await part_of(manager, "W1")
    assert (kinds(part).count("order_line"), kinds(part).count("order"), part["truncated"]) == (500, 1, True)


async def test_photos_lead_to_what_they_show(manager: Caller, visit: dict[str, Any]) -> None:
    part = await part_of(manager, visit["number"])
    photo, item, finding = [the(part, kind)["key"] for kind in ("file", "inspection_item", "finding")]
    assert ties(part, "shows") == {(photo, item), (photo, finding)}
    (anchor,) = await anchors_of(manager, the(part, "file")["id"])
    assert (anchor["kind"], anchor["keys"], anchor["orders"]) == ("file", [photo], [visit["number"]])


async def test_a_line_leads_to_its_claim_and_that_to_what_the_maker_paid(manager: Caller) -> None:
    claim = await draft(manager, await warranty_order(manager, number="W1"))
    claim = await move(manager, claim, "send", SENT)
    claim = await move(manager, claim, "pay", paid("120.00", "50.00", reason=None))
    part = await part_of(manager, "W1")
    told, reimbursement = the(part, "claim"), the(part, "reimbursement")["key"]
    assert (told["data"]["number"], told["data"]["maker_number"]) == (claim["number"], "GM-88121")
    assert ties(part, "answered_by") == {(told["key"], reimbursement)}
    numbers = {node["key"]: node["data"]["line_number"] for node in part["nodes"] if node["kind"] == "order_line"}
    assert {(numbers[line], end) for line, end in ties(part, "claimed_in")} == {(2, told["key"]), (3, told["key"])}
    assert ties(part, "reimbursed_by") == set(), "it is of its claim, not of the whole order"


async def test_a_line_leads_to_the_package_that_covers_it_until_that_is_undone(manager: Caller) -> None:
    sold = await manager.make("/v1/packages", SALE)
    order = await make_order(manager, "ready", number="W1")
    used = (await cover(manager, order, sold)).json()
    part = await part_of(manager, "W1")
    draw = the(part, "package_draw")
    assert (draw["data"]["package_number"], draw["data"]["value"]) == (sold["number"], "60.00")
    assert ties(part, "covered_by") == {(the(part, "order_line")["key"], draw["key"])}
    assert (await anchors_of(manager, used["id"]))[0]["keys"] == [draw["key"]]
    await manager.make(f"/v1/package-draws/{used['id']}/undo", If_Match='"1"')
    assert "package_draw" not in kinds(await part_of(manager, "W1"))


async def test_flags_are_told_to_whom_they_are_shown_elsewhere(
    manager: Caller, chief: Caller, caller_as: Callable[..., Caller], sweep: Callable[[], Any]
) -> None:
    order, upsell = await odd_order(manager, evidence=None)
    await sweep()
    whole = await part_of(chief, order["number"])
    flag = the(whole, "risk_flag")
    assert (flag["data"]["kind"], flag["data"]["state"]) == ("evidence_missing", "open")
    assert ties(whole, "flagged") == {(f"upsell:{upsell['id']}", flag["key"])}
    for role, employee, seen in (
        ("technician", "J104", True), ("technician", "J9", False), ("service_advisor", "SA01", True),
        ("service_advisor", "SA9", False), ("cashier", "J104", False), ("cashier", None, False),
        ("auditor", None, True),
    ):  # fmt: skip
        part = await part_of(caller_as(role, employee=employee), order["number"])
        assert ("risk_flag" in kinds(part), len(ties(part, "flagged"))) == (seen, int(seen)), (role, employee)


async def test_more_ties_than_a_thread_has_are_cut_off_and_that_is_said(
    manager: Caller, app: FastAPI, store: AStore
) -> None:
    await manager.take_in("repair-orders", settled_row())
    await manager.take_in("repair-order-lines", *(line_row(line_number=n + 1) for n in range(5)))
    few = thread_parts.THREAD.replace(f"nth <= {thread_parts.MOST_EDGES_OF_A_KIND}", "nth <= 3").replace(
        f"nth > {thread_parts.MOST_EDGES_OF_A_KIND}", "nth > 3"
    )
    told = await app.state.database.fetch_json(few, IN_W1, *NO_FLAGS, store=store.id)
    part = json.loads(told)
    assert (len(ties(part, "part_of")), kinds(part).count("order_line"), part["truncated"]) == (3, 5, True)


async def test_a_thread_stays_in_its_store(manager: Caller, stranger: Caller, visit: dict[str, Any]) -> None:
    assert (await part_of(stranger, visit["number"]))["nodes"] == []
    for each in (visit["number"], visit["upsell"]["id"], visit["payment"]["id"], visit["quotes"][0]["id"]):
        assert (await stranger.get(ANCHOR + quote(each, safe=""))).status_code == 404


async def test_a_customer_is_told_nothing(client: httpx.AsyncClient, keys: Keys, store: AStore) -> None:
    someone = Caller(client, bearer(keys, "workorder", "customer", stores=[store], kind="customer"))
    for address in (ANCHOR + "W1", PART + "%7B%7D"):
        assert problem(await someone.get(address)) == (403, "role-missing")


@pytest.mark.parametrize(
    ("sql", "asked"),
    [(thread_anchors.ANCHORS, ["W1"]), (thread_parts.THREAD, [IN_W1, *NO_FLAGS])],
    ids=["anchors", "part"],
)
async def test_a_thread_is_read_by_indexes(
    manager: Caller, database: Clone, store: AStore, visit: dict[str, Any], sql: str, asked: list[Any]
) -> None:
    assert await wide_scans(database.app_url, store, sql, *asked) == []
    without_one = "SELECT max(decided_by) FROM upsells WHERE decided_by = $1"
    assert await wide_scans(database.app_url, store, without_one, "W1"), "it would be seen"


async def test_work_that_was_refused_and_offered_again_is_one_thread(manager: Caller) -> None:
    former = await refused(manager)
    order = await make_order(manager, "in_progress")
    again = (await revive(manager, former, order)).json()
    numbers = sorted([former["order_number"], order["number"]])
    for each in (former, again):
        (anchor,) = await anchors_of(manager, each["id"])
        assert (anchor["keys"], sorted(anchor["orders"])) == ([f"upsell:{each['id']}"], numbers)
    assert (await anchors_of(manager, order["number"]))[0]["orders"] == [order["number"]]
    part = await part_of(manager, *numbers)
    assert ties(part, "offered_again") == {(f"upsell:{former['id']}", f"upsell:{again['id']}")}
    alone = await part_of(manager, order["number"])
    assert [node["id"] for node in alone["nodes"] if node["kind"] == "upsell"] == [former["id"], again["id"]]
