"""Imports of exports: accepted over HTTP, written in the background, reported row by row."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from chassis.jobs import Jobs
from gateway.imports.domain import ImportRefusal
from gateway.imports.endpoints import router
from gateway.imports.job import ImportRunner
from gateway.imports.repository import Key
from gateway.imports.sending import HttpBulk
from gateway.imports.service import JOB

__all__ = ["HttpBulk", "ImportRefusal", "ImportRunner", "register_jobs", "router"]


def register_jobs(jobs: Jobs, runner: Callable[[], ImportRunner]) -> None:
    """`runner` is asked for when a job runs, after the process has opened its connections."""

    async def run(payload: dict[str, Any]) -> None:
        await runner().run(Key(UUID(payload["store"]), UUID(payload["import"])))

    jobs.entrypoint(JOB)(run)
