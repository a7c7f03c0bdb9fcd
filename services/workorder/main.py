"""The workorder process: wiring only."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import FastAPI

from chassis.errors import add_chinese_titles
from chassis.http import Parts
from chassis.http import create_app as create_process
from chassis.jobs import Jobs
from chassis.printing import Printer
from services.workorder.domain.refusals import WorkorderRefusal
from services.workorder.endpoints import bulk
from services.workorder.endpoints.catalogue import catalogue, line_prices, price_list, price_versions, prices
from services.workorder.endpoints.files import files, walk_rounds
from services.workorder.endpoints.inspections import checks, inspections, patterns
from services.workorder.endpoints.money import (
    cash_reports,
    claims,
    discounts,
    insurance,
    order_money,
    packages,
    receivables,
    refunds,
    settlement_lists,
    settlements,
    shop_money,
)
from services.workorder.endpoints.orders import board, histories, order_details, orders
from services.workorder.endpoints.overviews import HOT_READS
from services.workorder.endpoints.reconciliations import RECONCILIATION_PARTS
from services.workorder.endpoints.risk import risk_figures, risk_flags, risk_policies
from services.workorder.endpoints.thread_parts import THREAD_PARTS
from services.workorder.endpoints.upsells import approvals, findings, follow_up, links, quotes, upsells
from services.workorder.events.customer_feed import CUSTOMER_FEED
from services.workorder.events.survey_feed import SURVEY_FEED
from services.workorder.printing import FOLDER
from services.workorder.repository.files.objects import Objects
from services.workorder.service.files import files as filing
from services.workorder.service.files.darkroom import Darkroom
from services.workorder.service.inspections import mining
from services.workorder.service.risk import risk_reviews
from services.workorder.settings import Settings
from services.workorder.titles import CHINESE_TITLES

ROUTERS = (
    board.router,
    histories.router,
    orders.router,
    order_details.router,
    settlements.router,
    settlement_lists.router,
    discounts.router,
    upsells.router,
    follow_up.router,
    inspections.router,
    checks.router,
    patterns.router,
    findings.router,
    walk_rounds.router,
    files.streaming,
    files.router,
    quotes.router,
    links.issuing,
    links.router,
    approvals.router,
    order_money.router,
    refunds.router,
    claims.router,
    receivables.router,
    packages.router,
    insurance.router,
    cash_reports.router,
    shop_money.router,
    catalogue.router,
    risk_figures.router,
    risk_flags.router,
    risk_policies.router,
    price_versions.router,
    prices.router,
    price_list.router,
    line_prices.router,
    bulk.router,
)


def create_app(settings: Settings) -> FastAPI:
    add_chinese_titles(CHINESE_TITLES)
    jobs = Jobs()
    app = create_process(
        settings,
        Parts(
            title="Aftermile workorder",
            migrations=str(Path(__file__).parent / "migrations"),
            routers=ROUTERS,
            refusals=[WorkorderRefusal],
            hot_reads=[*HOT_READS, *THREAD_PARTS, *RECONCILIATION_PARTS],
            subscriptions=[CUSTOMER_FEED, SURVEY_FEED],
            jobs=jobs,
        ),
    )
    _keep_files(app, settings, jobs)
    app.state.printer = Printer(FOLDER)
    risk_reviews.register_jobs(jobs, app.state.database)
    _mine_patterns(app, jobs)
    return app


def _keep_files(app: FastAPI, settings: Settings, jobs: Jobs) -> None:
    app.state.cabinet = cabinet = filing.Cabinet(
        database=app.state.database,
        objects=Objects(settings.files_url, settings.files_s3),
        darkroom=Darkroom(),
        address_key=filing.address_key(settings.signing_key.get_secret_value()),
        places=asyncio.Semaphore(filing.UPLOADS_AT_ONCE),
    )

    @jobs.entrypoint(filing.SWEEP_JOB)
    async def sweep_files(payload: dict[str, Any]) -> None:
        await filing.sweep(cabinet, UUID(payload["store"]), datetime.now(UTC))


def _mine_patterns(app: FastAPI, jobs: Jobs) -> None:
    async def give_up(payload: dict[str, Any], _error: Exception) -> None:
        store, asked = UUID(payload["store"]), UUID(payload["mining"])
        await mining.give_up(app.state.database, store, asked, datetime.now(UTC))

    @jobs.entrypoint(mining.MINING_JOB, give_up)
    async def mine_patterns(payload: dict[str, Any]) -> None:
        store, asked = UUID(payload["store"]), UUID(payload["mining"])
        await mining.mine(app.state.database, store, asked, lambda: datetime.now(UTC))
