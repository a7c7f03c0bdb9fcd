from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from tests.calls import Caller, statements_of
from tests.harness import AStore, Clone, Keys, bearer
from tests.workorder.caller import line_body, line_row, make_order, order_body, order_row
from tests.workorder.pricing import GL8, VIN, stock
from tests.workorder.quoting import problem
from tests.workorder.shop_days import in_days, today


@pytest.fixture
def statements(app: FastAPI) -> Iterator[list[str]]:
    with statements_of(app) as sent:
        yield sent


@pytest.fixture
def as_role(client: httpx.AsyncClient, keys: Keys, store: AStore) -> Callable[[str], Caller]:
    return lambda role: Caller(client, bearer(keys, "workorder", role, stores=[store], employee="J104"))


@pytest.fixture
async def vehicle(database: Clone, store: AStore) -> None:
    """The order's car is a GL8 of 2021."""
    connection = await asyncpg.connect(database.app_url)
    await connection.execute(f"SET app.store = '{store.id}'")
    await connection.execute(
        "INSERT INTO vehicle_copy (store_id, vin, id, version, model) VALUES ($1, $2, uuidv7(), 1, $3)",
        UUID(str(store.id)), VIN, GL8,
    )  # fmt: skip
    await connection.close()


def told(response: httpx.Response) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in response.json()["errors"]]


async def priced(manager: Caller, *items: dict[str, Any], **order: Any) -> tuple[str, list[dict[str, Any]]]:
    made = await manager.make("/v1/repair-orders", order_body(**order))
    address = f"/v1/repair-orders/{made['id']}"
    return address, (await manager.make(f"{address}/priced-lines", {"items": list(items)}))["items"]


async def test_lines_cost_what_the_catalogue_says_for_the_car(manager: Caller, vehicle: None) -> None:
    await stock(manager)
    address, lines = await priced(
        manager, {"operation": "ME05", "team": "机电一组"}, {"operation": "ME05", "payer": "maker", "quantity": "2"},
        {"operation": "FILTER"},
    )  # fmt: skip
    shown = [(e["code"], e["standard_hours"], e["list_price"], e["amount"], e["payer"], e["origin"]) for e in lines]
    assert shown == [
        ("ME05", "3.15", "472.50", "472.50", "customer", None),
        ("ME05", "6.3", "310.28", "620.55", "maker", None),
        ("FILTER", None, "45.00", "45.00", "customer", "genuine"),
    ]
    assert lines[0]["team"] == "机电一组"
    assert (await manager.read(f"{address}/lines"))["items"] == lines


async def test_a_menu_makes_a_line_of_each_of_its_items(manager: Caller) -> None:
    await stock(manager)
    address, lines = await priced(manager, {"menu": "M1"})
    assert [line["code"] for line in lines] == ["ME01", "OIL", "FILTER"]
    assert sum(Decimal(line["amount"]) for line in lines) == Decimal("399.00")
    price = await manager.read(f"{address}/lines/2/price")
    assert price["basis"]["menu"] == "M1"
    assert sum(Decimal(step["amount"]) for step in price["steps"]) == Decimal(lines[1]["amount"])


async def test_any_line_is_explained_by_the_prices_it_was_made_with(manager: Caller, vehicle: None) -> None:
    await stock(manager)
    address, [line] = await priced(manager, {"operation": "ME05"})
    before = await manager.read(f"{address}/lines/1/price")
    assert (before["basis"]["day"], before["basis"]["car"]) == (
        today(), {"model": GL8, "year": 2021, "engine": None},
    )  # fmt: skip
    assert [step["source"]["entry"] for step in before["steps"] if step["source"]] == ["operation_hours", "labour_rate"]
    await manager.make("/v1/labour-rates", {"basis": "retail", "rate": "999.00", "valid_from": in_days(1)})
    await manager.take_in("operations", {"code": "ME05", "name": "减震器", "kind": "labour", "standard_hours": "9"})
    assert await manager.read(f"{address}/lines/1/price") == before
    change = {"amount": "450.00", "reason": "老客户"}
    changed = await manager.patch(f"{address}/lines/1", change, If_Match=f'"{line["version"]}"')
    assert changed.status_code == 200, changed.text
    after = await manager.read(f"{address}/lines/1/price")
    assert after["amount"] == "450.00"
    assert after["steps"][-1]["text"]["zh"] == "SA01 将金额由 472.50 改为 450.00,原因:老客户"
    assert sum(Decimal(step["amount"]) for step in after["steps"]) == Decimal("450.00")


async def test_a_line_entered_by_hand_says_so(manager: Caller) -> None:
    order = await manager.make("/v1/repair-orders", order_body())
    await manager.make(f"/v1/repair-orders/{order['id']}/lines", {"lines": [line_body()]})
    price = await manager.read(f"/v1/repair-orders/{order['id']}/lines/1/price")
    assert (price["basis"], [step["rule"] for step in price["steps"]]) == (None, ["entered"])
    assert (await manager.get(f"/v1/repair-orders/{order['id']}/lines/2/price")).status_code == 404


@pytest.mark.parametrize("number", [0, 99_999_999_999])
async def test_a_line_number_that_no_line_has_is_refused(manager: Caller, number: int) -> None:
    order = await manager.make("/v1/repair-orders", order_body())
    refused = await manager.get(f"/v1/repair-orders/{order['id']}/lines/{number}/price")
    assert problem(refused) == (400, "bad-request")


async def test_lines_that_cannot_be_priced_are_all_named_and_none_is_made(manager: Caller, vehicle: None) -> None:
    await stock(manager)
    order = await manager.make("/v1/repair-orders", order_body())
    address = f"/v1/repair-orders/{order['id']}"
    items: list[dict[str, Any]] = [
        {"operation": "ME05"}, {"operation": "ME99"}, {"operation": "X"}, {"menu": "X"},
        {"operation": "OIL", "quantity": "-1"}, {"menu": "M1", "quantity": "1.5"},
    ]  # fmt: skip
    refused = await manager.post(f"{address}/priced-lines", {"items": items})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:aftermile:problem:lines-not-priced")
    assert told(refused) == [
        ("/items/1/operation", "no-hours-for-model"), ("/items/2/operation", "operation-unknown"),
        ("/items/3/menu", "menu-unknown"), ("/items/4/operation", "quantity-out-of-range"),
        ("/items/5/menu", "quantity-out-of-range"),
    ]  # fmt: skip
    both = await manager.post(f"{address}/priced-lines", {"items": [{"operation": "OIL", "menu": "M1"}]})
    assert told(both) == [("/items/0", "value_error")]
    job = await manager.post(f"{address}/priced-lines", {"items": [{"operation": "OIL", "job_number": 3}]})
    assert told(job) == [("/items/0/job_number", "job-unknown")]
    assert (await manager.read(f"{address}/lines"))["items"] == []


async def test_who_may_add_priced_lines_and_when(
    manager: Caller, stranger: Caller, as_role: Callable[[str], Caller]
) -> None:
    await stock(manager)
    address, _ = await priced(manager, {"operation": "OIL"})
    body = {"items": [{"operation": "OIL"}]}
    assert (await as_role("technician").post(f"{address}/priced-lines", body)).status_code == 201
    assert (await as_role("cashier").post(f"{address}/priced-lines", body)).status_code == 403
    assert (await stranger.post(f"{address}/priced-lines", body)).status_code == 404
    assert (await stranger.get(f"{address}/lines/1/price")).status_code == 404
    order = await manager.read(address)
    await manager.make(f"{address}/cancel", {"reason": "x"}, If_Match=f'"{order["version"]}"')
    refused = await manager.post(f"{address}/priced-lines", body)
    assert refused.json()["type"] == "urn:aftermile:problem:lines-are-fixed"


async def deviating(manager: Caller) -> str:
    """Charged: one line as published, one changed with a reason, two by hand beside the price, one without a price."""
    await stock(manager)
    address, lines = await priced(manager, {"operation": "OIL"}, {"operation": "FILTER"})
    change = {"amount": "40.00", "reason": "会员"}
    await manager.patch(f"{address}/lines/2", change, If_Match=f'"{lines[1]["version"]}"')
    by_hand = [
        line_body(code="ME01", amount="75.00"),
        line_body(code="ME01", amount="90.00"),
        line_body(code="ME05", amount="200.00"),
        line_body(code="XX", amount="5.00"),
    ]
    await manager.make(f"{address}/lines", {"lines": by_hand})
    return address


async def test_what_was_charged_otherwise_is_listed_with_its_reason(manager: Caller) -> None:
    await deviating(manager)
    found = (await manager.read("/v1/price-deviations", **{"from": today(), "to": today()}))["items"]
    assert [
        (e["line_number"], e["code"], e["published"], e["charged"], e["difference"], e["reason"], e["changed_by"])
        for e in sorted(found, key=lambda each: each["line_number"])
    ] == [
        (2, "FILTER", "45.00", "40.00", "-5.00", "会员", "SA01"),
        (4, "ME01", "75.00", "90.00", "15.00", None, None),
        (5, "ME05", "360.00", "200.00", "-160.00", None, None),
    ]
    assert {each["advisor"] for each in found} == {"SA01"}
    assert [each["by_catalogue"] for each in found].count(True) == 1


async def test_what_has_no_published_price_is_told_on_request(manager: Caller) -> None:
    await deviating(manager)
    found = (await manager.read("/v1/price-deviations", unpublished=True))["items"]
    assert [(e["code"], e["unpublished"]) for e in found if e["published"] is None] == [("XX", "operation-unknown")]
    assert (await manager.read("/v1/price-deviations", advisor="SA99"))["items"] == []
    assert (await manager.read("/v1/price-deviations", **{"from": in_days(1)}))["items"] == []


async def test_deviations_come_in_pages_that_leave_nothing_out(manager: Caller) -> None:
    await deviating(manager)
    whole = (await manager.read("/v1/price-deviations"))["items"]
    seen, address = [], "/v1/price-deviations?limit=1"
    while address:
        page = await manager.read(address)
        seen += page["items"]
        address = page["next"]
    assert seen == whole


async def test_imported_lines_are_held_against_the_price_of_their_order_s_day(manager: Caller) -> None:
    await manager.take_in("repair-orders", order_row())
    await manager.take_in("repair-order-lines", line_row(), line_row(line_number=2, amount="75.00"))
    [found] = (await manager.read("/v1/price-deviations"))["items"]
    assert (found["line_number"], found["published"], found["charged"]) == (1, "75.00", "67.50")


async def test_deviations_take_the_same_few_queries(manager: Caller, statements: list[str]) -> None:
    await deviating(manager)
    counts = []
    for limit in (1, 100):
        statements.clear()
        await manager.read("/v1/price-deviations", limit=limit)
        counts.append(len(statements))
    assert counts == [6, 6]


async def test_only_reviewers_and_auditors_of_the_store_see_deviations(
    manager: Caller, stranger: Caller, as_role: Callable[[str], Caller]
) -> None:
    await deviating(manager)
    for role, status in (("auditor", 200), ("desk_supervisor", 200), ("service_advisor", 403), ("technician", 403)):
        assert (await as_role(role).get("/v1/price-deviations")).status_code == status, role
    assert (await stranger.read("/v1/price-deviations"))["items"] == []


FOUND = {"source": "incidental", "stage": "road_test", "finder": "J104"}


async def in_work(manager: Caller) -> str:
    order = await make_order(manager, "in_progress")
    return f"/v1/repair-orders/{order['id']}"


async def test_additional_work_is_priced_by_the_catalogue_and_keeps_what_by(manager: Caller, vehicle: None) -> None:
    await stock(manager)
    address = await in_work(manager)
    items = [{"operation": "ME05", "team": "机电一组"}, {"operation": "OIL", "quantity": "2"}]
    upsell = await manager.make(f"{address}/upsells", {**FOUND, "items": items})
    assert (upsell["operation_code"], upsell["amount"]) == ("ME05", "632.50")
    lines = [each for each in (await manager.read(f"{address}/lines"))["items"] if each["upsell_id"] == upsell["id"]]
    assert [(each["amount"], each["authorisation"], each["finder"]) for each in lines] == [
        ("472.50", "proposed", "J104"), ("160.00", "proposed", "J104"),
    ]  # fmt: skip
    price = await manager.read(f"{address}/lines/{lines[0]['line_number']}/price")
    assert price["basis"]["car"] == {"model": GL8, "year": 2021, "engine": None}
    assert sum(Decimal(step["amount"]) for step in price["steps"]) == Decimal("472.50")


async def test_additional_work_that_the_catalogue_cannot_price_is_not_proposed(manager: Caller) -> None:
    await stock(manager)
    address = await in_work(manager)
    before = await manager.read(f"{address}/lines")
    refused = await manager.post(
        f"{address}/upsells", {**FOUND, "items": [{"operation": "OIL"}, {"operation": "ME99"}, {"menu": "M9"}]}
    )
    assert problem(refused) == (422, "lines-not-priced")
    assert told(refused) == [("/items/1/operation", "no-hours-for-model"), ("/items/2/menu", "menu-unknown")]
    wrong_job = await manager.post(f"{address}/upsells", {**FOUND, "items": [{"operation": "OIL", "job_number": 9}]})
    assert [pointer for pointer, _ in told(wrong_job)] == ["/items/0/job_number"]
    for both in (
        {},
        {"items": [{"operation": "OIL"}], "lines": [line_body()]},
        {"lines": [line_body()], "engine": "E"},
    ):
        assert (await manager.post(f"{address}/upsells", {**FOUND, **both})).status_code == 422
    assert await manager.read(f"{address}/lines") == before
    assert (await manager.read("/v1/upsells"))["items"] == []
