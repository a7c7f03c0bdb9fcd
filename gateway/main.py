"""The composition of the gateway: wiring only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware import Middleware

from chassis.errors import add_chinese_titles
from chassis.http import Parts, add_hot_routes
from chassis.http import create_app as create_process
from chassis.jobs import Jobs
from gateway import audit, feeds, imports, reconciliations
from gateway.calling import Services
from gateway.exchange import TokenExchange
from gateway.identity import endpoints, estate_endpoints, login_endpoints
from gateway.identity.domain import IdentityRefusal
from gateway.identity.sessions import Sessions
from gateway.openapi import document
from gateway.overview_routes import overview_routes
from gateway.overviews import Overviews
from gateway.pages import page_routes
from gateway.passing import Passing, PassingChanges
from gateway.resilience import StaleAnswers
from gateway.routing import SERVICES
from gateway.settings import Settings
from gateway.strangers import Strangers
from gateway.thread_routes import thread_route
from gateway.titles import CHINESE_TITLES
from gateway.upstream import Upstream

ROUTERS = (
    login_endpoints.public_router,
    login_endpoints.router,
    endpoints.secret_router,
    endpoints.router,
    estate_endpoints.secret_router,
    estate_endpoints.router,
    feeds.router,
    reconciliations.router,
    audit.router,
    imports.router,
)


def create_app(settings: Settings) -> FastAPI:
    add_chinese_titles(CHINESE_TITLES)
    jobs = Jobs()
    parts = Parts(
        title="Aftermile gateway",
        migrations=str(Path(__file__).parent / "migrations"),
        routers=ROUTERS,
        refusals=(IdentityRefusal, imports.ImportRefusal),
        jobs=jobs,
        resource=_connections,
    )
    app = create_process(settings, parts)
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    _add_services(app, settings)
    imports.register_jobs(jobs, lambda: imports.ImportRunner(app.state.database, imports.HttpBulk(app.state.services)))
    app.state.sessions = Sessions(app.state.database, app.state.signer, settings)
    app.user_middleware.append(Middleware(audit.AuditTrail, database=app.state.database))
    return app


def _add_services(app: FastAPI, settings: Settings) -> None:
    """The way to the services; its plain routes come before all others."""
    urls = {name: settings.urls.get(name, "") for name in SERVICES}
    upstream = Upstream(urls, permits=settings.upstream_permits, waiting=settings.upstream_waiting)
    services = Services(upstream, TokenExchange(app.state.signer), settings)
    stale = StaleAnswers(seconds=settings.stale_seconds, max_bytes=settings.stale_bytes)
    strangers = Strangers(app.state.database)
    app.state.services = services
    app.state.overviews = overviews = Overviews(services, stale)
    hot = [
        *overview_routes(overviews, settings.overview_budget_ms),
        thread_route(overviews, settings.overview_budget_ms),
    ]
    add_hot_routes(app, hot)
    app.router.routes[:0] = [
        *(PassingChanges(services, service) for service in SERVICES),
        Passing(services, settings.upstream_seconds, strangers),
        *page_routes(services, app.state.database, strangers),
    ]


@asynccontextmanager
async def _connections(app: FastAPI) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await app.state.services.upstream.close()
