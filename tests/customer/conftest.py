"""The customer service on a database of its own, called in process."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from fastapi import FastAPI

from tests.calls import Caller
from tests.harness import AStore, Clone, Keys, app_of, bearer, calling


@pytest.fixture
def database(clone_database: Callable[[str], Clone]) -> Clone:
    return clone_database("customer")


@pytest.fixture
def app(database: Clone, keys: Keys) -> FastAPI:
    return app_of("customer", database.app_url, keys)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(app) as calls:
        yield calls


@pytest.fixture
def manager(client: httpx.AsyncClient, keys: Keys, store: AStore) -> Caller:
    return Caller(client, bearer(keys, "customer", "administrator", stores=[store], employee="SA01"))


@pytest.fixture
def cashier(client: httpx.AsyncClient, keys: Keys, store: AStore) -> Caller:
    return Caller(client, bearer(keys, "customer", "cashier", stores=[store], employee="SY01"))


@pytest.fixture
def stranger(client: httpx.AsyncClient, keys: Keys, other_store: AStore) -> Caller:
    """As mighty as the manager, in another store."""
    return Caller(client, bearer(keys, "customer", "administrator", stores=[other_store], employee="SA01"))
