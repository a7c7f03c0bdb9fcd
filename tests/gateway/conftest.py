"""A gateway on a database of its own, with four small services behind it."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from fastapi import FastAPI

from tests.gateway.upstreams import FourServices, four_services
from tests.harness import AStore, Clone, Keys, app_of, bearer, calling

SETTINGS = {"breaker_failures": 3, "breaker_seconds": 0.5, "upstream_permits": 8, "upstream_waiting": 1000}


@pytest.fixture
async def services() -> AsyncIterator[FourServices]:
    async with four_services() as services:
        yield services


@pytest.fixture
def gateway_app(clone_database: Callable[[str], Clone], keys: Keys, services: FourServices) -> FastAPI:
    return app_of("gateway", clone_database("gateway").app_url, keys, urls=services.urls, **SETTINGS)


@pytest.fixture
async def gateway(gateway_app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(gateway_app) as client:
        yield client
        await gateway_app.state.services.upstream.close()


@pytest.fixture
def staff(keys: Keys, store: AStore) -> dict[str, str]:
    """Headers of a service advisor of the one store."""
    return bearer(keys, "gateway", "service_advisor", stores=[store], employee="E01")
