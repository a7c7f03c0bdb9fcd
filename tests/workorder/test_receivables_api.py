import asyncio
import random
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.calls import Caller, statements_of
from tests.harness import AStore, Keys, bearer
from tests.workorder.billing import give_back, pay
from tests.workorder.caller import line_row, make_order, settled_row
from tests.workorder.quoting import problem
from tests.workorder.test_claims_api import SENT, draft, move, paid, warranty_order

TERMS = {"customer_number": "C1", "credit_limit": "100.00", "days": 30, "valid_from": "2020-01-01"}


@pytest.fixture
def advisor(client: httpx.AsyncClient, keys: Keys, store: AStore) -> Caller:
    return Caller(client, bearer(keys, "workorder", "service_advisor", stores=[store], employee="SA02"))


async def leave(caller: Caller, order: dict[str, Any], **body: Any) -> httpx.Response:
    told = {"reason": "credit", **body}
    return await caller.post(f"/v1/repair-orders/{order['id']}/deliver", told, If_Match=f'"{order["version"]}"')


async def test_a_car_leaves_on_credit_within_the_payers_terms(manager: Caller, advisor: Caller) -> None:
    first, second = [await make_order(manager, "ready", number=number) for number in ("W1", "W2")]
    refused = await leave(advisor, first)
    assert problem(refused) == (409, "credit-exceeded")
    assert (refused.json()["limit"], refused.json()["open"]) == ("0.00", "75.00")
    assert (await advisor.post("/v1/credit-terms", TERMS)).status_code == 403
    terms = await manager.make("/v1/credit-terms", TERMS)
    assert (await leave(advisor, first)).status_code == 200
    over = await leave(advisor, second)
    assert {name: over.json()[name] for name in ("limit", "owed_elsewhere", "open")} == {
        "limit": "100.00", "owed_elsewhere": "75.00", "open": "75.00",
    }  # fmt: skip
    assert problem(await leave(advisor, second, credit_override="asked nicely")) == (403, "credit-override-refused")
    assert (await leave(manager, second, credit_override="fleet")).status_code == 200
    assert (await manager.read("/v1/credit-terms", customer="C1"))["items"] == [terms]


async def test_of_two_cars_that_leave_on_the_same_credit_one_is_told_the_numbers(manager: Caller) -> None:
    await manager.make("/v1/credit-terms", TERMS)
    orders = [await make_order(manager, "ready") for _ in range(2)]
    answers = await asyncio.gather(*(leave(manager, order) for order in orders))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_what_is_paid_needs_no_credit_and_another_reason_asks_for_none(manager: Caller, advisor: Caller) -> None:
    order = await make_order(manager, "ready")
    await pay(manager, order["id"], amount="75.00", method="cash")
    assert (await leave(advisor, order)).status_code == 200
    assert (await leave(advisor, await make_order(manager, "ready"), reason="insurer")).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [{"credit_limit": "-1.00"}, {"credit_limit": "1.001"}, {"days": -1}, {"days": 400}, {"customer_number": " "}],
)
async def test_terms_are_sound(manager: Caller, wrong: dict[str, Any]) -> None:
    assert (await manager.post("/v1/credit-terms", {**TERMS, **wrong})).status_code == 422
    assert (await manager.read("/v1/credit-terms"))["items"] == []


async def imported(manager: Caller, number: str, left_on: str, amount: str, **order: Any) -> None:
    row = settled_row(number=number, left_at=f"{left_on}T16:00:00+08:00", settled_on=left_on, **order)
    await manager.take_in("repair-orders", row)
    await manager.take_in("repair-order-lines", line_row(order_number=number, amount=amount))


async def test_receivables_are_told_by_age_customer_and_advisor(manager: Caller) -> None:
    await manager.make("/v1/credit-terms", TERMS)
    await imported(manager, "W1", "2026-09-20", "10.00")
    await imported(manager, "W2", "2026-08-01", "20.00")
    await imported(manager, "W3", "2026-08-01", "40.00", customer_number="C2", advisor="SA02")
    await imported(manager, "W4", "2026-03-01", "80.00", customer_number=None, advisor=None)
    await imported(manager, "W5", "2026-10-02", "160.00")
    told = await manager.read("/v1/receivables/sums", as_of="2026-09-30")
    [customers] = [each for each in told["debtors"] if each["debtor"] == "customer"]
    assert customers["ages"] == {
        "not_due": "10.00", "0_30": "20.00", "31_60": "40.00", "61_90": "0.00", "over_90": "80.00",
    }  # fmt: skip
    assert customers["total"] == "150.00"
    assert [(each["customer_number"], each["total"]) for each in told["customers"]] == [
        (None, "80.00"), ("C2", "40.00"), ("C1", "30.00"),
    ]  # fmt: skip
    assert [(each["advisor"], each["total"]) for each in told["advisors"]] == [
        (None, "80.00"), ("SA01", "30.00"), ("SA02", "40.00"),
    ]  # fmt: skip
    first = await manager.read("/v1/receivables", as_of="2026-09-30", limit=3)
    last = await manager.read(first["next"])
    listed = first["items"] + last["items"]
    assert [each["order_number"] for each in listed] == ["W4", "W3", "W2", "W1"]
    assert (listed[2]["due_on"], listed[2]["age"]) == ("2026-08-31", "0_30")
    assert last["next"] is None


async def test_receivables_agree_with_the_balances_of_the_orders(manager: Caller, app: FastAPI) -> None:
    chance = random.Random(7)
    addresses = []
    for number in range(6):
        await imported(manager, f"W{number}", "2026-09-08", f"{chance.randrange(1, 90_000) / 100:.2f}")
        addresses.append(f"/v1/repair-orders/{(await manager.read(f'/v1/repair-orders/by-number/W{number}'))['id']}")
    for _ in range(12):
        address = chance.choice(addresses)
        left = Decimal((await manager.read(f"{address}/balance"))["open"])
        amount = (left * chance.choice([1, 2, 3]) / 3).quantize(Decimal("0.01"))
        if amount > 0:
            payment = await pay(manager, address.rpartition("/")[2], amount=str(amount), method="card")
            if chance.random() < 0.4:
                back = str((amount / 2).quantize(Decimal("0.01")))
                await give_back(manager, payment, amount=back, reason="goodwill")
    balances = [Decimal((await manager.read(f"{address}/balance"))["open"]) for address in addresses]
    with statements_of(app) as sent:
        told = await manager.read("/v1/receivables/sums")
    assert len(sent) == 1
    [customers] = [each for each in told["debtors"] if each["debtor"] == "customer"]
    assert Decimal(customers["total"]) - Decimal(told["held"]) == sum(balances)
    listed = (await manager.read("/v1/receivables"))["items"]
    assert {each["order_number"]: Decimal(each["open"]) for each in listed} == {
        f"W{number}": open_ for number, open_ in enumerate(balances) if open_ > 0
    }


async def test_the_maker_and_the_insurer_owe_their_own(manager: Caller) -> None:
    order = await warranty_order(manager, number="W1")
    await leave(manager, order, reason="warranty")

    async def owed(debtor: str) -> str:
        told = await manager.read("/v1/receivables/sums")
        return str(next(each["total"] for each in told["debtors"] if each["debtor"] == debtor))

    assert await owed("maker") == "170.00"
    claim = await move(manager, await draft(manager, order), "send", SENT)
    claim = await move(manager, claim, "pay", paid("100.00", "50.00"))
    assert await owed("maker") == "20.00"
    await move(manager, claim, "write-off", {"reason": "their rate"})
    assert await owed("maker") == "0.00"
    assert await owed("insurer") == "0.00"
    approval = {"approved_on": "2026-09-30", "approved_amount": "900.00", "owner_share": "50.00"}
    await manager.make(f"/v1/repair-orders/{order['id']}/insurer-approval", approval)
    assert await owed("insurer") == "900.00"


async def test_who_sees_receivables_and_only_those_of_his_store(
    manager: Caller, stranger: Caller, client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    await manager.make("/v1/credit-terms", TERMS)
    await imported(manager, "W1", "2026-09-20", "10.00")
    technician = Caller(client, bearer(keys, "workorder", "technician", stores=[store]))
    assert (await technician.get("/v1/receivables")).status_code == 403
    assert (await technician.get("/v1/receivables/sums")).status_code == 403
    assert (await stranger.read("/v1/receivables"))["items"] == []
    told = await stranger.read("/v1/receivables/sums")
    assert (told["customers"], told["held"]) == ([], "0.00")
    assert (await stranger.read("/v1/credit-terms"))["items"] == []
