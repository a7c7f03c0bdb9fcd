"""What log lines leave out."""

import asyncpg
import pytest
import structlog
from fastapi import FastAPI
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
