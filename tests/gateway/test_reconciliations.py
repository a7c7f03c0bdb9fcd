"""Facts of payroll held against what workorder says: what was lost, what nobody knows, what is another amount."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from chassis.consumer import FeedEvent
from gateway.reconciliations import KINDS, compared, differences, told_until
from tests.calls import Caller
from tests.gateway.test_thread_flow import Shop, a_visit, shop
from tests.harness import AStore, bearer, deliver, feed_of, make_event
from tests.payroll import makers
from tests.workorder.caller import line_row, settled_row
from tests.workorder.test_money_api import ENTRIES

__all__ = ["shop"]
SEPTEMBER = {"from": "2026-09-01", "to": "2026-09-30"}


def thing(name: str, amount: str | None = "30", day: str = "2026-09-08", details: str = "-") -> dict[str, Any]:
    told = {"kind": "receipt", "day": day, "id": name, "order_number": "W1", "amount": amount, "hours": None}
    return {**told, "details": details}


@pytest.mark.parametrize(
    ("workorder", "payroll", "expected"),
    [
        ([thing("a")], [thing("a")], []),
        ([thing("a")], [], [("a", "missing")]),
        ([], [thing("a")], [("a", "unknown")]),
        ([thing("a", "30")], [thing("a", "31")], [("a", "differs")]),
        ([thing("a", details="SA01")], [thing("a", details="SA02")], [("a", "differs")]),
        ([thing("a"), thing("b")], [thing("b"), thing("c")], [("a", "missing"), ("c", "unknown")]),
        ([thing("a")], [thing("a", day="2026-09-09")], [("a", "missing"), ("a", "unknown")]),
    ],
)  # fmt: skip
def test_a_difference_is_named_by_what_it_is(
    workorder: list[dict[str, Any]], payroll: list[dict[str, Any]], expected: list[tuple[str, str]]
) -> None:
    assert [(each.id, each.what) for each in differences(workorder, payroll)] == expected


def test_what_comes_after_the_end_of_a_side_that_was_cut_is_no_difference() -> None:
    ours = {"things": [thing("a"), thing("b"), thing("d")], "truncated": False}
    theirs = {"things": [thing("b"), thing("c")], "truncated": True}
    found = differences(ours["things"], theirs["things"], told_until(ours, theirs))  # type: ignore[arg-type]
    assert [(each.id, each.what) for each in found] == [("a", "missing"), ("c", "unknown")]
    assert told_until(ours, {**theirs, "truncated": False}) is None


def test_equal_sums_of_other_things_are_not_the_same() -> None:
    told = {"kind": "receipt", "day": "2026-09-08", "count": 1, "amount": "30", "hours": None}
    (row,) = compared([{**told, "digest": "x"}], [{**told, "digest": "y"}])
    assert (row.same, row.workorder.amount, row.payroll.amount, row.label.zh) == (False, "30", "30", "收款")


async def lose(shop: Shop, *lost: str) -> None:
    """What workorder has published, handed to payroll without what is told of these."""
    told = await feed_of(shop.clients["workorder"], shop.keys, "workorder")
    events = [
        FeedEvent(UUID(each["id"]), shop.store.id, each["type"], each["subject"], each["entityversion"],
                  datetime.fromisoformat(each["time"]), each["data"])
        for each in told if each["subject"] not in lost
    ]  # fmt: skip
    await deliver(shop.apps["payroll"], "workorder", shop.store.id, *events)


async def test_an_event_that_was_lost_is_named_and_once_it_came_both_sides_are_the_same(shop: Shop) -> None:
    order = await a_visit(shop.at("workorder"), Caller(shop.clients["workorder"], {}))
    payments = (await shop.at("workorder").read("/v1/payments", order=order["number"]))["items"]
    (lost,) = [each["id"] for each in payments if each["amount"] == "30.00"]
    await lose(shop, lost)
    found = await shop.at("gateway").read("/v1/reconciliations", **SEPTEMBER)
    (difference,) = found["differences"]
    assert (difference["id"], difference["what"], difference["order_number"]) == (lost, "missing", order["number"])
    assert (difference["day"], difference["workorder"], difference["payroll"]) == (
        "2026-09-08", {"amount": "30", "hours": None, "details": None}, None,
    )  # fmt: skip
    (unequal,) = [each for each in found["sums"] if not each["same"]]
    assert (unequal["kind"], unequal["workorder"], unequal["payroll"]) == (
        "receipt", {"count": 2, "amount": "150", "hours": None}, {"count": 1, "amount": "120", "hours": None},
    )  # fmt: skip
    assert (found["same"], found["truncated"]) == (False, False)
    await lose(shop)
    again = await shop.at("gateway").read("/v1/reconciliations", **SEPTEMBER)
    assert (again["same"], again["differences"]) == (True, [])


async def test_things_of_every_kind_are_the_same_on_both_sides_once_everything_was_told(shop: Shop) -> None:
    desk = shop.at("workorder")
    await desk.take_in("repair-orders", settled_row(), settled_row(number="W2", kind="accident"))
    await desk.take_in("repair-order-lines", line_row())
    payment = {"order_number": "W1", "paid_on": "2026-09-08", "amount": "5.00", "ordinal": 1}
    await desk.take_in("payments", {**payment, "method": "cash"})
    await desk.take_in("payments", {**payment, "method": "cash", "amount": "7.00"})
    await desk.take_in("reimbursements", payment)
    approval = {"order_number": "W2", "approved_on": "2026-09-23", "approved_amount": "10.00", "owner_share": "0.00"}
    await desk.take_in("insurer-approvals", approval)
    for path, _, body in ENTRIES:
        await desk.make(path, body)
    await lose(shop)
    found = await shop.at("gateway").read("/v1/reconciliations", **SEPTEMBER)
    assert (found["same"], found["differences"]) == (True, [])
    assert {each["kind"] for each in found["sums"]} == set(KINDS)
    assert all(each["workorder"] == each["payroll"] for each in found["sums"])


async def test_an_order_whose_settlement_was_lost_and_an_approval_with_another_share_are_named(shop: Shop) -> None:
    """Neither has other money or hours in itself; a receipt would count in no month, output without what he pays."""
    store = shop.store.id
    desk = shop.at("workorder")
    await desk.take_in("repair-orders", settled_row(), settled_row(number="W2", kind="accident"))
    approval = {"order_number": "W2", "approved_on": "2026-09-23", "approved_amount": "10.00", "owner_share": "2.00"}
    await desk.take_in("insurer-approvals", approval)
    await lose(shop)
    told = {each["type"]: each for each in await feed_of(shop.clients["workorder"], shop.keys, "workorder")}
    first = next(each for each in told.values() if each["data"].get("number") in ("W1", "W2"))
    approved = told["workorder.insurer.approved"]
    later = [
        make_event(first["type"], {**first["data"], "settled_on": None}, store=store, version=9),
        make_event(approved["type"], {**approved["data"], "owner_share": "7.00"}, store=store, version=9),
    ]
    await deliver(shop.apps["payroll"], "workorder", store, *later)
    found = await shop.at("gateway").read("/v1/reconciliations", **SEPTEMBER)
    assert {(each["kind"], each["what"]) for each in found["differences"]} == {
        ("order", "differs"), ("insurer_approval", "differs"),
    }  # fmt: skip
    share = next(each for each in found["differences"] if each["kind"] == "insurer_approval")
    assert (share["workorder"]["details"], share["payroll"]["details"]) == ("2", "7")


async def test_what_workorder_does_not_know_is_named_and_nothing_of_another_store(
    shop: Shop, other_store: AStore
) -> None:
    await deliver(
        shop.apps["payroll"], "workorder", shop.store.id, makers.payment_event(shop.store.id, "W9", "70.00")
    )  # fmt: skip
    found = await shop.at("gateway").read("/v1/reconciliations", **SEPTEMBER)
    assert [(each["what"], each["order_number"]) for each in found["differences"]] == [("unknown", "W9")]
    elsewhere = Caller(shop.gateway, bearer(shop.keys, "gateway", "administrator", stores=[other_store]))
    nothing = await elsewhere.read("/v1/reconciliations", **SEPTEMBER)
    assert (nothing["same"], nothing["sums"], nothing["differences"]) == (True, [], [])


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"from": "2026-09-30", "to": "2026-09-01"}, 400), ({"from": "2026-09-01", "to": "2026-10-02"}, 400),
        ({"from": "2026-02-30", "to": "2026-03-01"}, 400), ({"from": "2026-09-01"}, 400),
        ({**SEPTEMBER, "store": "x"}, 400),
    ],
)  # fmt: skip
async def test_a_period_that_is_none_or_too_long_is_refused(shop: Shop, asked: dict[str, str], status: int) -> None:
    answer = await shop.at("gateway").get("/v1/reconciliations", **asked)
    assert answer.status_code == status, answer.text


async def test_it_is_for_those_who_prepare_pay_or_audit_it_and_needs_both_sides(shop: Shop) -> None:
    for role in ("service_advisor", "technician", "dms"):
        assert (await shop.at("gateway", role).get("/v1/reconciliations", **SEPTEMBER)).status_code == 403
    assert (await shop.at("gateway", "auditor").get("/v1/reconciliations", **SEPTEMBER)).status_code == 200
    for period in ("x", "2026-02-30..2026-03-01", "2026-09-01"):
        answer = await shop.at("payroll").get(f"/v1/overview-parts/reconciliations/{period}")
        assert answer.json() == {"sums": []}
    broken = await shop.at("workorder").get("/v1/overview-parts/reconciled-things/receipt@x,,@")
    assert broken.json() == {"truncated": False, "things": []}
