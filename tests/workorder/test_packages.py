import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from services.workorder.domain.money.package import (
    Content,
    DrawNotNow,
    DrawRefused,
    Package,
    PackageEnded,
    PriceNotShared,
    Use,
    draw,
    require_price_shared,
    unused_value,
)
from services.workorder.domain.orders.order import Progress, State
from services.workorder.domain.refusals import WorkorderRefusal
from tests.calls import Caller, statements_of
from tests.harness import AStore, Keys, bearer, feed_of
from tests.workorder.caller import make_order
from tests.workorder.quoting import problem

D, TODAY = Decimal, date(2026, 9, 8)
WASH, OIL = Content("ME04", 2, D("60.00")), Content("OIL", 1, D("180.00"))


def package(**overrides: Any) -> Package:
    values = {"vin": None, "customers": frozenset({"C1"}), "valid_until": TODAY, "refunded": False,
              "contents": (WASH, OIL), "used": {}, **overrides}  # fmt: skip
    return Package(**values)


def use(**overrides: Any) -> Use:
    values = {"code": "ME04", "customers_share": D("75.00"), "covered": False, "vin": "V1", "customer": "C1",
              "progress": Progress(State.READY), **overrides}  # fmt: skip
    return Use(**values)


@pytest.mark.parametrize(
    ("a_package", "a_use", "refusal"),
    [
        (package(), use(), None),
        (package(vin="V1", customers=frozenset()), use(customer="C9"), None),
        (package(used={"ME04": 1}), use(), None),
        (package(used={"ME04": 2}), use(), PackageEnded),
        (package(valid_until=date(2026, 9, 7)), use(), PackageEnded),
        (package(refunded=True), use(), PackageEnded),
        (package(), use(code="XX"), DrawRefused),
        (package(), use(customers_share=D("0.00")), DrawRefused),
        (package(), use(covered=True), DrawRefused),
        (package(), use(customer="C9"), DrawRefused),
        (package(vin="V2"), use(), DrawRefused),
        (package(), use(progress=Progress(State.BOOKED)), DrawNotNow),
        (package(), use(progress=Progress(State.READY, settled=True)), DrawNotNow),
        (package(), use(progress=Progress(State.CANCELLED)), DrawNotNow),
    ],
)
def test_a_line_is_covered_by_a_package_that_has_it_and_is_its_owners(
    a_package: Package, a_use: Use, refusal: type[WorkorderRefusal] | None
) -> None:
    if refusal is None:
        assert draw(a_package, a_use, TODAY) == WASH
    else:
        with pytest.raises(refusal):
            draw(a_package, a_use, TODAY)


def test_what_the_times_are_worth_is_the_price() -> None:
    require_price_shared(D("300.00"), (WASH, OIL))
    for price, contents in ((D("300.01"), (WASH, OIL)), (D("240.00"), (WASH, WASH))):
        with pytest.raises(PriceNotShared):
            require_price_shared(price, contents)


@given(st.lists(st.sampled_from(["ME04", "OIL"]), max_size=6))
def test_what_was_drawn_and_what_is_unused_is_always_the_price(codes: list[str]) -> None:
    used: dict[str, int] = {}
    drawn = D(0)
    for code in codes:
        try:
            drawn += draw(package(used=used), use(code=code), TODAY).value
        except PackageEnded:
            continue
        used[code] = used.get(code, 0) + 1
    assert drawn + unused_value(package(used=used)) == D("300.00")


SALE = {
    "name": "保养套餐", "customer_number": "C1", "price": "300.00", "method": "cash", "valid_until": "2199-01-01",
    "sold_on": "2026-09-08",
    "items": [{"code": "ME04", "name": "蓄电池", "times": 2, "value": "60.00"},
              {"code": "OIL", "name": "机油", "times": 1, "value": "180.00"}],
}  # fmt: skip


async def cover(caller: Caller, order: dict[str, Any], sold: dict[str, Any], line: int = 1) -> httpx.Response:
    return await caller.post(
        f"/v1/repair-orders/{order['id']}/draw-down", {"package_id": sold["id"], "line_number": line}
    )


async def test_a_package_pays_for_a_line_and_its_worth_is_told_once(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    sold = await manager.make("/v1/packages", SALE)
    order = await make_order(manager, "ready", number="W1")
    used = (await cover(manager, order, sold)).json()
    assert (used["value"], used["order_number"], used["undone"]) == ("60.00", "W1", False)
    balance = await manager.read(f"/v1/repair-orders/{order['id']}/balance")
    assert (balance["owed"], balance["open"]) == ("0.00", "0.00")
    assert problem(await cover(manager, order, sold)) == (422, "draw-refused")
    read = await manager.read(f"/v1/packages/{sold['id']}")
    assert [(each["code"], each["left"]) for each in read["items"]] == [("ME04", 1), ("OIL", 1)]
    undone = await manager.make(f"/v1/package-draws/{used['id']}/undo", If_Match='"1"')
    assert undone["undone"]
    assert (await manager.read(f"/v1/repair-orders/{order['id']}/balance"))["open"] == "75.00"
    told = [e for e in await feed_of(client, keys, "workorder") if e["type"] == "workorder.package.drawn"]
    assert [(e["data"]["undone"], e["data"]["amount"]) for e in told] == [(False, "60.00"), (True, "0.00")]
    report = await manager.read("/v1/cash-reports/2026-09-08")
    assert report["total"]["received"] == "300.00"


async def test_of_two_orders_that_draw_the_last_time_one_wins(manager: Caller) -> None:
    items = [{**SALE["items"][0], "times": 1}]  # type: ignore[dict-item]
    sold = await manager.make("/v1/packages", {**SALE, "price": "60.00", "items": items})
    orders = [await make_order(manager, "ready") for _ in range(2)]
    answers = await asyncio.gather(*(cover(manager, order, sold) for order in orders))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert (await manager.read(f"/v1/packages/{sold['id']}"))["items"][0]["left"] == 0


async def test_what_is_unused_is_paid_back_at_its_worth_and_the_package_ends(manager: Caller) -> None:
    sold = await manager.make("/v1/packages", SALE)
    order, other = [await make_order(manager, "ready") for _ in range(2)]
    await cover(manager, order, sold)
    body = {"reason": "moved away", "refunded_on": "2026-09-09"}
    back = await manager.make(f"/v1/packages/{sold['id']}/refund", body, If_Match='"1"')
    assert (back["refunded_amount"], back["version"]) == ("240.00", 2)
    assert problem(await cover(manager, other, sold)) == (409, "package-ended")
    again = await manager.post(f"/v1/packages/{sold['id']}/refund", body, If_Match='"2"')
    assert problem(again) == (409, "package-ended")
    assert (await manager.read("/v1/cash-reports/2026-09-09"))["total"]["refunds"] == "240.00"


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"price": "299.99"}, (422, "package-price-not-shared")),
        ({"price": "0.00"}, (422, "invalid")),
        ({"items": []}, (422, "invalid")),
        ({"method": "gold"}, (422, "invalid")),
        ({"currency": "USD"}, (422, "invalid")),
    ],
)
async def test_a_wrong_sale_leaves_nothing(manager: Caller, wrong: dict[str, Any], expected: tuple[int, str]) -> None:
    assert problem(await manager.post("/v1/packages", {**SALE, **wrong})) == expected
    assert (await manager.read("/v1/packages"))["items"] == []


async def test_who_handles_packages_and_only_in_his_store(
    manager: Caller, stranger: Caller, client: httpx.AsyncClient, keys: Keys, store: AStore, app: FastAPI
) -> None:
    sold = await manager.make("/v1/packages", SALE)
    order = await make_order(manager, "ready")
    technician, cashier = [
        Caller(client, bearer(keys, "workorder", role, stores=[store])) for role in ("technician", "cashier")
    ]
    assert (await technician.post("/v1/packages", SALE)).status_code == 403
    assert (await cover(technician, order, sold)).status_code == 403
    back = {"reason": "moved away"}
    assert (await cashier.post(f"/v1/packages/{sold['id']}/refund", back, If_Match='"1"')).status_code == 403
    assert (await cover(stranger, order, sold)).status_code == 404
    assert (await stranger.get(f"/v1/packages/{sold['id']}")).status_code == 404
    assert (await stranger.read("/v1/packages"))["items"] == []
    await cashier.make("/v1/packages", SALE)
    with statements_of(app) as sent:
        assert len((await manager.read("/v1/packages", customer="C1"))["items"]) == 2
    assert len(sent) == 3
