"""How a process is put together: middleware, routes with one transaction each, hot reads, background work."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import unquote

import structlog
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import idempotency, telemetry
from chassis.auth import Allowed, Principal, Signer, Verifier, authenticate, current_store
from chassis.consumer import Consumer, Subscription
from chassis.database import TRANSACTION_SECONDS, Database
from chassis.errors import BadRequest, NotFound, TooLarge, answer_with_problem, field_error, install_error_handling
from chassis.feed import FeedReader, feed_router
from chassis.jobs import Jobs
from chassis.jobs import forget_old as forget_old_jobs
from chassis.openapi import describe
from chassis.settings import ProcessSettings

log = structlog.get_logger(__name__)

DEADLINE_HEADER = "x-request-deadline"
"""Milliseconds that the caller will still wait; a duration, so that clocks need not agree."""
_SLOW_SECONDS = 1.0
Handler = Callable[[Request], Awaitable[Response]]
_answered = lru_cache(maxsize=2048)(telemetry.REQUESTS.labels)
_took = lru_cache(maxsize=2048)(telemetry.SECONDS.labels)


def remaining_seconds(request: Request) -> float:
    """How long this request may take: what its caller will still wait, at most a transaction's time."""
    try:
        wish = int(request.headers.get(DEADLINE_HEADER, "")) / 1000
    except (ValueError, OverflowError):
        return TRANSACTION_SECONDS
    return max(0.001, min(wish, TRANSACTION_SECONDS))


def refuse_parameters(request: Request) -> None:
    if request.scope["query_string"]:
        raise BadRequest("This address takes no query parameters")


class AuthenticatedRoute(APIRoute):
    """A route that knows its caller before it reads the body, and refuses parameters that it does not know."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        handler = super().get_route_handler()
        allowed = declared_roles(self)
        known = _query_names(self.dependant)

        async def handle(request: Request) -> Response:
            request.state.principal = _caller(request, allowed)
            if unknown := sorted(set(request.query_params) - known):
                raise BadRequest(
                    f"Unknown query parameter {', '.join(unknown)}",
                    errors=[field_error(f"/query/{name}", "unknown-parameter", "not known here") for name in unknown],
                )
            return await self.run(request, handler)

        return handle

    async def run(self, request: Request, handler: Handler) -> Response:
        return await handler(request)


class TransactionalRoute(AuthenticatedRoute):
    """One request, one transaction, committed here and nowhere else; a repeated POST gets its first answer."""

    async def run(self, request: Request, handler: Handler) -> Response:
        principal: Principal | None = request.state.principal
        store = principal.store.id if principal and principal.store else None
        database: Database = request.app.state.database
        writes = request.method != "GET"
        async with database.transaction(store, seconds=remaining_seconds(request), by_key=writes) as session:
            request.state.session = session
            held = await idempotency.claim(session, request, principal)
            if isinstance(held, Response):
                return held
            response = await handler(request)
            if held is not None:
                await idempotency.keep(session, held, response)
        return response


class Router(APIRouter):
    """Routes of the ordinary kind: authenticated, transactional, idempotent."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - whatever APIRouter takes
        super().__init__(
            route_class=TransactionalRoute, generate_unique_id_function=lambda route: route.name, **options
        )


def _query_names(dependant: Dependant) -> set[str]:
    own = {field.alias for field in dependant.query_params}
    return own.union(*(_query_names(d) for d in dependant.dependencies))


def declared_roles(route: APIRoute) -> Allowed | None:
    """What the route declares with `allow`; None where it declares nothing, which a test refuses."""
    found = [d.call for d in route.dependant.dependencies if isinstance(d.call, Allowed)]
    return found[0] if found else None


def _caller(request: Request, allowed: Allowed | None) -> Principal | None:
    if allowed is not None and not allowed.roles:
        return None
    principal = authenticate(request)
    if allowed is not None:
        allowed.check(principal)
    return principal


async def _session(request: Request) -> AsyncSession:
    session: AsyncSession = request.state.session
    return session


async def _now() -> datetime:
    return datetime.now(UTC)


CurrentSession = Annotated[AsyncSession, Depends(_session)]
Clock = Annotated[datetime, Depends(_now)]


@dataclass(frozen=True)
class HotRead:
    """A GET whose answer one SELECT builds as JSON text; the path ends with the one parameter, which is $1. What
    `of_caller` says of who asks follows."""

    path: str
    name: str
    roles: tuple[str, ...]
    sql: str
    summary: str
    schema: Mapping[str, Any]
    of_caller: Callable[[Principal], tuple[object, ...]] | None = None

    def route(self) -> Route:
        allowed = Allowed(frozenset(self.roles))

        async def read(request: Request) -> Response:
            request.state.principal = principal = _caller(request, allowed)
            refuse_parameters(request)
            store = current_store(request)
            database: Database = request.app.state.database
            asked = (
                *request.path_params.values(),
                *(self.of_caller(principal) if self.of_caller and principal else ()),
            )
            body = await database.fetch_json(self.sql, *asked, store=store.id, seconds=remaining_seconds(request))
            if body is None:
                raise NotFound
            return Response(body, media_type="application/json")

        route = Route(self.path, read, methods=["GET"], name=self.name)
        route.allowed = allowed  # type: ignore[attr-defined]
        return route


class Edge:
    """The outermost layer of a process, plain ASGI: trace id, size limit, metrics, a log line, no leaking error."""

    def __init__(self, app: ASGIApp, service: str, max_body_bytes: int, hot: Mapping[str, Route]) -> None:
        self._app = app
        self._service = service
        self._max_body_bytes = max_body_bytes
        self._hot = hot

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        scope["trace_id"] = telemetry.trace_of(request.headers)
        telemetry.trace_id.set(scope["trace_id"])
        watch, status = telemetry.Stopwatch(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"trace-id", scope["trace_id"].encode()),
                                      (b"x-content-type-options", b"nosniff")]  # fmt: skip
            await send(message)

        try:
            try:
                await self._pass_in(scope, self._limited(request, receive), answer)
            except Exception as error:
                if status:
                    raise
                response = await answer_with_problem(request, error)
                await response(scope, receive, answer)
        finally:
            self._account(request, status, watch.seconds)

    async def _pass_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        """By the address as it came: a number may hold a slash, which is %2F there."""
        folder, _, key = scope["raw_path"].decode("latin-1").rpartition("/")
        route = self._hot.get(folder) if key and scope["method"] == "GET" else None
        if route is None:
            await self._app(scope, receive, send)
            return
        scope["route"], scope["path_params"] = route, {next(iter(route.param_convertors)): unquote(key)}
        response: Response = await route.endpoint(Request(scope, receive))
        await response(scope, receive, send)

    def _limited(self, request: Request, receive: Receive) -> Receive:
        limit, seen = self._max_body_bytes, 0
        if int(request.headers.get("content-length") or 0) > limit:
            raise TooLarge(f"At most {limit} bytes")

        async def count() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise TooLarge(f"At most {limit} bytes")
            return message

        return count

    def _account(self, request: Request, status: int, seconds: float) -> None:
        route = request.scope.get("route")
        path = getattr(route, "path", "unmatched")
        _answered(self._service, request.method, path, status).inc()
        _took(self._service, path).observe(seconds)
        if request.method != "GET" or status >= 400 or seconds > _SLOW_SECONDS:
            log.info("request", method=request.method, route=path, status=status, ms=round(seconds * 1000, 1))


@dataclass(frozen=True)
class Parts:
    """What a process is made of besides what every process has."""

    title: str
    migrations: str
    routers: Sequence[APIRouter]
    refusals: Sequence[type[Exception]] = ()
    subscriptions: Sequence[Subscription] = ()
    jobs: Jobs | None = None
    hot_reads: Sequence[HotRead] = ()
    routes: Sequence[Route] = ()
    resource: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None


def create_app(settings: ProcessSettings, parts: Parts) -> FastAPI:
    """The composition every process shares. Background work runs between the lifespan's begin and end only."""
    telemetry.configure_logging(settings.service, settings.log_level)
    app = FastAPI(
        title=parts.title, version="1", openapi_url="/openapi.json", docs_url=None, redoc_url=None, lifespan=_lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )  # fmt: skip
    database = Database(
        settings.database_url.get_secret_value(),
        pool_size=settings.pool_size,
        readers=settings.readers,
        name=f"aftermile {settings.service}",
    )
    app.state.settings, app.state.parts, app.state.database = settings, parts, database
    app.state.signer = Signer(settings.signing_key.get_secret_value(), settings.service)
    app.state.verifier = Verifier(settings.jwks, settings.service)
    app.state.feed = FeedReader(database, settings.service)
    app.state.consumer = Consumer(database, parts.subscriptions, settings, app.state.signer)
    app.state.migration_heads = telemetry.migration_heads(parts.migrations)
    app.state.hot = {}
    app.router.routes[:0] = parts.routes
    add_hot_routes(app, [read.route() for read in parts.hot_reads])
    for path, endpoint in (("/alive", telemetry.alive), ("/ready", telemetry.ready), ("/metrics", telemetry.metrics)):
        app.router.routes.append(Route(path, endpoint, methods=["GET"]))
    for router in (feed_router(app.state.feed, AuthenticatedRoute), *parts.routers):
        app.router.routes.extend(router.routes)  # as they are: included, each would be built and matched once more
    install_error_handling(app, parts.refusals)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]
    app.add_middleware(Edge, service=settings.service, max_body_bytes=settings.max_body_bytes, hot=app.state.hot)
    return app


def add_hot_routes(app: FastAPI, routes: Sequence[Route]) -> None:
    """Routes whose path ends with its one parameter; the edge calls them, past what the others need on the way."""
    app.state.hot.update({route.path.rpartition("/")[0]: route for route in routes})
    app.router.routes[:0] = routes


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    parts: Parts = app.state.parts
    async with AsyncExitStack() as stack:
        stack.push_async_callback(app.state.database.close)
        if parts.resource is not None:
            await stack.enter_async_context(parts.resource(app))
        work = [app.state.feed.listen(), app.state.consumer.run(), _sweep(app.state.database)]
        tasks = [asyncio.create_task(w) for w in work]
        jobs = asyncio.create_task(_work(app, parts.jobs)) if parts.jobs else None
        try:
            yield
        finally:
            app.state.feed.close()
            await _stop(tasks, parts.jobs, jobs)


async def _work(app: FastAPI, jobs: Jobs) -> None:
    """No job runs before the feeds that it may have to wait for are known."""
    await app.state.consumer.announce()
    await jobs.run(app.state.database)


async def _stop(tasks: Sequence[asyncio.Task[None]], jobs: Jobs | None, worker: asyncio.Task[None] | None) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if jobs is not None and worker is not None:
        jobs.stop()
        await asyncio.wait([worker], timeout=3)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


async def _sweep(database: Database) -> None:
    while True:
        await asyncio.sleep(3600)
        try:
            async with database.transaction() as session:
                await idempotency.forget_old(session)
                await forget_old_jobs(session)
        except (OSError, SQLAlchemyError) as error:
            log.warning("old rows are not forgotten", error=str(error))
