"""The one way to the services: pooled, bounded, with the caller's deadline, safe to cancel.

Calls without a body whose whole answer is wanted go over `gateway.wire`; what streams goes through pyreqwest.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import DetailedPyreqwestError, PyreqwestError, RequestTimeoutError
from pyreqwest.request import RequestBuilder
from pyreqwest.response import Response

from chassis.http import DEADLINE_HEADER
from chassis.telemetry import traceparent
from gateway.resilience import Bulkhead
from gateway.routing import Headers
from gateway.wire import Answer, Wire, WireBroken

__all__ = ["Answer", "Call", "Streamed", "Upstream", "UpstreamFailed"]

_IDLE_SECONDS = 4
"""Below uvicorn's keep-alive of 5 s: a connection is given up here before the other side closes it under a call."""
_CONNECT_SECONDS = 2
_NAME = "aftermile-gateway"


class UpstreamFailed(Exception):  # noqa: N818 - reads as what happened
    """The service did not answer. `reached` says whether the request may have got there."""

    def __init__(self, service: str, reason: str, *, timed_out: bool, reached: bool) -> None:
        super().__init__(f"{service}: {reason}")
        self.timed_out = timed_out
        self.reached = reached


@dataclass(frozen=True)
class Call:
    """`target` is path and query exactly as they go over the wire; `seconds` is what the caller will still wait.

    Calls of one lane share their limits: long polls of a feed do not keep a cashier waiting.
    """

    service: str
    lane: str
    method: str
    target: str
    headers: Headers
    seconds: float
    body: AsyncIterator[bytes] | None = None


class Streamed:
    """An answer whose head has come and whose body comes on."""

    def __init__(self, service: str, response: Response) -> None:
        self._service = service
        self._response = response
        self.status = response.status
        self.headers: Headers = list(response.headers.items())

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            while (chunk := await self._response.body_reader.read_chunk()) is not None:
                yield bytes(chunk)
        except PyreqwestError as error:
            raise _failed(self._service, error) from error


class Upstream:
    """Connections to every service. Calls at once are bounded by our own bulkheads, per service and lane.

    The client's own `max_connections` stays unset: with it, callers that hang up can starve those that stay.
    """

    def __init__(self, urls: Mapping[str, str], *, permits: int, waiting: int) -> None:
        self._urls = {name: url.rstrip("/") for name, url in urls.items()}
        self._bulkheads: dict[tuple[str, str], Bulkhead] = defaultdict(lambda: Bulkhead(permits, waiting))
        self._client = _client()
        self._wire = Wire(idle_seconds=_IDLE_SECONDS, connect_seconds=_CONNECT_SECONDS)

    def base(self, service: str) -> str:
        return self._urls[service]

    async def fetch(self, call: Call) -> Answer:
        """The whole answer."""
        async with self._bulkheads[call.service, call.lane]:
            if call.body is None and call.method == "GET":
                return await self._fetch_over_wire(call)
            try:
                response = await self._request(call).build().send()
                body = bytes(await response.bytes())
            except PyreqwestError as error:
                raise _failed(call.service, error) from error
            return Answer(response.status, response.get_header("content-type") or "", body)

    async def _fetch_over_wire(self, call: Call) -> Answer:
        base = self._urls[call.service]
        try:
            return await self._wire.fetch(base, _head(base, call), call.seconds)
        except WireBroken as broken:
            reason, timed_out, reached = str(broken), broken.timed_out, broken.reached
            raise UpstreamFailed(call.service, reason, timed_out=timed_out, reached=reached) from broken

    @asynccontextmanager
    async def stream(self, call: Call) -> AsyncIterator[Streamed]:
        """The answer as it comes. What the request's own body raises while it is read comes out unchanged."""
        async with self._bulkheads[call.service, call.lane]:
            request = self._request(call).build_streamed()
            try:
                response = await request.__aenter__()
            except PyreqwestError as error:
                raise _failed(call.service, error) from error
            try:
                yield Streamed(call.service, response)
            finally:
                await request.__aexit__(None, None, None)

    async def close(self) -> None:
        self._wire.close()
        await self._client.close()

    def _request(self, call: Call) -> RequestBuilder:
        request = self._client.request(call.method, self._urls[call.service] + call.target).headers(call.headers)
        request = request.header(DEADLINE_HEADER, _milliseconds(call))
        request = request.header("traceparent", traceparent()).timeout(timedelta(seconds=call.seconds))
        return request if call.body is None else request.body_stream(call.body)


def _milliseconds(call: Call) -> str:
    return str(max(1, int(call.seconds * 1000)))


def _head(base: str, call: Call) -> bytes:
    """The request as it goes over the wire. Raises ValueError where a line break would make two headers of one."""
    host, _, prefix = base.partition("://")[2].partition("/")
    head = (
        f"{call.method} {'/' + prefix if prefix else ''}{call.target} HTTP/1.1\r\n"
        f"host: {host}\r\nuser-agent: {_NAME}\r\n"
        f"{DEADLINE_HEADER}: {_milliseconds(call)}\r\ntraceparent: {traceparent()}\r\n"
    ) + "".join([f"{name}: {value}\r\n" for name, value in call.headers])
    lines = 5 + len(call.headers)
    if head.count("\r") != lines or head.count("\n") != lines:
        raise ValueError("a header holds a line break")
    return f"{head}\r\n".encode("latin-1")


def _client() -> Client:
    """Answers pass as they are: nothing is decompressed, no redirect is followed, no proxy comes in between."""
    builder = ClientBuilder().gzip(False).brotli(False).zstd(False).deflate(False)  # noqa: FBT003 - theirs
    builder = builder.follow_redirects(False).referer(False).no_proxy().http1_only()  # noqa: FBT003 - theirs
    builder = builder.http1_lower_case_headers().user_agent(_NAME)
    builder = builder.connect_timeout(timedelta(seconds=_CONNECT_SECONDS))
    return builder.pool_idle_timeout(timedelta(seconds=_IDLE_SECONDS)).build()


def _failed(service: str, error: PyreqwestError) -> UpstreamFailed:
    """pyreqwest calls it a connect error also when a connection that stood was closed: only the causes tell."""
    timed_out = isinstance(error, RequestTimeoutError)
    causes = error.details["causes"] or [] if isinstance(error, DetailedPyreqwestError) else []
    reached = not any("(Connect)" in cause["message"] for cause in causes)
    return UpstreamFailed(service, type(error).__name__, timed_out=timed_out, reached=reached)
