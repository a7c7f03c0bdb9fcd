import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import httpx
import pytest

from tests.calls import Caller
from tests.harness import AStore, Clone, Keys, bearer
from tests.workorder.pricing import hours_body, menu_body, operation_body, part_body, stock
from tests.workorder.shop_days import in_days, today


@pytest.fixture
def as_role(client: httpx.AsyncClient, keys: Keys, store: AStore) -> Callable[[str], Caller]:
    return lambda role: Caller(client, bearer(keys, "workorder", role, stores=[store], employee="J104"))


def told(response: httpx.Response) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in response.json()["errors"]]


async def test_a_price_says_from_when_it_holds_and_who_made_it(manager: Caller) -> None:
    rate = await manager.make("/v1/labour-rates", {"basis": "retail", "rate": "150.00"})
    assert (rate["valid_from"], rate["made_by"], rate["currency"]) == (today(), "SA01", "CNY")
    assert (await manager.read("/v1/labour-rates"))["items"] == [rate]


async def test_a_begun_price_is_followed_by_another_but_never_edited_or_withdrawn(manager: Caller) -> None:
    body = {"basis": "retail", "rate": "150.00"}
    rate = await manager.make("/v1/labour-rates", body)
    again = await manager.post("/v1/labour-rates", {**body, "rate": "160.00"})
    assert (again.status_code, again.json()["type"]) == (409, "urn:aftermile:problem:price-version-exists")
    refused = await manager.post(f"/v1/labour-rates/{rate['id']}/withdraw", If_Match='"1"')
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:aftermile:problem:price-version-begun")
    await manager.make("/v1/labour-rates", {**body, "rate": "160.00", "valid_from": in_days(1)})
    history = (await manager.read("/v1/labour-rates", basis="retail"))["items"]
    assert [(each["valid_from"], each["rate"]) for each in history] == [(in_days(1), "160.00"), (today(), "150.00")]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/labour-rates", {"basis": "claims", "rate": "98.50"}),
        ("/v1/operation-hours", hours_body()),
        ("/v1/operation-prices", {"operation": "OIL", "list_price": "85.00"}),
        ("/v1/menus", menu_body(code="M2")),
    ],
)
async def test_a_wrong_future_price_is_withdrawn_and_makes_room_for_the_right_one(
    manager: Caller, path: str, body: dict[str, Any]
) -> None:
    await stock(manager)
    body = {**body, "valid_from": in_days(1)}
    made = await manager.make(path, body)
    assert (await manager.post(path, body)).status_code == 409
    assert (await manager.post(f"{path}/{made['id']}/withdraw")).status_code == 428
    assert (await manager.post(f"{path}/{made['id']}/withdraw", If_Match='"7"')).status_code == 412
    withdrawn = await manager.make(f"{path}/{made['id']}/withdraw", If_Match='"1"')
    assert (withdrawn["withdrawn_by"], withdrawn["version"]) == ("SA01", 2)
    once_more = await manager.post(f"{path}/{made['id']}/withdraw", If_Match='"2"')
    assert once_more.json()["type"] == "urn:aftermile:problem:price-version-withdrawn"
    await manager.make(path, body)
    listed = (await manager.read(path))["items"]
    assert [each["withdrawn_by"] for each in listed if each["valid_from"] == in_days(1)] == [None, "SA01"]


async def test_the_database_itself_refuses_to_edit_a_price(manager: Caller, store: AStore, database: Clone) -> None:
    await stock(manager)
    connection = await asyncpg.connect(database.app_url)
    try:
        await connection.execute(f"SET app.store = '{store.id}'")
        for change in (
            "UPDATE labour_rates SET rate = 1", "UPDATE operation_hours SET hours = 1", "UPDATE menus SET price = 1",
            "UPDATE operation_prices SET list_price = 1", "DELETE FROM labour_rates",
        ):  # fmt: skip
            with pytest.raises(asyncpg.RestrictViolationError):
                await connection.execute(change)
    finally:
        await connection.close()


async def test_an_operation_costs_the_latest_price_begun(manager: Caller) -> None:
    await stock(manager)
    later = in_days(9)
    await manager.make("/v1/operation-prices", {"operation": "OIL", "list_price": "85.00", "valid_from": later})
    operation = await manager.read("/v1/operations/OIL")
    assert (operation["list_price"], [each["list_price"] for each in operation["prices"]]) == (
        "80.00", ["80.00", "85.00"],
    )  # fmt: skip
    history = (await manager.read("/v1/operation-prices", operation="OIL"))["items"]
    assert [(each["operation"], each["valid_from"], each["list_price"]) for each in history] == [
        ("OIL", later, "85.00"), ("OIL", today(), "80.00"),
    ]  # fmt: skip


async def test_an_import_on_the_day_of_a_price_keeps_the_former_one_withdrawn(manager: Caller) -> None:
    row = {"code": "OIL", "name": "机油", "kind": "part", "list_price": "80.00"}
    await manager.take_in("operations", row)
    await manager.take_in("operations", {**row, "list_price": "82.00"})
    history = (await manager.read("/v1/operation-prices", operation="OIL"))["items"]
    assert [(each["list_price"], each["made_by"], each["withdrawn_by"]) for each in history] == [
        ("82.00", "dms", None), ("80.00", "dms", "dms"),
    ]  # fmt: skip


async def test_hours_that_leave_a_choice_are_refused(manager: Caller) -> None:
    await stock(manager)
    await manager.make("/v1/operation-hours", hours_body(year_from=2015, year_to=2020))
    overlapping = await manager.post("/v1/operation-hours", hours_body(model="别克gl8", year_from=2020, hours="4"))
    assert overlapping.json()["type"] == "urn:aftermile:problem:price-version-exists"
    await manager.make("/v1/operation-hours", hours_body(year_from=2021, hours="4"))
    await manager.make("/v1/operation-hours", hours_body(engine="LSY", hours="5"))


async def test_of_two_versions_made_at_once_for_the_same_day_one_is_refused(manager: Caller) -> None:
    await stock(manager)
    for path, bodies in (
        ("/v1/operation-hours", [hours_body(year_from=2015, year_to=2020), hours_body(year_from=2018, hours="4")]),
        (
            "/v1/labour-rates",
            [{"basis": "claims", "rate": rate, "valid_from": in_days(1)} for rate in ("1.00", "2.00")],
        ),
    ):
        answers = await asyncio.gather(*(manager.post(path, body) for body in bodies))
        assert sorted(answer.status_code for answer in answers) == [201, 409]


WRONG: list[tuple[str, dict[str, Any], tuple[str, str]]] = [
    ("/v1/labour-rates", {"basis": "retail", "rate": "150.001"}, ("/rate", "value_error")),
    ("/v1/labour-rates", {"basis": "retail", "rate": "-1.00"}, ("/rate", "greater_than_equal")),
    ("/v1/labour-rates", {"basis": "retail", "rate": "100000.01"}, ("/rate", "less_than_equal")),
    ("/v1/labour-rates", {"basis": "cost", "rate": "1.00"}, ("/basis", "enum")),
    (
        "/v1/labour-rates",
        {"basis": "retail", "rate": "1.00", "valid_from": in_days(-1)},
        ("/valid_from", "price-day-past"),
    ),
    ("/v1/operation-hours", hours_body(hours="-0.5"), ("/hours", "greater_than_equal")),
    ("/v1/operation-hours", hours_body(hours="1000.5"), ("/hours", "less_than_equal")),
    ("/v1/operation-hours", hours_body(hours="0.00001"), ("/hours", "decimal_max_places")),
    ("/v1/operation-hours", hours_body(operation="X"), ("/operation", "operation-unknown")),
    ("/v1/operation-hours", hours_body(model="GL\u00078"), ("/model", "value_error")),
    ("/v1/operation-hours", hours_body(year_from=2020, year_to=2010), ("", "value_error")),
    ("/v1/operation-hours", hours_body(valid_from=in_days(-1)), ("/valid_from", "price-day-past")),
    ("/v1/operation-prices", {"operation": "X", "list_price": "1.00"}, ("/operation", "operation-unknown")),
    ("/v1/operation-prices", {"operation": "OIL", "list_price": "1.005"}, ("/list_price", "value_error")),
    ("/v1/menus", menu_body(code="M\u00011"), ("/code", "value_error")),
    ("/v1/menus", menu_body(valid_from=in_days(-1)), ("/valid_from", "price-day-past")),
    ("/v1/menus", menu_body(components=[]), ("/components", "too_short")),
    (
        "/v1/menus",
        menu_body(components=[{"operation": "OIL"}, {"operation": "X"}]),
        ("/components/1/operation", "operation-unknown"),
    ),
    (
        "/v1/menus",
        menu_body(components=[{"operation": "OIL"}, {"operation": "OIL"}]),
        ("/components/1/operation", "operation-repeated"),
    ),
    (
        "/v1/menus",
        menu_body(components=[{"operation": "OIL", "quantity": "0"}]),
        ("/components/0/quantity", "greater_than"),
    ),
    ("/v1/operations", operation_body("A\u0007"), ("/code", "value_error")),
    ("/v1/operations", operation_body(standard_hours="9999"), ("/standard_hours", "less_than_equal")),
    ("/v1/operations", part_body("PX", origin="stolen"), ("/origin", "enum")),
]


@pytest.mark.parametrize(("path", "body", "error"), WRONG)
async def test_what_makes_no_price_is_pointed_at_and_not_kept(
    manager: Caller, path: str, body: dict[str, Any], error: tuple[str, str]
) -> None:
    await stock(manager)
    before = (await manager.read(path))["items"]
    refused = await manager.post(path, body)
    assert refused.status_code == 422
    assert told(refused) == [error]
    assert (await manager.read(path))["items"] == before


async def test_a_menu_for_a_model_stands_beside_the_one_for_all(manager: Caller) -> None:
    await stock(manager)
    assert (await manager.post("/v1/menus", menu_body())).status_code == 409
    own = await manager.make("/v1/menus", menu_body(model="英朗", price="299.00"))
    assert (await manager.read("/v1/menus", model="英朗"))["items"] == [own]
    assert [each["quantity"] for each in own["components"]] == ["1", "4", "1"]


ROLES = {
    "/v1/labour-rates": ({"basis": "retail", "rate": "1.00"}, {"service_manager", "administrator"}),
    "/v1/menus": (menu_body(code="M2"), {"service_manager", "administrator"}),
    "/v1/operation-prices": (
        {"operation": "ME05", "list_price": "1.00"},
        {"service_manager", "administrator", "workshop_manager", "parts_clerk"},
    ),
    "/v1/operation-hours": (
        hours_body(model="英朗"), {"service_manager", "administrator", "workshop_manager", "parts_clerk"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("path", ROLES)
async def test_who_may_make_prices(manager: Caller, as_role: Callable[[str], Caller], path: str) -> None:
    await stock(manager)
    body, allowed = ROLES[path]
    for role in ("service_manager", "administrator", "workshop_manager", "parts_clerk", "service_advisor", "auditor"):
        answer = await as_role(role).post(path, body)
        assert answer.status_code in ({201, 409} if role in allowed else {403}), role
        assert (await as_role(role).get(path)).status_code == 200, role


async def test_one_store_sees_and_withdraws_no_price_of_another(manager: Caller, stranger: Caller) -> None:
    await stock(manager)
    for path in ("/v1/labour-rates", "/v1/operation-hours", "/v1/operation-prices", "/v1/menus"):
        [made, *_] = (await manager.read(path))["items"]
        assert (await stranger.read(path))["items"] == []
        assert (await stranger.post(f"{path}/{made['id']}/withdraw", If_Match='"1"')).status_code == 404
    assert (await stranger.read("/v1/operations", search="更换"))["items"] == []


async def test_what_is_told_of_an_operation_is_changed_and_kept(manager: Caller) -> None:
    await stock(manager)
    change = {"part_number": "93744588", "origin": "equivalent"}
    assert (await manager.patch("/v1/operations/OIL", change)).status_code == 428
    changed = await manager.patch("/v1/operations/OIL", change, If_Match='"1"')
    assert (changed.json()["origin"], changed.json()["version"]) == ("equivalent", 2)
    assert (await manager.patch("/v1/operations/OIL", change, If_Match='"1"')).status_code == 412


FOUND = {
    "ME": {"ME05", "ME01", "ME99"},
    "me0": {"ME05", "ME01"},
    "ME05": {"ME05"},
    "更换": {"ME05", "ME01"},
    "换机油": {"ME01"},
    "机油": {"ME01", "OIL", "FILTER"},
    "5w-30": {"OIL"},
    "滤": {"FILTER"},
    "油 5w": {"OIL"},
    "机滤": set(),
    "me05x": set(),
    "FILTER": {"FILTER"},
    "%": set(),
    "ｏｉｌ": set(),
    "５Ｗ－30": {"OIL"},
}


@pytest.mark.parametrize("search", FOUND)
async def test_operations_are_found_by_code_and_name(manager: Caller, search: str) -> None:
    await stock(manager)
    found = (await manager.read("/v1/operations", search=search))["items"]
    assert {each["code"] for each in found} == FOUND[search]


async def test_imported_operations_are_found_by_their_newest_name(manager: Caller) -> None:
    row = {"code": "ME04", "name": "更换蓄电池", "kind": "labour", "standard_hours": "0.50"}
    await manager.take_in("operations", row)
    await manager.take_in("operations", {**row, "name": "拆装电瓶"})
    assert (await manager.read("/v1/operations", search="蓄电池"))["items"] == []
    [found] = (await manager.read("/v1/operations", search="电瓶"))["items"]
    assert found["code"] == "ME04"
