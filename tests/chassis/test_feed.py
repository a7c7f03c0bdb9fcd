"""The change feed loses nothing and doubles nothing, whoever writes at once and whoever dies in between."""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
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
from tests.harness import AStore, Keys, bearer, calling, client_of, eventually, feed_of, serving


async def _publish(app: FastAPI, store: UUID, name: str) -> None:
    async with _published(app, store, name):
        pass


@asynccontextmanager
async def _published(app: FastAPI, store: UUID, name: str) -> AsyncIterator[None]:
    """The event is written, and its transaction commits at the end."""
    async with app.state.database.transaction(store) as session:
        await publish(session, store, Event("toy.thing.made", name, 1, {"name": name}))
        yield


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
    token = keys.signer("payroll").sign_as_service(PROCESS, now=9e9)
    headers = {"Authorization": f"Bearer {token}"}
    async with _published(app, store.id, "slow"):
        await _publish(app, store.id, "quick")
        early = await client.get("/v1/changes", headers=headers)
        assert (early.json(), early.headers["feed-complete"]) == ([], "false")
    late = await feed_of(client, keys, PROCESS, after=early.headers["feed-cursor"])
    assert [e["subject"] for e in late] == ["slow", "quick"]


async def test_many_writers_at_once_lose_none(
    app: FastAPI, client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    names = [f"{n:03}" for n in range(120)]

    async def write(place: int) -> None:
        async with _published(app, store.id, names[place]):
            await asyncio.sleep(0.02 * (place % 3))

    headers = {"Authorization": f"Bearer {keys.signer('payroll').sign_as_service(PROCESS, now=9e9)}"}
    writing = [asyncio.create_task(write(place)) for place in range(len(names))]
    seen: list[str] = []
    cursor = ""
    while len(seen) < len(names):
        page = await client.get("/v1/changes", params={"after": cursor}, headers=headers)
        seen += [e["subject"] for e in page.json()]
        cursor = page.headers["feed-cursor"]
        if not page.json() and all(task.done() for task in writing) and page.headers["feed-complete"] == "true":
            break
        await asyncio.sleep(0.02)
    await asyncio.gather(*writing)
    assert sorted(seen) == names


async def test_a_waiting_reader_is_woken_by_news(make_app: Any, keys: Keys, store: AStore) -> None:
    app = make_app()
    async with serving(app, lifespan=True) as url, client_of(url) as client:
        token = keys.signer("payroll").sign_as_service(PROCESS, now=9e9)
        asking = asyncio.create_task(
            client.get("/v1/changes", params={"wait": 55}, headers={"Authorization": f"Bearer {token}"})
        )
        await asyncio.sleep(0.3)
        assert not asking.done()
        await _publish(app, store.id, "news")
        answer = await asyncio.wait_for(asking, 30)
        assert [e["subject"] for e in answer.json()] == ["news"]


async def test_a_client_reads_the_events_of_its_own_store_only(
    app: FastAPI, client: httpx.AsyncClient, keys: Keys, store: AStore, other_store: AStore
) -> None:
    await _publish(app, store.id, "ours")
    await _publish(app, other_store.id, "theirs")
    await feed_of(client, keys, PROCESS)
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
    make_app: Any, keys: Keys, store: AStore, other_store: AStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(Subscription(PROCESS, _keep_effect))
    consumer = app.state.consumer
    fetch, all_have_the_page = consumer._fetch, asyncio.Barrier(4)

    async def fetch_together(*asked: Any) -> httpx.Response | None:
        page: httpx.Response | None = await fetch(*asked)
        await all_have_the_page.wait()
        return page

    monkeypatch.setattr(consumer, "_fetch", fetch_together)
    async with calling(app) as client, serving(app) as url:
        following = _follow(app, url)
        for n in range(30):
            await _publish(app, (store if n % 2 else other_store).id, f"{n:02}")
        await feed_of(client, keys, PROCESS)
        racing = await asyncio.gather(*(consumer.advance(following, wait=0) for _ in range(4)), return_exceptions=True)
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
    async with serving(app, lifespan=True) as url, client_of(url) as client:
        _follow(app, url)
        await _publish(app, store.id, "poison")

        async def says_why() -> bool:
            told = await client.get("/v1/feed-positions", headers=bearer(keys, PROCESS, "auditor"))
            return any("cannot digest this" in (each["stopped_by"] or "") for each in told.json()["positions"])

        await eventually(says_why)
        assert await _kept(app) == []


async def test_one_can_wait_until_all_feeds_are_read(make_app: Any, keys: Keys, store: AStore) -> None:
    app = make_app(Subscription(PROCESS, _keep_effect))
    app.state.consumer._urls[PROCESS] = "http://127.0.0.1:9"
    async with serving(app, lifespan=True) as url:
        _follow(app, url)
        await app.state.consumer.announce()
        for n in range(3):
            await _publish(app, store.id, str(n))
        async with app.state.database.transaction() as session:
            since = await session.scalar(text("SELECT clock_timestamp()"))

        async def all_read() -> bool:
            async with app.state.database.transaction() as session:
                return not await feeds_behind(session, since)

        await eventually(all_read)
        assert await _kept(app) == ["0", "1", "2"]


async def test_a_page_looks_past_what_is_not_wanted_but_not_without_end(
    app: FastAPI, client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    for name in ["rare", *[""] * 12, "rare", "rare", "rare"]:
        async with app.state.database.transaction(store.id) as session:
            await publish(session, store.id, Event(f"toy.{name or 'usual'}", name, 1, {}))
    await feed_of(client, keys, PROCESS)
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
    make_app: Any, keys: Keys, store: AStore, wanted: tuple[str, ...]
) -> None:
    app = make_app(Subscription(PROCESS, _keep_effect, wanted))
    async with calling(app) as client, serving(app) as url:
        await _publish(app, store.id, str(uuid4()))
        await feed_of(client, keys, PROCESS)
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
        await feed_of(client, keys, PROCESS)
        await app.state.consumer.advance(following, wait=0)
        again = (await client.get("/v1/feed-positions", headers=bearer(keys, PROCESS, "auditor"))).json()
        assert again["head"] == again["positions"][0]["cursor"] == behind["head"]
