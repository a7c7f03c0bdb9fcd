"""No money moves on a day to come, by the calendar of the store: each address that takes a day refuses it."""

from typing import Any

import pytest

from tests.calls import Caller
from tests.workorder.billing import at, pay, ready_order, version_of
from tests.workorder.caller import line_body
from tests.workorder.quoting import problem
from tests.workorder.shop_days import in_days

LATER = in_days(2)
"""The tests of one night may see the next; two days on is to come for both."""
PACKAGE = {
    "name": "保养套餐", "customer_number": "C1", "price": "60.00", "method": "cash", "valid_until": "2199-01-01",
    "items": [{"code": "ME04", "name": "更换蓄电池", "times": 1, "value": "60.00"}],
}  # fmt: skip
APPROVAL = {"approved_amount": "100.00", "owner_share": "0.00"}


async def refused(manager: Caller, path: str, day: str, body: dict[str, Any], **headers: str) -> None:
    answer = await manager.post(path, {**body, day: LATER}, **headers)
    assert problem(answer) == (422, "day-not-begun"), path


@pytest.mark.parametrize("deposit", [True, False])
async def test_a_payment_and_what_is_given_back_of_it(manager: Caller, deposit: bool) -> None:
    order = await ready_order(manager)
    cash = {"amount": "10.00", "method": "cash", "deposit": deposit}
    await refused(manager, at(order, "payments"), "paid_on", cash, If_Match='"0"')
    payment = await pay(manager, order["id"], **cash)
    back = {"amount": "5.00", "reason": "overpaid"}
    await refused(manager, f"/v1/payments/{payment['id']}/refund", "refunded_on", back, If_Match='"1"')
    assert (await manager.read(at(order, "balance")))["refunded"] == "0.00"


async def test_what_others_pay(manager: Caller) -> None:
    order = await ready_order(manager, line_body(payer="maker"), kind="warranty")
    claim = await manager.make(at(order, "claims"), {"lines": [{"line_number": 1, "amount": "75.00"}]})
    address = f"/v1/claims/{claim['id']}"
    sent = await manager.make(f"{address}/send", {"maker_number": "G1"}, If_Match='"1"')
    answer = {"lines": [{"line_number": 1, "paid": "75.00"}]}
    await refused(manager, f"{address}/pay", "paid_on", answer, If_Match=version_of(sent))
    await refused(manager, at(order, "reimbursements"), "paid_on", {"amount": "5.00"})
    await refused(manager, at(order, "insurer-approval"), "approved_on", APPROVAL)
    await manager.make(at(order, "insurer-approval"), {**APPROVAL, "approved_on": "2026-09-20"})
    more = {"amount": "5.00", "reason": "hidden damage"}
    await refused(manager, at(order, "insurer-supplements"), "approved_on", more, If_Match='"1"')
    await refused(manager, at(order, "insurer-payments"), "paid_on", {"amount": "5.00"})
    assert (await manager.read(address))["state"] == sent["state"] == "sent"


async def test_what_is_sold_in_advance_and_what_is_settled(manager: Caller) -> None:
    await refused(manager, "/v1/packages", "sold_on", PACKAGE)
    sold = await manager.make("/v1/packages", PACKAGE)
    back = {"reason": "moves away"}
    await refused(manager, f"/v1/packages/{sold['id']}/refund", "refunded_on", back, If_Match='"1"')
    order = await ready_order(manager)
    await refused(manager, at(order, "settle"), "settled_on", {}, If_Match=version_of(order))
    assert (await manager.read(at(order)))["settled"] is False
