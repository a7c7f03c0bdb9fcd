"""Databases, roles and schemas: one database, one owner and one application role per process, and no way across."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from aftermile.failures import Failure

ROOT = Path(__file__).resolve().parent.parent
ROLE_IS_POWERFUL = """
    SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication FROM pg_roles WHERE rolname = $1
"""


class RoleTooPowerful(Failure):
    """A role that exists already may do more than its data, which would open the store isolation."""


@dataclass(frozen=True)
class DatabaseUrls:
    owner: str
    application: str


def database_name(name: str) -> str:
    return f"aftermile_{name}"


def database_urls(admin_url: str, name: str, owner_password: str, app_password: str) -> DatabaseUrls:
    return DatabaseUrls(
        owner=_url_for(admin_url, name, f"{name}_owner", owner_password),
        application=_url_for(admin_url, name, f"{name}_app", app_password),
    )


async def provision(admin_url: str, name: str, owner_password: str, app_password: str) -> DatabaseUrls:
    """Creates what is missing and sets both passwords; the admin needs CREATEROLE and CREATEDB, not superuser."""
    urls = database_urls(admin_url, name, owner_password, app_password)
    owner, application = f"{name}_owner", f"{name}_app"
    server = await asyncpg.connect(admin_url)
    try:
        for role, password in ((owner, owner_password), (application, app_password)):
            await _role(server, role, password)
        await _database(server, database_name(name), owner)
        await _execute_all(server, _grants_on_database(database_name(name), application))
    finally:
        await server.close()
    database = await asyncpg.connect(urls.owner)
    try:
        await _execute_all(database, _grants_in_database(owner, application))
    finally:
        await database.close()
    return urls


async def provision_all(admin_url: str, passwords: dict[str, tuple[str, str]]) -> dict[str, DatabaseUrls]:
    """`passwords` holds (owner, application) by name."""
    made = await asyncio.gather(*(provision(admin_url, name, *passwords[name]) for name in passwords))
    return dict(zip(passwords, made, strict=True))


async def close_maintenance_databases(admin_url: str) -> None:
    """In a server of our own the application roles have no business in `postgres` and `template1` either."""
    server = await asyncpg.connect(admin_url)
    try:
        for database in ("postgres", "template1"):
            await server.execute(f"REVOKE CONNECT ON DATABASE {database} FROM PUBLIC")
    finally:
        await server.close()


def migrations_folder(name: str) -> Path:
    return ROOT / "gateway" / "migrations" if name == "gateway" else ROOT / "services" / name / "migrations"


def migrate(name: str, owner_url: str) -> None:
    """Brings one database to the head of its migrations; not to be called inside a running event loop."""
    from alembic import command  # noqa: PLC0415  heavy, and most commands never migrate
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations_folder(name)).replace("%", "%%"))
    config.set_main_option("sqlalchemy.url", owner_url.replace("%", "%%"))
    command.upgrade(config, "head")


async def _role(server: "asyncpg.Connection", role: str, password: str) -> None:
    literal = await server.fetchval("SELECT quote_literal($1)", password)
    powerful = await server.fetchval(ROLE_IS_POWERFUL, role)
    if powerful is None:
        await server.execute(f"CREATE ROLE {role} LOGIN NOINHERIT PASSWORD {literal}")
    elif powerful:
        raise RoleTooPowerful(f"role {role} exists with more rights than a service may have: drop or restrict it")
    else:
        await server.execute(f"ALTER ROLE {role} LOGIN NOINHERIT PASSWORD {literal}")


async def _database(server: "asyncpg.Connection", database: str, owner: str) -> None:
    if await server.fetchval("SELECT true FROM pg_database WHERE datname = $1", database):
        return
    if not await server.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        await server.execute(f"GRANT {owner} TO CURRENT_USER")
    await server.execute(
        f"CREATE DATABASE {database} OWNER {owner} TEMPLATE template0 ENCODING 'UTF8' "
        "LOCALE 'C' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
    )


def _grants_on_database(database: str, application: str) -> Iterable[str]:
    yield f"REVOKE ALL ON DATABASE {database} FROM PUBLIC"
    yield f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {application}"


def _grants_in_database(owner: str, application: str) -> Iterable[str]:
    """Run as the owner. Tables made later are covered by the default privileges."""
    defaults = f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT"
    rights = (("TABLES", "SELECT, INSERT, UPDATE, DELETE"), ("SEQUENCES", "USAGE, SELECT"))
    yield "REVOKE ALL ON SCHEMA public FROM PUBLIC"
    yield f"GRANT USAGE ON SCHEMA public TO {application}"
    for kind, privileges in rights:
        yield f"{defaults} {privileges} ON {kind} TO {application}"
        yield f"GRANT {privileges} ON ALL {kind} IN SCHEMA public TO {application}"


async def _execute_all(connection: "asyncpg.Connection", statements: Iterable[str]) -> None:
    for statement in statements:
        await connection.execute(statement)


def _url_for(admin_url: str, name: str, role: str, password: str) -> str:
    parts = urlsplit(admin_url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(
        parts._replace(netloc=f"{role}:{quote(password, safe='')}@{host}", path=f"/{database_name(name)}")
    )
