from typing import Any

import httpx
import pytest

from tests.calls import Caller
from tests.harness import AStore, Keys, bearer, feed_of
from tests.workorder.quoting import problem

SALE = {"sold_on": "2026-09-04", "item": "座套", "list_price": "880.00", "amount": "880.00",
        "department": "front_desk", "installed": True, "method": "card"}  # fmt: skip
BACK = {"reason": "wrong colour", "returned_on": "2026-09-12"}


async def test_goods_that_came_back_are_told_as_a_newer_version_of_their_sale(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    sale = await manager.make("/v1/accessory-sales", SALE)
    back = await manager.make(f"/v1/accessory-sales/{sale['id']}/return", BACK, If_Match='"1"')
    assert (back["returned_on"], back["returned_by"], back["version"]) == ("2026-09-12", "SA01", 2)
    assert (await manager.read("/v1/accessory-sales"))["items"] == [back]
    told = [(e["type"], e["subject"], e["data"]["returned_on"]) for e in await feed_of(client, keys, "workorder")]
    assert told == [
        ("workorder.accessory.sold", sale["id"], None), ("workorder.accessory.returned", sale["id"], "2026-09-12"),
    ]  # fmt: skip
    again = await manager.post(f"/v1/accessory-sales/{sale['id']}/return", BACK, If_Match='"2"')
    assert problem(again) == (409, "returned-already")


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (BACK, {}, 428),
        (BACK, {"If_Match": '"7"'}, 412),
        ({**BACK, "returned_on": "2026-09-03"}, {"If_Match": '"1"'}, 422),
        ({"reason": " "}, {"If_Match": '"1"'}, 422),
    ],
)
async def test_a_wrong_return_changes_nothing(
    manager: Caller, body: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    sale = await manager.make("/v1/accessory-sales", SALE)
    assert (await manager.post(f"/v1/accessory-sales/{sale['id']}/return", body, **headers)).status_code == status
    assert (await manager.read("/v1/accessory-sales"))["items"] == [sale]


async def test_goods_are_taken_back_at_the_till_of_their_store(
    manager: Caller, stranger: Caller, client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    sale = await manager.make("/v1/accessory-sales", SALE)
    address = f"/v1/accessory-sales/{sale['id']}/return"
    seller = Caller(client, bearer(keys, "workorder", "accessory_seller", stores=[store]))
    assert (await seller.post(address, BACK, If_Match='"1"')).status_code == 403
    assert (await stranger.post(address, BACK, If_Match='"1"')).status_code == 404
    cashier = Caller(client, bearer(keys, "workorder", "cashier", stores=[store]))
    assert (await cashier.post(address, BACK, If_Match='"1"')).status_code == 200
