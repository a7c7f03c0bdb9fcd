import asyncio

import httpx
import pytest

from tests.calls import Caller
from tests.harness import Keys, feed_of
from tests.workorder.caller import make_order, order_row, part_row, settled_row, upsell_body, upsell_row

SAID = {"method": "phone", "reason": "too dear"}


async def propose(manager: Caller, until: str = "in_progress") -> dict[str, object]:
    order = await make_order(manager, until, number="W1")
    return await manager.make(f"/v1/repair-orders/{order['id']}/upsells", upsell_body())


async def test_an_upsell_is_proposed_with_its_labour_and_parts(manager: Caller) -> None:
    upsell = await propose(manager)
    assert upsell["number"] == "W1/2"
    assert upsell["line_numbers"] == [2, 3]
    assert (upsell["amount"], upsell["currency"], upsell["decision"]) == ("759.00", "CNY", None)
    assert (upsell["advisor"], upsell["finder"], upsell["operation_name"]) == ("SA01", "J104", "更换蓄电池")


@pytest.mark.parametrize(
    ("verb", "decision"), [("approve", "approved"), ("decline", "declined"), ("defer", "deferred")]
)
async def test_the_customers_decision_reaches_every_line(
    manager: Caller, client: httpx.AsyncClient, keys: Keys, verb: str, decision: str
) -> None:
    upsell = await propose(manager)
    decided = await manager.make(f"/v1/upsells/{upsell['id']}/{verb}", SAID, If_Match='"1"')
    assert (decided["decision"], decided["decided_by"], decided["decided_by_method"]) == (decision, "SA01", "phone")
    lines = await manager.read(f"/v1/repair-orders/{upsell['order_id']}/lines")
    assert [line["authorisation"] for line in lines["items"]] == [None, decision, decision]
    events = await feed_of(client, keys, "workorder")
    assert [e["type"] for e in events if e["subject"] == upsell["id"]] == [
        "workorder.upsell.proposed",
        "workorder.upsell.decided",
    ]


async def test_what_was_put_off_can_still_be_approved_but_only_once(manager: Caller) -> None:
    upsell = await propose(manager)
    address = f"/v1/upsells/{upsell['id']}"
    await manager.make(f"{address}/defer", SAID, If_Match='"1"')
    await manager.make(f"{address}/approve", SAID, If_Match='"2"')
    refused = await manager.post(f"{address}/decline", SAID, If_Match='"3"')
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:aftermile:problem:upsell-already-decided")


async def test_of_two_decisions_at_once_one_wins(manager: Caller) -> None:
    upsell = await propose(manager)
    address = f"/v1/upsells/{upsell['id']}"
    answers = await asyncio.gather(
        *(manager.post(f"{address}/{verb}", SAID, If_Match='"1"') for verb in ("approve", "decline"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]


async def test_no_work_is_proposed_on_a_car_that_is_ready(manager: Caller) -> None:
    order = await make_order(manager, "ready")
    refused = await manager.post(f"/v1/repair-orders/{order['id']}/upsells", upsell_body())
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:aftermile:problem:order-takes-no-work")


async def test_a_decision_says_which_version_was_seen(manager: Caller) -> None:
    upsell = await propose(manager)
    assert (await manager.post(f"/v1/upsells/{upsell['id']}/approve", SAID)).status_code == 428


async def test_upsells_are_listed_by_order_and_decision(manager: Caller) -> None:
    upsell = await propose(manager)
    listed = await manager.read("/v1/upsells", order="W1", decision="proposed", finder="J104", source="incidental")
    assert [each["id"] for each in listed["items"]] == [upsell["id"]]
    assert (await manager.read("/v1/upsells", decision="approved"))["items"] == []


async def test_figures_count_upsells_by_the_orders_advisor(manager: Caller) -> None:
    await manager.take_in("repair-orders", settled_row(), order_row(number="W2", advisor="SA02", status="cancelled"))
    await manager.take_in(
        "repair-order-lines",
        upsell_row(),
        part_row(),
        upsell_row(line_number=9, decision="declined", amount="0.00"),
        upsell_row(order_number="W2", decision="deferred", amount="0.00"),
    )
    figures = await manager.read("/v1/upsell-figures")
    assert figures == {
        "from": None,
        "to": None,
        "currency": "CNY",
        "advisors": [
            {"advisor": "SA01", "proposed": 2, "approved": 1, "approved_amount": "751.50"},
            {"advisor": "SA02", "proposed": 1, "approved": 0, "approved_amount": "0.00"},
        ],
    }
    august = await manager.read("/v1/upsell-figures", **{"from": "2026-08-01", "to": "2026-08-31"})
    assert august["advisors"] == []


async def test_upsells_proposed_here_survive_an_import_of_the_order(manager: Caller) -> None:
    upsell = await propose(manager)
    report = await manager.take_in("repair-order-lines", upsell_row(line_number=20), part_row(line_number=21))
    assert report["counts"]["created"] == 2
    found = (await manager.read("/v1/upsells", order="W1"))["items"]
    assert {each["number"] for each in found} == {upsell["number"], "W1/20"}
