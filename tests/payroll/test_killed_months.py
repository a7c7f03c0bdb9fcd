"""The payroll process killed with -9 in each step of a month, under people who ask again with the same key."""

import asyncio
import os
import random
import signal
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from multiprocessing import get_context
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import orjson
import pytest
import uvicorn
from sqlalchemy import text

from chassis import jobs
from services.payroll.domain.merkle import leaf_of, root_by_path
from tests.harness import Clone, Keys, app_of, client_of, eventually, feed_of
from tests.payroll.test_pay_months import SEPTEMBER, Office, office

__all__ = ["office"]
ROUNDS = 2
_FORKED = get_context("forkserver")
_FORKED.set_forkserver_preload(["services.payroll.main", "tests.harness"])


def serve(database_url: str, keys: Keys, port: int) -> None:
    """The whole process with its worker; a job of one that died is taken over a second later instead of ten."""
    jobs._HEARTBEAT = timedelta(seconds=1)
    app = app_of("payroll", database_url, keys, run_feed_wait_seconds=30)
    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None, access_log=False)


class Mortal:
    """A payroll process that is started again, on its port, as often as it is killed."""

    def __init__(self, database_url: str, keys: Keys) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._given = (database_url, keys, self.port)
        self._process: Any = None
        self.killed = 0

    def start(self) -> None:
        self._process = _FORKED.Process(target=serve, args=self._given)
        self._process.start()

    def kill(self) -> None:
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.join()
        assert self._process.exitcode == -signal.SIGKILL
        self.killed += 1


@pytest.fixture
async def mortal(office: Office, payroll_database: Clone, keys: Keys) -> AsyncIterator[Mortal]:
    async with office.small.app.state.database.transaction() as session:
        read = "INSERT INTO feed_cursor (source, caught_up_at) VALUES (:source, :at)"
        for source in ("customer", "survey", "workorder"):
            await session.execute(text(read), {"source": source, "at": datetime.now(UTC) + timedelta(days=1)})
    mortal = Mortal(payroll_database.app_url, keys)
    mortal.start()
    yield mortal
    mortal.kill()


class Persistent:
    """Asks until it is answered, with one key; and somebody kills who was to answer, every second time at any moment,
    else as soon as the database has what was asked for, which is before or after it is answered."""

    def __init__(self, mortal: Mortal, client: httpx.AsyncClient, watching: Any) -> None:
        self._mortal, self._client, self._watching = mortal, client, watching
        self._chance = random.Random(2)

    async def ask(self, address: str, headers: dict[str, str], body: object, version: int | None = None) -> Any:
        given = {**headers, "Idempotency-Key": str(uuid4())} | ({} if version is None else {"If-Match": f'"{version}"'})
        kept = await self._kept()
        asking = asyncio.create_task(self._until_answered(address, body, given))
        if self._mortal.killed % 2:
            while await self._kept() == kept:  # noqa: ASYNC110 - no sooner and no later
                await asyncio.sleep(0)
        else:
            await asyncio.sleep(self._chance.uniform(0, 0.2))
        self._mortal.kill()
        self._mortal.start()
        answer = await asking
        assert answer.status_code in {200, 202}, answer.text
        return answer.json()

    async def _kept(self) -> int:
        return int(await self._watching.fetchval("SELECT count(*) FROM idempotency_key"))

    async def _until_answered(self, address: str, body: object, headers: dict[str, str]) -> httpx.Response:
        while True:
            try:
                answer = await self._client.post(address, json=body, headers=headers)
            except httpx.TransportError:
                await asyncio.sleep(0.02)
            else:
                in_flight = answer.status_code == 409 and "in-flight" in answer.text
                if answer.status_code < 500 and not in_flight:
                    return answer
                await asyncio.sleep(0.02)


async def test_killed_in_every_step_a_month_is_locked_approved_and_closed_once(
    *, office: Office, mortal: Mortal, payroll_database: Clone, client: httpx.AsyncClient, keys: Keys
) -> None:
    small, at, runs = office.small, 0, []
    async with client_of(f"http://127.0.0.1:{mortal.port}") as asked:
        watching = await asyncpg.connect(payroll_database.app_url)
        persistent = Persistent(mortal, asked, watching)
        for _ in range(ROUNDS):
            run = (await persistent.ask("/v1/runs", office.clerk, {"month": "2026-09"}))["id"]
            await eventually(lambda run=run: completed(small.client, run, office.clerk))  # type: ignore[misc]
            runs.append(run)
            for move, who, body in (
                ("lock", office.clerk, {"run": run}), ("approve", office.workshop, None),
                ("approve", office.manager, None), ("close", office.clerk, None),
                ("reopen", office.manager, {"reason": "x"}),
            ):  # fmt: skip
                if (move, len(runs)) != ("reopen", ROUNDS):
                    at = (await persistent.ask(f"{SEPTEMBER}/{move}", who, body, at))["version"]
        await watching.close()
    assert mortal.killed == 6 * ROUNDS - 1
    month = await small.read(SEPTEMBER)
    once = ["locked", "approved", "approved", "closed"]
    assert [step["what"] for step in month["steps"]] == [*once, "reopened", *once]
    assert (month["state"], month["revision"], month["run_id"]) == ("closed", ROUNDS, runs[-1])
    events = await feed_of(client, keys, "payroll")
    moved = [each["entityversion"] for each in events if each["type"] == "payroll.month.changed"]
    assert moved == list(range(1, 5 * ROUNDS))
    done = [each["subject"] for each in events if each["type"] == "payroll.run.completed"]
    assert done == runs
    await nobody_is_paid_twice(office, month)


async def completed(client: httpx.AsyncClient, run: str, headers: dict[str, str]) -> bool:
    told = (await client.get(f"/v1/runs/{run}", headers=headers)).json()
    assert told["status"] != "failed", told["problem"]
    return bool(told["status"] == "completed")


async def nobody_is_paid_twice(office: Office, month: dict[str, Any]) -> None:
    """Each has one statement, of the run's own lines, that proves itself; and the second closing pays nothing more."""
    lines: dict[str, Decimal] = {}
    for line in (await office.small.read(f"/v1/runs/{month['run_id']}/lines"))["items"]:
        lines[line["employee"]] = lines.get(line["employee"], Decimal(0)) + Decimal(line["amount"])
    stated = (await office.small.read(f"{SEPTEMBER}/statements"))["items"]
    assert {each["employee"]: Decimal(each["total"]) for each in stated} == lines
    assert len(stated) == len(lines)
    for employee in lines:
        proof = await office.small.read(f"{SEPTEMBER}/statements/{employee}")
        path = [bytes.fromhex(beside) for beside in proof["path"]]
        root = root_by_path(leaf_of(proof["document"].encode()), proof["place"], proof["count"], path)
        assert (root or b"").hex() == month["root"]
        assert orjson.loads(proof["document"])["total"] == proof["total"]
    paid = [(await office.small.read(f"{SEPTEMBER}/payments?revision={each}"))["pay"] for each in range(1, ROUNDS + 1)]
    assert paid == [month["total"], "0.00"]
