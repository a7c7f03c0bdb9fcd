"""The day's board of the shop over HTTP, and the month's figures by advisor."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import Query, Response

from chassis.auth import allow
from chassis.representation import QueryText
from services.workorder.endpoints.glance import CurrentGlance, GlanceRouter
from services.workorder.endpoints.period import CurrentMonth
from services.workorder.endpoints.roles import READERS
from services.workorder.repository.orders.board import BOARD
from services.workorder.repository.orders.figures import ORDER_FIGURES
from services.workorder.schemas.orders.board import BoardRead, OrderFigures
from services.workorder.service.zone import Zone

router = GlanceRouter(tags=["shop"])
Day = Annotated[date | None, Query(ge=date(1900, 1, 1), lt=date(2200, 1, 1), description="today without one")]


@router.get("/v1/board", dependencies=[allow(*READERS)], response_model=BoardRead)
async def read_board(glance: CurrentGlance, day: Day = None, advisor: QueryText | None = None) -> Response:
    """Orders whose car is, or was, here on that day, or is promised for it; the first promised first, at most 200."""
    zone = Zone.of(glance.store)
    day = day or zone.day(glance.now)
    bounds = zone.begin(day), zone.begin(day + timedelta(days=1))
    return await glance.at(BOARD, day, glance.now, *bounds, advisor, glance.store.currency)


@router.get("/v1/order-figures", dependencies=[allow(*READERS)], response_model=OrderFigures)
async def read_order_figures(glance: CurrentGlance, month: CurrentMonth) -> Response:
    """Cars received, orders settled, money and upsells of a month, by the advisor of the order."""
    return await glance.at(ORDER_FIGURES, *month, glance.store.currency)
