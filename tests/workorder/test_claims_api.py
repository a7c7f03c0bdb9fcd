import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.calls import Caller, statements_of, tally
from tests.harness import AStore, Keys, bearer, feed_of
from tests.workorder.caller import asked_by, line_body, make_order
from tests.workorder.quoting import problem

LINES = [
    line_body(payer="maker", amount="120.00"),
    line_body(kind="part", code="P1", amount="80.00", payer="customer",
              shares={"customer": "30.00", "maker": "50.00"}),
    line_body(code="ME05", amount="75.00"),
]  # fmt: skip
WANTED = {"lines": [{"line_number": 2, "amount": "120.00"}, {"line_number": 3, "amount": "50.00"}]}
SENT = {"maker_number": "GM-88121", "sent_on": "2026-09-20"}


async def warranty_order(manager: Caller, until: str = "ready", **overrides: Any) -> dict[str, Any]:
    """Line 1 is the customer's, 2 the maker's, 3 is split, 4 the customer's."""
    order = await make_order(manager, "checked_in", kind="warranty", **overrides)
    address = f"/v1/repair-orders/{order['id']}"
    await manager.make(f"{address}/lines", {"lines": LINES})
    for verb in ("diagnose", "quote", "approve", "start", "inspect", "make-ready"):
        if order["state"] == until:
            break
        order = await manager.make(f"{address}/{verb}", asked_by(verb), If_Match=f'"{order["version"]}"')
    return order


async def draft(manager: Caller, order: dict[str, Any]) -> dict[str, Any]:
    return await manager.make(f"/v1/repair-orders/{order['id']}/claims", WANTED)


async def move(caller: Caller, claim: dict[str, Any], verb: str, body: Any) -> dict[str, Any]:
    return await caller.make(f"/v1/claims/{claim['id']}/{verb}", body, If_Match=f'"{claim["version"]}"')


async def refused(caller: Caller, claim: dict[str, Any], verb: str, body: Any) -> httpx.Response:
    return await caller.post(f"/v1/claims/{claim['id']}/{verb}", body, If_Match=f'"{claim["version"]}"')


def paid(*amounts: str, reason: str | None = "rate", on: str = "2026-09-27") -> dict[str, Any]:
    lines = [
        {"line_number": line, "paid": amount, "reason": reason} for line, amount in enumerate(amounts, 2) if amount
    ]
    return {"paid_on": on, "lines": lines}


async def test_a_claim_is_sent_short_paid_sent_again_and_paid(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    order = await warranty_order(manager, number="W1")
    claim = await draft(manager, order)
    assert (claim["state"], claim["allowed"], claim["claimed"], claim["left"]) == (
        "draft", ["send", "withdraw"], "170.00", "170.00",
    )  # fmt: skip
    claim = await move(manager, claim, "send", SENT)
    assert (claim["state"], claim["round"], claim["maker_number"]) == ("sent", 1, "GM-88121")
    claim = await move(manager, claim, "pay", paid("100.00", "50.00"))
    assert (claim["state"], claim["paid"], claim["left"], claim["age_days"]) == ("short_paid", "150.00", "20.00", None)
    assert [(line["paid"], line["reason"]) for line in claim["lines"]] == [("100.00", "rate"), ("50.00", "rate")]
    claim = await move(manager, claim, "resubmit", SENT)
    claim = await move(manager, claim, "pay", paid("20.00", reason=None, on="2026-10-11"))
    assert (claim["state"], claim["round"], claim["left"], claim["allowed"]) == ("paid", 2, "0.00", [])
    money = (await manager.read("/v1/reimbursements", order="W1"))["items"]
    assert [(each["amount"], each["claim_id"]) for each in money] == [("20.00", claim["id"]), ("150.00", claim["id"])]
    counts = tally(await feed_of(client, keys, "workorder"))
    assert (counts["workorder.claim.paid"], counts["workorder.claim.changed"]) == (2, 5)
    assert (await manager.read("/v1/claims", state="paid", order="W1"))["items"] == [claim]
    assert await manager.read(f"/v1/claims/{claim['id']}") == claim


async def test_what_the_maker_refuses_is_written_off_by_a_manager(
    manager: Caller, client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    claim = await move(manager, await draft(manager, await warranty_order(manager)), "send", SENT)
    claim = await move(manager, claim, "refuse", {"reason": "outside the term"})
    advisor = Caller(client, bearer(keys, "workorder", "service_advisor", stores=[store]))
    assert (await refused(advisor, claim, "write-off", {"reason": "goodwill"})).status_code == 403
    claim = await move(manager, claim, "write-off", {"reason": "goodwill"})
    assert (claim["state"], claim["left"], claim["note"]) == ("written_off", "170.00", "goodwill")
    assert (await manager.read("/v1/reimbursements"))["items"] == []


async def test_who_may_do_what_to_a_claim(
    manager: Caller, client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    order = await warranty_order(manager)
    by = {role: Caller(client, bearer(keys, "workorder", role, stores=[store]))
          for role in ("service_advisor", "technician", "cashier")}  # fmt: skip
    address = f"/v1/repair-orders/{order['id']}/claims"
    assert (await by["technician"].post(address, WANTED)).status_code == 403
    assert (await by["cashier"].post(address, WANTED)).status_code == 403
    claim = await move(by["service_advisor"], await by["service_advisor"].make(address, WANTED), "send", SENT)
    assert (await refused(by["service_advisor"], claim, "pay", paid("120.00", "50.00"))).status_code == 403
    assert (await move(by["cashier"], claim, "pay", paid("120.00", "50.00")))["state"] == "paid"


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        ([(1, "10.00")], ["line-not-claimable"]),
        ([(2, "120.01"), (3, "50.01")], ["amount-refused", "amount-refused"]),
        ([(2, "10.00"), (2, "10.00")], ["line-repeated"]),
        ([(99, "10.00")], ["line-not-claimable"]),
        ([(2, "-10.00")], ["amount-refused"]),
    ],
)
async def test_what_cannot_be_claimed_leaves_nothing(
    manager: Caller, lines: list[tuple[int, str]], codes: list[str]
) -> None:
    order = await warranty_order(manager)
    body = {"lines": [{"line_number": line, "amount": amount} for line, amount in lines]}
    answer = await manager.post(f"/v1/repair-orders/{order['id']}/claims", body)
    assert (answer.status_code, [each["code"] for each in answer.json()["errors"]]) == (422, codes)
    assert (await manager.read("/v1/claims"))["items"] == []


async def test_a_line_is_in_one_claim_until_that_is_withdrawn(manager: Caller) -> None:
    order = await warranty_order(manager)
    claim = await draft(manager, order)
    again = await manager.post(f"/v1/repair-orders/{order['id']}/claims", WANTED)
    assert problem(again) == (422, "claim-lines-refused")
    await move(manager, claim, "withdraw", {"reason": "wrong rate"})
    assert (await draft(manager, order))["number"] != claim["number"]


async def test_a_claim_waits_for_the_work_and_moves_as_its_state_allows(manager: Caller) -> None:
    claim = await draft(manager, await warranty_order(manager, "approved"))
    assert problem(await refused(manager, claim, "send", SENT)) == (409, "claim-too-early")
    answer = await refused(manager, claim, "resubmit", SENT)
    assert (problem(answer), answer.json()["allowed"]) == ((409, "claim-move-not-allowed"), ["send", "withdraw"])
    stale = await manager.post(f"/v1/claims/{claim['id']}/withdraw", {"reason": "x"}, If_Match='"7"')
    assert stale.status_code == 412
    assert (await manager.post(f"/v1/claims/{claim['id']}/withdraw", {"reason": "x"})).status_code == 428


async def test_the_makers_money_has_one_effect(manager: Caller) -> None:
    """Beside an open claim none is entered by hand; of two who enter the same answer one is told it was."""
    order = await warranty_order(manager, number="W1")
    claim = await move(manager, await draft(manager, order), "send", SENT)
    by_hand = {"amount": "170.00", "paid_on": "2026-09-27"}
    address = f"/v1/repair-orders/{order['id']}/reimbursements"
    assert problem(await manager.post(address, by_hand)) == (409, "claim-open")
    answers = await asyncio.gather(*(refused(manager, claim, "pay", paid("120.00", "50.00")) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert len((await manager.read("/v1/reimbursements"))["items"]) == 1
    imported = {"order_number": "W1", "paid_on": "2026-09-28", "amount": "5.00"}
    assert await manager.outcomes("reimbursements", imported) == ["created"]
    await manager.make(address, by_hand)


async def test_claims_are_listed_by_state_and_age_in_a_fixed_number_of_queries(manager: Caller, app: FastAPI) -> None:
    claims = [await draft(manager, await warranty_order(manager, number=f"W{n}")) for n in range(3)]
    old = await move(manager, claims[0], "send", {**SENT, "sent_on": "2026-01-05"})
    await move(manager, claims[1], "send", SENT)
    assert (await manager.read("/v1/claims", sent_before="2026-02-01"))["items"] == [old]
    assert len((await manager.read("/v1/claims", state="sent"))["items"]) == 2
    with statements_of(app) as sent:
        assert len((await manager.read("/v1/claims"))["items"]) == 3
    assert len(sent) == 3


async def test_another_stores_claim_is_not_there(manager: Caller, stranger: Caller) -> None:
    order = await warranty_order(manager)
    claim = await draft(manager, order)
    assert (await stranger.get(f"/v1/claims/{claim['id']}")).status_code == 404
    assert (await refused(stranger, claim, "send", SENT)).status_code == 404
    assert (await stranger.post(f"/v1/repair-orders/{order['id']}/claims", WANTED)).status_code == 404
    assert (await stranger.read("/v1/claims"))["items"] == []
