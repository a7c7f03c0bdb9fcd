"""The workorder service on a database of its own, called in process."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from services.workorder.service.risk.risk_reviews import review_risks
from tests.calls import Caller
from tests.harness import AStore, Clone, Keys, app_of, bearer, calling


@pytest.fixture
def database(clone_database: Callable[[str], Clone]) -> Clone:
    return clone_database("workorder")


@pytest.fixture
def app(database: Clone, keys: Keys) -> FastAPI:
    return app_of("workorder", database.app_url, keys)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(app) as calls:
        yield calls


@pytest.fixture
def manager(client: httpx.AsyncClient, keys: Keys, store: AStore) -> Caller:
    headers = bearer(keys, "workorder", "administrator", stores=[store], employee="SA01")
    return Caller(client, headers)


@pytest.fixture
def stranger(client: httpx.AsyncClient, keys: Keys, other_store: AStore) -> Caller:
    """As mighty as the manager, in another store."""
    return Caller(client, bearer(keys, "workorder", "administrator", stores=[other_store], employee="SA01"))


@pytest.fixture
def customer(client: httpx.AsyncClient) -> Caller:
    """Nobody: without a token of any kind."""
    return Caller(client, {})


@pytest.fixture
def caller_as(client: httpx.AsyncClient, keys: Keys, store: AStore) -> Callable[..., Caller]:
    def make(*roles: str, employee: str | None = None) -> Caller:
        return Caller(client, bearer(keys, "workorder", *roles, stores=[store], employee=employee))

    return make


@pytest.fixture
def chief(caller_as: Callable[..., Caller]) -> Caller:
    """Whom no flag is about."""
    return caller_as("service_manager", employee="M1")


@pytest.fixture
def sweep(app: FastAPI, store: AStore, chief: Caller) -> Callable[[], Any]:
    """Asks for a review and makes it as the job would."""

    async def run() -> dict[str, Any]:
        asked = await chief.post("/v1/risk-reviews/sweep")
        assert (asked.status_code, asked.json()["state"]) == (202, "queued"), asked.text
        await review_risks(app.state.database, store.id, UUID(asked.json()["id"]))
        review: dict[str, Any] = await chief.read(asked.headers["location"])
        assert review["state"] == "completed"
        return review

    return run
