"""The survey service on a database of its own, called in process."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from fastapi import FastAPI

from tests.harness import AStore, Clone, Keys, app_of, bearer, calling
from tests.survey.caller import Caller


@pytest.fixture
def database(clone_database: Callable[[str], Clone]) -> Clone:
    return clone_database("survey")


@pytest.fixture
def app(database: Clone, keys: Keys) -> FastAPI:
    return app_of("survey", database.app_url, keys)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(app) as calls:
        yield calls


@pytest.fixture
def manager(client: httpx.AsyncClient, keys: Keys, store: AStore) -> Caller:
    return Caller(client, bearer(keys, "survey", "administrator", stores=[store]))


@pytest.fixture
def stranger(client: httpx.AsyncClient, keys: Keys, other_store: AStore) -> Caller:
    """As mighty as the manager, in another store."""
    return Caller(client, bearer(keys, "survey", "administrator", stores=[other_store]))
