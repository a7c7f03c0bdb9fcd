import asyncio
import csv
import io
from decimal import Decimal
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from tests.calls import Caller, statements_of, tally
from tests.harness import AStore, Clone, Keys, bearer, feed_of
from tests.workorder.billing import give_back, pay, seen
from tests.workorder.caller import make_order
from tests.workorder.quoting import problem

DAY = "2026-09-08"
COUNTS = {"counts": [{"method": "cash", "counted": "60.00"}, {"method": "wechat", "counted": "5.00"}]}


@pytest.fixture
def cashier(client: httpx.AsyncClient, keys: Keys, store: AStore) -> Caller:
    return Caller(client, bearer(keys, "workorder", "cashier", stores=[store], employee="=CA01"))


async def busy_day(manager: Caller, cashier: Caller) -> str:
    """An order with 10 of deposit and 60 of payments in cash, 5 by WeChat, and 10 given back."""
    order = await make_order(manager, "ready", number="W1")
    paid = {"paid_on": DAY, "method": "cash"}
    await pay(cashier, order["id"], **paid, amount="10.00", deposit=True)
    taken = await pay(manager, order["id"], **paid, amount="60.00")
    await pay(cashier, order["id"], **{**paid, "amount": "5.00", "method": "wechat"})
    await give_back(cashier, taken, amount="10.00", reason="goodwill", refunded_on=DAY)
    return str(order["id"])


async def test_the_day_balances_with_the_lists_of_payments_and_refunds(manager: Caller, cashier: Caller) -> None:
    await busy_day(manager, cashier)
    report = await cashier.read(f"/v1/cash-reports/{DAY}")
    assert report["total"] == {"received": "65.00", "deposits": "10.00", "refunds": "10.00", "net": "65.00"}
    assert [(each["method"], each["net"], each["counted"]) for each in report["methods"]] == [
        ("cash", "60.00", None), ("wechat", "5.00", None),
    ]  # fmt: skip
    assert [(each["cashier"], each["net"]) for each in report["cashiers"]] == [("=CA01", "5.00"), ("SA01", "60.00")]
    listed = {"from": DAY, "to": DAY}
    payments = (await manager.read("/v1/payments", **listed))["items"]
    refunds = (await manager.read("/v1/refunds", **listed))["items"]
    net = sum(Decimal(each["amount"]) for each in payments) - sum(Decimal(each["amount"]) for each in refunds)
    assert Decimal(report["total"]["net"]) == net
    assert (report["closed_by"], report["changed_since"]) == (None, None)


async def test_a_closed_day_is_counted_once_and_takes_no_money(
    manager: Caller, cashier: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    order_id = await busy_day(manager, cashier)
    close = f"/v1/cash-reports/{DAY}/close"
    short = {"counts": [{"method": "cash", "counted": "59.00"}, COUNTS["counts"][1]]}
    refused = await cashier.post(close, short)
    assert (problem(refused), refused.json()["errors"][0]["pointer"]) == ((422, "count-refused"), "/counts/0/reason")
    short["counts"][0]["reason"] = "wrong change"
    closed = await cashier.make(close, short)
    assert (closed["closed_by"], closed["changed_since"]) == ("=CA01", "0.00")
    assert [(each["expected"], each["difference"], each["reason"]) for each in closed["methods"]] == [
        ("60.00", "-1.00", "wrong change"), ("5.00", "0.00", None),
    ]  # fmt: skip
    assert problem(await cashier.post(close, short)) == (409, "day-closed")
    late = {"paid_on": DAY, "method": "cash", "amount": "1.00"}
    now = {"If_Match": await seen(cashier, order_id)}
    assert problem(await cashier.post(f"/v1/repair-orders/{order_id}/payments", late, **now)) == (409, "day-closed")
    [payment] = (await manager.read("/v1/payments", order="W1", limit=1))["items"]
    back = {"amount": "1.00", "reason": "goodwill", "refunded_on": DAY}
    assert problem(await cashier.post(f"/v1/payments/{payment['id']}/refund", back, **now)) == (409, "day-closed")
    await pay(cashier, order_id, **{**late, "paid_on": "2026-09-09"})
    assert await cashier.read(f"/v1/cash-reports/{DAY}") == closed
    assert tally(await feed_of(client, keys, "workorder"))["workorder.till.closed"] == 1


async def test_what_an_import_adds_to_a_closed_day_is_shown(manager: Caller, cashier: Caller) -> None:
    await busy_day(manager, cashier)
    await cashier.make(f"/v1/cash-reports/{DAY}/close", COUNTS)
    told = {"order_number": "W1", "paid_on": DAY, "amount": "7.00", "method": "card"}
    assert await manager.outcomes("payments", told) == ["created"]
    report = await cashier.read(f"/v1/cash-reports/{DAY}")
    assert report["changed_since"] == "7.00"
    assert report["cashiers"][0] == {
        "cashier": None, "received": "7.00", "deposits": "0.00", "refunds": "0.00", "net": "7.00",
    }  # fmt: skip


async def test_while_a_day_is_closed_and_a_payment_comes_one_waits_for_the_other(
    manager: Caller, cashier: Caller
) -> None:
    order = await make_order(manager, "ready")
    payment = {"paid_on": DAY, "method": "cash", "amount": "75.00"}
    answers = await asyncio.gather(
        manager.post(f"/v1/repair-orders/{order['id']}/payments", payment, If_Match='"0"'),
        cashier.post(f"/v1/cash-reports/{DAY}/close", {"counts": []}),
    )
    assert sorted(answer.status_code for answer in answers) in ([201, 409], [201, 422])
    report = await cashier.read(f"/v1/cash-reports/{DAY}")
    assert report["changed_since"] in {None, "0.00"}


async def test_the_table_of_a_day_opens_in_a_spreadsheet_without_a_formula(manager: Caller, cashier: Caller) -> None:
    await busy_day(manager, cashier)
    answer = await cashier.get(f"/v1/cash-reports/{DAY}/table")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["part"], row["name"], row["net"]) for row in rows] == [
        ("total", "", "65.00"), ("method", "cash", "60.00"), ("method", "wechat", "5.00"),
        ("cashier", "'=CA01", "5.00"), ("cashier", "SA01", "60.00"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"counts": [{"method": "gold", "counted": "1.00"}]}, (422, "invalid")),
        ({"counts": [{"method": "cash", "counted": "1.001"}]}, (422, "invalid")),
        ({"counts": [{"method": "cash", "counted": "0.00"}] * 2}, (422, "count-refused")),
        ({"counts": [], "currency": "USD"}, (422, "invalid")),
    ],
)
async def test_a_wrong_count_closes_nothing(cashier: Caller, body: Any, expected: tuple[int, str]) -> None:
    assert problem(await cashier.post(f"/v1/cash-reports/{DAY}/close", body)) == expected
    assert (await cashier.read(f"/v1/cash-reports/{DAY}"))["closed_by"] is None


async def test_a_day_to_come_is_not_closed(cashier: Caller) -> None:
    assert problem(await cashier.post("/v1/cash-reports/2199-01-01/close", {})) == (422, "day-not-begun")
    assert (await cashier.get("/v1/cash-reports/yesterday")).status_code == 400


async def test_the_till_is_for_those_who_work_at_it_and_of_their_store(
    manager: Caller, cashier: Caller, stranger: Caller, client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    await busy_day(manager, cashier)
    for role in ("service_advisor", "technician"):
        other = Caller(client, bearer(keys, "workorder", role, stores=[store]))
        assert (await other.get(f"/v1/cash-reports/{DAY}")).status_code == 403
        assert (await other.post(f"/v1/cash-reports/{DAY}/close", COUNTS)).status_code == 403
    assert (await stranger.read(f"/v1/cash-reports/{DAY}"))["methods"] == []
    await stranger.make(f"/v1/cash-reports/{DAY}/close", {})
    await cashier.make(f"/v1/cash-reports/{DAY}/close", COUNTS)


async def test_a_closing_is_never_changed_and_a_report_takes_two_queries(
    manager: Caller, cashier: Caller, app: FastAPI, store: AStore, database: Clone
) -> None:
    await busy_day(manager, cashier)
    with statements_of(app) as sent:
        await cashier.read(f"/v1/cash-reports/{DAY}")
    assert len(sent) == 2
    await cashier.make(f"/v1/cash-reports/{DAY}/close", COUNTS)
    connection = await asyncpg.connect(database.app_url)
    try:
        await connection.execute(f"SET app.store = '{store.id}'")
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute("DELETE FROM cash_closings")
    finally:
        await connection.close()


GOODS = {"sold_on": DAY, "item": "座套", "list_price": "880.00", "amount": "800.00", "department": "front_desk",
         "installed": True, "method": "card"}  # fmt: skip


async def test_goods_and_those_that_came_back_pass_the_till_and_the_day_balances(
    manager: Caller, cashier: Caller
) -> None:
    await busy_day(manager, cashier)
    sold = [await cashier.make("/v1/accessory-sales", GOODS) for _ in range(3)]
    assert sold[0]["taken_by"] == "=CA01"
    free = {**GOODS, "given_away": True, "method": None}
    await cashier.make("/v1/accessory-sales", free)
    for sale, method in ((sold[0], None), (sold[1], "cash")):
        back = {"reason": "wrong colour", "returned_on": DAY, "method": method}
        returned = await manager.make(f"/v1/accessory-sales/{sale['id']}/return", back, If_Match='"1"')
        assert returned["return_method"] == (method or "card")
    report = await cashier.read(f"/v1/cash-reports/{DAY}")
    assert [(each["method"], each["received"], each["refunds"], each["net"]) for each in report["methods"]] == [
        ("card", "2400.00", "800.00", "1600.00"), ("cash", "60.00", "810.00", "-740.00"),
        ("wechat", "5.00", "0.00", "5.00"),
    ]  # fmt: skip
    assert report["total"]["net"] == "865.00"
    assert sum(Decimal(each["net"]) for each in report["cashiers"]) == Decimal("865.00")
    counts = [{"method": each["method"], "counted": each["net"]} for each in report["methods"]]
    closed = await cashier.make(f"/v1/cash-reports/{DAY}/close", {"counts": counts})
    assert closed["changed_since"] == "0.00"
    assert problem(await cashier.post("/v1/accessory-sales", GOODS)) == (409, "day-closed")
    late = {"reason": "wrong colour", "returned_on": DAY}
    answer = await manager.post(f"/v1/accessory-sales/{sold[2]['id']}/return", late, If_Match='"1"')
    assert problem(answer) == (409, "day-closed")
    await cashier.make("/v1/accessory-sales", free)
