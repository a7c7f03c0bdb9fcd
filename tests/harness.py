"""What tests of every process share: databases to throw away, keys, tokens, and apps called in process."""

import asyncio
import secrets
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from inspect import isawaitable
from threading import Thread
from typing import Any, TypeVar
from uuid import UUID, uuid4

import asyncpg
import httpx
import orjson
import uvicorn
from fastapi import FastAPI
from joserfc.jwk import OKPKey

from aftermile.provision import database_name, database_urls, migrate, provision
from chassis.auth import Signer
from chassis.consumer import FeedEvent

Result = TypeVar("Result")
PROCESSES = ("gateway", "customer", "workorder", "survey", "payroll")
OWNER_PASSWORD, APP_PASSWORD = "owner-in-tests", "app-in-tests"


@dataclass(frozen=True)
class Keys:
    """Throw-away signing keys of the five processes."""

    private: dict[str, str]
    jwks: str

    @classmethod
    def generate(cls) -> "Keys":
        keys = {name: OKPKey.generate_key("Ed25519", parameters={"kid": name}) for name in PROCESSES}
        public = {"keys": [key.as_dict(private=False) for key in keys.values()]}
        private = {name: orjson.dumps(key.as_dict(private=True)).decode() for name, key in keys.items()}
        return cls(private, orjson.dumps(public).decode())

    def signer(self, name: str) -> Signer:
        return Signer(self.private[name], name)


@dataclass(frozen=True)
class AStore:
    id: UUID = field(default_factory=uuid4)
    code: str = "S1"
    time_zone: str = "Asia/Shanghai"
    currency: str = "CNY"
    name: str = "顺达一店"

    def claim(self) -> dict[str, str]:
        told = {"id": str(self.id), "code": self.code, "name": self.name}
        return {**told, "time_zone": self.time_zone, "currency": self.currency}


def bearer(
    keys: Keys, audience: str, *roles: str, stores: Iterable[AStore] = (), employee: str | None = None,
    kind: str = "staff", subject: str = "tester", **headers: str,
) -> dict[str, str]:  # fmt: skip
    """Request headers of a caller with these roles in these stores, as the gateway would send them to `audience`."""
    claims = {
        "sub": subject, "kind": kind, "name": subject, "roles": list(roles), "employee": employee,
        "stores": [store.claim() for store in stores],
    }  # fmt: skip
    token = keys.signer("gateway").sign(audience, claims, now=datetime.now(UTC).timestamp(), seconds=300)
    return {"Authorization": f"Bearer {token}", **headers}


def process_environment(name: str, database_url: str, keys: Keys) -> dict[str, Any]:
    """Arguments for a process's Settings."""
    return {
        "database_url": database_url,
        "jwks": keys.jwks,
        "signing_key": keys.private[name],
        "urls": {p: f"http://{p}.test" for p in PROCESSES},
        "log_level": "ERROR",
        "files_url": "memory:///",
    }


@asynccontextmanager
async def calling(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the app in this process, without its background work."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        try:
            yield client
        finally:
            await app.state.database.close()


async def deliver(app: FastAPI, source: str, store: UUID, *events: FeedEvent) -> None:
    """Hand events to the app's subscription as its consumer would: in one transaction that sees one store."""
    for subscription in app.state.parts.subscriptions:
        wanted = [e for e in events if not subscription.types or e.type in subscription.types]
        if subscription.source == source and wanted:
            async with app.state.database.transaction(store) as session:
                await subscription.handle(session, store, wanted)


def make_event(type_: str, data: dict[str, Any], *, store: UUID, version: int = 1) -> FeedEvent:
    """The subject is the thing's id."""
    return FeedEvent(uuid4(), store, type_, str(data["id"]), version, datetime.now(UTC), {"version": version, **data})


async def feed_of(client: httpx.AsyncClient, keys: Keys, service: str, *, after: str = "") -> list[dict[str, Any]]:
    """All events of a process so far, as another service reads them.

    An event is held back while any older transaction of the server is under way, one of another test's included.
    """
    token = keys.signer("payroll" if service != "payroll" else "survey").sign_as_service(
        service, now=datetime.now(UTC).timestamp()
    )
    events: list[dict[str, Any]] = []
    cursor = after
    while True:
        page = await client.get("/v1/changes", params={"after": cursor}, headers={"Authorization": f"Bearer {token}"})
        assert page.status_code == 200, page.text
        events += page.json()
        cursor = page.headers["feed-cursor"]
        if page.headers["feed-complete"] == "true":
            return events
        await asyncio.sleep(0 if page.json() else 0.01)


async def eventually(condition: Callable[[], object], *, within: float = 60) -> None:
    """As soon as it is so, asked or awaited; a machine that is slow or busy is given time."""
    async with asyncio.timeout(within):
        while not (await found if isawaitable(found := condition()) else found):  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.01)


def blocking(work: Coroutine[Any, Any, Result]) -> Result:
    """Run it to its end on a loop of its own, also while the test's loop runs."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


@dataclass(frozen=True)
class Clone:
    """A database of one process, freshly cloned from the migrated template."""

    name: str
    owner_url: str
    app_url: str


class DatabaseServer:
    """Makes clones on one PostgreSQL server; templates are made once, also when several workers want them."""

    def __init__(self, admin_url: str) -> None:
        self.admin_url = admin_url
        self._templates: set[str] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever)
        self._thread.start()
        self._connection = self._run(asyncpg.connect(admin_url))

    def close(self) -> None:
        self._run(self._connection.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def clone(self, process: str) -> Clone:
        if process not in self._templates:
            self._run(self._make_template(process))
            self._templates.add(process)
        name = f"t_{process}_{secrets.token_hex(6)}"
        self._execute(
            f"CREATE DATABASE {name} TEMPLATE {database_name(process)} OWNER {process}_owner STRATEGY FILE_COPY"
        )
        urls = database_urls(self.admin_url, process, OWNER_PASSWORD, APP_PASSWORD)

        def swap(url: str) -> str:
            return url.replace(f"/{database_name(process)}", f"/{name}")

        return Clone(name, swap(urls.owner), swap(urls.application))

    def drop(self, clone: Clone) -> None:
        self._execute(f"DROP DATABASE IF EXISTS {clone.name} WITH (FORCE)")

    async def _make_template(self, process: str) -> None:
        connection = await asyncpg.connect(self.admin_url)
        with suppress(asyncpg.UniqueViolationError, asyncpg.DuplicateTableError):
            await connection.execute("CREATE TABLE IF NOT EXISTS template_ready (process text PRIMARY KEY)")
        try:
            await connection.execute("SELECT pg_advisory_lock(hashtext('templates'))")
            if await connection.fetchval("SELECT true FROM template_ready WHERE process = $1", process):
                return
            urls = await provision(self.admin_url, process, OWNER_PASSWORD, APP_PASSWORD)
            await asyncio.to_thread(migrate, process, urls.owner)
            await connection.execute("INSERT INTO template_ready VALUES ($1)", process)
        finally:
            await connection.close()

    def _execute(self, statement: str) -> None:
        self._run(self._connection.execute(statement))

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """On a loop and a thread of its own, also while the test's loop runs."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def client_of(address: str) -> httpx.AsyncClient:
    """Over the network, and patient: how long an answer takes is for the test to say."""
    return httpx.AsyncClient(base_url=address, timeout=60)


@asynccontextmanager
async def serving(app: FastAPI, *, lifespan: bool = False) -> AsyncIterator[str]:
    """The app on a loopback port of its own; its address. With `lifespan` its background work runs too."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, lifespan="on" if lifespan else "off", log_config=None, access_log=False,
        timeout_graceful_shutdown=2,
    )  # fmt: skip
    async with running(uvicorn.Server(config)) as address:
        yield address


@asynccontextmanager
async def running(server: uvicorn.Server) -> AsyncIterator[str]:
    """The server on its port, in this loop; its address. By itself it asks ten times a second whether all is done."""
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup()
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        for listening in server.servers:
            listening.close()
        for connection in list(server.server_state.connections):
            connection.shutdown()
        if answering := set(server.server_state.tasks):
            _, late = await asyncio.wait(answering, timeout=server.config.timeout_graceful_shutdown)
            for task in late:
                task.cancel()
        await server.lifespan.shutdown()


def app_of(process: str, database_url: str, keys: Keys, **settings: object) -> FastAPI:
    """The real app of one of the five processes on a database."""
    package = "gateway" if process == "gateway" else f"services.{process}"
    privacy_key = b64encode(bytes(range(32))).decode()
    given = {
        "privacy_key": privacy_key,
        "files_url": "memory:///",
        **process_environment(process, database_url, keys),
        **settings,
    }
    app: FastAPI = import_module(f"{package}.main").create_app(import_module(f"{package}.settings").Settings(**given))
    return app
