import csv
import io
from collections.abc import Callable, Iterator

import httpx
import pytest
from fastapi import FastAPI

from tests.calls import Caller, statements_of
from tests.harness import AStore, Keys, bearer
from tests.workorder.pricing import GL8, menu_body, part_body, stock
from tests.workorder.shop_days import in_days


@pytest.fixture
def statements(app: FastAPI) -> Iterator[list[str]]:
    with statements_of(app) as sent:
        yield sent


@pytest.fixture
def as_role(client: httpx.AsyncClient, keys: Keys, store: AStore) -> Callable[[str], Caller]:
    return lambda role: Caller(client, bearer(keys, "workorder", role, stores=[store], employee="J104"))


async def download(caller: Caller, language: str, **parameters: str) -> list[list[str]]:
    headers = {**caller.headers, "Accept-Language": language}
    answer = await caller.client.get("/v1/price-list/csv", params=parameters, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(answer.text[1:])))


async def test_a_price_list_names_what_a_customer_pays_in_groups(manager: Caller) -> None:
    await stock(manager)
    listed = (await manager.read("/v1/price-list", model=GL8))["items"]
    assert [(each["group"], each["code"], each["price"], each["unpriced"]) for each in listed] == [
        ("menu", "M1", "399.00", None),
        ("labour", "ME01", "75.00", None),
        ("labour", "ME05", "472.50", None),
        ("labour", "ME99", None, "no-hours-for-model"),
        ("part", "FILTER", "45.00", None),
        ("part", "OIL", "80.00", None),
    ]
    assert (listed[0]["group_name"], listed[3]["remark"], listed[4]["origin"]) == (
        "Menus", "no hours for this model", "genuine",
    )  # fmt: skip
    chinese = await manager.client.get("/v1/price-list", headers={**manager.headers, "Accept-Language": "zh-CN"})
    assert (chinese.json()["items"][0]["group_name"], chinese.headers["vary"]) == ("套餐", "Accept-Language")


async def test_a_menu_of_another_model_is_not_on_the_list(manager: Caller) -> None:
    await stock(manager)
    await manager.make("/v1/menus", menu_body(code="M2", model="英朗", price="299.00"))
    menus = [each["code"] for each in (await manager.read("/v1/price-list", model=GL8, group="menu"))["items"]]
    assert menus == ["M1"]
    own = (await manager.read("/v1/price-list", model="英朗", group="menu"))["items"]
    assert [each["price"] for each in own] == ["399.00", "299.00"]


async def test_a_list_of_another_day_has_the_prices_of_that_day(manager: Caller) -> None:
    await stock(manager)
    listed = (await manager.read("/v1/price-list", day=in_days(-1)))["items"]
    assert {each["price"] for each in listed} == {None}
    assert [each["group"] for each in listed].count("menu") == 0


async def test_a_price_list_comes_in_pages_of_the_same_few_queries(manager: Caller, statements: list[str]) -> None:
    await stock(manager)
    whole = (await manager.read("/v1/price-list"))["items"]
    seen, address, counts = [], "/v1/price-list?limit=2", []
    while address:
        statements.clear()
        page = await manager.read(address)
        counts.append(len(statements))
        seen += page["items"]
        address = page["next"]
    assert seen == whole
    assert max(counts) == 6


async def test_a_price_list_is_downloaded_in_either_language(manager: Caller) -> None:
    await stock(manager)
    await manager.make("/v1/operations", part_body("ZZ", name="=1+1"))
    english = await download(manager, "en", model=GL8)
    assert english[0][:3] == ["group", "code", "name"]
    assert english[1][:3] == ["Menus", "M1", "小保养"]
    assert [line[6] for line in english[1:]] == ["399.00", "75.00", "472.50", "", "45.00", "80.00", "80.00"]
    assert english[-1][2] == "'=1+1"
    chinese = await download(manager, "zh")
    assert (chinese[0][0], chinese[1][0], chinese[5][4]) == ("类别", "套餐", "原厂件")


async def test_everybody_in_the_store_reads_its_price_list_and_nobody_else(
    manager: Caller, stranger: Caller, as_role: Callable[[str], Caller]
) -> None:
    await stock(manager)
    for role, status in (("technician", 200), ("cashier", 200), ("dms", 200), ("customer", 403)):
        for path in ("/v1/price-list", "/v1/price-list/csv"):
            assert (await as_role(role).get(path)).status_code == status, role
    assert (await stranger.read("/v1/price-list"))["items"] == []
    assert len(await download(stranger, "en")) == 1
