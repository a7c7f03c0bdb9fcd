from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.calls import Caller, statements_of
from tests.workorder.pricing import GL8, menu_body, stock
from tests.workorder.shop_days import in_days, today


@pytest.fixture
def statements(app: FastAPI) -> Iterator[list[str]]:
    with statements_of(app) as sent:
        yield sent


def told(response: httpx.Response) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in response.json()["errors"]]


def added(item: dict[str, Any]) -> Decimal:
    return sum((Decimal(step["amount"]) for step in item["steps"]), Decimal(0))


async def test_a_price_explains_each_yuan(manager: Caller) -> None:
    await stock(manager)
    price = await manager.read("/v1/price", operation="ME05", model=GL8, payer="maker", kind="warranty")
    assert (price["amount"], price["basis"], price["car"]["model"], price["day"]) == (
        "310.28", "claims", GL8, today(),
    )  # fmt: skip
    [item] = price["items"]
    assert added(item) == Decimal("310.28")
    assert [step["rule"] for step in item["steps"]] == ["hours_of_model", "labour_rate", "labour", "rounding"]
    hours, _, product, rounding = item["steps"]
    assert hours["text"] == {
        "zh": "ME05 用于 别克 GL8 的标准工时为 3.15 小时", "en": "The standard hours of ME05 for 别克 GL8 are 3.15",
    }  # fmt: skip
    [known] = (await manager.read("/v1/operation-hours"))["items"]
    assert hours["source"] == {
        "entry": "operation_hours", "id": known["id"], "valid_from": today(), "made_by": "SA01",
    }  # fmt: skip
    assert (product["amount"], rounding["amount"]) == ("310.275", "0.005")


async def test_a_car_is_known_by_its_vin(manager: Caller) -> None:
    await stock(manager)
    unknown = await manager.get("/v1/price", operation="ME05", vin="LSGXEGX97MY815823")
    assert (unknown.status_code, told(unknown)) == (422, [("/query/vin", "vehicle-unknown")])


async def test_a_menu_is_explained_item_by_item(manager: Caller) -> None:
    await stock(manager)
    price = await manager.read("/v1/price", menu="M1", quantity="2")
    assert price["amount"] == "798.00"
    assert [item["operation"] for item in price["items"]] == ["ME01", "OIL", "FILTER"]
    assert sum(added(item) for item in price["items"]) == Decimal(798)
    assert price["items"][2]["origin"] == "genuine"


WRONG: dict[str, tuple[dict[str, str], tuple[str, str]]] = {
    "nothing asked for": ({}, ("/query/operation", "one-of-two")),
    "two things": ({"operation": "OIL", "menu": "M1"}, ("/query/operation", "one-of-two")),
    "an unknown operation": ({"operation": "X"}, ("/query/operation", "operation-unknown")),
    "an unknown menu": ({"menu": "X"}, ("/query/menu", "menu-unknown")),
    "an operation without hours for the model": (
        {"operation": "ME99", "model": GL8}, ("/query/operation", "no-hours-for-model"),
    ),
    "no rate on the day": ({"operation": "ME05", "day": in_days(-1)}, ("/query/operation", "no-rate-on-day")),
    "no price on the day": ({"operation": "OIL", "day": in_days(-1)}, ("/query/operation", "no-price-on-day")),
    "no menu on the day": ({"menu": "M1", "day": in_days(-1)}, ("/query/menu", "no-price-on-day")),
    "nothing of it": ({"operation": "OIL", "quantity": "0"}, ("/query/operation", "quantity-out-of-range")),
    "too much of it": ({"operation": "OIL", "quantity": "9999"}, ("/query/operation", "quantity-out-of-range")),
    "half a menu": ({"menu": "M1", "quantity": "0.5"}, ("/query/menu", "quantity-out-of-range")),
    "a model and a VIN": ({"operation": "OIL", "model": "x", "vin": "y"}, ("/query/model", "one-of-two")),
}  # fmt: skip


@pytest.mark.parametrize(("parameters", "error"), WRONG.values(), ids=WRONG)
async def test_what_cannot_be_priced_is_named_in_both_languages(
    manager: Caller, parameters: dict[str, str], error: tuple[str, str]
) -> None:
    await stock(manager)
    refused = await manager.get("/v1/price", **parameters)
    assert refused.status_code == 422
    assert told(refused) == [error]
    chinese = await manager.client.get(
        "/v1/price", params=parameters, headers={**manager.headers, "Accept-Language": "zh"}
    )
    assert not chinese.json()["title"].isascii()


async def test_a_price_takes_the_same_queries_for_one_item_and_for_many(manager: Caller, statements: list[str]) -> None:
    await stock(manager)
    await manager.make("/v1/menus", menu_body(code="M2", components=[{"operation": "OIL"}]))
    counts = []
    for menu in ("M2", "M1"):
        statements.clear()
        await manager.read("/v1/price", menu=menu)
        counts.append(len(statements))
    assert counts == [5, 5]


async def test_no_store_prices_by_the_catalogue_of_another(manager: Caller, stranger: Caller) -> None:
    await stock(manager)
    assert told(await stranger.get("/v1/price", operation="OIL")) == [("/query/operation", "operation-unknown")]
