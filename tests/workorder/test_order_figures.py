from typing import Any

import pytest

from services.workorder.schemas.orders.board import OrderFigures
from tests.calls import Caller
from tests.workorder.caller import line_row, order_row, part_row, settled_row, upsell_row

NOTHING = {
    "car_count": 0, "orders_settled": 0, "settled_amount": "0.00", "average_repair_order": None, "receipts": "0.00",
    "upsells": {"proposed": 0, "approved": 0, "rate": None, "approved_amount": "0.00"},
}  # fmt: skip


async def figures(caller: Caller, month: str) -> dict[str, Any]:
    response = await caller.get("/v1/order-figures", month=month)
    assert response.status_code == 200, response.text
    OrderFigures.model_validate_json(response.content)
    read: dict[str, Any] = response.json()
    return read


async def test_an_advisors_month_is_told_with_cars_money_and_upsells(manager: Caller) -> None:
    await manager.take_in(
        "repair-orders", settled_row(), settled_row(number="W2"), settled_row(number="W3", kind="pdi"),
        order_row(number="W4", status="cancelled"), settled_row(number="W5", advisor="SA02"),
    )  # fmt: skip
    await manager.take_in(
        "repair-order-lines", line_row(amount="100.00"), upsell_row(amount="50.00"), part_row(amount="0.01"),
        upsell_row(line_number=9, decision="declined", amount="70.00"), line_row(order_number="W2", amount="40.00"),
    )  # fmt: skip
    pay = {"method": "cash", "paid_on": "2026-09-30"}
    await manager.take_in(
        "payments", {"order_number": "W1", "amount": "10.00", **pay}, {"order_number": "W2", "amount": "5.50", **pay},
        {"order_number": "W2", "amount": "9.00", **pay, "paid_on": "2026-10-01"},
    )  # fmt: skip
    read = await figures(manager, "2026-09")
    first, second = read["advisors"]
    assert first == {
        "advisor": "SA01", "car_count": 2, "orders_settled": 3, "settled_amount": "190.01",
        "average_repair_order": "63.34", "receipts": "15.50",
        "upsells": {"proposed": 2, "approved": 1, "rate": "0.5000", "approved_amount": "50.01"},
    }  # fmt: skip
    assert second == {**NOTHING, "advisor": "SA02", "car_count": 1, "orders_settled": 1, "settled_amount": "0.00",
                      "average_repair_order": "0.00"}  # fmt: skip
    assert (read["total"]["car_count"], read["total"]["average_repair_order"]) == (3, "47.50")
    assert (await figures(manager, "2026-10"))["total"] == {**NOTHING, "receipts": "9.00"}


async def test_a_month_without_anything_is_zeros(manager: Caller) -> None:
    assert await figures(manager, "2026-09") == {
        "month": "2026-09", "currency": "CNY", "total": NOTHING, "advisors": []
    }  # fmt: skip


async def test_the_last_evening_of_a_month_belongs_to_it_where_the_store_is(manager: Caller) -> None:
    await manager.take_in(
        "repair-orders", order_row(opened_at="2026-09-30T16:30:00Z"),
        order_row(number="W2", opened_at="2026-09-30T15:30:00Z"),
    )  # fmt: skip
    cars = [(await figures(manager, month))["total"]["car_count"] for month in ("2026-08", "2026-09", "2026-10")]
    assert cars == [0, 1, 1]


async def test_upsells_count_in_every_month_in_which_the_car_was_here(manager: Caller) -> None:
    """As the shop's other figures of upsells do."""
    await manager.take_in(
        "repair-orders", settled_row(left_at="2026-10-02T10:00:00+08:00", settled_on="2026-10-02"),
        order_row(number="W2", opened_at="2026-08-30T10:00:00+08:00", advisor=None),
    )  # fmt: skip
    await manager.take_in("repair-order-lines", upsell_row(), upsell_row(order_number="W2", decision=None))
    told = {}
    for month in ("2026-07", "2026-08", "2026-09", "2026-10", "2026-11"):
        read = await figures(manager, month)
        told[month] = {each["advisor"]: each["upsells"]["proposed"] for each in read["advisors"]}
        others = await manager.read("/v1/upsell-figures", **{"from": f"{month}-01", "to": f"{month}-30"})
        counted = {each["advisor"]: each["proposed"] for each in others["advisors"]}
        assert counted == {advisor: n for advisor, n in told[month].items() if n}
    assert told["2026-07"] == {}
    assert told["2026-10"] == {"SA01": 1, None: 1}
    assert told["2026-11"] == {None: 1}


@pytest.mark.parametrize("month", ["2026", "2026-13", "2026-9", "0000-01", "9999-12", "2026-09-01", "２０２６-09", ""])
async def test_what_is_no_month_is_refused(manager: Caller, month: str) -> None:
    refused = await manager.get("/v1/order-figures", month=month)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/query/month"


async def test_figures_need_a_month(manager: Caller) -> None:
    assert (await manager.get("/v1/order-figures")).status_code == 400
