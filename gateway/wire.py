"""HTTP/1.1 over kept connections, for calls without a body whose whole answer is wanted: the gateway's busiest work.

A connection carries one call at a time; one whose call did not come to a clean end is never used again.
"""

import asyncio
import ssl
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpResponseParser


class WireBroken(Exception):  # noqa: N818 - reads as what happened
    """There was no answer. `reached` says whether the request may have got there, `silent` that nothing came back."""

    def __init__(self, reason: str, *, reached: bool, timed_out: bool = False, silent: bool = False) -> None:
        super().__init__(reason)
        self.reached = reached
        self.timed_out = timed_out
        self.silent = silent


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    body: bytes


class Connection(asyncio.Protocol):
    """One connection: what is asked, and the answer put together as it comes."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._parser = HttpResponseParser(self)
        self._content_type = ""
        self._chunks: list[bytes] = []
        self._heard = False
        self.idle_since = 0.0
        self.usable = False

    async def ask(self, request: bytes, seconds: float) -> Answer:
        """Raises WireBroken; leaves the connection closed unless the answer came whole."""
        assert self._transport is not None
        self._answer, self._heard, self._content_type = self._loop.create_future(), False, ""
        self._chunks.clear()
        clock = self._loop.call_later(seconds, self._too_late)
        try:
            self._transport.write(request)
            return await self._answer
        except BaseException:
            self.close()
            raise
        finally:
            clock.cancel()
            self._answer = None
            self.idle_since = time.monotonic()

    def close(self) -> None:
        self.usable = False
        if self._transport is not None:
            self._transport.abort()

    def _fail(self, reason: str, *, timed_out: bool = False) -> None:
        self.usable = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(
                WireBroken(reason, reached=True, timed_out=timed_out, silent=not self._heard)
            )  # fmt: skip

    def _too_late(self) -> None:
        self._fail("no answer in time", timed_out=True)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.usable = True

    def data_received(self, data: bytes) -> None:
        self._heard = True
        try:
            self._parser.feed_data(data)
        except HttpParserError:
            self._fail("what came is not HTTP")
            self.close()

    def eof_received(self) -> None:
        self.usable = False

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"connection lost ({type(exc).__name__})" if exc else "connection closed")

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-type":
            self._content_type = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._chunks.append(body)

    def on_message_complete(self) -> None:
        """An answer that nobody asked for makes the connection useless."""
        if self._answer is None or self._answer.done() or not self._parser.should_keep_alive():
            self.usable = False
        if self._answer is not None and not self._answer.done():
            body = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
            self._answer.set_result(Answer(self._parser.get_status_code(), self._content_type, body))


class Wire:
    """The connections to all services, kept for a while: the last one given back is the next one taken."""

    def __init__(self, *, idle_seconds: float, connect_seconds: float) -> None:
        self._idle_seconds = idle_seconds
        self._connect_seconds = connect_seconds
        self._idle: dict[str, list[Connection]] = defaultdict(list)

    async def fetch(self, base: str, head: bytes, seconds: float) -> Answer:
        """The answer to a request that is safe to repeat: done once more when a kept connection turns out dead."""
        began = time.monotonic()
        if (kept := self._kept(base, began)) is not None:
            try:
                return await self._ask(base, kept, head, seconds)
            except WireBroken as broken:
                if broken.timed_out or not broken.silent:
                    raise
        fresh = await self._connect(base, seconds)
        return await self._ask(base, fresh, head, began + seconds - time.monotonic())

    def close(self) -> None:
        for connections in self._idle.values():
            while connections:
                connections.pop().close()

    async def _ask(self, base: str, connection: Connection, head: bytes, seconds: float) -> Answer:
        answer = await connection.ask(head, seconds)
        if connection.usable:
            self._idle[base].append(connection)
        else:
            connection.close()
        return answer

    def _kept(self, base: str, now: float) -> Connection | None:
        idle = self._idle[base]
        while idle:
            connection = idle.pop()
            if connection.usable and now - connection.idle_since < self._idle_seconds:
                return connection
            connection.close()
        return None

    async def _connect(self, base: str, seconds: float) -> Connection:
        address = urlsplit(base)
        secure = ssl.create_default_context() if address.scheme == "https" else None
        port = address.port or (443 if secure else 80)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(min(seconds, self._connect_seconds)):
                _, made = await loop.create_connection(Connection, address.hostname or "", port, ssl=secure)
        except TimeoutError as error:
            raise WireBroken("no connection in time", reached=False, timed_out=True) from error
        except OSError as error:
            raise WireBroken(f"no connection ({type(error).__name__})", reached=False) from error
        return made
