"""One PostgreSQL from the wheel for the whole run, shared by all workers; a fresh clone of a database per test."""

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import LRUCache

from aftermile.postgres import EmbeddedPostgres
from chassis import database
from tests.harness import AStore, Clone, DatabaseServer, Keys

_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200",
         "autovacuum": "off", "scram_iterations": "1"}  # fmt: skip
_MEMORY, _ROOM = Path("/dev/shm"), 4 * 2**30
_PREFIX = "aftermile-tests-"
settings.register_profile(
    "patient",
    settings(),
    deadline=None,
    suppress_health_check=[*settings().suppress_health_check, HealthCheck.too_slow],
)
settings.load_profile("patient")
_started: list[tuple[EmbeddedPostgres, Path]] = []


def _memory_has_room() -> bool:
    """Thousands of databases are made and dropped, hundreds of files each: a disk takes five times as long."""
    return os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM


def _clear_remains() -> None:
    """What a killed run left is memory that nobody else gives back."""
    for folder in _MEMORY.glob(f"{_PREFIX}*-*"):
        if not psutil.pid_exists(int(folder.name.split("-")[2])):
            shutil.rmtree(folder, ignore_errors=True)


def _start_postgres() -> str:
    if not _started:
        _clear_remains()
        place = _MEMORY if _memory_has_room() else None
        folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=place))
        folder.chmod(0o755)
        server = EmbeddedPostgres(folder, "admin-in-tests", options=_FAST, ends_with_parent=True)
        server.start()
        _started.append((server, folder))
    return _started[0][0].url


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """The controller of several workers starts the one server and tells each where it is."""
    node.workerinput["postgres_url"] = _start_postgres()


def pytest_collection_finish() -> None:
    """What is imported by now stays to the end: to look through it for garbage was a tenth of the run."""
    gc.freeze()


def pytest_unconfigure() -> None:
    for server, folder in _started:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    _started.clear()


@pytest.fixture(scope="session", autouse=True)
def _patient_transactions() -> Iterator[None]:
    """On a busy machine what the product grants a transaction may be too little, and no test is about that limit."""
    strict = database._settings
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(database, "_settings", lambda store, seconds: strict(store, 12 * seconds))
        yield


@pytest.fixture(scope="session", autouse=True)
def _statements_compiled_once() -> Iterator[None]:
    """Each test has engines of its own, each of which would compile the same statements again for a dialect of its own:
    a quarter of what a test of an API takes. All dialects here are one, and what is compiled is kept for all."""
    compiled: LRUCache[Any, Any] = LRUCache(10_000)

    def create(*arguments: Any, **options: Any) -> AsyncEngine:
        return create_async_engine(*arguments, execution_options={"compiled_cache": compiled}, **options)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(PGDialect_asyncpg, "__eq__", lambda one, other: type(one) is type(other))
        patched.setattr(PGDialect_asyncpg, "__hash__", lambda one: hash(type(one)))
        patched.setattr(database, "create_async_engine", create)
        yield


@pytest.fixture(scope="session")
def database_server(request: pytest.FixtureRequest) -> Iterator[DatabaseServer]:
    worker: dict[str, Any] = getattr(request.config, "workerinput", {})
    server = DatabaseServer(worker.get("postgres_url") or _start_postgres())
    yield server
    server.close()


@pytest.fixture
def clone_database(database_server: DatabaseServer) -> Iterator[Callable[[str], Clone]]:
    """`clone_database("customer")`: a migrated database of that process, for this test alone."""
    made: list[Clone] = []

    def clone(process: str) -> Clone:
        made.append(database_server.clone(process))
        return made[-1]

    yield clone
    for each in made:
        database_server.drop(each)


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys.generate()


@pytest.fixture
def store() -> AStore:
    return AStore()


@pytest.fixture
def other_store() -> AStore:
    return AStore(code="S2")
