"""Alive and ready are two questions: a process that waits for its database is alive and not ready."""

import asyncpg
import orjson
from alembic.config import Config
from alembic.script import ScriptDirectory
from starlette.requests import Request
from starlette.responses import Response

from chassis.database import Database


def migration_heads(folder: str) -> frozenset[str]:
    """The newest revisions of a migrations folder."""
    config = Config()
    config.set_main_option("script_location", folder)
    return frozenset(ScriptDirectory.from_config(config).get_heads())


async def alive(_request: Request) -> Response:
    return _answer(200, {"status": "alive"})


async def ready(request: Request) -> Response:
    """Ready when the database answers and its tables are those this code was written for."""
    database: Database = request.app.state.database
    expected: frozenset[str] = request.app.state.migration_heads
    try:
        row = await database.fetch_row("SELECT array_agg(version_num) FROM alembic_version", seconds=2)
    except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return _answer(503, {"status": "not ready", "why": f"database: {type(error).__name__}"})
    found = frozenset(row[0] or ())
    if found != expected:
        return _answer(503, {"status": "not ready", "why": f"database is at {sorted(found)}, not {sorted(expected)}"})
    return _answer(200, {"status": "ready"})


def _answer(status: int, body: dict[str, str]) -> Response:
    return Response(orjson.dumps(body), status_code=status, media_type="application/json")
