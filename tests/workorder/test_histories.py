from typing import Any

from fastapi import FastAPI

from chassis.representation import Page
from services.workorder.schemas.orders.histories import Visit
from tests.calls import Caller, statements_of
from tests.harness import AStore
from tests.workorder.caller import line_row, order_row, part_row, settled_row, upsell_row
from tests.workorder.test_customer_feed import CustomerService

VEHICLE = "/v1/repair-histories/vehicles/LSGXEGX97MY815823"


async def page(caller: Caller, path: str, **wanted: Any) -> dict[str, Any]:
    response = await caller.get(path, **wanted)
    assert response.status_code == 200, response.text
    Page[Visit].model_validate_json(response.content)
    read: dict[str, Any] = response.json()
    return read


async def test_a_visit_is_told_with_its_work_and_its_money(manager: Caller) -> None:
    await manager.take_in("repair-orders", settled_row())
    await manager.take_in(
        "repair-order-lines", line_row(amount="67.50"), upsell_row(amount="10.00"), part_row(amount="684.00"),
        upsell_row(line_number=9, decision="declined", amount="55.00"),
    )  # fmt: skip
    await manager.take_in(
        "payments", {"order_number": "W1", "paid_on": "2026-09-08", "amount": "9.00", "method": "cash"}
    )
    visit = (await page(manager, VEHICLE))["items"][0]
    assert (visit["number"], visit["opened_on"], visit["left_on"]) == ("W1", "2026-09-08", "2026-09-08")
    assert (visit["amount"], visit["paid"], visit["odometer_km"]) == ("761.50", "9.00", 63370)
    assert [(line["line_number"], line["amount"], line["authorisation"]) for line in visit["lines"]] == [
        (1, "67.50", None), (7, "10.00", "approved"), (8, "684.00", "approved"), (9, "55.00", "declined")
    ]  # fmt: skip


async def test_a_visit_without_work_is_a_visit(manager: Caller) -> None:
    await manager.take_in("repair-orders", order_row())
    visit = (await page(manager, VEHICLE))["items"][0]
    assert (visit["lines"], visit["amount"], visit["plate"]) == ([], "0.00", None)


async def test_a_customers_visits_are_those_under_all_his_numbers(app: FastAPI, store: AStore, manager: Caller) -> None:
    customers = CustomerService(app, store)
    await manager.take_in(
        "repair-orders", settled_row(), settled_row(number="W2", customer_number="C2"),
        settled_row(number="W3", customer_number="C9"),
    )  # fmt: skip
    await customers.says(customers.customer("C1"), customers.customer("C2"))
    await customers.says(*customers.merged("C2", into="C1"))
    for number in ("C1", "C2"):
        read = await page(manager, f"/v1/repair-histories/customers/{number}")
        assert {visit["number"] for visit in read["items"]} == {"W1", "W2"}
        listed = await manager.read("/v1/repair-orders", customer=number)
        assert {order["number"] for order in listed["items"]} == {"W1", "W2"}
    unknown = await page(manager, "/v1/repair-histories/customers/C9")
    assert [visit["number"] for visit in unknown["items"]] == ["W3"]


async def test_a_long_history_comes_in_pages_of_one_query_each(app: FastAPI, manager: Caller) -> None:
    days = range(1, 8)
    rows = [settled_row(number=f"W{day}", opened_at=f"2026-09-0{day}T10:00:00+08:00") for day in days]
    await manager.take_in("repair-orders", *rows)
    await manager.take_in("repair-order-lines", *(line_row(order_number=f"W{day}") for day in days))
    seen: list[str] = []
    following: str | None = f"{VEHICLE}?limit=3"
    with statements_of(app) as statements:
        while following:
            read = await page(manager, following)
            assert read["limit"] == 3
            seen += [visit["number"] for visit in read["items"]]
            following = read["next"]
    assert seen == [f"W{day}" for day in reversed(days)]
    assert len(statements) == 3


async def test_a_cursor_of_one_history_is_none_of_another(manager: Caller) -> None:
    await manager.take_in("repair-orders", settled_row(), settled_row(number="W2"))
    following = (await page(manager, f"{VEHICLE}?limit=1"))["next"]
    cursor = following.partition("cursor=")[2].partition("&")[0]
    other = await manager.get(f"/v1/repair-histories/customers/C1?limit=1&cursor={cursor}")
    assert other.status_code == 410


async def test_who_never_came_has_an_empty_history(manager: Caller) -> None:
    for path in ("customers/X9", "vehicles/X9", "customers/a%2Fb", "customers/%00"):
        answer = await manager.get(f"/v1/repair-histories/{path}")
        if path.endswith("%00"):
            assert answer.status_code == 422
        else:
            assert answer.json() == {"items": [], "limit": 50, "next": None}, path
