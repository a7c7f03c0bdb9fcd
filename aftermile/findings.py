"""What the doctor finds in the databases: reachable, as new as the code, and of one mind about the time."""

import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

import asyncpg

from aftermile.keys import Secrets, SecretsUnreadable, load
from aftermile.plan import NAMES
from aftermile.postgres import running_port
from aftermile.provision import database_urls, migrations_folder
from aftermile.state import StateFolder

TOLERATED_SECONDS = 5.0
UNREACHABLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError, ValueError)


@dataclass(frozen=True)
class Finding:
    """`remedy` is empty when all is well."""

    check: str
    found: str
    remedy: str = ""


def database_findings(state: StateFolder) -> Iterator[Finding]:
    given = _secrets(state)
    url = os.environ.get("AFTERMILE_POSTGRES_URL") or _embedded_url(state, given)
    if given is None or url is None:
        yield Finding("database", "does not run; 'aftermile up' starts it")
        return
    yield _server(url)
    for name in NAMES:
        yield _migrations(name, database_urls(url, name, given.owner[name], given.application[name]).application)


def _secrets(state: StateFolder) -> Secrets | None:
    try:
        return load(state.secrets)
    except (FileNotFoundError, SecretsUnreadable):
        return None


def _embedded_url(state: StateFolder, given: Secrets | None) -> str | None:
    port = running_port(state.postgres)
    return (
        None if given is None or port is None else f"postgresql://postgres:{given.postgres}@127.0.0.1:{port}/postgres"
    )


def _server(url: str) -> Finding:
    try:
        moment = float(str(asyncio.run(_value(url, "SELECT extract(epoch FROM clock_timestamp())"))))
    except UNREACHABLE as error:
        return Finding("database", f"not reachable: {error}", "check its address, its password and its log")
    behind = abs(moment - time.time())
    if behind > TOLERATED_SECONDS:
        return Finding("database", f"its clock differs by {behind:.0f} s", "let both machines follow a time server")
    return Finding("database", "reachable")


def _migrations(name: str, url: str) -> Finding:
    expected = _heads(name)
    try:
        found = str(asyncio.run(_value(url, "SELECT string_agg(version_num, ',') FROM alembic_version")))
    except UNREACHABLE as error:
        return Finding(f"migrations of {name}", f"not to be read: {error}", "run 'aftermile up', which migrates")
    if found != expected:
        return Finding(f"migrations of {name}", f"at {found}, not {expected}", "run 'aftermile up', which migrates")
    return Finding(f"migrations of {name}", found)


def _heads(name: str) -> str:
    from alembic.config import Config  # noqa: PLC0415  only the doctor reads them here
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations_folder(name)).replace("%", "%%"))
    return ",".join(ScriptDirectory.from_config(config).get_heads())


async def _value(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url, timeout=5)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()
