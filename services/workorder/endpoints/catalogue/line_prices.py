"""Lines priced by the catalogue, why a line costs what it does, and what was charged otherwise, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import Page, PageOf, QueryText
from services.workorder.endpoints.catalogue.prices import step_read
from services.workorder.endpoints.desk import CurrentDesk, document
from services.workorder.endpoints.period import CurrentPeriod
from services.workorder.endpoints.roles import FLOOR, READERS, REVIEWERS
from services.workorder.repository.catalogue.line_prices import charged_orders
from services.workorder.schemas.catalogue.line_prices import (
    LinePriceRead,
    PriceBasisRead,
    PriceDeviation,
    PricedLinesCreate,
)
from services.workorder.schemas.orders.orders import LineRead, LinesRead
from services.workorder.service.catalogue import priced_lines
from services.workorder.service.catalogue.deviations import Found, deviations
from services.workorder.service.desk import Desk

router = Router(tags=["prices"])
LineNumber = Annotated[int, Path(ge=1, le=1_000_000)]


@router.post("/v1/repair-orders/{order_id}/priced-lines", status_code=201, dependencies=[allow(*FLOOR)])
async def add_priced_lines(order_id: UUID, body: PricedLinesCreate, desk: CurrentDesk) -> LinesRead:
    """Until the customer approves the order. The catalogue gives hours, prices and amounts; each line keeps what it
    was priced by.

    Answers with all lines of the order.
    """
    lines = await priced_lines.add_priced_lines(desk, order_id, body)
    items = [document(LineRead, line) for line in lines]
    return LinesRead(order_id=order_id, currency=desk.store.currency, items=items)


@router.get("/v1/repair-orders/{order_id}/lines/{line_number}/price", dependencies=[allow(*READERS)])
async def explain_line_price(order_id: UUID, line_number: LineNumber, desk: CurrentDesk) -> LinePriceRead:
    """The steps by which the line was priced, as they were, and every change of its amount since."""
    line, basis, steps = await priced_lines.explain_line(desk, order_id, line_number)
    return document(
        LinePriceRead, line, currency=desk.store.currency, basis=basis and document(PriceBasisRead, basis),
        steps=[step_read(step) for step in steps],
    )  # fmt: skip


@router.get("/v1/price-deviations", dependencies=[allow(*REVIEWERS, "auditor")])
async def list_price_deviations(
    desk: CurrentDesk,
    wish: PageOf,
    period: CurrentPeriod,
    advisor: QueryText | None = None,
    *,
    unpublished: bool = False,
) -> Page[PriceDeviation]:
    """Work charged otherwise than the catalogue's price on the day its order was opened, of orders of these days.

    `unpublished`: also what the catalogue had no price for. The newest first; a page may hold few, or none, and go on.
    """
    orders = charged_orders(desk.store_id, period.begin, period.end, advisor)
    found, following = await deviations(desk, wish, orders, unpublished=unpublished)
    return Page(items=[_read(desk, each) for each in found], limit=wish.limit, next=following)


def _read(desk: Desk, found: Found) -> PriceDeviation:
    row, deviation, change = found
    return document(
        PriceDeviation, row, currency=desk.store.currency, by_catalogue=row.published is not None,
        published=deviation.published, unpublished=deviation.unpublished, charged=deviation.charged,
        difference=deviation.difference, reason=change and change.reason, changed_by=change and change.changed_by,
    )  # fmt: skip
