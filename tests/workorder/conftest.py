"""The workorder service on a database of its own, called in process."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from fastapi import FastAPI

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
