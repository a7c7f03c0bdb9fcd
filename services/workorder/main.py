"""The workorder process: wiring only."""

from pathlib import Path

from fastapi import FastAPI

from chassis.errors import add_chinese_titles
from chassis.http import Parts
from chassis.http import create_app as create_process
from services.workorder.domain.refusals import WorkorderRefusal
from services.workorder.endpoints import (
    approvals,
    bulk,
    catalogue,
    findings,
    follow_up,
    inspections,
    links,
    order_money,
    orders,
    quotes,
    shop_money,
    upsells,
)
from services.workorder.endpoints.overviews import HOT_READS
from services.workorder.events.customer_feed import CUSTOMER_FEED
from services.workorder.settings import Settings
from services.workorder.titles import CHINESE_TITLES


def create_app(settings: Settings) -> FastAPI:
    add_chinese_titles(CHINESE_TITLES)
    return create_process(
        settings,
        Parts(
            title="Aftermile workorder",
            migrations=str(Path(__file__).parent / "migrations"),
            routers=[
                orders.router,
                upsells.router,
                follow_up.router,
                inspections.router,
                findings.router,
                quotes.router,
                links.issuing,
                links.router,
                approvals.router,
                order_money.router,
                shop_money.router,
                catalogue.router,
                bulk.router,
            ],
            refusals=[WorkorderRefusal],
            hot_reads=HOT_READS,
            subscriptions=[CUSTOMER_FEED],
        ),
    )
