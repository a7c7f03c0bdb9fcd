from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.calls import Caller
from tests.harness import AStore, Keys, bearer, feed_of
from tests.workorder.caller import BY_CONTRACT, line_body, make_order, order_body, upsell_body


async def test_an_order_is_opened_with_the_days_next_number(manager: Caller) -> None:
    opened = {"opened_at": "2026-09-08T23:30:00+00:00"}
    first = await manager.make("/v1/repair-orders", order_body(**opened))
    second = await manager.make("/v1/repair-orders", order_body(**opened))
    assert [first["number"], second["number"]] == ["RO260909-0001", "RO260909-0002"]
    assert first["opened_on"] == "2026-09-09"
    assert first["state"] == "checked_in"
    assert first["vehicle"] == {"source": "aftermile", "number": "LSGXEGX97MY815823", "id": None}


async def test_a_taken_number_is_refused(manager: Caller) -> None:
    await manager.make("/v1/repair-orders", order_body(number="W1"))
    refused = await manager.post("/v1/repair-orders", order_body(number="W1"))
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:aftermile:problem:number-taken")


async def test_an_order_is_read_by_id_and_by_number(manager: Caller) -> None:
    order = await manager.make("/v1/repair-orders", order_body(number="W/1"))
    by_id = await manager.get(f"/v1/repair-orders/{order['id']}")
    assert by_id.json() == order
    assert by_id.headers["etag"] == '"1"'
    assert await manager.read("/v1/repair-orders/by-number/W/1") == order
    assert (await manager.get("/v1/repair-orders/by-number/W2")).status_code == 404


async def test_a_visit_by_hand_ends_settled_delivered_and_closed(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    order = await make_order(manager, "ready")
    address = f"/v1/repair-orders/{order['id']}"
    left = await manager.make(
        f"{address}/deliver", {"reason": "credit", "credit_override": "known well"}, If_Match=f'"{order["version"]}"'
    )
    assert (left["state"], left["settled"]) == ("ready", False)
    closed = await manager.make(f"{address}/settle", {"settled_on": "2026-09-30"}, If_Match=f'"{left["version"]}"')
    assert (closed["state"], closed["settled_on"]) == ("closed", "2026-09-30")
    types = [e["type"] for e in await feed_of(client, keys, "workorder") if e["subject"] == order["id"]]
    changed = ["workorder.order.state_changed"] * 6
    assert types == ["workorder.order.opened", *changed, "workorder.order.delivered", "workorder.order.settled"]


async def test_labour_is_completed_when_the_car_leaves(manager: Caller, client: httpx.AsyncClient, keys: Keys) -> None:
    order = await make_order(manager, "ready")
    leaving = {"reason": "credit", "credit_override": "known well", "left_at": "2026-09-30T23:00:00+08:00"}
    await manager.make(f"/v1/repair-orders/{order['id']}/deliver", leaving, If_Match=f'"{order["version"]}"')
    events = await feed_of(client, keys, "workorder")
    [labour] = [e["data"] for e in events if e["type"] == "workorder.labour.completed"]
    assert (labour["completed_on"], labour["standard_hours"], labour["team"]) == ("2026-09-30", "0.5", "机电一组")


async def test_labour_says_whether_it_installs_accessories_as_the_catalogue_does(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    order = await make_order(manager, "ready")
    code = (await manager.read(f"/v1/repair-orders/{order['id']}/lines"))["items"][0]["code"]
    await manager.make("/v1/operations", {"code": code, "name": "加装行车记录仪", "kind": "labour"})
    for version, asked in enumerate((True, None), 1):
        given = {"accessory_installation": asked}
        changed = await manager.patch(f"/v1/operations/{code}", given, If_Match=f'"{version}"')
        assert (changed.status_code, changed.json()["accessory_installation"]) == (200, True)
    leaving = {"reason": "credit", "credit_override": "known well", "left_at": "2026-09-30T23:00:00+08:00"}
    await manager.make(f"/v1/repair-orders/{order['id']}/deliver", leaving, If_Match=f'"{order["version"]}"')
    told = [e["data"] for e in await feed_of(client, keys, "workorder") if e["type"] == "workorder.labour.completed"]
    assert [each["accessory_installation"] for each in told] == [True]


async def test_a_part_installs_nothing(manager: Caller) -> None:
    part = {"code": "WAX", "name": "车蜡", "kind": "part"}
    refused = await manager.post("/v1/operations", {**part, "accessory_installation": True})
    assert (refused.status_code, "only labour" in refused.json()["detail"]) == (422, True)
    await manager.make("/v1/operations", part)
    again = await manager.patch("/v1/operations/WAX", {"accessory_installation": True}, If_Match='"1"')
    assert (again.status_code, again.json()["type"]) == (422, "urn:aftermile:problem:installation-not-labour")


@pytest.mark.parametrize("seconds", [60, 86_400 * 365])
async def test_a_car_cannot_have_left_at_a_time_to_come(manager: Caller, seconds: int) -> None:
    order = await make_order(manager, "ready")
    address = f"/v1/repair-orders/{order['id']}"
    leaving = {"reason": "insurer", "left_at": (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()}
    refused = await manager.post(f"{address}/deliver", leaving, If_Match=f'"{order["version"]}"')
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:aftermile:problem:left-later")
    assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [("/left_at", "time-to-come")]
    assert await manager.read(address) == order


async def test_a_move_that_is_not_allowed_is_told_the_allowed_ones(manager: Caller) -> None:
    order = await make_order(manager, "in_progress")
    address = f"/v1/repair-orders/{order['id']}"
    refused = await manager.post(f"{address}/settle", If_Match=f'"{order["version"]}"')
    assert refused.status_code == 409
    assert refused.json()["allowed"] == ["inspect", "hold"]
    transitions = await manager.read(f"{address}/transitions")
    assert transitions["allowed"] == ["inspect", "hold"]


@pytest.mark.parametrize(("header", "status"), [({}, 428), ({"If_Match": '"9"'}, 412), ({"If_Match": '"1"'}, 200)])
async def test_a_move_names_the_version_it_is_for(manager: Caller, header: dict[str, str], status: int) -> None:
    order = await manager.make("/v1/repair-orders", order_body())
    moved = await manager.post(f"/v1/repair-orders/{order['id']}/diagnose", **header)
    assert moved.status_code == status


async def test_a_held_order_is_resumed_where_it_was(manager: Caller) -> None:
    order = await make_order(manager, "in_progress")
    address = f"/v1/repair-orders/{order['id']}"
    held = await manager.make(f"{address}/hold", {"hold": "waiting_parts"}, If_Match=f'"{order["version"]}"')
    assert (held["state"], held["hold"]) == ("in_progress", "waiting_parts")
    assert (await manager.post(f"{address}/inspect", If_Match=f'"{held["version"]}"')).status_code == 409
    resumed = await manager.make(f"{address}/resume", If_Match=f'"{held["version"]}"')
    assert (resumed["state"], resumed["hold"]) == ("in_progress", None)


async def test_an_order_is_cancelled_with_its_reason_before_work_starts(manager: Caller) -> None:
    order = await make_order(manager, "approved")
    cancelled = await manager.make(
        f"/v1/repair-orders/{order['id']}/cancel", {"reason": "no time"}, If_Match=f'"{order["version"]}"'
    )
    assert (cancelled["state"], cancelled["cancellation_reason"]) == ("cancelled", "no time")


async def test_lines_are_added_until_the_customer_approves_and_are_upsells_after_that(manager: Caller) -> None:
    order = await make_order(manager, "quoted")
    address = f"/v1/repair-orders/{order['id']}"
    lines = await manager.make(f"{address}/lines", {"lines": [line_body(code="ME05")]})
    assert [(line["line_number"], line["code"]) for line in lines["items"]] == [(1, "ME04"), (2, "ME05")]
    assert lines["currency"] == "CNY"
    await manager.make(f"{address}/approve", BY_CONTRACT, If_Match=f'"{order["version"]}"')
    refused = await manager.post(f"{address}/lines", {"lines": [line_body()]})
    assert refused.json()["type"] == "urn:aftermile:problem:lines-are-fixed"
    upsell = await manager.make(f"{address}/upsells", upsell_body())
    told = {"method": "phone", "decided_by": "王芳"}
    await manager.make(f"/v1/upsells/{upsell['id']}/approve", told, If_Match='"1"')
    agreed = [line["agreed_amount"] for line in (await manager.read(f"{address}/lines"))["items"]]
    assert agreed == ["75.00", "75.00", "75.00", "684.00"], "each line has what the customer allowed"


async def test_the_same_request_sent_twice_happens_once(manager: Caller) -> None:
    first = await manager.post("/v1/repair-orders", order_body(), Idempotency_Key="k1")
    again = await manager.post("/v1/repair-orders", order_body(), Idempotency_Key="k1")
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert len((await manager.read("/v1/repair-orders"))["items"]) == 1


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["W3", "W2", "W1"]),
    ({"advisor": "SA02"}, ["W2"]),
    ({"kind": "accident"}, ["W3"]),
    ({"opened_from": "2026-09-02", "opened_to": "2026-09-02"}, ["W2"]),
    ({"customer": "C2"}, ["W2"]),
    ({"vin": "V3"}, ["W3"]),
    ({"state": "booked"}, ["W1"]),
]


@pytest.mark.parametrize(("wanted", "expected"), FILTERS)
async def test_orders_are_listed_by_what_is_asked(manager: Caller, wanted: dict[str, Any], expected: list[str]) -> None:
    for body in (
        order_body(number="W1", opened_at="2026-09-01T10:00:00+08:00", booked=True),
        order_body(number="W2", opened_at="2026-09-02T10:00:00+08:00", advisor="SA02", customer_number="C2"),
        order_body(number="W3", opened_at="2026-09-03T10:00:00+08:00", kind="accident", vin="V3"),
    ):
        await manager.make("/v1/repair-orders", body)
    page = await manager.read("/v1/repair-orders", **wanted)
    assert [order["number"] for order in page["items"]] == expected


async def test_a_list_is_walked_page_by_page(manager: Caller) -> None:
    for number in range(5):
        await manager.make("/v1/repair-orders", order_body(opened_at=f"2026-09-0{number + 1}T10:00:00+08:00"))
    page = await manager.read("/v1/repair-orders", limit=2)
    seen = [order["opened_on"] for order in page["items"]]
    while page["next"]:
        page = await manager.read(page["next"])
        seen += [order["opened_on"] for order in page["items"]]
    assert seen == [f"2026-09-0{day}" for day in (5, 4, 3, 2, 1)]


async def test_a_technician_may_not_open_an_order(client: httpx.AsyncClient, keys: Keys, store: AStore) -> None:
    technician = Caller(client, bearer(keys, "workorder", "technician", stores=[store]))
    assert (await technician.post("/v1/repair-orders", order_body())).status_code == 403


async def test_what_the_customer_agrees_to_is_entered_at_the_desk(
    client: httpx.AsyncClient, manager: Caller, keys: Keys, store: AStore
) -> None:
    order = await make_order(manager, until="quoted")
    version = f'"{order["version"]}"'
    technician = Caller(client, bearer(keys, "workorder", "technician", stores=[store]))
    advisor = Caller(client, bearer(keys, "workorder", "service_advisor", stores=[store]))
    address = f"/v1/repair-orders/{order['id']}/approve"
    assert (await technician.post(address, BY_CONTRACT, If_Match=version)).status_code == 403
    assert (await advisor.make(address, BY_CONTRACT, If_Match=version))["state"] == "approved"
