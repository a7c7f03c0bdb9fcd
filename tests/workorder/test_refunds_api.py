import asyncio
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from tests.calls import Caller, statements_of, tally
from tests.harness import AStore, Clone, Keys, bearer, feed_of
from tests.workorder import billing
from tests.workorder.at_once import one_after_the_other
from tests.workorder.billing import give_back, seen
from tests.workorder.caller import make_order, upsell_body
from tests.workorder.quoting import problem

CASH = {"amount": "75.00", "method": "cash"}
OVERPAID = {"amount": "10.00", "reason": "overpaid"}


@pytest.fixture
def someone(client: httpx.AsyncClient, keys: Keys, store: AStore) -> Any:
    def of(role: str, employee: str = "CA01") -> Caller:
        return Caller(client, bearer(keys, "workorder", role, stores=[store], employee=employee))

    return of


async def pay(manager: Caller, order: dict[str, Any], **overrides: Any) -> dict[str, Any]:
    return await billing.pay(manager, order["id"], **{**CASH, **overrides})


async def try_to_pay(caller: Caller, order: dict[str, Any], body: dict[str, Any], **headers: str) -> httpx.Response:
    now = {"If_Match": await seen(caller, order["id"])}
    return await caller.post(f"/v1/repair-orders/{order['id']}/payments", body, **now, **headers)


async def try_to_refund(caller: Caller, payment: dict[str, Any], body: dict[str, Any]) -> httpx.Response:
    return await caller.post(refund_of(payment), body, If_Match=await seen(caller, payment["order_id"]))


def refund_of(payment: dict[str, Any]) -> str:
    return f"/v1/payments/{payment['id']}/refund"


async def balance(manager: Caller, order: dict[str, Any]) -> tuple[str, str, str, str]:
    told = await manager.read(f"/v1/repair-orders/{order['id']}/balance")
    return told["owed"], told["paid"], told["refunded"], told["open"]


async def test_a_refund_is_a_row_of_its_own_and_the_balance_is_right_after_it(manager: Caller) -> None:
    order = await make_order(manager, "ready", number="W1")
    payment = await pay(manager, order)
    assert (payment["deposit"], payment["refunded"], payment["taken_by"]) == (False, "0.00", "SA01")
    refund = await give_back(manager, payment, **OVERPAID, note="counted twice")
    assert (refund["payment_id"], refund["order_number"], refund["method"]) == (payment["id"], "W1", "cash")
    assert (refund["refunded_by"], refund["note"]) == ("SA01", "counted twice")
    assert await balance(manager, order) == ("75.00", "75.00", "10.00", "10.00")
    assert (await manager.read("/v1/payments", order="W1"))["items"] == [{**payment, "refunded": "10.00"}]
    assert (await manager.read("/v1/refunds", order="W1"))["items"] == [refund]
    assert (await manager.read("/v1/refunds", order="W2"))["items"] == []
    await pay(manager, order, amount="10.00", method="card")
    assert (await balance(manager, order))[3] == "0.00"
    part = await manager.read("/v1/overview-parts/repair-orders/W1")
    assert part["totals"]["paid"] == "75.00"
    assert part["refunds"][0]["amount"] == "10.00"


async def test_a_refund_is_told_once_with_all_that_is_known_of_it(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    payment = await pay(manager, await make_order(manager, "ready", number="W1"))
    for _ in range(2):
        await manager.make(refund_of(payment), OVERPAID, Idempotency_Key="r1", If_Match='"1"')
    events = await feed_of(client, keys, "workorder")
    assert tally(events)["workorder.payment.refunded"] == 1
    [told] = [e["data"] for e in events if e["type"] == "workorder.payment.refunded"]
    assert {name: told[name] for name in ("payment_id", "order_number", "amount", "method", "reason", "note")} == {
        "payment_id": payment["id"], "order_number": "W1", "amount": "10.00", "method": "cash", "reason": "overpaid",
        "note": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({**OVERPAID, "amount": "75.01"}, (422, "refund-exceeds-payment")),
        ({**OVERPAID, "amount": "999999999999999.99"}, (422, "refund-exceeds-payment")),
        ({**OVERPAID, "amount": "0.00"}, (422, "amount-not-positive")),
        ({**OVERPAID, "amount": "-5.00"}, (422, "amount-not-positive")),
        ({**OVERPAID, "amount": "5.001"}, (422, "invalid")),
        ({**OVERPAID, "amount": "9999999999999999.00"}, (422, "invalid")),
        ({**OVERPAID, "amount": 5}, (422, "invalid")),
        ({**OVERPAID, "currency": "USD"}, (422, "invalid")),
        ({**OVERPAID, "reason": "whim"}, (422, "invalid")),
        ({"amount": "5.00"}, (422, "invalid")),
        ({**OVERPAID, "refunded_on": "2020-01-01"}, (422, "refund-day-refused")),
        ({**OVERPAID, "reason": "entered_wrongly"}, (422, "wrong-entry-is-whole")),
    ],
)
async def test_what_cannot_be_refunded_leaves_nothing(
    manager: Caller, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    order = await make_order(manager, "ready")
    payment = await pay(manager, order)
    assert problem(await try_to_refund(manager, payment, body)) == expected
    assert (await manager.read("/v1/refunds"))["items"] == []
    assert (await balance(manager, order))[3] == "0.00"


async def test_a_payment_entered_wrongly_goes_whole_and_leaves_the_order_as_if_it_never_was(manager: Caller) -> None:
    order = await make_order(manager, "ready")
    payment = await pay(manager, order)
    await give_back(manager, payment, amount="75.00", reason="entered_wrongly")
    assert await balance(manager, order) == ("75.00", "75.00", "75.00", "75.00")
    assert problem(await try_to_refund(manager, payment, OVERPAID)) == (422, "refund-exceeds-payment")


async def test_a_deposit_may_secure_what_is_proposed_and_is_returned_when_the_order_is_cancelled(
    manager: Caller,
) -> None:
    order = await make_order(manager, "approved")
    deposit = {"amount": "75.01", "method": "wechat", "deposit": True}
    assert problem(await try_to_pay(manager, order, deposit)) == (422, "payment-exceeds-open")
    held = await pay(manager, order, **{**deposit, "amount": "75.00"})
    cancelled = await manager.make(
        f"/v1/repair-orders/{order['id']}/cancel", {"reason": "sold"}, If_Match=f'"{order["version"]}"'
    )
    assert cancelled["state"] == "cancelled"
    assert problem(await try_to_pay(manager, order, deposit)) == (409, "order-cancelled")
    await give_back(manager, held, amount="75.00", reason="deposit_returned")


async def test_a_deposit_above_what_was_approved_shows_as_held_too_much(manager: Caller) -> None:
    order = await make_order(manager, "in_progress")
    upsell = await manager.make(f"/v1/repair-orders/{order['id']}/upsells", upsell_body())
    assert problem(await try_to_pay(manager, order, {**CASH, "amount": "76.00"})) == (422, "payment-exceeds-open")
    await pay(manager, order, amount="834.00", deposit=True)
    await manager.make(f"/v1/upsells/{upsell['id']}/decline", {"method": "phone", "reason": "too dear"}, If_Match='"1"')
    assert await balance(manager, order) == ("75.00", "834.00", "0.00", "-759.00")


async def test_a_booked_car_leaves_no_deposit(manager: Caller) -> None:
    order = await manager.make("/v1/repair-orders", {"kind": "repair", "booked": True})
    body = {**CASH, "deposit": True}
    assert problem(await try_to_pay(manager, order, body)) == (409, "deposit-not-now")


async def test_who_gives_money_back_and_how_much(manager: Caller, someone: Any) -> None:
    order = await make_order(manager, "ready")
    payment = await pay(manager, order)
    for role in ("service_advisor", "technician", "auditor", "payroll_clerk"):
        assert (await try_to_refund(someone(role), payment, OVERPAID)).status_code == 403
    cashier = someone("cashier")
    assert (await give_back(cashier, payment, **OVERPAID))["refunded_by"] == "CA01"
    assert (await cashier.post("/v1/refund-limits", {"role": "cashier", "amount": "900.00"})).status_code == 403
    set_ = await manager.make("/v1/refund-limits", {"role": "cashier", "amount": "15.00"})
    assert [(each["role"], each["amount"], each["set_by"]) for each in set_["items"]] == [
        ("cashier", "15.00", "SA01"), ("desk_supervisor", "5000.00", None),
    ]  # fmt: skip
    refused = await try_to_refund(cashier, payment, OVERPAID)
    assert (problem(refused), refused.json()["limit"]) == ((403, "refund-over-limit"), "15.00")
    await give_back(someone("desk_supervisor"), payment, **OVERPAID)
    assert await cashier.read("/v1/refund-limits") == set_


async def test_of_two_refunds_at_once_one_is_told_what_the_other_gave_back(
    manager: Caller, database: Clone, store: AStore
) -> None:
    order = await make_order(manager, "ready")
    payment = await pay(manager, order)
    body = {"amount": "20.00", "reason": "goodwill"}
    both = {"If_Match": await seen(manager, order["id"])}
    won, lost = await one_after_the_other(
        database, store, order["id"], [lambda: manager.post(refund_of(payment), body, **both) for _ in range(2)]
    )
    assert won.status_code == 201
    assert (problem(lost), lost.json()["refunded"]) == ((412, "version-stale"), "20.00")
    assert (await manager.post(refund_of(payment), body)).status_code == 428
    too_much = await try_to_refund(manager, payment, {**body, "amount": "55.01"})
    assert (problem(too_much), too_much.json()["left"]) == ((422, "refund-exceeds-payment"), "55.00")


async def test_a_payment_sent_twice_is_taken_once(manager: Caller) -> None:
    order = await make_order(manager, "ready")
    address = f"/v1/repair-orders/{order['id']}/payments"
    twice = {"Idempotency_Key": "p1", "If_Match": '"0"'}
    same = await asyncio.gather(*(manager.post(address, CASH, **twice) for _ in range(2)))
    assert {answer.status_code for answer in same} <= {201, 409}
    assert len((await manager.read("/v1/payments"))["items"]) == 1
    late = await try_to_pay(manager, order, {**CASH, "amount": "5.00"}, Idempotency_Key="p2")
    assert (late.status_code, late.json()["open"]) == (422, "0.00")


async def test_another_stores_money_is_not_there(manager: Caller, stranger: Caller) -> None:
    order = await make_order(manager, "ready")
    payment = await pay(manager, order)
    await give_back(manager, payment, **OVERPAID)
    await manager.make("/v1/refund-limits", {"role": "cashier", "amount": "15.00"})
    assert (await stranger.post(refund_of(payment), OVERPAID, If_Match='"2"')).status_code == 404
    assert (await stranger.post(f"/v1/repair-orders/{order['id']}/payments", CASH, If_Match='"2"')).status_code == 404
    assert (await stranger.read("/v1/refunds"))["items"] == []
    assert [each["set_by"] for each in (await stranger.read("/v1/refund-limits"))["items"]] == [None, None]


async def test_a_refund_is_never_changed(manager: Caller, store: AStore, database: Clone) -> None:
    payment = await pay(manager, await make_order(manager, "ready"))
    await give_back(manager, payment, **OVERPAID)
    connection = await asyncpg.connect(database.app_url)
    try:
        await connection.execute(f"SET app.store = '{store.id}'")
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute("UPDATE refunds SET amount = 1")
    finally:
        await connection.close()


async def test_lists_of_payments_and_refunds_take_one_query(manager: Caller, app: FastAPI) -> None:
    order = await make_order(manager, "ready")
    for _ in range(3):
        await give_back(manager, await pay(manager, order, amount="20.00"), amount="5.00", reason="overpaid")
    for path in ("/v1/payments", "/v1/refunds"):
        with statements_of(app) as sent:
            assert len((await manager.read(path))["items"]) == 3
        assert len(sent) == 1
