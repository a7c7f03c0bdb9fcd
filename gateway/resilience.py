"""What keeps one slow or dead service from costing the others: breaker, bulkhead, coalescing, bounded stale answers.

Each is small, knows nothing of HTTP, and is told the time instead of asking for it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

Answer = TypeVar("Answer")


class Refused(Exception):  # noqa: N818 - the call was not made at all, which is not an error of the service
    """The call was not let through; `retry_after` says in how many seconds it is worth another try."""

    def __init__(self, reason: str, retry_after: float) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


@dataclass(frozen=True)
class Pass:
    """Leave for one call. What becomes of it counts only for the period of the breaker in which it was given."""

    period: int


@dataclass
class Breaker:
    """Opens after so many failures in a row; later lets one probe through, whose end decides.

    An abandoned call (its caller has gone) says nothing about the service and is neutral.
    """

    threshold: int = 5
    open_seconds: float = 5.0
    _failures: int = field(default=0, init=False)
    _opened_at: float | None = field(default=None, init=False)
    _probing: bool = field(default=False, init=False)
    _period: int = field(default=0, init=False)

    def admit(self, now: float) -> Pass:
        """Raises Refused while open, and while the probe of a half-open breaker is under way."""
        if self._opened_at is not None:
            waited = now - self._opened_at
            if waited < self.open_seconds:
                raise Refused("it failed repeatedly and is given a pause", self.open_seconds - waited)
            if self._probing:
                raise Refused("it failed repeatedly and is being tried again", 1.0)
            self._probing = True
        return Pass(self._period)

    def succeeded(self, leave: Pass) -> None:
        if leave.period != self._period:
            return
        if self._opened_at is not None:
            self._begin_period(None)
        self._failures = 0

    def failed(self, leave: Pass, now: float) -> None:
        if leave.period != self._period:
            return
        self._failures += 1
        if self._opened_at is not None or self._failures >= self.threshold:
            self._begin_period(now)

    def abandoned(self, leave: Pass) -> None:
        if leave.period == self._period:
            self._probing = False

    @property
    def is_open(self) -> bool:
        return self._opened_at is not None

    def _begin_period(self, opened_at: float | None) -> None:
        """A new period: results of calls let through before it no longer count."""
        self._period += 1
        self._opened_at, self._probing, self._failures = opened_at, False, 0


class Bulkhead:
    """At most so many calls at once and so many waiting; the rest is refused at once."""

    def __init__(self, permits: int, waiting: int) -> None:
        self._permits = asyncio.Semaphore(permits)
        self._most_waiting = waiting
        self._waiting = 0

    async def __aenter__(self) -> None:
        if self._permits.locked():
            await self._queue()
        else:
            await self._permits.acquire()

    async def __aexit__(self, *_failure: object) -> None:
        self._permits.release()

    async def _queue(self) -> None:
        if self._waiting >= self._most_waiting:
            raise Refused("too many calls are waiting for it", 1.0)
        self._waiting += 1
        try:
            await self._permits.acquire()
        finally:
            self._waiting -= 1


@dataclass
class Shared(Generic[Answer]):
    """A call under way, and how many wait for it."""

    key: Hashable
    task: "asyncio.Task[Answer]"
    callers: int = 0


class Coalescer(Generic[Answer]):
    """Callers who want the same thing at the same time share one call; it ends when the last of them has gone."""

    def __init__(self) -> None:
        self._running: dict[Hashable, Shared[Answer]] = {}

    def join(self, key: Hashable, call: Callable[[], Coroutine[Any, Any, Answer]]) -> "Shared[Answer]":
        """The call under way for this key, or a new one. Who joins must `leave`; who waits must not cancel the task."""
        shared = self._running.get(key)
        if shared is None:
            shared = Shared(key, asyncio.create_task(call()))
            self._running[key] = shared
            shared.task.add_done_callback(lambda _: self._forget(shared))
        shared.callers += 1
        return shared

    def leave(self, shared: "Shared[Answer]") -> None:
        shared.callers -= 1
        if shared.callers == 0 and not shared.task.done():
            self._forget(shared)
            shared.task.cancel()

    async def run(self, key: Hashable, call: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
        shared = self.join(key, call)
        try:
            return await asyncio.shield(shared.task)
        finally:
            self.leave(shared)

    def _forget(self, shared: "Shared[Answer]") -> None:
        if self._running.get(shared.key) is shared:
            del self._running[shared.key]
        if shared.task.done() and not shared.task.cancelled():
            shared.task.exception()

    def __len__(self) -> int:
        return len(self._running)


@dataclass(frozen=True)
class Kept:
    body: bytes
    at: float


class StaleAnswers:
    """The last good answers, so that a failing service costs freshness first; bounded in age and in bytes."""

    def __init__(self, *, seconds: float, max_bytes: int) -> None:
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()

    def keep(self, key: Hashable, body: bytes, now: float) -> None:
        self.forget(key)
        self._kept[key] = Kept(body, now)
        self._bytes += len(body)
        while self._bytes > self._max_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest.body)

    def find(self, key: Hashable, now: float) -> Kept | None:
        kept = self._kept.get(key)
        if kept is None or now - kept.at > self._seconds:
            self.forget(key)
            return None
        return kept

    def forget(self, key: Hashable) -> None:
        if (kept := self._kept.pop(key, None)) is not None:
            self._bytes -= len(kept.body)
