from typing import Any

import httpx
import pytest

from services.workorder.schemas.orders.board import BoardRead
from tests.calls import Caller
from tests.harness import AStore, Keys, bearer
from tests.workorder.caller import make_order, order_row, settled_row, upsell_body

PAST, FAR = "2026-09-08T18:00:00+08:00", "2190-01-01T00:00:00+08:00"


async def board(caller: Caller, **wanted: str) -> dict[str, Any]:
    response = await caller.get("/v1/board", **wanted)
    assert response.status_code == 200, response.text
    BoardRead.model_validate_json(response.content)
    read: dict[str, Any] = response.json()
    return read


def numbers(read: dict[str, Any]) -> list[str]:
    return [item["number"] for item in read["items"]]


@pytest.mark.parametrize(
    ("day", "there"),
    [("2026-09-07", []), ("2026-09-08", ["W1"]), ("2026-09-10", ["W1"]), ("2026-09-12", ["W1"]), ("2026-09-13", [])],
)
async def test_a_car_is_on_the_board_from_the_day_it_comes_to_the_day_it_leaves(
    manager: Caller, day: str, there: list[str]
) -> None:
    await manager.take_in("repair-orders", settled_row(left_at="2026-09-12T10:00:00+08:00", settled_on="2026-09-12"))
    assert numbers(await board(manager, day=day)) == there


async def test_a_car_that_has_not_left_is_still_here(manager: Caller) -> None:
    await manager.take_in("repair-orders", order_row(), order_row(number="W2", status="cancelled"))
    assert numbers(await board(manager, day="2030-01-01")) == ["W1"]
    assert numbers(await board(manager, day="2026-09-07")) == []


async def test_a_car_that_is_promised_for_a_day_is_on_its_board(manager: Caller) -> None:
    """In the store's own time zone: half past eleven at night in Shanghai is the afternoon before in London."""
    await make_order(
        manager, booked=True, until="booked", opened_at="2026-09-20T09:00:00+08:00",
        promised_at="2026-09-18T23:30:00+08:00",
    )  # fmt: skip
    assert [len((await board(manager, day=f"2026-09-{day}"))["items"]) for day in (17, 18, 19, 20)] == [0, 1, 0, 1]
    assert (await board(manager, day="2026-09-18"))["counts"]["promised"] == 1


async def test_the_board_tells_what_is_late_held_and_waits_for_a_decision(manager: Caller) -> None:
    late = await make_order(manager, "in_progress", opened_at=PAST, promised_at="2026-09-09T10:00:00+08:00")
    await manager.make(f"/v1/repair-orders/{late['id']}/upsells", upsell_body())
    await manager.make(f"/v1/repair-orders/{late['id']}/hold", {"hold": "waiting_parts"}, If_Match='"5"')
    await make_order(manager, "ready", opened_at=PAST, promised_at="2026-09-09T09:00:00+08:00")
    await make_order(manager, opened_at=PAST, promised_at=FAR, advisor="SA02")
    read = await board(manager)
    first = next(item for item in read["items"] if item["id"] == late["id"])
    assert (first["overdue"], first["hold"], first["open_decisions"]) == (True, "waiting_parts", 1)
    assert (first["amount"], first["paid"]) == ("75.00", "0.00")
    assert read["counts"] == {
        "orders": 3, "opened": 0, "promised": 0, "left": 0, "overdue": 1, "held": 1, "open_decisions": 1
    }  # fmt: skip
    assert read["states"] == {"checked_in": 1, "in_progress": 1, "ready": 1}
    assert [item["promised_at"] is None for item in read["items"]] == [False] * 3
    assert len((await board(manager, advisor="SA02"))["items"]) == 1


async def test_the_board_is_bounded_and_says_so(manager: Caller) -> None:
    await manager.take_in("repair-orders", *(order_row(number=f"W{n}") for n in range(201)))
    read = await board(manager, day="2026-09-08")
    assert (len(read["items"]), read["more"], read["counts"]["orders"]) == (200, True, 201)


@pytest.mark.parametrize("wanted", [{"day": "yesterday"}, {"day": "1812-09-08"}, {"day": "9999-12-31"}, {"days": "2"}])
async def test_a_board_of_no_day_is_refused(manager: Caller, wanted: dict[str, str]) -> None:
    refused = await manager.get("/v1/board", **wanted)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == f"/query/{next(iter(wanted))}"


async def test_boards_histories_and_figures_are_for_staff_of_one_store(
    client: httpx.AsyncClient, keys: Keys, store: AStore, other_store: AStore
) -> None:
    paths = ("/v1/board", "/v1/order-figures?month=2026-09", "/v1/repair-histories/customers/C1",
             "/v1/repair-histories/vehicles/V1")  # fmt: skip
    both = [store, other_store]
    for path in paths:
        for roles, stores, status in (("customer", [store], 403), ("technician", [store], 200), ("cashier", both, 400)):
            answer = await client.get(path, headers=bearer(keys, "workorder", roles, stores=stores))
            assert answer.status_code == status, (path, roles)
        assert (await client.get(path)).status_code == 401


async def test_a_store_sees_its_own_board_and_figures_only(manager: Caller, stranger: Caller) -> None:
    await manager.take_in("repair-orders", settled_row(), order_row(number="W2"))
    assert (await board(stranger, day="2026-09-08"))["items"] == []
    assert (await stranger.read("/v1/order-figures", month="2026-09"))["advisors"] == []
    for path in ("customers/C1", "vehicles/LSGXEGX97MY815823"):
        assert len((await manager.read(f"/v1/repair-histories/{path}"))["items"]) == 2
        assert (await stranger.read(f"/v1/repair-histories/{path}"))["items"] == []
