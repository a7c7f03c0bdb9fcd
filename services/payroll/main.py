"""The payroll process: what it is made of."""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import FastAPI

from chassis.database import Database
from chassis.errors import add_chinese_titles
from chassis.http import Parts
from chassis.http import create_app as compose
from chassis.jobs import Jobs
from chassis.printing import Printer
from services.payroll.domain.errors import PayrollRefusal
from services.payroll.endpoints.facts import measures
from services.payroll.endpoints.facts.reconciliations import RECONCILIATION_PARTS
from services.payroll.endpoints.forecasts import target_proposals, what_ifs
from services.payroll.endpoints.months import adjustments, months, workbook
from services.payroll.endpoints.payouts import account_maps, ledger, payments, slips
from services.payroll.endpoints.people import imports, people, targets, teams
from services.payroll.endpoints.plans import parameters, plan_files, plan_texts, plans
from services.payroll.endpoints.runs import runs
from services.payroll.endpoints.runs.overviews import OVERVIEW_PARTS
from services.payroll.endpoints.runs.thread_parts import THREAD_PARTS
from services.payroll.endpoints.statements import linked_questions, questions, statement_links, statements
from services.payroll.endpoints.words import explanations, statement_explanations, summed, unpaid
from services.payroll.events import SUBSCRIPTIONS
from services.payroll.printing import FOLDER
from services.payroll.service.forecasts.what_ifs import WHAT_IF_JOB, compute_what_if, give_up_what_if
from services.payroll.service.runs.runs import RUN_JOB, compute_run, give_up_run
from services.payroll.service.statements.questions import LATE_JOB, tell_late
from services.payroll.service.statements.statement_pages import link_key
from services.payroll.settings import Settings
from services.payroll.titles import CHINESE_TITLES

_ROUTERS = (
    people.router, teams.router, targets.router, target_proposals.router, imports.router, measures.router,
    plans.router, plan_texts.router, plan_files.router, parameters.router, runs.router, explanations.router,
    unpaid.router, summed.router, months.router, payments.router, workbook.router, statements.router,
    statement_explanations.router,
    questions.router, linked_questions.router, statement_links.router, statement_links.opened,
    adjustments.router, slips.router, ledger.router, account_maps.router, what_ifs.router,
)  # fmt: skip


def create_app(settings: Settings) -> FastAPI:
    add_chinese_titles(CHINESE_TITLES)
    jobs = Jobs()
    app = compose(
        settings,
        Parts(
            title="Aftermile payroll",
            migrations=str(Path(__file__).parent / "migrations"),
            routers=_ROUTERS,
            refusals=(PayrollRefusal,),
            subscriptions=SUBSCRIPTIONS,
            jobs=jobs,
            hot_reads=(*OVERVIEW_PARTS, *THREAD_PARTS, *RECONCILIATION_PARTS),
        ),
    )
    app.state.printer = Printer(FOLDER)
    app.state.link_key = link_key(settings.signing_key.get_secret_value())
    _pay(app, jobs, settings.run_feed_wait_seconds)
    _try_out(app, jobs)
    _watch_questions(app, jobs)
    return app


def _pay(app: FastAPI, jobs: Jobs, wait_seconds: float) -> None:
    database: Database = app.state.database

    async def give_up(payload: dict[str, Any], _error: Exception) -> None:
        await give_up_run(database, UUID(payload["store"]), UUID(payload["run"]))

    @jobs.entrypoint(RUN_JOB, give_up)
    async def run_payroll(payload: dict[str, Any]) -> None:
        await compute_run(database, UUID(payload["store"]), UUID(payload["run"]), wait_seconds=wait_seconds)


def _try_out(app: FastAPI, jobs: Jobs) -> None:
    database: Database = app.state.database

    async def give_up(payload: dict[str, Any], _error: Exception) -> None:
        await give_up_what_if(database, UUID(payload["store"]), UUID(payload["what_if"]))

    @jobs.entrypoint(WHAT_IF_JOB, give_up)
    async def calculate_what_if(payload: dict[str, Any]) -> None:
        await compute_what_if(database, UUID(payload["store"]), UUID(payload["what_if"]))


def _watch_questions(app: FastAPI, jobs: Jobs) -> None:
    database: Database = app.state.database

    @jobs.entrypoint(LATE_JOB)
    async def tell_of_late_question(payload: dict[str, Any]) -> None:
        store, question = UUID(payload["store"]), UUID(payload["question"])
        await tell_late(database, store, question, payload["what"], datetime.fromisoformat(payload["until"]))
