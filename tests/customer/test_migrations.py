"""The tables: those of the models, walled off by store."""

import asyncio
from typing import Any

import asyncpg
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from services.customer.models import Base
from tests.harness import Clone


def _differences(connection: Connection) -> list[Any]:
    def ours(name: str | None, kind: str, _parents: object) -> bool:
        return kind in {"schema", "column"} or (kind == "table" and name in Base.metadata.tables)

    context = MigrationContext.configure(connection, opts={"include_name": ours, "compare_type": True})
    return list(compare_metadata(context, Base.metadata))


async def _compare(url: str) -> list[Any]:
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    async with engine.connect() as connection:
        found = await connection.run_sync(_differences)
    await engine.dispose()
    return found


async def _walls(url: str) -> dict[str, bool]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        "SELECT relname, relforcerowsecurity AND relrowsecurity AS walled FROM pg_class "
        "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    await connection.close()
    return {row["relname"]: row["walled"] for row in rows}


def test_the_migrated_tables_are_those_of_the_models(database: Clone) -> None:
    assert asyncio.run(_compare(database.owner_url)) == []


def test_every_table_of_ours_has_row_security(database: Clone) -> None:
    walls = asyncio.run(_walls(database.owner_url))
    assert {name for name in Base.metadata.tables if not walls[name]} == set()
