from typing import Any

import httpx
import pytest

from tests.calls import Caller
from tests.harness import AStore, Clone, Keys, bearer, feed_of
from tests.workorder.at_once import one_after_the_other
from tests.workorder.billing import at, change_price, pay, ready_order, seen, settle, version_of
from tests.workorder.caller import settled_row
from tests.workorder.quoting import problem

REASON = {"reason": "the wrong operation was billed", "paid": "0.00"}


async def reverse(manager: Caller, order: dict[str, Any], **body: Any) -> dict[str, Any]:
    return await manager.make(at(order, "reverse"), {**REASON, **body}, If_Match=version_of(order))


async def test_a_reversed_settlement_stays_as_it_was_and_the_next_has_the_next_number(manager: Caller) -> None:
    order = await settle(manager, await ready_order(manager))
    first = await manager.read(at(order, "settlements", 1))
    opened = await reverse(manager, order)
    assert (opened["state"], opened["settled"], opened["settled_on"]) == ("ready", False, None)
    reversed_ = await manager.read(at(order, "settlements", 1))
    reversal = reversed_.pop("reversal")
    assert {**reversed_, "reversal": None} == first
    assert (reversal["number"], reversal["reason"], reversal["reversed_by"]) == (1, REASON["reason"], "SA01")
    await change_price(manager, order, 1, "70.00", "the shorter operation")
    preview = await manager.read(at(order, "settlement-preview"))
    assert (preview["number"], preview["amount"], preview["hindrances"]) == (2, "70.00", [])
    again = await settle(manager, opened)
    second = await manager.read(at(order, "settlements", 2))
    assert (second["content"]["estimate"], second["amount"], second["reversal"]) == ("75.00", "70.00", None)
    assert [each["number"] for each in (await manager.read(at(order, "settlements")))["items"]] == [2, 1]
    twice = await reverse(manager, again)
    assert twice["settled"] is False
    assert (await manager.read(at(order, "settlements", 2)))["reversal"]["number"] == 2


async def test_a_car_that_has_left_has_left(manager: Caller) -> None:
    order = await settle(manager, await ready_order(manager))
    closed = await manager.make(at(order, "deliver"), If_Match=version_of(order))
    assert closed["state"] == "closed"
    assert (await manager.read(at(order, "transitions")))["allowed"] == ["reverse"]
    opened = await reverse(manager, closed)
    assert (opened["state"], opened["left_at"], opened["left_on"]) == ("ready", closed["left_at"], closed["left_on"])
    assert (await settle(manager, opened))["state"] == "closed"


async def test_a_reversal_is_told_with_the_whole_state(manager: Caller, client: httpx.AsyncClient, keys: Keys) -> None:
    order = await reverse(manager, await settle(manager, await ready_order(manager)))
    await settle(manager, order)
    told = [e for e in await feed_of(client, keys, "workorder") if e["type"].startswith("workorder.order.")]
    assert [e["type"].rpartition(".")[2] for e in told[-3:]] == ["settled", "reversed", "settled"]
    settled, reversed_, again = [e["data"] for e in told[-3:]]
    assert reversed_["reversal"] == {"number": 1, "reason": REASON["reason"], "settlement": 1}
    assert (reversed_["settled"], reversed_["settled_on"], reversed_["settlement"]) == (False, None, None)
    assert [settled["settlement"]["number"], again["settlement"]["number"]] == [1, 2]
    assert settled["reversal"] is again["reversal"] is None
    entries = (await manager.read(at(order, "timeline")))["items"]
    [entry] = [each for each in entries if each["what"] == "order.reversed"]
    assert (entry["who"], entry["detail"]["settlement"]) == ("SA01", 1)


async def test_an_order_that_another_system_settled_is_reversed_without_a_settlement(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    await manager.take_in("repair-orders", settled_row())
    order = await manager.read("/v1/repair-orders/by-number/W1")
    assert (await reverse(manager, order))["settled"] is False
    [event] = [e for e in await feed_of(client, keys, "workorder") if e["type"] == "workorder.order.reversed"]
    assert event["data"]["reversal"] == {"number": 1, "reason": REASON["reason"], "settlement": None}


@pytest.mark.parametrize("role", ["cashier", "desk_supervisor", "service_advisor"])
async def test_only_a_manager_reverses(
    manager: Caller, client: httpx.AsyncClient, keys: Keys, store: AStore, role: str
) -> None:
    cashier = Caller(client, bearer(keys, "workorder", role, "cashier", stores=[store]))
    order = await settle(cashier, await ready_order(manager))
    refused = await cashier.post(at(order, "reverse"), REASON, If_Match=version_of(order))
    assert problem(refused) == (403, "role-missing")


async def test_bad_input_reverses_nothing(manager: Caller, stranger: Caller) -> None:
    ready = await ready_order(manager)
    refused = await manager.post(at(ready, "reverse"), REASON, If_Match=version_of(ready))
    assert problem(refused) == (409, "move-not-allowed")
    assert refused.json()["allowed"] == ["settle", "deliver"]
    order = await settle(manager, ready)
    for body in (
        {},
        {"reason": "x"},
        {"paid": "0.00"},
        {**REASON, "reason": " "},
        {**REASON, "reason": "a\u0000"},
        {**REASON, "paid": "1"},
        {**REASON, "more": 1},
    ):
        answer = await manager.post(at(order, "reverse"), body, If_Match=version_of(order))
        assert answer.status_code == 422, (body, answer.text)
    assert (await manager.post(at(order, "reverse"), REASON)).status_code == 428
    assert (await manager.post(at(order, "reverse"), REASON, If_Match=version_of(ready))).status_code == 412
    assert (await stranger.post(at(order, "reverse"), REASON, If_Match=version_of(order))).status_code == 404
    assert (await manager.read(at(order)))["settled"] is True


async def test_of_two_reversals_at_once_one_wins_and_the_other_is_told(
    manager: Caller, database: Clone, store: AStore
) -> None:
    order = await settle(manager, await ready_order(manager))

    def act() -> Any:
        return manager.post(at(order, "reverse"), REASON, If_Match=version_of(order))

    won, lost = await one_after_the_other(database, store, order["id"], [act, act])
    assert won.status_code == 200
    assert problem(lost) == (412, "version-stale")


async def test_a_payment_on_a_settlement_that_was_reversed_first_is_told(
    manager: Caller, database: Clone, store: AStore
) -> None:
    order = await settle(manager, await ready_order(manager))
    payment = {"amount": "75.00", "method": "cash"}
    before = {"If_Match": await seen(manager, order["id"])}
    reversed_, paid = await one_after_the_other(
        database, store, order["id"],
        [lambda: manager.post(at(order, "reverse"), REASON, If_Match=version_of(order)),
         lambda: manager.post(at(order, "payments"), payment, **before)],
    )  # fmt: skip
    assert reversed_.status_code == 200
    assert problem(paid) == (412, "version-stale")
    assert (await manager.read(at(order, "balance")))["paid"] == "0.00"
    between = {"If_Match": await seen(manager, order["id"])}
    await settle(manager, reversed_.json())
    assert problem(await manager.post(at(order, "payments"), payment, **between)) == (412, "version-stale")
    await pay(manager, order["id"], **payment)


async def test_a_payment_that_came_first_is_told_to_whoever_reverses(
    manager: Caller, database: Clone, store: AStore
) -> None:
    order = await settle(manager, await ready_order(manager))
    payment = {"amount": "75.00", "method": "cash"}
    before = {"If_Match": await seen(manager, order["id"])}
    paid, reversed_ = await one_after_the_other(
        database, store, order["id"],
        [lambda: manager.post(at(order, "payments"), payment, **before),
         lambda: manager.post(at(order, "reverse"), REASON, If_Match=version_of(order))],
    )  # fmt: skip
    assert paid.status_code == 201
    assert problem(reversed_) == (409, "paid-otherwise")
    assert reversed_.json()["paid"] == "75.00"
    assert (await reverse(manager, order, paid="75.00"))["settled"] is False
    assert (await manager.read(at(order, "balance")))["paid"] == "75.00"
