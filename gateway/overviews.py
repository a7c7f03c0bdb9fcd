"""One call, four services: their parts fetched at once within a budget of time and spliced as bytes, never parsed."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

import orjson

from chassis.auth import Principal
from chassis.errors import Forbidden, NotFound, Problem, Unavailable
from gateway.calling import Services, problem_of
from gateway.resilience import Coalescer, Refused, Shared, StaleAnswers
from gateway.routing import Headers
from gateway.upstream import Answer, Call, UpstreamFailed

FIRST_FRACTION: Final = 0.95
"""Of the budget: a call ends by itself before it is cut off, so that its service is seen to be slow."""
_ANSWERED: Final = frozenset({"ok", "not_found", "forbidden"})


@dataclass(frozen=True)
class Part:
    """What one service had to say. `data` is JSON as it came; `at` the time it was true."""

    status: str
    at: float | None
    data: bytes | None
    problem: Problem | None = None

    def state(self) -> dict[str, Any]:
        """How it came, without its data. `problem` says why it is not simply there."""
        as_of = None if self.at is None else _timestamp(self.at)
        told = {"status": self.status, "as_of": as_of}
        return told if self.problem is None else {**told, "problem": _document(self.problem)}

    def spliced(self) -> bytes:
        """The part as JSON."""
        return orjson.dumps(self.state())[:-1] + b',"data":' + (self.data or b"null") + b"}"


@dataclass(frozen=True)
class Overview:
    parts: Mapping[str, Part]

    @property
    def completed(self) -> bool:
        """Every service answered, if only that it knows nothing or may not tell."""
        return all(part.status in _ANSWERED for part in self.parts.values())

    def refusal(self, required: frozenset[str]) -> Problem | None:
        """Why there is no answer: a required part is not as it is now, or no part at all has anything."""
        missing = [part for name, part in self.parts.items() if name in required and part.status != "ok"]
        if not missing and any(part.data is not None for part in self.parts.values()):
            return None
        statuses = {(part.status) for part in missing or self.parts.values()}
        states = {name: part.status for name, part in self.parts.items()}
        if statuses <= {"not_found", "forbidden"} and "not_found" in statuses:
            return NotFound(parts=states)
        if statuses == {"forbidden"}:
            return Forbidden("None of the services may show this to the caller", parts=states, slug="role-missing")
        return Unavailable("A part that was asked for is missing" if missing else "No service has answered",
                           parts=states, slug="overview-unavailable", headers={"Retry-After": "2"})  # fmt: skip

    def body(self) -> bytes:
        return b"{" + b",".join(_key(name) + part.spliced() for name, part in self.parts.items()) + b"}"

    def etag(self) -> str:
        """Weak: two answers with the same data are the same, whatever the moment they were fetched at."""
        digest = hashlib.blake2b(digest_size=16)
        for name, part in self.parts.items():
            digest.update(b"%s %s %d " % (name.encode(), part.status.encode(), len(part.data or b"")))
            digest.update(part.data or b"")
        return f'W/"{digest.hexdigest()}"'


@dataclass(frozen=True)
class Question:
    """What is asked of every service, for whom, and how long; `rights` is all that the answers may depend on."""

    principal: Principal
    target: str
    budget: float
    rights: Hashable

    @classmethod
    def of(cls, caller: Principal, target: str, budget: float) -> "Question":
        store = caller.store and caller.store.id.hex
        return cls(caller, target, budget, (store, caller.kind, caller.roles, caller.employee, target))

    def call(self, service: str, headers: Headers) -> Call:
        return Call(service, "overview", "GET", self.target, headers, self.budget * FIRST_FRACTION)


class Overviews:
    """Asks the services. The same question of callers with the same rights, at the same time, is asked once."""

    def __init__(self, services: Services, stale: StaleAnswers, clock: Callable[[], float] = time.time) -> None:
        self._services = services
        self._stale = stale
        self._clock = clock
        self._asking: Coalescer[Part] = Coalescer()

    async def fetch(self, principal: Principal, target: str, names: Iterable[str], budget: float) -> Overview:
        """A part of each service within `budget` seconds; what is not there by then is stale or unavailable."""
        question = Question.of(principal, target, budget)
        shared = {name: self._join(name, question) for name in names}
        try:
            await asyncio.wait([each.task for each in shared.values()], timeout=budget)
            return Overview({name: self._part(name, each.task, question) for name, each in shared.items()})
        finally:
            for each in shared.values():
                self._asking.leave(each)

    def _join(self, name: str, question: Question) -> Shared[Part]:
        key = (name, question.budget, question.rights)
        return self._asking.join(key, lambda: self._ask(name, question))

    def _part(self, name: str, task: "asyncio.Task[Part]", question: Question) -> Part:
        if task.done() and not task.cancelled():
            return task.result()
        late = UpstreamFailed(name, "late", timed_out=True, reached=True)
        return self._without(problem_of(question.call(name, []), late), (name, question.rights))

    async def _ask(self, name: str, question: Question) -> Part:
        call = question.call(name, self._services.authorization(question.principal, name))
        try:
            with self._services.guarded(call):
                answer = await self._services.upstream.fetch(call)
        except (UpstreamFailed, Refused) as failure:
            return self._without(problem_of(call, failure), (name, question.rights))
        return self._understood(name, answer, (name, question.rights))

    def _understood(self, name: str, answer: Answer, key: Hashable) -> Part:
        now = self._clock()
        if answer.status == HTTPStatus.OK and answer.body[:1] == b"{":
            self._stale.keep(key, answer.body, now)
            return Part("ok", now, answer.body)
        if answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN}:
            self._stale.forget(key)
            missing = answer.status == HTTPStatus.NOT_FOUND
            return Part("not_found" if missing else "forbidden", now, None, NotFound() if missing else Forbidden())
        return self._without(Unavailable(f"The {name} service answered with {answer.status}", service=name), key)

    def _without(self, problem: Problem, key: Hashable) -> Part:
        kept = self._stale.find(key, self._clock())
        if kept is not None:
            return Part("stale", kept.at, kept.body, problem)
        return Part("unavailable", None, None, problem)


def _document(problem: Problem) -> dict[str, Any]:
    document = {"type": f"urn:aftermile:problem:{problem.slug}", "title": problem.title, "status": problem.status}
    return {**document, "detail": problem.detail}


def _timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _key(name: str) -> bytes:
    return f'"{name}":'.encode()
