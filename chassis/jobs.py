"""Background work on the process's own database: enqueued in the transaction that wants it, safe to run twice."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import orjson
import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.executors import DatabaseRetryEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.models import Job
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import Database
from chassis.telemetry import trace_id

log = structlog.get_logger(__name__)

Work = Callable[[dict[str, Any]], Awaitable[None]]
GivenUp = Callable[[dict[str, Any], Exception], Awaitable[None]]
_HEARTBEAT = timedelta(seconds=10)
"""A worker that says nothing for so long is dead and its job is taken over; beats come at half of it."""
_ATTEMPTS = 20


async def enqueue(
    session: AsyncSession, name: str, payload: dict[str, Any], *, dedupe_key: str | None = None,
    after: timedelta | None = None,
) -> None:  # fmt: skip
    """Ask for work in the caller's transaction: it is done if, and only if, that transaction commits."""
    connection = await (await session.connection()).get_raw_connection()
    queries = Queries(AsyncpgDriver(connection.driver_connection))
    await queries.enqueue(
        name,
        orjson.dumps(payload, default=str),
        execute_after=after,
        dedupe_key=dedupe_key,
        headers={"trace_id": trace_id.get()},
        on_conflict="skip",
    )


async def forget_old(session: AsyncSession) -> None:
    """What was logged of work that is long over. Of work that was given up, and is kept, its log is kept too."""
    await session.execute(_FORGET, {"days": _KEPT_DAYS, "most": _FORGOTTEN_AT_ONCE})


_KEPT_DAYS = 30
_FORGOTTEN_AT_ONCE = 50_000
_FORGET = text("""
    DELETE FROM pgqueuer_log WHERE id IN (
        SELECT l.id FROM pgqueuer_log l
        WHERE l.created < now() - make_interval(days => :days)
          AND NOT EXISTS (SELECT FROM pgqueuer j WHERE j.id = l.job_id)
        ORDER BY l.created LIMIT :most)
""")


class Jobs:
    """The work a process can do. A job that fails is tried again with growing pauses, then kept for a person to see."""

    def __init__(self) -> None:
        self._works: dict[str, tuple[Work, GivenUp | None]] = {}
        self._manager: QueueManager | None = None
        self._stopping = False

    def entrypoint(self, name: str, given_up: GivenUp | None = None) -> Callable[[Work], Work]:
        """`given_up` is told when the last attempt has failed, so that nothing is left waiting for ever."""

        def register(work: Work) -> Work:
            self._works[name] = work, given_up
            return work

        return register

    async def run(self, database: Database) -> None:
        """Work until stopped; a lost connection is made again."""
        self._stopping = not self._works
        while not self._stopping:
            try:
                connection = await database.connect()
                try:
                    await self._work_on(connection)
                finally:
                    await connection.close(timeout=2)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("job worker lost its database", error=str(error))
                await asyncio.sleep(0.5)

    def stop(self) -> None:
        """Take no new job; `run` ends once the running ones have."""
        self._stopping = True
        if self._manager is not None:
            self._manager.shutdown.set()

    async def _work_on(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._manager = QueueManager(Queries(AsyncpgDriver(connection)))
        for name, (work, given_up) in self._works.items():
            entry = _entry(name, work, given_up)
            self._manager.entrypoint(name, on_failure="hold", executor_factory=_patient)(entry)
        await self._manager.run(
            dequeue_timeout=timedelta(seconds=10), heartbeat_timeout=_HEARTBEAT, shutdown_on_listener_failure=True
        )


def _patient(parameters: EntrypointExecutorParameters) -> DatabaseRetryEntrypointExecutor:
    return DatabaseRetryEntrypointExecutor(
        parameters,
        max_attempts=_ATTEMPTS,
        initial_delay=timedelta(seconds=0.5),
        max_delay=timedelta(seconds=30),
    )


def _entry(name: str, work: Work, given_up: GivenUp | None) -> Callable[[Job], Awaitable[None]]:
    async def run(job: Job) -> None:
        trace_id.set(str((job.headers or {}).get("trace_id", "")))
        payload = orjson.loads(job.payload or b"{}")
        try:
            await work(payload)
        except Exception as error:
            last = job.attempts >= _ATTEMPTS
            log.warning("job failed", job=name, attempt=job.attempts, tried_again=not last, exc_info=error)
            if last and given_up is not None:
                await given_up(payload, error)
            raise

    return run
