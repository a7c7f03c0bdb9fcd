"""What the processes promise: current documents, roles on every route, migrations that go both ways."""

import asyncio
import io
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from fastapi import FastAPI
from fastapi._compat import ModelField
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy import Connection, MetaData
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from aftermile.contracts import FOLDER, PROCESSES, contract, written
from aftermile.provision import migrations_folder
from chassis.http import declared_roles
from chassis.openapi import api_routes
from gateway.routing import RESOURCES
from tests.harness import DatabaseServer, Keys, app_of, blocking

PUBLIC = {
    ("gateway", "/v1/login"),
    ("gateway", "/v1/refresh"),
    ("gateway", "/v1/logout"),
    ("gateway", "/v1/token"),
    ("gateway", "/.well-known/jwks.json"),
    ("gateway", "/a/{token}"),
    ("gateway", "/pages/{name}"),
    ("gateway", "/s/{token}"),
    ("payroll", "/v1/statement-links/{token}"),
    ("payroll", "/v1/statement-links/{token}/questions"),
    ("payroll", "/v1/statement-links/{token}/questions/{question}/accept"),
    ("payroll", "/v1/statement-links/{token}/questions/{question}/ask-again"),
    ("payroll", "/v1/statement-links/{token}/questions/{question}/withdraw"),
    ("payroll", "/v1/statement-links/{token}/receipt"),
    ("payroll", "/v1/statement-links/{token}/statement.pdf"),
    ("workorder", "/v1/approvals/{token}"),
    ("workorder", "/v1/approvals/{token}/decisions"),
    ("workorder", "/v1/file-contents/{token}"),
}
KNOWN_ROLES = {
    "*", "administrator", "service_manager", "desk_supervisor", "workshop_manager", "service_advisor", "technician",
    "cashier", "parts_clerk", "accessory_seller", "customer_care", "payroll_clerk", "auditor", "customer", "dms",
    "service",
}  # fmt: skip


@pytest.fixture(params=PROCESSES)
def process(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def app(process: str, keys: Keys) -> FastAPI:
    return app_of(process, "postgresql://nobody@localhost/none", keys)


def test_the_contract_on_file_is_current(process: str) -> None:
    on_file = FOLDER / f"{process}.openapi.json"
    assert on_file.exists(), "run `make contracts`"
    assert on_file.read_bytes() == written(contract(process)), "run `make contracts`"


def test_every_route_declares_who_may_call_it(process: str, app: FastAPI) -> None:
    routes = api_routes(app)
    assert routes
    for path, route in routes:
        allowed = declared_roles(route)
        assert allowed is not None, f"{path} declares no roles"
        assert allowed.roles <= KNOWN_ROLES, f"{path} names an unknown role: {allowed.roles - KNOWN_ROLES}"
        assert allowed.roles or (process, path) in PUBLIC, f"{path} is open to the public"
    for read in app.state.parts.hot_reads:
        assert read.roles
        assert set(read.roles) <= KNOWN_ROLES


def test_no_address_is_served_without_a_declaration(process: str, app: FastAPI) -> None:
    open_to_all = {"/alive", "/ready", "/metrics", "/openapi.json"}
    plain = [route for route in app.routes if hasattr(route, "path") and not isinstance(route, APIRoute)]
    assert {getattr(route, "path", "") for route in plain if not hasattr(route, "allowed")} <= open_to_all
    for route in plain:
        declared = getattr(route, "allowed", None)
        assert declared is None or declared.roles or (process, getattr(route, "path", "")) in PUBLIC


def test_operation_ids_are_unique_function_names(process: str) -> None:
    document = contract(process)
    names = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert all(name.isidentifier() for name in names), [n for n in names if not n.isidentifier()]
    assert len(names) == len(set(names)), sorted({n for n in names if names.count(n) > 1})


def _query_fields(dependant: Dependant) -> list[ModelField]:
    return [*dependant.query_params, *(field for part in dependant.dependencies for field in _query_fields(part))]


@pytest.mark.parametrize("nothing", ["\0", "a\0", "\n", "   ", "\u200b", "\u3000"])
def test_no_list_is_searched_by_what_cannot_be_seen(process: str, app: FastAPI, nothing: str) -> None:
    """`cursor` and `after` are compared with what was handed out; an import's `file` with names that are stored."""
    opaque = {"cursor", "after", "file"}
    taken = [
        f"{path}?{field.alias}"
        for path, route in api_routes(app)
        for field in _query_fields(route.dependant)
        if field.alias not in opaque and not field.validate(nothing, {}, loc=("query", field.alias))[1]
    ]
    assert taken == []


def _alembic(process: str, url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder(process)))
    config.attributes["url"] = url
    return config


def test_migrations_go_up_and_down_and_up_again(
    process: str, database_server: DatabaseServer, clone_database: Any
) -> None:
    clone = clone_database(process)
    before = blocking(_shape(clone.owner_url))
    assert any("feed_event" in line for line in before)
    command.downgrade(_alembic(process, clone.owner_url), "base")
    assert [line for line in blocking(_shape(clone.owner_url)) if not line.startswith("alembic_version")] == []
    command.upgrade(_alembic(process, clone.owner_url), "head")
    assert blocking(_shape(clone.owner_url)) == before


def _metadata(process: str) -> MetaData:
    """What the process's own migrations are made from: its `env.py` says."""
    package = "gateway" if process == "gateway" else f"services.{process}"
    models = import_module(f"{package}.models")
    import_module("gateway.imports.models")
    base = next(getattr(models, name) for name in ("Base", "Model") if hasattr(models, name))
    metadata: MetaData = base.metadata
    return metadata


def test_the_migrated_tables_are_those_of_the_models(process: str, clone_database: Any) -> None:
    metadata, clone = _metadata(process), clone_database(process)

    def differences(connection: Connection) -> list[Any]:
        def ours(name: str | None, kind: str, _parents: object) -> bool:
            return kind != "table" or name in metadata.tables

        context = MigrationContext.configure(connection, opts={"include_name": ours, "compare_type": True})
        found = compare_metadata(context, metadata)
        return [each for each in found if isinstance(each, list) or str(each[0]).endswith(("_table", "_column"))]

    async def compare() -> list[Any]:
        engine = create_async_engine(make_url(clone.owner_url).set(drivername="postgresql+asyncpg"))
        async with engine.connect() as connection:
            found = await connection.run_sync(differences)
        await engine.dispose()
        return found

    assert blocking(compare()) == []


NOT_FOR_US = (
    "prefer-bigint-over-int,prefer-bigint-over-smallint,"  # versions, ordinals and kilometres do not outgrow an integer
    "prefer-identity,prefer-text-field,"  # the job queue's own tables
    "require-lock-timeout,require-statement-timeout"  # set by whoever runs the migrations
)


def test_migrations_pass_the_linter(process: str, tmp_path: Path) -> None:
    script = io.StringIO()
    config = Config(output_buffer=script)
    config.set_main_option("script_location", str(migrations_folder(process)))
    command.upgrade(config, "head", sql=True)
    statements = [line for line in script.getvalue().splitlines() if line not in {"BEGIN;", "COMMIT;"}]
    (tmp_path / "up.sql").write_text("\n".join(statements), encoding="utf-8")
    linter = Path(sys.executable).with_name("squawk")
    found = subprocess.run(
        [linter, "--pg-version", "18", "--assume-in-transaction", "-e", NOT_FOR_US, tmp_path / "up.sql"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout


async def _shape(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable AS line "
            "FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1"
        )
        indexes = await connection.fetch("SELECT tablename || ' ' || indexdef AS line FROM pg_indexes "
                                         "WHERE schemaname = 'public' ORDER BY 1")  # fmt: skip
    finally:
        await connection.close()
    return [row["line"] for row in [*rows, *indexes]]


def test_every_table_with_a_store_is_policed(process: str, clone_database: Any) -> None:
    clone = clone_database(process)

    async def unpoliced() -> list[str]:
        connection = await asyncpg.connect(clone.owner_url)
        try:
            rows = await connection.fetch(
                "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'store_id' "
                "WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace "
                "AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"
            )
        finally:
            await connection.close()
        return sorted(row["relname"] for row in rows)

    without = asyncio.run(unpoliced())
    chassis_only = {"feed_event"}
    gateway_only = {"membership", "client_store"} if process == "gateway" else set()
    assert set(without) <= chassis_only | gateway_only, (
        "read by the chassis or at login only; see the model's docstring"
    )


def test_no_row_can_refer_to_a_row_of_another_store(process: str, clone_database: Any) -> None:
    """The check of a foreign key is not policed, so the store is a part of the key."""
    clone = clone_database(process)

    async def astray() -> list[str]:
        connection = await asyncpg.connect(clone.owner_url)
        try:
            rows = await connection.fetch(
                "SELECT f.conrelid::regclass || ' ' || f.conname AS line FROM pg_constraint f "
                "JOIN pg_attribute own ON own.attrelid = f.conrelid AND own.attname = 'store_id' "
                "JOIN pg_attribute other ON other.attrelid = f.confrelid AND other.attname = 'store_id' "
                "WHERE f.contype = 'f' AND coalesce(f.confkey[array_position(f.conkey, own.attnum)], 0) <> other.attnum"
            )
        finally:
            await connection.close()
        return [row["line"] for row in rows]

    assert asyncio.run(astray()) == []


def test_the_folder_of_contracts_has_nothing_else() -> None:
    expected = {f"{name}.openapi.json" for name in PROCESSES} | {"events.schema.json"}
    assert {path.name for path in Path(FOLDER).iterdir()} <= expected


def test_every_resource_of_a_service_is_reached_through_the_gateway() -> None:
    own = {"bulk", "changes", "feed-positions", "overview-parts"}
    served = {
        name: {path.split("/")[2] for path in contract(name)["paths"] if path.startswith("/v1/")} - own
        for name in PROCESSES
        if name != "gateway"
    }
    assert {resource: name for name, resources in served.items() for resource in resources} == dict(RESOURCES)
    assert sum(map(len, served.values())) == len(RESOURCES), "two services share the name of a resource"
