"""The whole month against what every employee is paid, to the cent, and the walks that lead back from it."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from services.payroll.service.runs.runs import compute_run
from tests.harness import AStore, Clone, Keys, bearer
from tests.payroll.exported_month import EXPECTED, September, tell
from tests.payroll.plans_in_force import put_in_force


@pytest.fixture
def manager(keys: Keys, store: AStore) -> dict[str, str]:
    return bearer(keys, "payroll", "service_manager", stores=[store])


@pytest.fixture
async def september(
    *, payroll: FastAPI, client: httpx.AsyncClient, manager: dict[str, str], keys: Keys, store: AStore, tmp_path: Path
) -> None:
    await tell(September.read(tmp_path), payroll, client, (manager, store))
    created = await client.post("/v1/plans", json={"template": "4s-after-sales"}, headers=manager)
    assert created.status_code == 201, created.text
    await put_in_force(client, created.json(), keys, store)


async def run_september(
    payroll: FastAPI, client: httpx.AsyncClient, manager: dict[str, str], store: AStore
) -> Mapping[str, Any]:
    asked = await client.post("/v1/runs", json={"month": "2026-09"}, headers=manager)
    assert (asked.status_code, asked.json()["status"]) == (202, "queued"), asked.text
    await compute_run(payroll.state.database, store.id, UUID(asked.json()["id"]), wait_seconds=0)
    run: Mapping[str, Any] = (await client.get(asked.headers["location"], headers=manager)).json()
    assert run["status"] == "completed", run["problem"]
    return run


async def test_everybody_is_paid_to_the_cent(
    payroll: FastAPI, client: httpx.AsyncClient, manager: dict[str, str], store: AStore, september: None
) -> None:
    run = await run_september(payroll, client, manager, store)
    body = (await client.get(f"/v1/runs/{run['id']}/statements", headers=manager)).json()
    paid = {
        each["employee"]: {
            "lines": {line["component"]: Decimal(line["amount"]) for line in each["lines"]},
            "total": Decimal(each["total"]),
        }
        for each in body["items"]
    }
    assert paid == {
        number: {
            "lines": {name: Decimal(amount) for name, amount in pay["lines"].items()},
            "total": Decimal(pay["total"]),
        }
        for number, pay in EXPECTED["pay"].items()
    }
    assert Decimal(run["total"]) == Decimal(body["total"]) == Decimal(EXPECTED["pay_total"])


async def test_figures_are_those_of_the_month_and_shares_are_pools(
    payroll: FastAPI, client: httpx.AsyncClient, manager: dict[str, str], store: AStore, september: None
) -> None:
    run = await run_september(payroll, client, manager, store)
    figures = (await client.get(f"/v1/runs/{run['id']}/figures", headers=manager)).json()
    shop = {name: Fraction(value) for name, value in figures["store"].items() if isinstance(value, str)}
    assert shop["car_count"] == EXPECTED["car_count"]
    assert shop["normal_receipts"] == Fraction(EXPECTED["receipts"]["normal"])
    assert shop["output"] == Fraction(EXPECTED["output"])
    assert {team: Fraction(hours) for team, hours in figures["teams"]["team_hours"].items()} == {
        team: Fraction(hours) for team, hours in EXPECTED["team_hours"].items()
    }
    pools = figures["pools"]
    assert sum(Decimal(pool["paid"]) for pool in pools if pool["owner"] in EXPECTED["team_pools"]) == sum(
        Decimal(pool) for pool in EXPECTED["team_pools"].values()
    )
    for pool in pools:
        assert abs(Fraction(pool["paid"]) - Fraction(pool["pool"])) <= Fraction(1, 200)
        assert pool["unassigned"] == "0.00"
    assert run["unassigned"] == "0.00"
    assert figures["facts"] > 1000


async def test_a_second_run_of_the_same_facts_has_the_same_hash(
    payroll: FastAPI, client: httpx.AsyncClient, manager: dict[str, str], store: AStore, september: None
) -> None:
    first = await run_september(payroll, client, manager, store)
    second = await run_september(payroll, client, manager, store)
    assert first["id"] != second["id"]
    assert (first["hash"], first["total"]) == (second["hash"], second["total"])


async def test_every_yuan_walks_back_to_the_receipt_the_approval_and_the_answer(
    payroll: FastAPI, client: httpx.AsyncClient, manager: dict[str, str], store: AStore, september: None
) -> None:
    run = await run_september(payroll, client, manager, store)
    lines = (await client.get(f"/v1/runs/{run['id']}/lines", headers=manager)).json()["items"]
    share = next(line for line in lines if (line["employee"], line["component"]) == ("SA01", "share"))
    trace = (await client.get(f"/v1/runs/{run['id']}/trace/{share['id']}", headers=manager)).json()
    assert (trace["line"], trace["node"]["clause"]) == (share, share["clause"])
    seen, ahead, facts = set(), [share["node"]], []
    while ahead:
        name = ahead.pop()
        if name in seen:
            continue
        seen.add(name)
        node = (await client.get(f"/v1/runs/{run['id']}/trace/{name}", headers=manager)).json()
        facts += node["facts"]
        ahead += [read["reference"] for read in node["node"]["inputs"] if read["source"] == "step"]
    receipts = [fact for fact in facts if fact["kind"] == "receipt"]
    assert receipts
    assert all(fact["order"]["settled_on"] for fact in receipts)
    assert any(upsell["decision"] == "approved" for fact in receipts for upsell in fact["upsells"])
    assert any(fact["responses"] for fact in receipts)


async def test_a_run_leaves_as_many_uses_as_its_selections_counted(
    payroll: FastAPI, client: httpx.AsyncClient, manager: dict[str, str], store: AStore, september: None,
    payroll_database: Clone,
) -> None:  # fmt: skip
    run = await run_september(payroll, client, manager, store)
    connection = await asyncpg.connect(payroll_database.app_url)
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL app.store = '{store.id}'")
            uses = await connection.fetchval("SELECT count(*) FROM fact_use WHERE run_id = $1", UUID(run["id"]))
            counted = await connection.fetchval(
                "SELECT sum((s ->> 'count')::int) FROM trace_node, jsonb_array_elements(body -> 'selections') s"
                " WHERE run_id = $1", UUID(run["id"]),
            )  # fmt: skip
            lines = await connection.fetchval("SELECT sum(amount) FROM pay_line WHERE run_id = $1", UUID(run["id"]))
    finally:
        await connection.close()
    assert uses == counted > 1000
    assert lines == Decimal(run["total"])
