"""What log lines leave out."""

import asyncpg
import httpx
import pytest
import structlog
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis.telemetry import configure_logging
from tests.harness import AStore

SECRET = "13800138000"


async def test_a_logged_fault_of_the_database_quotes_no_row(
    app: FastAPI, store: AStore, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("survey", "INFO")
    insert = text("INSERT INTO note (store_id, text, price) VALUES (:store, :text, 1e20)")
    with pytest.raises(DBAPIError) as met:
        async with app.state.database.transaction(store.id) as session:
            await session.execute(insert, {"store": store.id, "text": SECRET})
    assert SECRET not in str(met.value)
    refusal = asyncpg.CheckViolationError("refused")
    refusal.detail = f"Failing row contains (1, {SECRET}\n, 2)."
    structlog.get_logger(__name__).error("failed", exc_info=refusal)
    told = capsys.readouterr().out
    assert "refused" in told
    assert SECRET not in told


@pytest.mark.parametrize(
    ("token", "peer", "headers", "status"),
    [
        ("", "127.0.0.1", {}, 200),
        ("", "::1", {}, 200),
        ("", "172.18.0.1", {}, 401),
        ("", "127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 401),
        ("", "127.0.0.1", {"X-Real-IP": "203.0.113.9"}, 401),
        ("", "", {"Authorization": "Bearer "}, 401),
        ("s3cret", "203.0.113.9", {"Authorization": "Bearer s3cret"}, 200),
        ("s3cret", "203.0.113.9", {"Authorization": "Bearer s3cre"}, 401),
        ("s3cret", "127.0.0.1", {}, 401),
        ("s3cret", "127.0.0.1", {"Authorization": "Bearer schlüssel"}, 401),
    ],
)
async def test_metrics_are_for_the_machine_itself_or_for_whoever_knows_the_token(
    app: FastAPI, token: str, peer: str, headers: dict[str, str], status: int
) -> None:
    app.state.settings = app.state.settings.model_copy(update={"metrics_token": SecretStr(token)})
    transport = httpx.ASGITransport(app=app, client=(peer, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        answer = await client.get("/metrics", headers=sent)
    assert answer.status_code == status
    assert ("http_requests_total" in answer.text) == (status == 200)
