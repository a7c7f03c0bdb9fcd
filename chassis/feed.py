"""The change feed: events written in the transaction of their effect, read over HTTP in an order that loses none.

Order and horizon: (transaction id, sequence) below the oldest running transaction. A sequence alone loses events,
because numbers are handed out before transactions commit.
"""

import asyncio
import contextlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import orjson
import structlog
from fastapi import APIRouter, Query, Request
from fastapi.routing import APIRoute
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from chassis.auth import SERVICE_ROLE, CurrentPrincipal, Principal, allow
from chassis.database import Database, run_afterwards, until_closed
from chassis.errors import Gone
from chassis.telemetry import trace_id

log = structlog.get_logger(__name__)

CHANNEL = "aftermile_feed"
CURSOR_HEADER = "Feed-Cursor"
COMPLETE_HEADER = "Feed-Complete"
BATCH = 2000
_RECHECK_SECONDS = (0.02, 0.1)
"""How soon to look again for events that an older transaction still hides, at first and at most."""
_FEED_READERS = (SERVICE_ROLE, "dms", "administrator", "auditor")


@dataclass(frozen=True)
class Event:
    """What happened to a thing: `<service>.<thing>.<past tense>`, with the thing's full new state and its version."""

    type: str
    subject: str
    version: int
    data: Mapping[str, Any]


async def publish(session: AsyncSession, store_id: UUID | None, *events: Event) -> None:
    """Append events in the transaction of their effect."""
    if events:
        rows = [{"type": e.type, "subject": e.subject, "version": e.version, "data": e.data} for e in events]
        await session.execute(
            _APPEND, {"store": store_id, "rows": orjson.dumps(rows, default=str).decode(), "trace": trace_id.get()}
        )
        run_afterwards(session, _WAKE)


async def publish_select(session: AsyncSession, select: str, parameters: Mapping[str, Any] | None = None) -> None:
    """Append an event per row of a SELECT that yields (store_id, type, subject, version, data jsonb)."""
    await session.execute(_appending(select), dict(parameters or {}))
    run_afterwards(session, _WAKE)


@lru_cache(maxsize=256)
def _appending(select: str) -> TextClause:
    return text(f"INSERT INTO feed_event (store_id, type, subject, version, data) {select}")


_APPEND = text("""
    INSERT INTO feed_event (store_id, type, subject, version, data, trace_id)
    SELECT :store, e.type, e.subject, e.version, e.data, :trace
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS e(type text, subject text, version int, data jsonb)
""")
_WAKE = f"SELECT pg_notify('{CHANNEL}', '')"
"""Not in the transaction of the effect: those that notify commit one after the other, each waiting for its own disk."""


@dataclass(frozen=True)
class Cursor:
    """A place in one epoch of a feed. The epoch is renewed when a database is restored: then all begins anew."""

    epoch: UUID | None
    tx: int
    seq: int

    def __str__(self) -> str:
        return urlsafe_b64encode(f"{self.epoch}/{self.tx}/{self.seq}".encode()).decode()

    @classmethod
    def read(cls, cursor: str) -> "Cursor":
        if not cursor:
            return cls(None, 0, 0)
        try:
            epoch, tx, seq = urlsafe_b64decode(cursor).decode().split("/")
            found = cls(UUID(epoch), int(tx), int(seq))
        except ValueError as error:
            raise _unreadable() from error
        if not (0 <= found.tx < 1 << 64 and 0 <= found.seq < 1 << 63):
            raise _unreadable()
        return found


def _unreadable() -> Gone:
    return Gone("The cursor cannot be read; begin again without one", slug="cursor-gone")


_READ = """
    WITH reach AS (
        SELECT tx, seq FROM (
            SELECT tx, seq FROM feed_event
            WHERE (tx, seq) > ($1::text::xid8, $2::bigint) AND tx < pg_snapshot_xmin(pg_current_snapshot())
            ORDER BY tx, seq LIMIT $5 * 5) ahead
        ORDER BY tx DESC, seq DESC LIMIT 1
    ), page AS MATERIALIZED (
        SELECT * FROM feed_event
        WHERE (tx, seq) > ($1::text::xid8, $2::bigint)
            AND (tx, seq) <= ((SELECT tx FROM reach), (SELECT seq FROM reach))
            AND ($3::uuid[] IS NULL OR store_id = ANY ($3)) AND ($4::text[] IS NULL OR type = ANY ($4))
        ORDER BY tx, seq LIMIT $5
    ), last AS (
        SELECT tx, seq FROM (
            SELECT tx, seq FROM page UNION ALL SELECT tx, seq FROM reach WHERE (SELECT count(*) FROM page) < $5) seen
        ORDER BY tx DESC, seq DESC LIMIT 1
    )
    SELECT (SELECT epoch FROM feed_epoch) AS epoch,
           (SELECT tx::text FROM last) AS tx, (SELECT seq FROM last) AS seq,
           coalesce((SELECT true FROM feed_event f
                     WHERE (f.tx, f.seq) > (coalesce((SELECT tx FROM last), $1::text::xid8),
                                            coalesce((SELECT seq FROM last), $2::bigint))
                     ORDER BY f.tx, f.seq LIMIT 1), false) AS more,
           (SELECT coalesce('[' || string_agg(format(
                '{"specversion":"1.0","id":"%s","source":"%s","type":%s,"subject":%s,"time":%s,"dataschema":%s,'
                '"datacontenttype":"application/json","storeid":%s,"entityversion":%s,"traceid":%s,"data":%s}',
                id, $6::text, to_json(type), to_json(subject), to_json(time),
                to_json('urn:aftermile:schema:' || type || ':1'), coalesce(to_json(store_id)::text, 'null'), version,
                to_json(trace_id), data), ',' ORDER BY tx, seq) || ']', '[]') FROM page) AS body
"""
"""A page: of the next events, five times as many as it may hold, those that are wanted. Text is joined to text, which
takes half the time of building JSON of JSON."""


class FeedReader:
    """Reads the process's own feed; waiting readers are woken by one LISTEN connection."""

    def __init__(self, database: Database, service: str) -> None:
        self._database = database
        self._source = f"urn:aftermile:{service}"
        self._news = asyncio.Event()
        self._closing = False

    async def read(
        self, cursor: Cursor, stores: list[UUID] | None, types: list[str] | None, limit: int, wait: float
    ) -> asyncpg.Record:
        """A page after the cursor; an empty one is held back up to `wait` seconds for news."""
        deadline = asyncio.get_running_loop().time() + wait
        recheck, slowest = _RECHECK_SECONDS
        while True:
            news = self._news
            page = await self._page(cursor, stores, types, limit)
            remaining = deadline - asyncio.get_running_loop().time()
            if page["tx"] or remaining <= 0 or self._closing:
                return page
            pause = recheck if page["more"] else remaining
            recheck = min(2 * recheck, slowest)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), min(pause, remaining))

    async def _page(
        self, cursor: Cursor, stores: list[UUID] | None, types: list[str] | None, limit: int
    ) -> asyncpg.Record:
        page = await self._database.fetch_row(_READ, str(cursor.tx), cursor.seq, stores, types, limit, self._source)
        if cursor.epoch is not None and page["epoch"] != cursor.epoch:
            raise Gone("The feed was restored and begins anew", slug="feed-epoch-ended")
        return page

    def wake(self, *_: object) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def close(self) -> None:
        """Answer every waiting reader at once, so that a shutdown is not held up by them."""
        self._closing = True
        self.wake()

    async def listen(self) -> None:
        """Keep listening for news until cancelled; a lost connection is made again and wakes everyone once."""
        while True:
            try:
                connection = await self._database.connect()
                try:
                    await connection.add_listener(CHANNEL, self.wake)
                    self.wake()
                    await until_closed(connection)
                finally:
                    await connection.close(timeout=2)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("feed listener lost its connection", error=str(error))
            await asyncio.sleep(0.5)


def _visible_stores(principal: Principal) -> list[UUID] | None:
    if SERVICE_ROLE in principal.roles:
        return None
    stores = (principal.store,) if principal.store else principal.stores
    return [store.id for store in stores]


def feed_router(reader: FeedReader, route_class: type[APIRoute]) -> APIRouter:
    router = APIRouter(tags=["feed"], route_class=route_class)

    @router.get("/v1/changes", operation_id="read_changes", dependencies=[allow(*_FEED_READERS)])
    async def read_changes(
        principal: CurrentPrincipal,
        after: Annotated[str, Query(max_length=300)] = "",
        wait: Annotated[float, Query(ge=0, le=60)] = 0,
        limit: Annotated[int, Query(ge=1)] = BATCH,
        types: Annotated[list[str] | None, Query()] = None,
    ) -> Response:
        """CloudEvents 1.0 as a batch, oldest first. The cursor for the next call is in `Feed-Cursor`.

        A page holds up to `limit` events that the caller wants and may see, of the next few times as many: it can be
        empty and still move the cursor. `Feed-Complete: true` says that nothing lies beyond it.
        """
        cursor = Cursor.read(after)
        page = await reader.read(cursor, _visible_stores(principal), types, min(limit, BATCH), wait)
        following = Cursor(page["epoch"], int(page["tx"] or cursor.tx), page["seq"] or cursor.seq)
        return Response(
            page["body"],
            media_type="application/cloudevents-batch+json",
            headers={CURSOR_HEADER: str(following), COMPLETE_HEADER: str(not page["more"]).lower(),
                     "Cache-Control": "no-store"},
        )  # fmt: skip

    @router.get("/v1/feed-positions", operation_id="read_feed_positions", dependencies=[allow("*")])
    async def read_feed_positions(request: Request, _principal: CurrentPrincipal) -> Response:
        """The end of this process's own feed, and how far it has read the feeds of the others."""
        database: Database = request.app.state.database
        row = await database.fetch_row(_POSITIONS)
        head = Cursor(row["epoch"], int(row["tx"]), row["seq"])
        body = f'{{"head":"{head}","positions":{row["positions"]}}}'
        return Response(body, media_type="application/json")

    return router


_POSITIONS = """
    SELECT (SELECT epoch FROM feed_epoch) AS epoch, coalesce(last.tx::text, '0') AS tx, coalesce(last.seq, 0) AS seq,
           (SELECT coalesce(json_agg(json_build_object(
                'source', source, 'cursor', cursor, 'events', events, 'moved_at', moved_at,
                'caught_up_at', caught_up_at, 'stopped_by', stopped_by) ORDER BY source), '[]'::json)
            FROM feed_cursor)::text AS positions
    FROM (SELECT 1) one
    LEFT JOIN LATERAL (SELECT tx, seq FROM feed_event ORDER BY tx DESC, seq DESC LIMIT 1) last ON true
"""
