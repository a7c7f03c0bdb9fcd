"""Reading another process's feed: one effect per event, because the cursor moves in the transaction of the effect."""

import asyncio
import contextlib
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import orjson
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.auth import Signer
from chassis.database import Database, enter_store, until_closed
from chassis.feed import BATCH, COMPLETE_HEADER, CURSOR_HEADER
from chassis.settings import ProcessSettings
from chassis.telemetry import FEED_EVENTS, traceparent

log = structlog.get_logger(__name__)

_CATCH_UP_CHANNEL = "aftermile_catch_up"
_LEADER_LOCK = 0x6665_6564
_TLS = ssl.create_default_context()
_WORTH_A_PAGE = 500
_GATHERING_SECONDS = 0.2
_BACK_OFF_SECONDS = (0.2, 0.5, 1, 2, 5, 10)


@dataclass(frozen=True)
class FeedEvent:
    id: UUID
    store_id: UUID
    type: str
    subject: str
    version: int
    time: datetime
    data: dict[str, Any]


Handler = Callable[[AsyncSession, UUID, Sequence[FeedEvent]], Awaitable[None]]


@dataclass(frozen=True)
class Subscription:
    """What to do with the events of one source. The handler gets events of one store, in feed order, at most a page.

    It runs in a transaction that sees this store only and must be idempotent by (subject, version): a feed may be
    replayed from its beginning.
    """

    source: str
    handle: Handler
    types: tuple[str, ...] = ()


class CursorMoved(Exception):  # noqa: N818 - nothing is wrong, the page only has to be asked for again
    """Another replica has handled this page, or someone wants the feed read at once."""


class Consumer:
    """Follows the feeds a process subscribes to; of several replicas one does, elected by a session lock."""

    def __init__(
        self, database: Database, subscriptions: Sequence[Subscription], settings: ProcessSettings, signer: Signer
    ) -> None:
        self._database = database
        self._subscriptions = subscriptions
        self._urls = settings.urls
        self._signer = signer
        self._service = settings.service
        self._wait = settings.feed_wait_seconds
        self._hurry = {s.source: asyncio.Event() for s in subscriptions}

    async def announce(self) -> None:
        """Make every feed that is to be followed known, so that one that was never read counts as not yet read."""
        while self._subscriptions:
            try:
                async with self._database.transaction() as session:
                    for subscription in self._subscriptions:
                        await session.execute(_BEGIN, {"source": subscription.source})
            except (OSError, SQLAlchemyError) as error:
                log.warning("feed consumer waits for its database", error=str(error))
                await asyncio.sleep(1)
            else:
                return

    async def run(self) -> None:
        """Follow until cancelled."""
        if not self._subscriptions:
            return
        while True:
            try:
                await self._lead()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError) as error:
                log.warning("feed consumer lost its database", error=str(error))
            await asyncio.sleep(1)

    async def _lead(self) -> None:
        connection = await self._database.connect()
        try:
            if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LEADER_LOCK):
                await asyncio.sleep(2)
                return
            await connection.add_listener(_CATCH_UP_CHANNEL, self._hurry_all)
            following = [asyncio.create_task(self._follow(s)) for s in self._subscriptions]
            watching = asyncio.create_task(until_closed(connection))
            try:
                await asyncio.wait([*following, watching], return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in [*following, watching]:
                    task.cancel()
                await asyncio.gather(*following, watching, return_exceptions=True)
        finally:
            await connection.close(timeout=2)

    def _hurry_all(self, *_: object) -> None:
        for hurry in self._hurry.values():
            hurry.set()

    async def _follow(self, subscription: Subscription) -> None:
        failures = 0
        while True:
            try:
                if 0 < await self.advance(subscription) < _WORTH_A_PAGE:
                    await self._let_gather(subscription)
                failures = 0
            except CursorMoved:
                continue
            except Exception as error:  # noqa: BLE001 - whatever it is, the feed waits, visibly, and is tried again
                failures += 1
                await self._stopped_by(subscription.source, error)
                await asyncio.sleep(_BACK_OFF_SECONDS[min(failures, len(_BACK_OFF_SECONDS)) - 1])

    async def _let_gather(self, subscription: Subscription) -> None:
        """In a busy hour a page for every event costs all four services more than what it tells of."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._hurry[subscription.source].wait(), _GATHERING_SECONDS)

    async def advance(self, subscription: Subscription, *, wait: float | None = None) -> int:
        """Take one page: the effects of its events and the new cursor together. Says how many events it held."""
        source = subscription.source
        async with self._database.transaction() as session:
            await session.execute(_BEGIN, {"source": source})
            cursor = await session.scalar(_CURSOR, {"source": source})
        asked_at = datetime.now(UTC)
        page = await self._fetch(subscription, str(cursor), self._wait if wait is None else wait)
        if page is None:
            await self._restart(source)
            return 0
        by_store: dict[UUID, list[FeedEvent]] = {}
        for event in map(_event, orjson.loads(page.content)):
            by_store.setdefault(event.store_id, []).append(event)
        handled = sum(map(len, by_store.values()))
        complete = page.headers[COMPLETE_HEADER] == "true"
        async with self._database.transaction() as session:
            for store_id, events in by_store.items():
                await enter_store(session, store_id)
                await subscription.handle(session, store_id, events)
            move = {"source": source, "before": cursor, "after": page.headers[CURSOR_HEADER], "events": handled}
            moved = await session.execute(_MOVE, {**move, "caught_up_at": asked_at if complete else None})
            if moved.rowcount != 1:  # type: ignore[attr-defined]
                raise CursorMoved
        FEED_EVENTS.labels(self._service, source).inc(handled)
        return handled

    async def _fetch(self, subscription: Subscription, cursor: str, wait: float) -> httpx.Response | None:
        """The next page; None when the feed has begun a new epoch. A wish to catch up ends the waiting.

        Each call has a client of its own: httpx loses connections of its pool when a call is cancelled.
        """
        hurry = self._hurry[subscription.source]
        parameters: dict[str, Any] = {"after": cursor, "limit": BATCH, "wait": 0 if hurry.is_set() else wait}
        hurry.clear()
        if subscription.types:
            parameters["types"] = list(subscription.types)
        token = self._signer.sign_as_service(subscription.source, now=time.time())
        headers = {"Authorization": f"Bearer {token}", "traceparent": traceparent()}
        url = f"{self._urls[subscription.source]}/v1/changes"
        async with httpx.AsyncClient(timeout=httpx.Timeout(10, read=wait + 10), verify=_TLS) as client:
            asking = asyncio.create_task(client.get(url, params=parameters, headers=headers))
            hurried = asyncio.create_task(hurry.wait())
            try:
                await asyncio.wait([asking, hurried], return_when=asyncio.FIRST_COMPLETED)
                if not asking.done():
                    raise CursorMoved
                response = asking.result()
            finally:
                hurried.cancel()
                asking.cancel()
        if response.status_code == httpx.codes.GONE:
            return None
        return response.raise_for_status()

    async def _restart(self, source: str) -> None:
        log.warning("feed began a new epoch, reading it from its beginning", source=source)
        async with self._database.transaction() as session:
            await session.execute(text("UPDATE feed_cursor SET cursor = '' WHERE source = :source"), {"source": source})

    async def _stopped_by(self, source: str, error: Exception) -> None:
        unreachable = isinstance(error, (httpx.TransportError, OSError))
        log.log(30 if unreachable else 40, "feed cannot be followed at the moment", source=source,
                error=f"{type(error).__name__}: {error}"[:500], exc_info=None if unreachable else error)  # fmt: skip
        with contextlib.suppress(OSError, SQLAlchemyError):
            async with self._database.transaction() as session:
                await session.execute(_STOPPED, {"source": source, "why": _told(error)})


def _told(error: Exception) -> str:
    """What anyone may read of it. The text of a database's error may hold a row of some store: it is for the log."""
    if isinstance(error, (SQLAlchemyError, asyncpg.PostgresError)):
        return f"{type(error).__name__}: {type(getattr(error, 'orig', error)).__name__}"
    return f"{type(error).__name__}: {error}".partition("\n")[0][:300]


def _event(raw: dict[str, Any]) -> FeedEvent:
    return FeedEvent(
        id=UUID(raw["id"]),
        store_id=UUID(raw["storeid"]),
        type=raw["type"],
        subject=raw["subject"],
        version=raw["entityversion"],
        time=datetime.fromisoformat(raw["time"]),
        data=raw["data"],
    )


_BEGIN = text("INSERT INTO feed_cursor (source) VALUES (:source) ON CONFLICT DO NOTHING")
_CURSOR = text("SELECT cursor FROM feed_cursor WHERE source = :source")
_MOVE = text("""
    UPDATE feed_cursor
    SET cursor = :after, events = events + :events, stopped_by = NULL,
        moved_at = CASE WHEN :events > 0 THEN now() ELSE moved_at END,
        caught_up_at = coalesce(:caught_up_at, caught_up_at)
    WHERE source = :source AND cursor = :before
""")
_STOPPED = text("UPDATE feed_cursor SET stopped_by = :why WHERE source = :source")


async def feeds_behind(session: AsyncSession, since: datetime) -> list[str]:
    """The feeds not yet read to their end since that instant; asks the consumer to hurry when there are any."""
    behind = text("""
        SELECT source FROM feed_cursor WHERE caught_up_at IS NULL OR caught_up_at < :since ORDER BY source
    """)
    sources = list(await session.scalars(behind, {"since": since}))
    if sources:
        await session.execute(text(f"SELECT pg_notify('{_CATCH_UP_CHANNEL}', '')"))
    return sources
