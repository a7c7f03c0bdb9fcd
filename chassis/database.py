"""The one way to PostgreSQL: a session per transaction that sees one store's rows, raw reads, and bulk copies."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from alembic import context
from sqlalchemy import Connection, MetaData, event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

TRANSACTION_SECONDS = 5
"""An open transaction holds back every feed of the cluster (its id is the horizon), so none may be longer."""


_HOT = {"jit": "off", "plan_cache_mode": "force_generic_plan", "random_page_cost": "1.1"}
"""The same few SELECTs come again and again: planning them each time costs as much as running them, and they look for
single rows in what lies in memory, so that an index is no dearer than the table."""
_ALONE = {"statement_timeout": str(TRANSACTION_SECONDS * 1000)}
"""A raw statement is a transaction by itself: what one would be opened with holds for all of its connection."""
_BY_KEY = {"plan_cache_mode": "force_generic_plan"}
"""Rows that are found by their keys are found in one way, whatever the keys: planning an event of many tables each time
takes five times as long as writing it. Not for reading lists, whose indexes may be partial."""
_AFTERWARDS = "afterwards"
_IDLE_SECONDS = 60


class _Opened(Session):
    """A session whose transactions begin with settings of their own, sent once something is asked of the database."""


@event.listens_for(_Opened, "after_begin")
def _open(session: Session, _transaction: object, connection: Connection) -> None:
    """Always the same statement, whatever the values: each other one would be parsed and planned anew."""
    names, values = session.info["settings"]
    connection.exec_driver_sql(_opening(names), values)


@lru_cache(maxsize=8)
def _opening(names: tuple[str, ...]) -> str:
    return "SELECT " + ", ".join(f"set_config('{name}', ${place}, true)" for place, name in enumerate(names, start=1))


class Database:
    """The pools of one process. `transaction` is for ordinary work, `fetch_json` for the hot reads, `write_row` for the
    few writes that are one statement and come with every request."""

    def __init__(self, url: str, *, pool_size: int = 8, readers: int = 3, name: str = "aftermile") -> None:
        self.url = url
        self._engine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            pool_pre_ping=False,
            pool_reset_on_return="rollback",
            hide_parameters=True,
            connect_args={"server_settings": {"application_name": name, "timezone": "UTC"}, "timeout": 10},
        )
        self._sessions = async_sessionmaker(
            self._engine, sync_session_class=_Opened, expire_on_commit=False, autoflush=False
        )
        self._name = name
        named = {"application_name": name, "timezone": "UTC"}
        self._readers = _Raw(url, readers, {**named, **_HOT, **_ALONE, "default_transaction_read_only": "on"})
        self._writers = _Raw(url, readers, {**named, **_ALONE})
        self._later = _Later(self._writers)

    @asynccontextmanager
    async def transaction(
        self, store: UUID | None = None, *, seconds: float = TRANSACTION_SECONDS, by_key: bool = False
    ) -> AsyncIterator[AsyncSession]:
        """One transaction that sees the rows of `store` only (of none when it is None); commits at the end.

        `by_key`: its statements look for rows by their keys, so that each is planned once.
        """
        settings = _settings(store, seconds) | (_BY_KEY if by_key else {})
        async with self._sessions(info={"settings": (tuple(settings), tuple(settings.values()))}) as session:
            async with session.begin():
                yield session
            if (statement := session.info.get(_AFTERWARDS)) is not None:
                self._later.run(statement)

    async def fetch_json(
        self, sql: str, *args: object, store: UUID, seconds: float = TRANSACTION_SECONDS
    ) -> bytes | None:
        """The single value of one SELECT that builds JSON as text, of the rows of `store`."""
        row = await self.fetch_row(_of_store(sql, len(args) + 1), *args, str(store), seconds=seconds)
        return None if row[0] is None else str(row[0]).encode()

    async def fetch_row(self, sql: str, *args: object, seconds: float = TRANSACTION_SECONDS) -> Any:  # noqa: ANN401
        """asyncpg's first row of one SELECT (None without one), which is a transaction of its own and cannot write."""
        async with asyncio.timeout(seconds):
            return await self._readers.fetch_row(sql, *args)

    async def write_row(self, sql: str, *args: object, store: UUID | None) -> Any:  # noqa: ANN401
        """The first row of one writing statement, which is a transaction of its own and sees the rows of `store`.

        It says WHERE it needs the store to be set, by `(SELECT store FROM own)`: that comes first then.
        """
        entering = f"WITH own AS MATERIALIZED (SELECT set_config('app.store', ${len(args) + 1}, true) AS store) {sql}"
        async with asyncio.timeout(TRANSACTION_SECONDS):
            return await self._writers.fetch_row(entering, *args, "" if store is None else str(store))

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection of one's own, for what must not come from a pool: LISTEN, session locks, the job worker."""
        return await asyncpg.connect(self.url, server_settings={"application_name": self._name}, timeout=10)

    async def close(self) -> None:
        await self._later.close()
        self._readers.close()
        self._writers.close()
        await self._engine.dispose()


def run_afterwards(session: AsyncSession, statement: str) -> None:
    """Send a statement once the session's transaction is committed, together with others that want the same.

    It is lost when the process ends at that moment, so nothing may depend on it but how soon something is noticed.
    """
    session.info[_AFTERWARDS] = statement


class _Later:
    """One statement at a time, and once for all who asked while the last one was under way."""

    def __init__(self, writers: "_Raw") -> None:
        self._writers = writers
        self._asked: dict[str, None] = {}
        self._running: asyncio.Task[None] | None = None

    def run(self, statement: str) -> None:
        self._asked[statement] = None
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while self._asked:
            statement, _ = self._asked.popitem()
            with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self._writers.fetch_row(statement)

    async def close(self) -> None:
        if self._running is not None:
            await asyncio.wait([self._running], timeout=1)


class _Raw:
    """Connections for raw statements. The last given back is the next one taken, so the oldest are those not needed.

    Nothing is reset between two statements, since every setting ends with its own: a general pool's care for that, and
    for transactions, costs more than the reading. They are few, since statements are short and more of them than
    processors only take the caches from each other (bench/overview: three serve a tenth more than five). The server is
    told of a statement that was given up, which ends with its connection.
    """

    def __init__(self, url: str, size: int, settings: dict[str, str]) -> None:
        self._url = url
        self._settings = settings
        self._places = asyncio.Semaphore(size)
        self._idle: deque[tuple[float, asyncpg.Connection[asyncpg.Record]]] = deque()

    async def fetch_row(self, sql: str, *args: object) -> Any:  # noqa: ANN401 - asyncpg's Record or None
        async with self._places:
            connection = self._kept() or await self._connect()
            try:
                return await connection.fetchrow(sql, *args)
            except (asyncio.CancelledError, OSError):
                await _stop(connection)
                raise
            finally:
                if not connection.is_closed():
                    self._idle.append((time.monotonic(), connection))

    def close(self) -> None:
        while self._idle:
            self._idle.pop()[1].terminate()

    def _kept(self) -> "asyncpg.Connection[asyncpg.Record] | None":
        """The youngest that still lives; the oldest is closed once it was idle for long."""
        while self._idle:
            _, connection = self._idle.pop()
            if self._idle and time.monotonic() - self._idle[0][0] > _IDLE_SECONDS:
                self._idle.popleft()[1].terminate()
            if not connection.is_closed():
                return connection
        return None

    async def _connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(self._url, server_settings=self._settings, timeout=10)


async def _stop(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Cancel what it runs at the server, and end it whatever comes of that."""
    try:
        with suppress(Exception):
            await connection.close(timeout=1)
    finally:
        connection.terminate()


@lru_cache(maxsize=256)
def _of_store(sql: str, place: int) -> str:
    """The SELECT within the store that parameter `place` names, in one round trip instead of three.

    A statement without BEGIN is a transaction, so the setting ends with it. CASE sees to the order: the SELECT, with
    the policies of its tables, runs once the setting is made. Run earlier it would find no store, and so no rows.
    """
    return f"""WITH own AS MATERIALIZED (SELECT set_config('app.store', ${place}, true) AS store)
        SELECT CASE WHEN own.store IS NOT NULL THEN ({sql}) END FROM own"""  # noqa: S608 - both are the code's own


def _settings(store: UUID | None, seconds: float) -> dict[str, str]:
    """A statement is cancelled a little before the transaction would be, which costs the connection."""
    milliseconds = max(2, int(seconds * 1000))
    limits = {"statement_timeout": str(milliseconds - 1), "transaction_timeout": str(milliseconds + 200)}
    return limits if store is None else {**limits, "app.store": str(UUID(str(store)))}


async def until_closed(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """What a connection gives (a lock, notifications) lasts as long as it does."""
    closed = asyncio.Event()
    connection.add_termination_listener(lambda _: closed.set())
    await closed.wait()


async def enter_store(session: AsyncSession, store: UUID) -> None:
    """From here to the end of the transaction the session sees the rows of this store only."""
    connection = await session.connection()
    await connection.exec_driver_sql("SELECT set_config('app.store', $1, true)", (str(store),))


async def copy_rows(
    session: AsyncSession, table: str, columns: Sequence[str], records: Iterable[Sequence[object]]
) -> None:
    """COPY into a table within the session's transaction. A table with row security refuses it: use a temporary one."""
    connection = await session.connection()
    raw = (await connection.get_raw_connection()).driver_connection
    await raw.copy_records_to_table(table, columns=list(columns), records=records)  # type: ignore[union-attr]


_MOST_ROWS = """
    SELECT pg_restore_attribute_stats('schemaname', 'public', 'relname', '{table}', 'attname', 'store_id',
        'inherited', false, 'null_frac', 0::real, 'avg_width', 16, 'n_distinct', 1::real)
"""


def store_policy(table: str) -> list[str]:
    """Statements that let a transaction see, and write, only the rows of its own store in `table`, owner included.

    The last tells the planner, until the first ANALYZE, that a store has most of the rows: it would take it for a
    handful, any index for a good one, and a bulk join for a nested loop. For the same reason the setting is read in a
    SELECT of its own: a plan is kept, and one made before any store is set would else be made for no rows.
    """
    own = "store_id = (SELECT nullif(current_setting('app.store', true), '')::uuid)"
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY own_store ON {table} USING ({own}) WITH CHECK ({own})",
        _MOST_ROWS.format(table=table),
    ]


def chassis_tables_v1() -> list[str]:
    """Statements that create the tables of feed, cursors, idempotency and jobs, as of their first version."""
    return _statements("chassis_v1.sql") + _statements("jobs_v1.sql")


def drop_chassis_tables_v1() -> list[str]:
    return _statements("jobs_v1_drop.sql") + _statements("chassis_v1_drop.sql")


def _statements(script: str) -> list[str]:
    """The statements of a frozen script: each ends with a semicolon at a line's end, outside a function's body."""
    text = (Path(__file__).parent / "sql" / script).read_text(encoding="utf-8")
    statements, current, inside_body = [], "", False
    for line in text.splitlines(keepends=True):
        inside_body ^= line.count("$$") % 2 == 1
        current += line
        if line.rstrip().endswith(";") and not inside_body:
            statements.append(current.strip().rstrip(";"))
            current = ""
    return statements


def run_migrations(metadata: MetaData) -> None:
    """The body of every `migrations/env.py`: the URL is the owner's, given by whoever calls Alembic."""
    url = context.config.attributes.get("url") or context.config.get_main_option("sqlalchemy.url")
    if context.is_offline_mode():
        context.configure(dialect_name="postgresql", target_metadata=metadata, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()
        return

    async def migrate() -> None:
        engine = create_async_engine(make_url(str(url)).set(drivername="postgresql+asyncpg"), poolclass=NullPool)
        async with engine.connect() as connection:
            await connection.run_sync(_migrate_on, metadata)
            await connection.commit()
        await engine.dispose()

    asyncio.run(migrate())


def _migrate_on(connection: Connection, metadata: MetaData) -> None:
    """A migration that cannot get its locks soon gives up: queued behind it, everybody else would wait."""
    connection.exec_driver_sql("SET lock_timeout = '5s'")
    connection.commit()
    context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
