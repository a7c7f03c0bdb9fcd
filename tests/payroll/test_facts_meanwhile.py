"""Facts that come while a month is on its way: a run counts those of one instant, and each is paid for once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from chassis.consumer import FeedEvent
from services.payroll.repository.runs import inputs
from tests.harness import AStore, Keys, deliver, eventually
from tests.payroll import makers
from tests.payroll.small_month import SmallMonth
from tests.payroll.test_pay_months import SECOND_MECHANIC, SEPTEMBER, Office, lines_of, office

__all__ = ["office"]


def batch(store: AStore, number: int) -> list[FeedEvent]:
    """Two receipts and an hour that one transaction brings: whoever sees one of them sees all."""
    first = 2 + 2 * number
    return [
        makers.payment_event(store.id, "W1", "10.00", ordinal=first),
        makers.payment_event(store.id, "W1", "7.00", ordinal=first + 1),
        makers.labour_event(store.id, "W1", first, "1.00"),
    ]


@asynccontextmanager
async def under_way(app: FastAPI, store: AStore, *events: FeedEvent) -> AsyncIterator[None]:
    """As the intake has written them, but not committed before the end."""
    (subscription,) = [each for each in app.state.parts.subscriptions if each.source == "workorder"]
    async with app.state.database.transaction(store.id) as session:
        await subscription.handle(session, store.id, events)
        yield


async def counted(small: SmallMonth, run: dict[str, Any]) -> Decimal:
    """The receipts that the run says it has, which are those that its trace leads to."""
    trace = await small.read(f"/v1/runs/{run['id']}/trace/normal_receipts")
    assert trace["facts_left_off"] == 0
    amounts = sum((Decimal(fact["amount"]) for fact in trace["facts"]), Decimal(0))
    assert amounts == Decimal(trace["node"]["value"])
    return amounts


async def test_what_is_committed_while_a_run_reads_is_not_in_it_and_is_in_the_next(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, reading = office.small, inputs._facts_and_orders

    async def read_late(*given: Any) -> Any:
        late = makers.order_event(small.store.id, "W3", settled_on="2026-09-05", left_on="2026-09-05")
        await deliver(small.app, "workorder", small.store.id, *batch(small.store, 1), late)
        return await reading(*given)

    with monkeypatch.context() as patch:
        patch.setattr(inputs, "_facts_and_orders", read_late)
        run = await small.run()
    figures = (await small.read(f"/v1/runs/{run['id']}/figures"))["store"]
    assert (await counted(small, run), figures["car_count"]) == (Decimal(600), "2")
    again = await small.run()
    figures = (await small.read(f"/v1/runs/{again['id']}/figures"))["store"]
    assert (await counted(small, again), figures["car_count"]) == (Decimal(617), "3")


async def test_a_run_among_facts_that_keep_coming_is_the_run_of_those_that_had_come(
    *, office: Office, payroll: FastAPI, client: httpx.AsyncClient, keys: Keys, other_store: AStore
) -> None:
    """Told to another shop without haste, exactly what it counted gives the same hash."""
    small, told, stop = office.small, 0, asyncio.Event()

    async def keep_telling() -> None:
        nonlocal told
        while not stop.is_set():
            await deliver(payroll, "workorder", small.store.id, *batch(small.store, told))
            told += 1

    telling = asyncio.create_task(keep_telling())
    await eventually(lambda: told > 2)
    before = told
    run = await small.run()
    after = told + 1
    stop.set()
    await telling
    batches = (await counted(small, run) - 600) / 17
    assert batches == int(batches)
    assert before <= batches <= after
    calm = Office(SmallMonth(payroll, client, keys, other_store), keys, other_store)
    await prepared_like(calm)
    for number in range(int(batches)):
        await deliver(payroll, "workorder", other_store.id, *batch(other_store, number))
    assert (await calm.small.run())["hash"] == run["hash"]
    assert await counted(small, await small.run()) == 600 + 17 * told


async def prepared_like(calm: Office) -> None:
    await calm.small.prepare()
    body = {"source": "dms", "rows": [SECOND_MECHANIC]}
    await calm.small.client.post("/v1/bulk/employees", json=body, headers=calm.small.headers)
    await calm.small.tell()


MOMENTS = ("before the run", "while the run reads", "before it is locked", "before it is closed")


@pytest.mark.parametrize("moment", MOMENTS)
async def test_whenever_a_fact_is_written_it_is_paid_for_once(
    office: Office, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else sees it before the month is closed; then it is what October corrects, to the cent."""
    small, reading, writing = office.small, inputs._facts_and_orders, AsyncExitStack()

    async def now(which: str) -> None:
        if which == moment:
            late = under_way(small.app, small.store, *batch(small.store, 1))
            await writing.enter_async_context(late)

    async def read_late(*given: Any) -> Any:
        await now("while the run reads")
        return await reading(*given)

    async with writing:
        await now("before the run")
        with monkeypatch.context() as patch:
            patch.setattr(inputs, "_facts_and_orders", read_late)
            run = await small.run()
        await now("before it is locked")
        at = await office.done(f"{SEPTEMBER}/lock", office.clerk, 0, {"run": run["id"]})
        for who in (office.workshop, office.manager):
            at = await office.done(f"{SEPTEMBER}/approve", who, at["version"])
        await now("before it is closed")
        closed = await office.done(f"{SEPTEMBER}/close", office.clerk, at["version"])
    assert closed["total"] == run["total"]
    added = await corrected(small)
    assert set(added) == {"SA01", "SA02", "J101", "J102"}
    paid = await lines_of(office, "2026-09")
    assert {employee: paid[employee] + added[employee] for employee in paid} == await due(small)


async def corrected(small: SmallMonth) -> dict[str, Decimal]:
    """What October pays for September."""
    run = await small.run("2026-10")
    lines = (await small.read(f"/v1/runs/{run['id']}/lines"))["items"]
    return {line["employee"]: Decimal(line["amount"]) for line in lines if line["of_month"] == "2026-09"}


async def due(small: SmallMonth) -> dict[str, Decimal]:
    """What September would pay, were it calculated only now."""
    again = await small.run("2026-09")
    found = (await small.read(f"/v1/runs/{again['id']}/statements"))["items"]
    return {each["employee"]: Decimal(each["total"]) for each in found}
