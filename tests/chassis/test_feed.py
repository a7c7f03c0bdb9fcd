"""The change feed loses nothing and doubles nothing, whoever writes at once and whoever dies in between."""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consumer import FeedEvent, Subscription, feeds_behind
from chassis.feed import Event, publish, publish_select
from tests.chassis.conftest import PROCESS
from tests.harness import AStore, Keys, bearer, calling, feed_of, serving


async def _publish(app: FastAPI, store: UUID, name: str, *, hold: float = 0) -> None:
    async with app.state.database.transaction(store) as session:
        await publish(session, store, Event("toy.thing.made", name, 1, {"name": name}))
        await asyncio.sleep(hold)


async def _kept(app: FastAPI) -> list[str]:
    async with app.state.database.transaction() as session:
        return list(await session.scalars(text("SELECT key FROM idempotency_key WHERE owner = 'effect' ORDER BY key")))


async def _keep_effect(session: AsyncSession, _store: UUID, events: Sequence[FeedEvent]) -> None:
    """An effect that fails when it happens twice: the table's key is the event's subject."""
    for event in events:
        await session.execute(
            text("INSERT INTO idempotency_key (owner, key, request_hash, status, media_type, headers, body) "
                 "VALUES ('effect', :key, '', 0, '', '{}', '')"),
            {"key": event.subject},
        )  # fmt: skip


def _follow(app: FastAPI, url: str) -> Subscription:
    app.state.consumer._urls[PROCESS] = url
    subscription: Subscription = app.state.parts.subscriptions[0]
    return subscription


async def test_an_event_committed_late_is_not_lost_to_a_reader_who_was_early(
    app: FastAPI, client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    slow = asyncio.create_task(_publish(app, store.id, "slow", hold=0.3))
    await asyncio.sleep(0.1)
    await _publish(app, store.id, "quick")
    token = keys.signer("payroll").sign_as_service(PROCESS, now=9e9)
    headers = {"Authorization": f"Bearer {token}"}
    early = await client.get("/v1/changes", headers=headers)
    assert (early.json(), early.headers["feed-complete"]) == ([], "false")
    await slow
    late = await client.get("/v1/changes", params={"after": early.headers["feed-cursor"]}, headers=headers)
    assert [e["subject"] for e in late.json()] == ["slow", "quick"]
    assert late.headers["feed-complete"] == "true"


async def test_many_writers_at_once_lose_none(
    app: FastAPI, client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    names = [f"{n:03}" for n in range(120)]
    writing = [asyncio.create_task(_publish(app, store.id, n, hold=0.02 * (i % 3))) for i, n in enumerate(names)]
    seen: list[str] = []
    while not all(task.done() for task in writing):
        seen = [e["subject"] for e in await feed_of_so_far(client, keys)]
        await asyncio.sleep(0.02)
    seen = [e["subject"] for e in await feed_of(client, keys, PROCESS)]
    assert sorted(seen) == names


async def feed_of_so_far(client: httpx.AsyncClient, keys: Keys) -> list[dict[str, Any]]:
    token = keys.signer("payroll").sign_as_service(PROCESS, now=9e9)
    page: list[dict[str, Any]] = (await client.get("/v1/changes", headers={"Authorization": f"Bearer {token}"})).json()
    return page


async def test_a_waiting_reader_is_woken_by_news(make_app: Any, keys: Keys, store: AStore) -> None:
    app = make_app()
    async with serving(app, lifespan=True) as url, httpx.AsyncClient(base_url=url) as client:
        token = keys.signer("payroll").sign_as_service(PROCESS, now=9e9)
        asking = asyncio.create_task(
            client.get("/v1/changes", params={"wait": 5}, headers={"Authorization": f"Bearer {token}"})
        )
        await asyncio.sleep(0.3)
        assert not asking.done()
        await _publish(app, store.id, "news")
        answer = await asyncio.wait_for(asking, 2)
        assert [e["subject"] for e in answer.json()] == ["news"]


async def test_a_client_reads_the_events_of_its_own_store_only(
    app: FastAPI, client: httpx.AsyncClient, keys: Keys, store: AStore, other_store: AStore
) -> None:
    await _publish(app, store.id, "ours")
    await _publish(app, other_store.id, "theirs")
    answer = await client.get("/v1/changes", headers=bearer(keys, PROCESS, "dms", stores=[store], kind="client"))
    assert [e["subject"] for e in answer.json()] == ["ours"]
    both = await client.get("/v1/changes", headers=bearer(keys, PROCESS, "dms", stores=[store, other_store]))
    assert [e["subject"] for e in both.json()] == ["ours", "theirs"]


async def test_a_cursor_of_an_ended_epoch_is_gone(
    app: FastAPI, client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    await _publish(app, store.id, "one")
    headers = bearer(keys, PROCESS, "dms", stores=[store])
    cursor = (await client.get("/v1/changes", headers=headers)).headers["feed-cursor"]
    async with app.state.database.transaction() as session:
        await session.execute(text("UPDATE feed_epoch SET epoch = uuidv7()"))
    answer = await client.get("/v1/changes", params={"after": cursor}, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (410, "urn:aftermile:problem:feed-epoch-ended")
    assert (await client.get("/v1/changes", params={"after": "nonsense"}, headers=headers)).status_code == 410
    far = urlsafe_b64encode(f"{UUID(int=1)}/0/{1 << 63}".encode()).decode()
    assert (await client.get("/v1/changes", params={"after": far}, headers=headers)).status_code == 410


async def test_events_can_be_published_in_sets(
    app: FastAPI, client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    async with app.state.database.transaction(store.id) as session:
        await publish_select(
            session,
            "SELECT CAST(:s AS uuid), 'toy.thing.made', g::text, 1, jsonb_build_object('n', g)"
            " FROM generate_series(1, 2500) g",
            {"s": store.id},
        )
    assert len(await feed_of(client, keys, PROCESS)) == 2500


async def test_each_event_has_one_effect_although_the_reader_is_interrupted(
    make_app: Any, keys: Keys, store: AStore, other_store: AStore
) -> None:
    app = make_app(Subscription(PROCESS, _keep_effect))
    async with calling(app), serving(app) as url:
        following = _follow(app, url)
        for n in range(30):
            await _publish(app, (store if n % 2 else other_store).id, f"{n:02}")
        racing = await asyncio.gather(
            *(app.state.consumer.advance(following, wait=0) for _ in range(4)), return_exceptions=True
        )
        assert sum(1 for r in racing if r == 30) == 1
        assert [type(r) for r in racing if r != 30].count(int) == 0
        assert await _kept(app) == [f"{n:02}" for n in range(30)]


async def test_a_failing_handler_stops_the_feed_visibly_and_leaves_no_half(
    make_app: Any, keys: Keys, store: AStore
) -> None:
    async def fail(session: AsyncSession, store_id: UUID, events: Sequence[FeedEvent]) -> None:
        await _keep_effect(session, store_id, events)
        raise ValueError("cannot digest this")

    app = make_app(Subscription(PROCESS, fail))
    app.state.consumer._wait = 0.2
    async with serving(app, lifespan=True) as url, httpx.AsyncClient(base_url=url) as client:
        _follow(app, url)
        await _publish(app, store.id, "poison")
        for _ in range(100):
            positions = await client.get("/v1/feed-positions", headers=bearer(keys, PROCESS, "auditor"))
            if positions.json()["positions"] and "digest" in (positions.json()["positions"][0]["stopped_by"] or ""):
                break
            await asyncio.sleep(0.1)
        assert "cannot digest this" in positions.json()["positions"][0]["stopped_by"]
        assert await _kept(app) == []


async def test_one_can_wait_until_all_feeds_are_read(make_app: Any, keys: Keys, store: AStore) -> None:
    app = make_app(Subscription(PROCESS, _keep_effect))
    app.state.consumer._urls[PROCESS] = "http://127.0.0.1:9"
    async with serving(app, lifespan=True) as url:
        _follow(app, url)
        for n in range(3):
            await _publish(app, store.id, str(n))
        async with app.state.database.transaction() as session:
            since = await session.scalar(text("SELECT clock_timestamp()"))
        behind = [PROCESS]
        for _ in range(100):
            async with app.state.database.transaction() as session:
                behind = await feeds_behind(session, since)
            if not behind and await _kept(app):
                break
            await asyncio.sleep(0.05)
        assert behind == []
        assert await _kept(app) == ["0", "1", "2"]


async def test_a_page_looks_past_what_is_not_wanted_but_not_without_end(
    app: FastAPI, client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    for name in ["rare", *[""] * 12, "rare", "rare", "rare"]:
        async with app.state.database.transaction(store.id) as session:
            await publish(session, store.id, Event(f"toy.{name or 'usual'}", name, 1, {}))
    headers = bearer(keys, PROCESS, "dms", stores=[store])
    pages, after, complete = [], "", "false"
    while complete == "false":
        wish: dict[str, str | int] = {"types": "toy.rare", "limit": 2, "after": after}
        answer = await client.get("/v1/changes", params=wish, headers=headers)
        after, complete = answer.headers["feed-cursor"], answer.headers["feed-complete"]
        pages.append(len(answer.json()))
    assert pages == [1, 2, 1]


@pytest.mark.parametrize("wanted", [("toy.thing.made",), ("toy.other",)])
async def test_a_subscription_sees_the_types_it_names_and_moves_past_the_rest(
    make_app: Any, store: AStore, wanted: tuple[str, ...]
) -> None:
    app = make_app(Subscription(PROCESS, _keep_effect, wanted))
    async with calling(app), serving(app) as url:
        await _publish(app, store.id, str(uuid4()))
        assert await app.state.consumer.advance(_follow(app, url), wait=0) == (1 if "made" in wanted[0] else 0)
        assert await app.state.consumer.advance(_follow(app, url), wait=0) == 0


async def test_positions_show_who_has_read_to_the_end(make_app: Any, keys: Keys, store: AStore) -> None:
    app = make_app(Subscription(PROCESS, _keep_effect))
    async with calling(app) as client, serving(app) as url:
        following = _follow(app, url)
        await app.state.consumer.advance(following, wait=0)
        at_end = (await client.get("/v1/feed-positions", headers=bearer(keys, PROCESS, "auditor"))).json()
        assert at_end["head"] == at_end["positions"][0]["cursor"]
        await _publish(app, store.id, "one")
        behind = (await client.get("/v1/feed-positions", headers=bearer(keys, PROCESS, "auditor"))).json()
        assert behind["head"] != behind["positions"][0]["cursor"]
        await app.state.consumer.advance(following, wait=0)
        again = (await client.get("/v1/feed-positions", headers=bearer(keys, PROCESS, "auditor"))).json()
        assert again["head"] == again["positions"][0]["cursor"] == behind["head"]
