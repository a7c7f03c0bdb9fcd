from typing import Any

import pytest

from tests.calls import Caller
from tests.workorder.caller import line_row, order_row, part_row, settled_row, upsell_row
from tests.workorder.shop_days import shop_time


async def fill(caller: Caller, **overrides: Any) -> None:
    await caller.take_in("repair-orders", settled_row(**overrides), order_row(number="W2", status="cancelled"))
    declined = {"decision": "declined", "amount": "0.00"}
    await caller.take_in(
        "repair-order-lines", line_row(), upsell_row(), part_row(), upsell_row(line_number=9, **declined)
    )
    payment = {"order_number": "W1", "paid_on": "2026-09-08", "amount": "819.00", "method": "cash"}
    await caller.take_in("payments", payment)


async def test_a_customer_is_shown_visits_spending_and_upsells(manager: Caller) -> None:
    await fill(manager)
    part = await manager.read("/v1/overview-parts/customers/C1")
    assert (part["orders"], part["spent"], part["last_visit_on"]) == (2, "819.00", "2026-09-08")
    assert part["upsells"] == {"proposed": 2, "approved": 1, "approved_amount": "751.50"}
    first = next(order for order in part["latest_orders"] if order["number"] == "W1")
    assert (first["amount"], first["paid"], first["state"]) == ("819.00", "819.00", "closed")


async def test_an_order_is_shown_with_everything_that_belongs_to_it(manager: Caller) -> None:
    await fill(manager, kind="accident")
    approval = {"order_number": "W1", "approved_on": "2026-09-23", "approved_amount": "10.00", "owner_share": "0.00"}
    await manager.take_in("insurer-approvals", approval)
    await manager.take_in("reimbursements", {"order_number": "W1", "paid_on": "2026-09-25", "amount": "125.00"})
    part = await manager.read("/v1/overview-parts/repair-orders/W1")
    assert [line["line_number"] for line in part["lines"]] == [1, 7, 8, 9]
    assert [(u["number"], u["decision"]) for u in part["upsells"]] == [("W1/7", "approved"), ("W1/9", "declined")]
    assert part["payments"] == [{"paid_on": "2026-09-08", "amount": "819.00", "method": "cash"}]
    assert part["reimbursements"] == [{"paid_on": "2026-09-25", "amount": "125.00"}]
    assert part["insurer_approval"]["approved_amount"] == "10.00"
    assert (part["totals"]["customer"], part["totals"]["upsells_approved"]) == ("819.00", "751.50")
    assert part["customer"] == {"number": "C1", "id": None, "name": None}


async def test_an_employee_is_shown_as_advisor_and_as_finder(manager: Caller) -> None:
    opened = shop_time()
    month = opened.strftime("%Y-%m")
    await fill(manager, opened_at=opened.isoformat())
    advisor = await manager.read("/v1/overview-parts/employees/SA01")
    assert advisor["as_advisor"][0] == {
        "month": month, "orders": 1, "upsells_proposed": 2, "upsells_approved": 1, "approved_amount": "751.50"
    }  # fmt: skip
    finder = await manager.read("/v1/overview-parts/employees/J104")
    assert finder["as_advisor"] == []
    assert finder["as_finder"] == {"findings": 2, "approved": 1, "approved_amount": "751.50"}


async def test_a_store_is_shown_its_month(manager: Caller) -> None:
    await fill(manager)
    assert await manager.read("/v1/overview-parts/stores/2026-09") == {
        "month": "2026-09",
        "car_count": 1,
        "orders_settled": 1,
        "receipts": "819.00",
        "reimbursements": "0.00",
        "upsells": {"proposed": 2, "approved": 1, "approved_amount": "751.50"},
    }
    assert (await manager.read("/v1/overview-parts/stores/2026-10"))["car_count"] == 0


@pytest.mark.parametrize("part", ["customers/C9", "repair-orders/W9", "employees/X9", "stores/2026-13", "stores/x"])
async def test_what_is_unknown_is_not_found(manager: Caller, part: str) -> None:
    assert (await manager.get(f"/v1/overview-parts/{part}")).status_code == 404
