"""A settlement that is reversed takes its receipts out of a month that is still open, through both real services."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from chassis.consumer import _event
from tests.calls import Caller
from tests.harness import AStore, Clone, Keys, app_of, bearer, calling, deliver, feed_of
from tests.payroll.small_month import TARGETS, SmallMonth
from tests.workorder.billing import at, give_back, pay, ready_order, settle, version_of

MONTHS = ("2026-09", "2026-10")


@pytest.fixture
async def workorder(clone_database: Callable[[str], Clone], keys: Keys) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(app_of("workorder", clone_database("workorder").app_url, keys)) as client:
        yield client


async def receipts(small: SmallMonth, month: str = "2026-09") -> str:
    run = await small.run(month)
    assert run["status"] == "completed", run["problem"]
    figures: dict[str, Any] = await small.read(f"/v1/runs/{run['id']}/figures")
    return str(figures["store"]["normal_receipts"])


async def test_receipts_of_a_reversed_order_do_not_count_and_come_back_when_it_is_settled_again(
    small: SmallMonth, workorder: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    manager = Caller(workorder, bearer(keys, "workorder", "administrator", stores=[store], employee="SA01"))

    async def told() -> None:
        events = [_event(raw) for raw in await feed_of(workorder, keys, "workorder")]
        await deliver(small.app, "workorder", store.id, *events)

    await small.prepare()
    order = await ready_order(manager, opened_at="2026-09-08T10:00:00+08:00")
    await pay(manager, order["id"], amount="75.00", method="cash", paid_on="2026-09-08")
    settled = await settle(manager, order, settled_on="2026-09-08")
    await told()
    assert await receipts(small) == "75"
    body = {"reason": "the wrong operation was billed", "paid": "75.00"}
    opened = await manager.make(at(order, "reverse"), body, If_Match=version_of(settled))
    await told()
    assert await receipts(small) == "0"
    await settle(manager, opened, settled_on="2026-09-30")
    await told()
    assert await receipts(small) == "75"


async def test_receipts_of_an_order_settled_again_in_another_month_count_there_and_once(
    small: SmallMonth, workorder: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    """Whatever came before and after the reversal, given back or not, and however often it is told."""
    manager = Caller(workorder, bearer(keys, "workorder", "administrator", stores=[store], employee="SA01"))

    async def told() -> None:
        events = [_event(raw) for raw in await feed_of(workorder, keys, "workorder")]
        await deliver(small.app, "workorder", store.id, *events)
        await deliver(small.app, "workorder", store.id, *events[-3:])

    signed = dict(zip(MONTHS, ("2026-08-29", "2026-09-29"), strict=True))
    targets = [{**each, "month": month, "signed_on": day} for month, day in signed.items() for each in TARGETS]
    await small.prepare(targets=tuple({**each, "row": row} for row, each in enumerate(targets, start=2)))
    order = await ready_order(manager, opened_at="2026-09-08T10:00:00+08:00")
    first = await pay(manager, order["id"], amount="50.00", method="cash", paid_on="2026-09-08")
    settled = await settle(manager, order, settled_on="2026-09-08")
    await told()
    body = {"reason": "the wrong operation was billed", "paid": "50.00"}
    opened = await manager.make(at(order, "reverse"), body, If_Match=version_of(settled))
    await give_back(manager, first, amount="20.00", reason="goodwill", refunded_on="2026-09-09")
    await pay(manager, order["id"], amount="45.00", method="card", paid_on="2026-10-02")
    await settle(manager, opened, settled_on="2026-10-02")
    await told()
    assert {month: await receipts(small, month) for month in MONTHS} == {"2026-09": "0", "2026-10": "75"}
