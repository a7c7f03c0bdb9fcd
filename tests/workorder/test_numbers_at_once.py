import asyncio
from datetime import date

from fastapi import FastAPI

from chassis.database import Database
from services.workorder.models import AccessorySale, RepairOrder
from services.workorder.repository.orders.numbers import next_number
from tests.calls import Caller, statements_of
from tests.harness import AStore
from tests.workorder.caller import line_body, order_body

DAY = {"opened_at": "2026-09-08T10:00:00+08:00"}


async def test_orders_opened_at_once_have_numbers_one_after_the_other(manager: Caller) -> None:
    opened = await asyncio.gather(*(manager.make("/v1/repair-orders", order_body(**DAY)) for _ in range(16)))
    assert {order["number"] for order in opened} == {f"RO260908-{place:04}" for place in range(1, 17)}


async def test_nobody_waits_for_a_number_that_another_may_still_give_back(
    app: FastAPI, manager: Caller, store: AStore
) -> None:
    database: Database = app.state.database
    async with database.transaction(store.id) as session:
        held = await next_number(session, RepairOrder, store.id, "RO", date(2026, 9, 8))
        assert await next_number(session, AccessorySale, store.id, "AS", date(2026, 9, 8)) == "AS260908-0001"
        opened = await manager.make("/v1/repair-orders", order_body(**DAY))
        assert (held, opened["number"]) == ("RO260908-0001", "RO260908-0002")
    await manager.make("/v1/repair-orders", order_body(number=held, **DAY))
    assert (await manager.make("/v1/repair-orders", order_body(**DAY)))["number"] == "RO260908-0003"


async def test_a_day_with_more_orders_than_places_goes_on(manager: Caller) -> None:
    await manager.make("/v1/repair-orders", order_body(number="RO260908-9999", **DAY))
    following = [(await manager.make("/v1/repair-orders", order_body(**DAY)))["number"] for _ in range(2)]
    assert following == ["RO260908-10000", "RO260908-10001"]


async def test_an_order_with_many_lines_is_as_many_statements_as_one_with_a_few(app: FastAPI, manager: Caller) -> None:
    counted = []
    for lines in (1, 30):
        with statements_of(app) as statements:
            await manager.make("/v1/repair-orders", order_body(lines=[line_body()] * lines))
        counted.append(len(statements))
    assert counted[0] == counted[1]
