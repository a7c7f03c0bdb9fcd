"""A payroll app on a database of its own."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from fastapi import FastAPI

from services.payroll.main import create_app
from services.payroll.settings import Settings
from tests.harness import AStore, Clone, Keys, calling, process_environment
from tests.payroll.small_month import SmallMonth


@pytest.fixture
def payroll_database(clone_database: Callable[[str], Clone]) -> Clone:
    return clone_database("payroll")


@pytest.fixture
def payroll(payroll_database: Clone, keys: Keys) -> FastAPI:
    return create_app(Settings(**process_environment("payroll", payroll_database.app_url, keys)))


@pytest.fixture
async def client(payroll: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(payroll) as caller:
        yield caller


@pytest.fixture
def small(payroll: FastAPI, client: httpx.AsyncClient, keys: Keys, store: AStore) -> SmallMonth:
    return SmallMonth(payroll, client, keys, store)
