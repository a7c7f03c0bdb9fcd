import asyncio
from decimal import Decimal
from typing import Any

import asyncpg
import httpx
import pytest

from services.workorder.domain.money import insurance
from services.workorder.domain.money.insurance import (
    InsurerPaymentExceedsOpen,
    SupplementRefused,
    require_insurer_payable,
    supplemented,
)
from services.workorder.domain.money.settlement import AmountNotPositive
from tests.calls import Caller
from tests.harness import AStore, Clone, Keys, bearer, feed_of
from tests.workorder.at_once import one_after_the_other
from tests.workorder.caller import make_order
from tests.workorder.quoting import problem

APPROVED = {"approved_on": "2026-09-20", "approved_amount": "1000.00", "owner_share": "200.00"}
MORE = {"approved_on": "2026-10-02", "amount": "350.00", "reason": "hidden damage"}


@pytest.mark.parametrize(
    ("approved", "amount", "received", "total"),
    [
        ("1000.00", "350.00", "0.00", "1350.00"),
        ("1000.00", "-400.00", "600.00", "600.00"),
        ("1000.00", "-400.01", "600.00", None),
        ("1000.00", "-1000.01", "0.00", None),
        ("1000.00", "0.00", "0.00", None),
        ("1000.00", "99999000.00", "0.00", "100000000.00"),
        ("1000.00", "99999000.01", "0.00", None),
        ("1000.00", "999999999999999.99", "0.00", None),
    ],
)
def test_a_supplement_changes_what_is_approved_but_not_below_what_was_paid(
    approved: str, amount: str, received: str, total: str | None
) -> None:
    if total is None:
        with pytest.raises(SupplementRefused):
            supplemented(Decimal(approved), Decimal(amount), Decimal(received))
    else:
        assert supplemented(Decimal(approved), Decimal(amount), Decimal(received)) == Decimal(total)


async def test_supplements_end_somewhere(manager: Caller, accident: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insurance, "SUPPLEMENTS_AT_MOST", 2)
    address = f"{accident}/insurer-supplements"
    for number in (1, 2):
        last = await manager.make(address, MORE, If_Match=f'"{number}"')
    one_more = await manager.post(address, MORE, If_Match='"3"')
    assert (problem(one_more), one_more.json()["limit"]) == ((422, "supplement-refused"), 2)
    assert await manager.read(f"{accident}/insurer-account") == last


@pytest.mark.parametrize(
    ("amount", "refusal"),
    [
        ("100.00", None),
        ("100.01", InsurerPaymentExceedsOpen),
        ("0.00", AmountNotPositive),
        ("-1.00", AmountNotPositive),
    ],
)
def test_the_insurer_pays_at_most_what_is_open(amount: str, refusal: type[Exception] | None) -> None:
    if refusal is None:
        require_insurer_payable(Decimal(amount), Decimal("100.00"))
    else:
        with pytest.raises(refusal):
            require_insurer_payable(Decimal(amount), Decimal("100.00"))


@pytest.fixture
async def accident(manager: Caller) -> str:
    """The address of an order of which the insurer has approved 1,000 without the owner's 200."""
    order = await make_order(manager, "ready", kind="accident", number="W1")
    address = f"/v1/repair-orders/{order['id']}"
    await manager.make(f"{address}/insurer-approval", APPROVED)
    return address


async def test_a_supplement_raises_the_total_and_what_was_told_before_is_superseded(
    manager: Caller, accident: str, client: httpx.AsyncClient, keys: Keys
) -> None:
    told = await manager.make(f"{accident}/insurer-supplements", MORE, If_Match='"1"')
    assert (told["approved_amount"], told["approved_on"], told["version"]) == ("1350.00", "2026-09-20", 2)
    less = {**MORE, "amount": "-50.00", "owner_share": "250.00", "reason": "depreciation"}
    told = await manager.make(f"{accident}/insurer-supplements", less, If_Match='"2"')
    assert [(each["amount"], each["owner_share"]) for each in told["supplements"]] == [
        ("350.00", "200.00"), ("-50.00", "250.00"),
    ]  # fmt: skip
    assert (told["approved_amount"], told["open"]) == ("1300.00", "1300.00")
    assert await manager.read(f"{accident}/insurer-account") == told
    assert (await manager.read(f"{accident}/balance"))["owed"] == "325.00"
    events = [e for e in await feed_of(client, keys, "workorder") if e["type"] == "workorder.insurer.approved"]
    assert [e["data"]["approved_amount"] for e in events] == ["1000.00", "1350.00", "1300.00"]
    assert len({e["subject"] for e in events}) == 1


async def test_the_insurer_pays_what_is_open_and_it_is_no_longer_a_receivable(manager: Caller, accident: str) -> None:
    order = await manager.read(accident)
    await manager.make(f"{accident}/deliver", {"reason": "insurer"}, If_Match=f'"{order["version"]}"')

    async def owed() -> str:
        told = await manager.read("/v1/receivables/sums")
        return str(next(each["total"] for each in told["debtors"] if each["debtor"] == "insurer"))

    assert await owed() == "1000.00"
    payment = {"amount": "900.00", "paid_on": "2026-10-05", "reference": "PICC-1"}
    paid = await manager.make(f"{accident}/insurer-payments", payment)
    assert (paid["order_number"], paid["taken_by"]) == ("W1", "SA01")
    assert await owed() == "100.00"
    refused = await manager.post(f"{accident}/insurer-payments", {**payment, "amount": "100.01"})
    assert (problem(refused), refused.json()["open"]) == ((422, "insurer-payment-exceeds-open"), "100.00")
    assert (await manager.read("/v1/insurer-payments", order="W1"))["items"] == [paid]
    below = {**MORE, "amount": "-100.01"}
    assert problem(await manager.post(f"{accident}/insurer-supplements", below, If_Match='"1"')) == (
        422, "supplement-refused",
    )  # fmt: skip


async def test_of_two_payments_of_the_insurer_at_once_one_finds_nothing_open(manager: Caller, accident: str) -> None:
    payment = {"amount": "1000.00", "paid_on": "2026-10-05"}
    answers = await asyncio.gather(*(manager.post(f"{accident}/insurer-payments", payment) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 422]


@pytest.mark.parametrize(
    "wrong", [{"amount": "0.00"}, {"amount": "1.001"}, {"owner_share": "-1.00"}, {"reason": " "}, {"currency": "USD"}]
)
async def test_a_wrong_supplement_changes_nothing(manager: Caller, accident: str, wrong: dict[str, Any]) -> None:
    refused = await manager.post(f"{accident}/insurer-supplements", {**MORE, **wrong}, If_Match='"1"')
    assert refused.status_code == 422
    assert (await manager.read(f"{accident}/insurer-account"))["version"] == 1


async def test_a_supplement_is_for_the_version_that_was_read_of_what_was_approved(
    manager: Caller, accident: str
) -> None:
    assert (await manager.post(f"{accident}/insurer-supplements", MORE)).status_code == 428
    assert (await manager.post(f"{accident}/insurer-supplements", MORE, If_Match='"9"')).status_code == 412
    other = await make_order(manager, "ready", kind="accident")
    missing = await manager.post(f"/v1/repair-orders/{other['id']}/insurer-supplements", MORE, If_Match='"1"')
    assert problem(missing) == (409, "approval-missing")


async def test_who_enters_what_and_only_in_his_store(
    manager: Caller, stranger: Caller, accident: str, client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    payment = {"amount": "10.00", "paid_on": "2026-10-05"}
    by = {role: Caller(client, bearer(keys, "workorder", role, stores=[store]))
          for role in ("technician", "cashier", "service_advisor")}  # fmt: skip
    for role in ("technician", "cashier"):
        refused = await by[role].post(f"{accident}/insurer-supplements", MORE, If_Match='"1"')
        assert refused.status_code == 403
    for role in ("technician", "service_advisor"):
        assert (await by[role].post(f"{accident}/insurer-payments", payment)).status_code == 403
    await by["cashier"].make(f"{accident}/insurer-payments", payment)
    assert (await stranger.get(f"{accident}/insurer-account")).status_code == 404
    assert (await stranger.post(f"{accident}/insurer-payments", payment)).status_code == 404
    assert (await stranger.read("/v1/insurer-payments"))["items"] == []


async def test_what_the_insurer_did_is_never_changed(
    manager: Caller, accident: str, store: AStore, database: Clone
) -> None:
    await manager.make(f"{accident}/insurer-supplements", MORE, If_Match='"1"')
    connection = await asyncpg.connect(database.app_url)
    try:
        await connection.execute(f"SET app.store = '{store.id}'")
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute("UPDATE insurer_supplements SET amount = 1")
    finally:
        await connection.close()


async def test_a_payment_of_the_insurer_is_taken_back_whole_and_once(
    manager: Caller,
    stranger: Caller,
    accident: str,
    database: Clone,
    client: httpx.AsyncClient,
    keys: Keys,
    store: AStore,
) -> None:
    paid = await manager.make(f"{accident}/insurer-payments", {"amount": "900.00", "paid_on": "2026-10-05"})
    address, why = f"/v1/insurer-payments/{paid['id']}/take-back", {"reason": "of another order"}
    cashier = Caller(client, bearer(keys, "workorder", "cashier", stores=[store]))
    assert (await cashier.post(address, why)).status_code == 403
    assert (await stranger.post(address, why)).status_code == 404
    for wrong in ({}, {"reason": " "}, {**why, "amount": "1.00"}):
        assert (await manager.post(address, wrong)).status_code == 422
    won, lost = await one_after_the_other(
        database, store, paid["order_id"], [lambda: manager.post(address, why) for _ in range(2)]
    )
    assert (won.status_code, won.json()["back"]["taken_back_by"]) == (200, "SA01")
    assert problem(lost) == (409, "taken-back-already")
    account = await manager.read(f"{accident}/insurer-account")
    assert (account["received"], account["open"]) == ("0.00", "1000.00")
    assert (await manager.read("/v1/insurer-payments"))["items"] == [won.json()]
    order = await manager.read(accident)
    await manager.make(f"{accident}/deliver", {"reason": "insurer"}, If_Match=f'"{order["version"]}"')
    listed = (await manager.read("/v1/receivables"))["items"]
    assert [each["open"] for each in listed if each["debtor"] == "insurer"] == ["1000.00"]
    told = [e for e in await feed_of(client, keys, "workorder") if e["type"] == "workorder.insurer.paid"]
    assert [(e["entityversion"], e["data"]["amount"], e["data"]["taken_back"]) for e in told] == [
        (1, "900.00", False), (2, "0.00", True),
    ]  # fmt: skip
    await manager.make(f"{accident}/insurer-payments", {"amount": "1000.00", "paid_on": "2026-10-05"})
