"""Small services to meet on loopback ports: one that behaves, and ways of misbehaving."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from gateway.routing import SERVICES
from tests.harness import serving

NOBODY = "http://127.0.0.1:1"
"""An address at which nobody listens, nor can anyone by chance: the port is not one of those given out freely."""


@dataclass
class Seen:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class FakeService:
    """Answers what it is told to; remembers the requests that came whole, and how many callers hung up on it.

    While it is `held` it answers nobody; `eventually` waits for what it is to have seen by then. `answers` gives status
    and body by the target where one answer is not enough.
    """

    name: str
    status: int = 200
    body: bytes = b'{"known":true}'
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    answers: Callable[[str], tuple[int, bytes]] | None = None
    hang_up: bool = False
    break_off: bool = False
    seen: list[Seen] = field(default_factory=list)
    answered: int = 0
    given_up: int = 0
    running: int = 0
    most_running: int = 0
    _answering: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._answering.set()

    def hold(self) -> None:
        self._answering.clear()

    def release(self) -> None:
        self._answering.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        self.running += 1
        self.most_running = max(self.running, self.most_running)
        try:
            await self._serve(scope, receive, send)
        finally:
            self.running -= 1

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        if body is None:
            return
        target = self._note(scope, body)
        if await self._stayed(receive):
            await self._answer(target, send)
            self.answered += 1
        else:
            self.given_up += 1

    def _note(self, scope: Scope, body: bytes) -> str:
        target: str = scope["raw_path"].decode()
        if scope["query_string"]:
            target += "?" + scope["query_string"].decode()
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.seen.append(Seen(scope["method"], target, headers, body))
        return target

    async def _stayed(self, receive: Receive) -> bool:
        """Whether the caller is still there when it is time to answer."""
        if self._answering.is_set():
            return True
        gone: asyncio.Future[Any] = asyncio.ensure_future(receive())
        released: asyncio.Future[Any] = asyncio.ensure_future(self._answering.wait())
        await asyncio.wait([gone, released], return_when=asyncio.FIRST_COMPLETED)
        stayed = not gone.done()
        for waiting in (gone, released):
            waiting.cancel()
        return stayed

    async def _answer(self, target: str, send: Send) -> None:
        if self.hang_up:
            raise ConnectionResetError
        status, body = (self.status, self.body) if self.answers is None else self.answers(target)
        content = [(b"content-type", b"application/json"), *self.headers]
        if self.break_off:
            content.append((b"content-length", b"9999999"))
        await send({"type": "http.response.start", "status": status, "headers": content})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    def serving(self) -> AbstractAsyncContextManager[str]:
        return serving(cast("FastAPI", self))

    @property
    def last(self) -> Seen:
        return self.seen[-1]


async def _read(receive: Receive) -> bytes | None:
    """None when the caller hung up before the body was whole."""
    pieces: list[bytes] = []
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            return None
        pieces.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(pieces)


class HangsUp:
    """A TCP server that accepts and closes at once."""

    def __init__(self) -> None:
        self.accepted = 0

    async def _accept(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            await server.wait_closed()


@dataclass
class FourServices:
    urls: dict[str, str]
    customer: FakeService
    workorder: FakeService
    survey: FakeService
    payroll: FakeService

    def named(self, name: str) -> FakeService:
        found: FakeService = getattr(self, name)
        return found


@asynccontextmanager
async def four_services() -> AsyncIterator[FourServices]:
    fakes = {name: FakeService(name, body=orjson.dumps({"from": name})) for name in SERVICES}
    async with AsyncExitStack() as stack:
        urls = {name: await stack.enter_async_context(fake.serving()) for name, fake in fakes.items()}
        try:
            yield FourServices(urls=urls, **fakes)
        finally:
            for fake in fakes.values():
                fake.release()
