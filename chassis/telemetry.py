"""What a process says about itself: alive, ready, metrics, and JSON log lines tied together by one trace id."""

import hmac
import logging
import re
import secrets
import sys
import time
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from functools import cache
from ipaddress import ip_address
from itertools import count
from typing import Any

import asyncpg
import orjson
import structlog
from alembic.config import Config
from alembic.script import ScriptDirectory
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from chassis.database import Database
from chassis.errors import Unauthenticated

REQUESTS = Counter("http_requests_total", "Requests answered", ["service", "method", "route", "status"])
SECONDS = Histogram("http_request_seconds", "Seconds until the answer was complete", ["service", "route"])
FEED_EVENTS = Counter("feed_events_handled_total", "Events of another process handled", ["service", "source"])

trace_id: ContextVar[str] = ContextVar("trace_id", default="")
_spans = count(secrets.randbits(64) | 1)
"""Each call out gets the next number: new within its trace, and cheaper than chance."""
_SECRETS = frozenset({"authorization", "password", "token", "secret", "mobile", "id_number"})


def _hide_secrets(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: "***" if key in _SECRETS else value for key, value in line.items()}


_ROW_OF_A_STORE = re.compile(r"DETAIL:  .*?(?=\n\[SQL: |\n\(Background on|\n\n|\Z)", re.DOTALL)


def _hide_rows(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """PostgreSQL quotes the row that it refuses, with whatever people told of themselves."""
    for key in ("exception", "error", "why"):
        if isinstance(text := line.get(key), str) and "DETAIL:" in text:
            line[key] = _ROW_OF_A_STORE.sub("DETAIL:  ***", text)
    return line


def _add_trace(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    line.setdefault("trace_id", trace_id.get())
    return line


def _as_json(line: Any, **_: object) -> str:  # noqa: ANN401 - structlog's serializer takes what was logged
    return orjson.dumps(line, default=str).decode()


def configure_logging(service: str, level: str) -> None:
    """One JSON object per line on standard output; libraries' loggers end in the same place."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace,
        _hide_secrets,
        structlog.processors.format_exc_info,
        _hide_rows,
    ]
    hand_over = structlog.stdlib.ProcessorFormatter.wrap_for_formatter
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *shared, hand_over],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = logging.StreamHandler(sys.stdout)
    final = structlog.processors.JSONRenderer(serializer=_as_json)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, final],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("httpx", "httpcore", "pgqueuer", "asyncio"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


def trace_of(headers: Mapping[str, str]) -> str:
    """The trace id of a W3C `traceparent` header, or a new one."""
    parts = headers.get("traceparent", "").split("-")
    if len(parts) == 4 and len(parts[1]) == 32 and set(parts[1]) <= set("0123456789abcdef"):
        return parts[1]
    return secrets.token_hex(16)


def traceparent() -> str:
    """The header that carries the current trace on to another process."""
    return f"00-{trace_id.get() or secrets.token_hex(16)}-{next(_spans) % 2**64:016x}-01"


class Stopwatch:
    def __init__(self) -> None:
        self._began = time.perf_counter()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._began


async def metrics(request: Request) -> Response:
    """For whoever knows the token; without one, for the machine itself only.

    A private address is not enough: behind a container's published port everybody has one.
    """
    token = request.app.state.settings.metrics_token.get_secret_value()
    given = request.headers.get("authorization", "").encode()
    if not (hmac.compare_digest(given, f"Bearer {token}".encode()) if token else _is_loopback(request)):
        raise Unauthenticated("The metrics are for monitoring", headers={"WWW-Authenticate": "Bearer"})
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _is_loopback(request: Request) -> bool:
    """Not a proxy on this machine either, as far as it says whom it passes on."""
    passed_on = {"forwarded", "x-forwarded-for", "x-real-ip", "via"} & set(request.headers)
    try:
        return not passed_on and ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False


@cache
def migration_heads(folder: str) -> frozenset[str]:
    """The newest revisions of a migrations folder, which stay the same while a process runs."""
    config = Config()
    config.set_main_option("script_location", folder)
    return frozenset(ScriptDirectory.from_config(config).get_heads())


async def alive(_request: Request) -> Response:
    return _answer(200, {"status": "alive"})


async def ready(request: Request) -> Response:
    """Alive is not ready: here the database answers, and its tables are those this code was written for."""
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
