"""A gateway on a database of its own, with four small services behind it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from gateway import upstream
from gateway.identity import passwords
from tests.calls import Caller
from tests.gateway.upstreams import FourServices, four_services
from tests.harness import AStore, Clone, Keys, app_of, bearer, calling, client_of, serving
from tests.payroll.small_month import SmallMonth

SETTINGS = {
    "breaker_failures": 3, "upstream_permits": 8, "upstream_waiting": 1000, "overview_budget_ms": 5000,
    "upstream_seconds": 120,
}  # fmt: skip
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture(autouse=True)
def hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hash of a password takes long on purpose; a test that is about that says so by a parameter."""
    monkeypatch.setattr(passwords, "_hasher", getattr(request, "param", QUICK))
    passwords._nobodys_hash.cache_clear()


@pytest.fixture
async def services() -> AsyncIterator[FourServices]:
    async with four_services() as services:
        yield services


@pytest.fixture
def gateway_app(
    clone_database: Callable[[str], Clone], keys: Keys, services: FourServices, monkeypatch: pytest.MonkeyPatch
) -> FastAPI:
    """It shares its loop with its callers and its services, so that a connection may take its time."""
    monkeypatch.setattr(upstream, "_CONNECT_SECONDS", 60)
    return app_of("gateway", clone_database("gateway").app_url, keys, urls=services.urls, **SETTINGS)


@dataclass
class Clock:
    """What the breakers take for the time: it stands still until the test moves it."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def breakers_clock(gateway_app: FastAPI) -> Clock:
    clock = Clock()
    gateway_app.state.services._clock = clock
    return clock


@pytest.fixture
async def gateway(gateway_app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(gateway_app) as client:
        yield client
        await gateway_app.state.services.upstream.close()


@pytest.fixture
def staff(keys: Keys, store: AStore) -> dict[str, str]:
    """Headers of a service advisor of the one store."""
    return bearer(keys, "gateway", "service_advisor", stores=[store], employee="E01")


@pytest.fixture
async def advisor(
    clone_database: Callable[[str], Clone], keys: Keys, store: AStore, gateway_app: FastAPI
) -> AsyncIterator[Caller]:
    """At the desk of the real service, which the gateway finds where the small one was."""
    service = app_of("workorder", clone_database("workorder").app_url, keys)
    async with serving(service) as address, client_of(address) as client:
        gateway_app.state.services.upstream._urls["workorder"] = address
        yield Caller(client, bearer(keys, "workorder", "administrator", stores=[store], employee="SA01"))
    await service.state.database.close()


@pytest.fixture
async def pay(
    clone_database: Callable[[str], Clone], keys: Keys, store: AStore, gateway_app: FastAPI
) -> AsyncIterator[SmallMonth]:
    """A month of the real payroll, likewise."""
    service = app_of("payroll", clone_database("payroll").app_url, keys)
    async with serving(service) as address, client_of(address) as client:
        gateway_app.state.services.upstream._urls["payroll"] = address
        yield SmallMonth(service, client, keys, store)
    await service.state.database.close()
