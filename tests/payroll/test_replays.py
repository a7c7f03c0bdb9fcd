"""The feeds told again in any order, in any pieces and partly twice give one run; a preview is the official run."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.consumer import FeedEvent
from tests.harness import AStore, deliver
from tests.payroll import makers
from tests.payroll.small_month import SmallMonth
from tests.payroll.test_pay_months import SEPTEMBER, Office, office

__all__ = ["office"]


def events_of(store: UUID) -> list[FeedEvent]:
    return [
        makers.order_event(store, "W1", settled_on=None, left_on=None, state="in_progress"),
        makers.order_event(store, "W1", version=2),
        makers.order_event(store, "W2", settled_on="2026-10-02"),
        makers.order_event(store, "W2", version=2, settled_on="2026-09-30"),
        makers.payment_event(store, "W1", "600.00"),
        makers.payment_event(store, "W1", "650.00", version=2),
        makers.payment_event(store, "W2", "500.00", paid_on="2026-09-30"),
        makers.refund_event(store, "W2", "20.00"),
        makers.labour_event(store, "W1", 1, "10.00"),
        makers.labour_event(store, "W2", 1, "2.50"),
        makers.labour_event(store, "W2", 1, "2.50", version=2, completed_on=None),
        makers.sale_event(store, "B1", "663.00"),
        makers.sale_event(store, "B2", "300.00"),
        makers.sale_event(store, "B2", "300.00", version=2, returned_on="2026-09-20"),
        makers.complaint_event(store, "TS1", verified=None),
        makers.complaint_event(store, "TS1", version=2),
    ]


async def tell(app: FastAPI, store: AStore, events: Sequence[FeedEvent]) -> None:
    """Each source's own feed is read by itself; which of them is ahead is chance."""
    for source in ("customer", "workorder"):
        await deliver(app, source, store.id, *(each for each in events if each.type.startswith(source)))


@pytest.fixture
async def plain(small: SmallMonth) -> dict[str, Any]:
    """The run of what was told once and in its order."""
    await small.prepare()
    await tell(small.app, small.store, events_of(small.store.id))
    return await small.run()


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
async def test_a_replay_in_any_order_gives_the_same_run(
    small: SmallMonth, plain: dict[str, Any], data: st.DataObject
) -> None:
    shop = AStore(code="S2")
    other = SmallMonth(small.app, small.client, small.keys, shop)
    await other.prepare()
    events = events_of(shop.id)
    twice = data.draw(st.lists(st.sampled_from(events), max_size=4))
    mixed = data.draw(st.permutations([*events, *twice]))
    cut = data.draw(st.integers(0, len(mixed)))
    await tell(other.app, shop, mixed[:cut])
    await tell(other.app, shop, mixed[cut:])
    run = await other.run()
    assert (plain["status"], run["hash"], run["total"]) == ("completed", plain["hash"], plain["total"])


async def test_a_preview_is_the_official_run_of_the_same_facts(office: Office) -> None:
    previews = [await office.small.run() for _ in range(2)]
    closed = await office.close()
    official = await office.small.read(f"/v1/runs/{closed['run_id']}")
    assert {run["hash"] for run in previews} == {official["hash"]}
    paid = (await office.small.read(f"{SEPTEMBER}/statements"))["items"]
    seen = (await office.small.read(f"/v1/runs/{previews[0]['id']}/statements"))["items"]
    assert [(each["employee"], each["total"]) for each in paid] == [(each["employee"], each["total"]) for each in seen]
    assert (await office.small.read(f"/v1/runs/{previews[0]['id']}"))["status"] == "completed", "it stays to be read"
