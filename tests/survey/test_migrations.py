import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from aftermile.provision import migrations_folder
from services.survey.models import Model
from tests.harness import Clone


def _differences(connection: Connection) -> list[Any]:
    def ours(name: str | None, kind: str, _parents: object) -> bool:
        return name in Model.metadata.tables if kind == "table" else kind != "index"

    context = MigrationContext.configure(connection, opts={"include_name": ours, "compare_type": True})
    return list(compare_metadata(context, Model.metadata))


async def _compare(url: str) -> list[Any]:
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    async with engine.connect() as connection:
        found = await connection.run_sync(_differences)
    await engine.dispose()
    return found


async def _tables(url: str) -> dict[str, bool]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        "SELECT relname, relforcerowsecurity AND relrowsecurity AS walled FROM pg_class "
        "WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    )
    await connection.close()
    return {row["relname"]: row["walled"] for row in rows}


def test_the_migrated_tables_are_those_of_the_models(clone_database: Callable[[str], Clone]) -> None:
    assert asyncio.run(_compare(clone_database("survey").owner_url)) == []


def test_every_table_of_ours_has_row_security(clone_database: Callable[[str], Clone]) -> None:
    walls = asyncio.run(_tables(clone_database("survey").owner_url))
    assert {name for name in Model.metadata.tables if not walls[name]} == set()


def test_the_migration_goes_down_to_nothing_and_up_again(clone_database: Callable[[str], Clone]) -> None:
    clone = clone_database("survey")
    config = Config()
    config.set_main_option("script_location", str(migrations_folder("survey")))
    config.set_main_option("sqlalchemy.url", clone.owner_url)
    before = asyncio.run(_tables(clone.owner_url))
    command.downgrade(config, "base")
    assert set(asyncio.run(_tables(clone.owner_url))) == {"alembic_version"}
    command.upgrade(config, "head")
    assert asyncio.run(_tables(clone.owner_url)) == before
