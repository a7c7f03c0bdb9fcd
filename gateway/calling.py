"""A call to a service on behalf of a caller: his token exchanged, the breaker asked, failures told as problems."""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chassis.auth import Principal
from chassis.errors import Problem, Unavailable
from gateway.exchange import TokenExchange
from gateway.resilience import Breaker, Pass, Refused
from gateway.routing import Headers
from gateway.settings import Settings
from gateway.upstream import Call, Upstream, UpstreamFailed

FAIR_SECONDS = 0.3
"""A timeout counts against a service only when it was given so long: the impatient must not close it to others."""
Failure = UpstreamFailed | Refused


class Verdict:
    """What a call says about its service; given once, at the latest when the call ends."""

    def __init__(self, breaker: Breaker, leave: Pass) -> None:
        self._breaker = breaker
        self._leave = leave
        self._given = False

    def succeeded(self) -> None:
        if not self._given:
            self._given = True
            self._breaker.succeeded(self._leave)

    def failed(self, now: float) -> None:
        if not self._given:
            self._given = True
            self._breaker.failed(self._leave, now)

    def abandoned(self) -> None:
        if not self._given:
            self._given = True
            self._breaker.abandoned(self._leave)


class Services:
    """The four services as the gateway meets them."""

    def __init__(
        self, upstream: Upstream, exchange: TokenExchange, settings: Settings,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.upstream = upstream
        self._exchange = exchange
        self._clock = clock
        self._breakers: dict[tuple[str, str], Breaker] = defaultdict(
            lambda: Breaker(settings.breaker_failures, settings.breaker_seconds)
        )

    def authorization(self, principal: Principal, service: str) -> Headers:
        return [("authorization", self._exchange.authorization(principal, service))]

    @contextmanager
    def guarded(self, call: Call) -> Iterator[Verdict]:
        """Raises Refused instead of calling a service whose breaker is open. What is cancelled is neutral."""
        breaker = self._breakers[call.service, call.lane]
        verdict = Verdict(breaker, breaker.admit(self._clock()))
        try:
            yield verdict
        except UpstreamFailed as failure:
            if not failure.timed_out or call.seconds >= FAIR_SECONDS:
                verdict.failed(self._clock())
            raise
        else:
            verdict.succeeded()
        finally:
            verdict.abandoned()


def problem_of(call: Call, failure: Failure) -> Problem:
    """503 with the service's name and when to try again; for a write, whether it may have been done."""
    if isinstance(failure, Refused):
        wait = max(1, math.ceil(failure.retry_after))
        return Unavailable(f"The {call.service} service is left alone at the moment: {failure}", service=call.service,
                           slug="service-unavailable", headers={"Retry-After": str(wait)})  # fmt: skip
    detail = f"The {call.service} service did not answer" + (" in time" if failure.timed_out else "")
    if failure.reached and call.method not in {"GET", "HEAD"}:
        detail += "; whether it did what was asked is not known: repeat it with the same Idempotency-Key"
    slug = "service-timed-out" if failure.timed_out else "service-unavailable"
    return Unavailable(detail, service=call.service, slug=slug, headers={"Retry-After": "2"})
