from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.calls import Caller, statements_of
from tests.harness import AStore, Clone, Keys, bearer, feed_of
from tests.workorder.at_once import one_after_the_other
from tests.workorder.caller import line_body, make_order, settled_row, upsell_body, upsell_row
from tests.workorder.quoting import problem, quote_body, revise, told
from tests.workorder.shop_days import in_days
from tests.workorder.test_findings_api import propose, record
from tests.workorder.test_inspections_api import photo_of

VIN = "LSGXEGX97MY815823"


def of(thing: dict[str, Any]) -> str:
    return f'"{thing["version"]}"'


@pytest.fixture
def as_role(client: httpx.AsyncClient, keys: Keys, store: AStore) -> Callable[[str], Caller]:
    return lambda role: Caller(client, bearer(keys, "workorder", role, stores=[store], employee="J104"))


async def left(manager: Caller, order_id: str) -> None:
    """The car leaves, and its order takes no more work."""
    for verb in ("inspect", "make-ready"):
        order = await manager.read(f"/v1/repair-orders/{order_id}")
        await manager.make(f"/v1/repair-orders/{order_id}/{verb}", If_Match=of(order))


async def refused(manager: Caller, follow_up_on: str | None = None, **decision: Any) -> dict[str, Any]:
    """Work deferred on a quote, at a visit that is over."""
    order = await make_order(manager, "in_progress")
    upsell = await manager.make(f"/v1/repair-orders/{order['id']}/upsells", upsell_body())
    quote = await revise(manager, order["id"], upsell["id"])
    said = told(quote, "deferred")
    said["items"][0] |= {"reason": "too dear", "priority": "safety", "follow_up_on": follow_up_on, **decision}
    await manager.make(f"/v1/quotes/{quote['id']}/decisions", said)
    await left(manager, order["id"])
    found: dict[str, Any] = await manager.read(f"/v1/upsells/{upsell['id']}")
    return found


async def revive(caller: Caller, upsell: dict[str, Any], order: dict[str, Any], **body: Any) -> httpx.Response:
    return await caller.post(f"/v1/upsells/{upsell['id']}/revive", {"order_id": order["id"], **body})


async def test_what_was_refused_waits_in_the_list_with_all_that_was_said_of_it(manager: Caller) -> None:
    upsell = await refused(manager, in_days(3))
    [work] = (await manager.read("/v1/deferred-work"))["items"]
    assert work["id"] == upsell["id"]
    expected = {
        "vin": VIN, "customer_number": "C1", "operation_code": "ME04", "decision": "deferred", "decided_by": "王先生",
        "taken_by": "SA01", "reason": "too dear", "priority": "safety", "follow_up_on": in_days(3), "overdue": False,
        "quote_number": 1, "why": "12.1 V at rest", "if_not_done": "may not start in the cold", "amount": "759.00",
        "currency": "CNY", "revived_from": None, "finder": "J104",
    }  # fmt: skip
    assert {name: work[name] for name in expected} == expected
    assert await manager.read(f"/v1/deferred-work/{upsell['id']}") == work
    assert (upsell["outcome"], upsell["revived_as"], upsell["priority"]) == ("open", None, "safety")


async def test_the_list_shows_the_photos_of_what_was_found(manager: Caller) -> None:
    order = await make_order(manager, "in_progress")
    photo = await photo_of(manager, {"order_id": order["id"]})
    found = await record(manager, order, photos=[photo])
    upsell = await propose(manager, found, "ME04")
    await manager.make(
        f"/v1/upsells/{upsell['id']}/decline", {"method": "phone", "reason": "later"}, If_Match=of(upsell)
    )
    assert [work["photos"] for work in (await manager.read("/v1/deferred-work"))["items"]] == [[photo]]


async def test_the_list_begins_with_what_is_due_and_ends_with_what_has_no_date(manager: Caller) -> None:
    dates = [in_days(9), None, in_days(1), in_days(30)]
    made = [await refused(manager, each) for each in dates]
    page = await manager.read("/v1/deferred-work", limit=2)
    rest = await manager.read(page["next"])
    order = [work["id"] for work in [*page["items"], *rest["items"]]]
    assert order == [made[2]["id"], made[0]["id"], made[3]["id"], made[1]["id"]]
    assert rest["next"] is None
    due = (await manager.read("/v1/deferred-work", due_by=in_days(9)))["items"]
    assert [work["id"] for work in due] == [made[2]["id"], made[0]["id"]]


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"priority": "safety"}, 1), ({"priority": "soon"}, 0), ({"advisor": "SA01"}, 1), ({"advisor": "SA02"}, 0),
        ({"customer": "C1"}, 1), ({"customer": "C2"}, 0), ({"vin": VIN}, 1), ({"vin": "V2"}, 0),
        ({"decision": "declined"}, 0),
    ],
)  # fmt: skip
async def test_the_list_is_narrowed(manager: Caller, wanted: dict[str, str], count: int) -> None:
    await refused(manager)
    assert len((await manager.read("/v1/deferred-work", **wanted))["items"]) == count


async def test_the_list_takes_one_query_however_long_it_is(app: FastAPI, manager: Caller) -> None:
    for _ in range(3):
        await refused(manager)
    with statements_of(app) as sent:
        assert len((await manager.read("/v1/deferred-work"))["items"]) == 3
    assert len(sent) == 1


async def test_imported_refusals_wait_too(manager: Caller) -> None:
    await manager.take_in("repair-orders", settled_row())
    await manager.take_in("repair-order-lines", upsell_row(decision="declined"))
    [work] = (await manager.read("/v1/deferred-work"))["items"]
    assert (work["number"], work["decision"], work["quote_number"], work["amount"]) == (
        "W1/7",
        "declined",
        None,
        "67.50",
    )
    await manager.take_in("repair-order-lines", upsell_row(decision="approved"))
    assert (await manager.read("/v1/deferred-work"))["items"] == []


async def test_a_refusal_at_the_desk_takes_priority_and_date(manager: Caller) -> None:
    order = await make_order(manager, "in_progress")
    upsell = await manager.make(f"/v1/repair-orders/{order['id']}/upsells", upsell_body())
    address = f"/v1/upsells/{upsell['id']}"
    said = {"method": "phone", "priority": "soon", "follow_up_on": in_days(-2)}
    past = await manager.post(f"{address}/defer", said, If_Match='"1"')
    assert problem(past) == (422, "follow-up-refused")
    dated = {**said, "follow_up_on": in_days(2)}
    assert problem(await manager.post(f"{address}/approve", dated, If_Match='"1"')) == (422, "follow-up-refused")
    deferred = await manager.make(f"{address}/defer", dated, If_Match='"1"')
    assert (deferred["priority"], deferred["follow_up_on"], deferred["outcome"]) == ("soon", in_days(2), "open")
    approved = await manager.make(f"{address}/approve", {"method": "phone"}, If_Match='"2"')
    assert (approved["priority"], approved["follow_up_on"], approved["outcome"]) == (None, None, None)


async def test_at_the_next_visit_of_the_car_it_is_offered_and_bought(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    former = await refused(manager)
    await refused(manager, reason="later")
    order = await make_order(manager)
    other = await make_order(manager, vin="LSVNV2182E2100001")
    nameless = await make_order(manager, vin=None)
    offered = (await manager.read(f"/v1/repair-orders/{order['id']}/open-recommendations"))["items"]
    assert [work["id"] for work in offered] == sorted([work["id"] for work in offered])
    assert former["id"] in {work["id"] for work in offered}
    for each in (other, nameless):
        assert (await manager.read(f"/v1/repair-orders/{each['id']}/open-recommendations"))["items"] == []
    response = await revive(manager, former, order)
    assert response.status_code == 201, response.text
    again = response.json()
    assert (again["revived_from"], again["order_id"]) == (former["id"], order["id"])
    assert (again["operation_code"], again["amount"], again["finder"]) == ("ME04", "759.00", "J104")
    assert (again["stage"], again["source"], again["decision"]) == ("reception", "incidental", None)
    lines = (await manager.read(f"/v1/repair-orders/{order['id']}/lines"))["items"]
    assert [(line["code"], line["upsell_id"]) for line in lines if line["is_upsell"]] == [
        ("ME04", again["id"]), ("PME04", again["id"]),
    ]  # fmt: skip
    seen = await manager.read(f"/v1/upsells/{former['id']}")
    assert (seen["outcome"], seen["revived_as"]) == ("offered_again", again["id"])
    await manager.make(f"/v1/upsells/{again['id']}/approve", {"method": "phone"}, If_Match='"1"')
    lineage = (await manager.read(f"/v1/upsells/{again['id']}/lineage"))["items"]
    assert [(each["id"], each["outcome"]) for each in lineage] == [(former["id"], "converted"), (again["id"], None)]
    assert lineage == (await manager.read(f"/v1/upsells/{former['id']}/lineage"))["items"]
    events = [e["data"] for e in await feed_of(client, keys, "workorder") if e["type"].startswith("workorder.upsell")]
    told_of = [each["revived_from"] for each in events if each["id"] == again["id"]]
    assert told_of == [{"id": former["id"], "number": former["number"]}] * 2


async def test_payers_share_it_as_before(manager: Caller) -> None:
    order = await make_order(manager, "in_progress")
    split = line_body(amount="75.00", shares={"customer": "25.00", "maker": "50.00"}, origin="genuine")
    upsell = await manager.make(f"/v1/repair-orders/{order['id']}/upsells", upsell_body(lines=[split]))
    await manager.make(f"/v1/upsells/{upsell['id']}/decline", {"method": "phone"}, If_Match='"1"')
    await left(manager, order["id"])
    later = await make_order(manager)
    again = (await revive(manager, upsell, later)).json()
    lines = (await manager.read(f"/v1/repair-orders/{later['id']}/lines"))["items"]
    [line] = [each for each in lines if each["upsell_id"] == again["id"]]
    assert (line["shares"], line["origin"]) == (split["shares"], "genuine")


async def test_it_is_offered_at_todays_price_when_told_and_stays_the_same_operation(manager: Caller) -> None:
    former, order = await refused(manager), await make_order(manager)
    other = await revive(manager, former, order, lines=[line_body(code="ME05")])
    assert problem(other) == (422, "another-operation")
    again = (await revive(manager, former, order, lines=[line_body(amount="99.00")], finder="J105")).json()
    assert (again["amount"], again["finder"]) == ("99.00", "J105")


async def test_what_is_refused_again_goes_on_from_there(manager: Caller) -> None:
    first = await refused(manager)
    order = await make_order(manager, "in_progress")
    second = (await revive(manager, first, order)).json()
    await manager.make(f"/v1/upsells/{second['id']}/decline", {"method": "phone", "reason": "no"}, If_Match='"1"')
    await left(manager, order["id"])
    [work] = (await manager.read("/v1/deferred-work"))["items"]
    assert (work["id"], work["revived_from"]) == (second["id"], first["id"])
    last = await make_order(manager, "in_progress")
    once_more = await revive(manager, first, last)
    assert (problem(once_more), once_more.json()["upsell_id"]) == ((409, "already-revived"), second["id"])
    third = (await revive(manager, second, last)).json()
    await manager.make(f"/v1/upsells/{third['id']}/approve", {"method": "phone"}, If_Match='"1"')
    chain = (await manager.read(f"/v1/upsells/{second['id']}/lineage"))["items"]
    assert [each["id"] for each in chain] == [first["id"], second["id"], third["id"]]
    figures = {each["reason"]: each for each in (await manager.read("/v1/deferred-work-figures"))["reasons"]}
    assert {name: figures["too dear"][name] for name in ("refused", "came_again", "offered_again", "converted")} == {
        "refused": 1, "came_again": 1, "offered_again": 1, "converted": 1,
    }  # fmt: skip
    assert (figures["no"]["converted_amount"], figures["no"]["open"]) == ("759.00", 0)
    assert (await manager.read("/v1/deferred-work-figures", to="2020-01-01"))["reasons"] == []


async def test_work_left_undecided_on_a_cancelled_order_is_not_lost(manager: Caller) -> None:
    first = await refused(manager)
    order = await make_order(manager)
    second = (await revive(manager, first, order)).json()
    order = await manager.read(f"/v1/repair-orders/{order['id']}")
    await manager.make(f"/v1/repair-orders/{order['id']}/cancel", {"reason": "no time"}, If_Match=of(order))
    [work] = (await manager.read("/v1/deferred-work"))["items"]
    assert (work["id"], work["decision"]) == (second["id"], None)
    assert (await revive(manager, second, await make_order(manager))).status_code == 201


async def test_a_car_that_is_still_here_is_asked_on_its_own_order(manager: Caller) -> None:
    order = await make_order(manager, "in_progress")
    upsell = await manager.make(f"/v1/repair-orders/{order['id']}/upsells", upsell_body())
    await manager.make(f"/v1/upsells/{upsell['id']}/defer", {"method": "phone"}, If_Match='"1"')
    assert (await manager.read(f"/v1/repair-orders/{order['id']}/open-recommendations"))["items"] == []
    assert problem(await revive(manager, upsell, await make_order(manager))) == (409, "still-on-its-order")


async def test_it_is_offered_for_the_same_car_while_work_can_be_added(manager: Caller) -> None:
    former = await refused(manager)
    assert problem(await revive(manager, former, await make_order(manager, vin="V2"))) == (409, "another-vehicle")
    ready = await make_order(manager, "ready")
    assert problem(await revive(manager, former, ready)) == (409, "order-takes-no-work")
    approved = await make_order(manager, "in_progress")
    taken = await manager.make(f"/v1/repair-orders/{approved['id']}/upsells", upsell_body())
    assert problem(await revive(manager, taken, await make_order(manager))) == (409, "work-not-open")


async def test_work_is_closed_with_a_reason_and_offered_no_more(manager: Caller) -> None:
    upsell, order = await refused(manager), await make_order(manager)
    address = f"/v1/deferred-work/{upsell['id']}"
    assert (await manager.post(f"{address}/close", {"reason": "vehicle_sold"})).status_code == 428
    assert (await manager.post(f"{address}/close", {"reason": "vehicle_sold"}, If_Match='"9"')).status_code == 412
    assert (await manager.post(f"{address}/close", {"reason": "because"}, If_Match=of(upsell))).status_code == 422
    closed = await manager.make(
        f"{address}/close", {"reason": "vehicle_sold", "note": "to his brother"}, If_Match=of(upsell)
    )
    assert (closed["outcome"], closed["closed_reason"], closed["closed_by"]) == ("closed", "vehicle_sold", "SA01")
    assert (await manager.read("/v1/deferred-work"))["items"] == []
    assert (await manager.get(address)).status_code == 404
    assert problem(await revive(manager, upsell, order)) == (409, "work-closed")
    again = await manager.post(f"{address}/close", {"reason": "not_needed"}, If_Match=of(closed))
    assert problem(again) == (409, "work-closed")
    [figures] = (await manager.read("/v1/deferred-work-figures"))["reasons"]
    assert (figures["closed"], figures["open"], figures["amount"]) == (1, 0, "759.00")


async def test_a_follow_up_is_moved_by_whoever_calls_the_customer(
    manager: Caller, as_role: Callable[[str], Caller]
) -> None:
    upsell = await refused(manager, in_days(1))
    address, care = f"/v1/deferred-work/{upsell['id']}", as_role("customer_care")
    moved = await care.patch(address, {"follow_up_on": in_days(40)}, If_Match=of(upsell))
    assert (moved.json()["follow_up_on"], moved.json()["priority"]) == (in_days(40), "safety")
    dateless = await care.patch(address, {"follow_up_on": None}, If_Match=moved.headers["etag"])
    assert dateless.json()["follow_up_on"] is None
    past = await care.patch(address, {"follow_up_on": in_days(-3)}, If_Match=dateless.headers["etag"])
    assert problem(past) == (422, "follow-up-refused")


async def test_a_technician_sees_it_and_does_not_offer_it(manager: Caller, as_role: Callable[[str], Caller]) -> None:
    upsell, order = await refused(manager), await make_order(manager)
    technician = as_role("technician")
    assert len((await technician.read("/v1/deferred-work"))["items"]) == 1
    assert (await revive(technician, upsell, order)).status_code == 403
    close = await technician.post(f"/v1/deferred-work/{upsell['id']}/close", {"reason": "not_needed"}, If_Match='"2"')
    assert close.status_code == 403
    assert (await revive(as_role("service_advisor"), upsell, order)).status_code == 201


async def test_another_store_knows_nothing_of_it(manager: Caller, stranger: Caller) -> None:
    upsell = await refused(manager)
    assert (await stranger.read("/v1/deferred-work"))["items"] == []
    assert (await stranger.read("/v1/deferred-work-figures"))["reasons"] == []
    assert (await stranger.get(f"/v1/upsells/{upsell['id']}/lineage")).status_code == 404
    assert (await revive(stranger, upsell, await make_order(stranger))).status_code == 404
    assert (await revive(manager, upsell, await make_order(stranger))).status_code == 404


async def test_of_two_advisors_who_offer_it_at_once_one_wins_and_the_other_is_told(
    manager: Caller, database: Clone, store: AStore
) -> None:
    upsell = await refused(manager)
    acts = [partial(revive, manager, upsell, await make_order(manager)) for _ in range(2)]
    won, lost = await one_after_the_other(database, store, upsell["id"], acts, table="upsells")
    assert won.status_code == 201
    assert problem(lost) == (409, "already-revived")
    assert lost.json()["upsell_id"] == won.json()["id"]


async def test_what_was_offered_again_is_quoted_like_any_other(manager: Caller) -> None:
    former, order = await refused(manager), await make_order(manager)
    again = (await revive(manager, former, order)).json()
    quote = await manager.make(f"/v1/repair-orders/{order['id']}/quotes", quote_body(again["id"]))
    assert [item["upsell_number"] for item in quote["items"]] == [again["number"]]
