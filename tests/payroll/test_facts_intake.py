"""Facts from the feeds: each once, the higher version wins in any order, a replay changes nothing."""

import random
from collections.abc import Sequence
from typing import Any

import asyncpg
import httpx
import orjson
import pytest
from fastapi import FastAPI

from chassis.consumer import FeedEvent
from tests.harness import AStore, Clone, Keys, bearer, deliver
from tests.payroll import makers


@pytest.fixture
def clerk(keys: Keys, store: AStore) -> dict[str, str]:
    return bearer(keys, "payroll", "payroll_clerk", stores=[store])


async def rows_of(clone: Clone, store: AStore, table: str, *left_out: str) -> list[dict[str, Any]]:
    connection = await asyncpg.connect(clone.app_url)
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL app.store = '{store.id}'")
            rows = await connection.fetch(
                f"SELECT (to_jsonb(t) - $1::text[]) #- '{{state,event_id}}' AS row FROM {table} t", list(left_out)
            )
        return sorted((orjson.loads(row["row"]) for row in rows), key=str)
    finally:
        await connection.close()


def events_of(store: AStore) -> list[FeedEvent]:
    return [
        makers.order_event(store.id, "W1", settled_on=None, version=1),
        makers.order_event(store.id, "W1", version=2),
        makers.payment_event(store.id, "W1", "100.00", version=1),
        makers.payment_event(store.id, "W1", "120.00", version=2),
        makers.payment_event(store.id, "W1", "125.00", version=3),
        makers.labour_event(store.id, "W1", 1, "1.50"),
        makers.labour_event(store.id, "W1", 1, "1.50", version=2, completed_on=None),
        makers.upsell_event(store.id, "W1", 3, decision=None, version=1),
        makers.upsell_event(store.id, "W1", 3, version=2),
        makers.sale_event(store.id, "B1", "663.00"),
    ]


async def state_after(payroll: FastAPI, clone: Clone, store: AStore, batches: Sequence[Sequence[FeedEvent]]) -> str:
    for batch in batches:
        await deliver(payroll, "workorder", store.id, *batch)
    tables = ("fact", "fact_history", "order_copy", "upsell_copy")
    return str([await rows_of(clone, store, table, "received_at", "event_id") for table in tables])


async def test_the_highest_version_is_the_fact_and_the_others_are_its_history(
    payroll: FastAPI, payroll_database: Clone, store: AStore
) -> None:
    await deliver(payroll, "workorder", store.id, *events_of(store))
    facts = {row["kind"]: row for row in await rows_of(payroll_database, store, "fact")}
    assert sorted(facts) == ["accessory_sale", "labour", "order", "receipt"]
    assert (facts["receipt"]["version"], facts["receipt"]["amount"]) == (3, 125.00)
    assert (facts["labour"]["version"], facts["labour"]["occurred_on"]) == (2, None)
    history = await rows_of(payroll_database, store, "fact_history")
    assert sorted((row["kind"], row["version"], row["state"]["amount"]) for row in history) == [
        ("labour", 1, None), ("order", 1, None), ("receipt", 1, 100.00), ("receipt", 2, 120.00),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
async def test_events_in_any_order_and_in_any_batches_give_the_same_facts(
    payroll: FastAPI, payroll_database: Clone, store: AStore, seed: int
) -> None:
    """A second app's worth of events, mixed and repeated, in a store of its own, ends where the plain order ends."""
    other = AStore(code="S2")
    plain = await state_after(payroll, payroll_database, store, [events_of(store)])
    chance = random.Random(seed)
    mixed = events_of(other) + events_of(other)[:4]
    chance.shuffle(mixed)
    cut = chance.randrange(len(mixed))
    shuffled = await state_after(payroll, payroll_database, other, [mixed[:cut], mixed[cut:]])
    assert shuffled.replace(str(other.id), str(store.id)) == plain


async def test_a_replay_from_the_beginning_changes_nothing(
    payroll: FastAPI, payroll_database: Clone, store: AStore
) -> None:
    first = await state_after(payroll, payroll_database, store, [events_of(store)])
    again = await state_after(payroll, payroll_database, store, [[event] for event in events_of(store)])
    assert again == first


async def test_as_many_facts_are_kept_as_subjects_were_told_of(
    payroll: FastAPI, payroll_database: Clone, store: AStore
) -> None:
    orders = [makers.order_event(store.id, f"W{n}") for n in range(40)]
    payments = [makers.payment_event(store.id, f"W{n % 40}", f"{n}.00", ordinal=n) for n in range(400)]
    await deliver(payroll, "workorder", store.id, *orders, *payments[:200])
    await deliver(payroll, "workorder", store.id, *payments[150:])
    facts = await rows_of(payroll_database, store, "fact")
    assert len(facts) == 440
    assert sum(row["amount"] or 0 for row in facts) == sum(range(400))


async def test_a_fact_of_an_unknown_order_waits_visibly_until_the_order_is_told_of(
    payroll: FastAPI, client: httpx.AsyncClient, store: AStore, clerk: dict[str, str]
) -> None:
    await deliver(payroll, "workorder", store.id, makers.payment_event(store.id, "W9", "88.00"))
    waiting = (await client.get("/v1/waiting-facts", headers=clerk)).json()["items"]
    assert [(fact["kind"], fact["order_number"], fact["amount"]) for fact in waiting] == [("receipt", "W9", "88.00")]
    await deliver(payroll, "workorder", store.id, makers.order_event(store.id, "W9"))
    assert (await client.get("/v1/waiting-facts", headers=clerk)).json()["items"] == []


async def test_a_complaint_keeps_its_order_its_cause_and_whether_it_was_verified(
    payroll: FastAPI, payroll_database: Clone, store: AStore
) -> None:
    order = {"source": "dms", "number": "W1", "id": None}
    open_ = makers.complaint_event(store.id, "TS1", order=order, verified=None)
    verified = makers.complaint_event(store.id, "TS1", order=order, version=2)
    await deliver(payroll, "customer", store.id, open_, verified)
    (fact,) = await rows_of(payroll_database, store, "fact")
    assert (fact["kind"], fact["order_number"], fact["person"], fact["version"]) == ("complaint", "W1", "SA01", 2)
    assert fact["attributes"] == {"number": "TS1", "cause": "work_error", "verified": True}


async def test_without_a_store_no_row_is_seen_whatever_the_query(
    payroll: FastAPI, payroll_database: Clone, store: AStore, other_store: AStore
) -> None:
    await deliver(payroll, "workorder", store.id, *events_of(store))
    assert await rows_of(payroll_database, other_store, "fact") == []
    connection = await asyncpg.connect(payroll_database.app_url)
    try:
        for table in ("fact", "fact_history", "order_copy", "upsell_copy", "fact_use", "pay_line", "employee"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("INSERT INTO team (store_id, name) VALUES (gen_random_uuid(), 'x')")
    finally:
        await connection.close()
