"""A run goes through the queue of the process itself: asked for over HTTP, computed by the worker."""

from typing import Any
from uuid import UUID

import httpx

from services.payroll.service.runs.runs import give_up_run
from tests.harness import AStore, Clone, Keys, app_of, bearer, client_of, eventually, serving


async def ended(client: httpx.AsyncClient, address: str, headers: dict[str, str]) -> dict[str, Any]:
    run: dict[str, Any] = {}

    async def has_ended() -> bool:
        run.update((await client.get(address, headers=headers)).json())
        return run["status"] in {"completed", "failed"}

    await eventually(has_ended)
    return run


async def test_the_worker_takes_a_run_and_says_by_name_which_feeds_it_could_not_wait_for(
    payroll_database: Clone, keys: Keys, store: AStore
) -> None:
    app = app_of("payroll", payroll_database.app_url, keys, run_feed_wait_seconds=0.5)
    headers = bearer(keys, "payroll", "payroll_clerk", stores=[store])
    async with serving(app, lifespan=True) as address, client_of(address) as client:
        asked = await client.post("/v1/runs", json={"month": "2026-09"}, headers=headers)
        run = await ended(client, asked.headers["location"], headers)
    assert run["status"] == "failed"
    assert run["problem"]["type"] == "urn:aftermile:problem:feeds-behind"
    assert run["problem"]["feeds"] == ["customer", "survey", "workorder"]


async def test_a_run_that_was_asked_for_while_nobody_worked_is_computed_once_somebody_does(
    payroll_database: Clone, keys: Keys, store: AStore
) -> None:
    headers = bearer(keys, "payroll", "payroll_clerk", stores=[store])
    idle = app_of("payroll", payroll_database.app_url, keys)
    async with serving(idle) as address, client_of(address) as client:
        asked = await client.post("/v1/runs", json={"month": "2026-09"}, headers=headers)
        location = asked.headers["location"]
        assert (await client.get(location, headers=headers)).json()["status"] == "queued"
    await idle.state.database.close()
    working = app_of("payroll", payroll_database.app_url, keys, run_feed_wait_seconds=0.2)
    async with serving(working, lifespan=True) as address, client_of(address) as client:
        assert (await ended(client, location, headers))["status"] == "failed"


async def test_a_run_that_no_attempt_could_compute_has_failed_and_waits_for_nobody(
    payroll_database: Clone, keys: Keys, store: AStore
) -> None:
    headers = bearer(keys, "payroll", "payroll_clerk", stores=[store])
    app = app_of("payroll", payroll_database.app_url, keys)
    async with serving(app) as address, client_of(address) as client:
        asked = await client.post("/v1/runs", json={"month": "2026-09"}, headers=headers)
        await give_up_run(app.state.database, store.id, UUID(asked.json()["id"]))
        run = await ended(client, asked.headers["location"], headers)
    assert (run["status"], run["problem"]["type"]) == ("failed", "urn:aftermile:problem:run-given-up")
    await app.state.database.close()
