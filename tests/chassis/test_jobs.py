"""A job is done if its transaction commits, tried again when it fails, and taken over when its worker dies."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from chassis import jobs as jobs_module
from chassis.jobs import Jobs, enqueue, forget_old
from tests.harness import eventually, serving


async def test_work_is_done_only_when_its_transaction_commits(make_app: Any) -> None:
    done: list[dict[str, Any]] = []
    jobs = Jobs()

    @jobs.entrypoint("note")
    async def note(payload: dict[str, Any]) -> None:
        done.append(payload)

    app: FastAPI = make_app(jobs=jobs)
    async with serving(app, lifespan=True):
        with suppress(RuntimeError):
            async with app.state.database.transaction() as session:
                await enqueue(session, "note", {"n": 1})
                raise RuntimeError
        async with app.state.database.transaction() as session:
            await enqueue(session, "note", {"n": 2})
        await eventually(lambda: done)
        assert done == [{"n": 2}]


async def test_failing_work_is_tried_again(make_app: Any) -> None:
    attempts: list[int] = []
    jobs = Jobs()

    @jobs.entrypoint("fragile")
    async def fragile(_payload: dict[str, Any]) -> None:
        attempts.append(1)
        if len(attempts) < 2:
            raise ValueError("not yet")

    app: FastAPI = make_app(jobs=jobs)
    async with serving(app, lifespan=True):
        async with app.state.database.transaction() as session:
            await enqueue(session, "fragile", {})
        await eventually(lambda: len(attempts) > 1)
    assert attempts == [1, 1], "and no more, once it is done"


async def test_work_that_never_succeeds_is_given_up_and_said_so(make_app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_module, "_ATTEMPTS", 1)
    told: list[tuple[dict[str, Any], str]] = []
    jobs = Jobs()

    async def given_up(payload: dict[str, Any], error: Exception) -> None:
        told.append((payload, str(error)))

    @jobs.entrypoint("hopeless", given_up)
    async def hopeless(_payload: dict[str, Any]) -> None:
        raise ValueError("never")

    app: FastAPI = make_app(jobs=jobs)
    async with serving(app, lifespan=True):
        async with app.state.database.transaction() as session:
            await enqueue(session, "hopeless", {"n": 1})
        await eventually(lambda: told)
        await asyncio.sleep(0.5)
    assert told == [({"n": 1}, "never")]


async def test_the_work_of_a_dead_worker_is_taken_over(make_app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_module, "_HEARTBEAT", timedelta(seconds=1))
    done: list[dict[str, Any]] = []
    jobs = Jobs()

    @jobs.entrypoint("left")
    async def left(payload: dict[str, Any]) -> None:
        done.append(payload)

    app: FastAPI = make_app(jobs=jobs)
    async with app.state.database.transaction() as session:
        await enqueue(session, "left", {"n": 1})
    async with app.state.database.transaction() as session:
        picked = (
            "UPDATE pgqueuer SET status = 'picked', queue_manager_id = uuidv7(), heartbeat = now() - interval '1 h'"
        )
        await session.execute(text(picked))
    async with serving(app, lifespan=True):
        await eventually(lambda: done)
    assert done[0] == {"n": 1}


async def test_the_log_of_work_that_is_long_over_is_forgotten_and_that_of_kept_work_is_not(make_app: Any) -> None:
    app: FastAPI = make_app()
    async with app.state.database.transaction() as session:
        await enqueue(session, "kept", {})
        kept = await session.scalar(text("SELECT id FROM pgqueuer"))
        log = text("INSERT INTO pgqueuer_log (created, job_id, status, priority, entrypoint) "
                   "VALUES (now() - make_interval(days => :days), :job, 'successful', 0, 'note')")  # fmt: skip
        for job, days in ((kept + 1, 31), (kept + 2, 29), (kept, 31)):
            await session.execute(log, {"job": job, "days": days})
        await forget_old(session)
        left = await session.scalars(text("SELECT DISTINCT job_id FROM pgqueuer_log ORDER BY job_id"))
    assert list(left) == [kept, kept + 2]
