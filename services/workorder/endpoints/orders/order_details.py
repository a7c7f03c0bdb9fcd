"""Details of an order over HTTP: people, jobs, promises, changes of lines, costs, and its timeline."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Path, Response

from chassis.auth import allow
from chassis.errors import language_of
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf
from services.workorder.domain.orders.line import Authorisation, is_work
from services.workorder.domain.orders.line_change import NO_MARGIN, margin_of
from services.workorder.domain.orders.order import allowed_moves, standings
from services.workorder.domain.orders.timeline import words_of
from services.workorder.endpoints.desk import CurrentDesk, document, page
from services.workorder.endpoints.orders.orders import read_order
from services.workorder.endpoints.roles import COSTERS, DESK, FLOOR, PROFIT_READERS, READERS
from services.workorder.models import OrderEntry, OrderPromise, RepairOrderLine
from services.workorder.repository.orders import details as repository
from services.workorder.repository.orders import lines as lines_repository
from services.workorder.repository.orders import orders as orders_repository
from services.workorder.repository.orders import timeline
from services.workorder.schemas.orders.order_details import (
    CostsBody,
    EntryRead,
    JobRead,
    JobsCreate,
    JobsRead,
    JobUpdate,
    LineMargin,
    LineUpdate,
    MarginRead,
    OrderStates,
    PriceChangeRead,
    PriceChangesRead,
    PromiseBody,
    PromiseRead,
    RepairOrderUpdate,
    Standing,
)
from services.workorder.schemas.orders.orders import LineRead, RepairOrderRead
from services.workorder.service.desk import Desk
from services.workorder.service.orders import details, line_changes

router = Router(tags=["details of orders"])


def _part_of_order(order_id: UUID, number: Annotated[int, Path(ge=1, le=1_000_000)]) -> tuple[UUID, int]:
    return order_id, number


PartOfOrder = Annotated[tuple[UUID, int], Depends(_part_of_order)]
"""The order, and the number of its job or line."""


@router.get("/v1/order-states", dependencies=[allow(*READERS)])
async def read_order_states() -> OrderStates:
    """Every standing that an order can have, and the moves allowed there: the same rule that enforces them."""
    return OrderStates(items=[document(Standing, each, allowed=list(allowed_moves(each))) for each in standings()])


@router.patch("/v1/repair-orders/{order_id}", dependencies=[allow(*DESK)])
async def change_repair_order(
    order_id: UUID, body: RepairOrderUpdate, expected: IfMatch, desk: CurrentDesk, response: Response
) -> RepairOrderRead:
    return read_order(await details.change_order(desk, order_id, expected, body), response)


@router.post("/v1/repair-orders/{order_id}/promise", dependencies=[allow(*DESK)])
async def promise_repair_order(
    order_id: UUID, body: PromiseBody, expected: IfMatch, desk: CurrentDesk, response: Response
) -> RepairOrderRead:
    """When the car will be ready; another time than before needs its reason, and both stay in the history."""
    return read_order(await details.promise(desk, order_id, expected, body), response)


@router.get("/v1/repair-orders/{order_id}/promises", dependencies=[allow(*READERS)])
async def list_promises(order_id: UUID, desk: CurrentDesk, wish: PageOf) -> Page[PromiseRead]:
    """The newest first."""
    order = await orders_repository.order_by_id(desk.session, desk.store_id, order_id)
    query = repository.promises(desk.store_id, order.id)
    return await page(desk, wish, query, [OrderPromise.id], lambda row: document(PromiseRead, row))


@router.post("/v1/repair-orders/{order_id}/jobs", status_code=201, dependencies=[allow(*DESK)])
async def add_jobs(order_id: UUID, body: JobsCreate, desk: CurrentDesk) -> JobsRead:
    """Answers with all jobs of the order."""
    jobs = await details.add_jobs(desk, order_id, body.jobs)
    return JobsRead(order_id=order_id, items=[document(JobRead, job) for job in jobs])


@router.get("/v1/repair-orders/{order_id}/jobs", dependencies=[allow(*READERS)])
async def read_jobs(order_id: UUID, desk: CurrentDesk) -> JobsRead:
    order = await orders_repository.order_by_id(desk.session, desk.store_id, order_id)
    jobs = await repository.jobs_of(desk.session, desk.store_id, order.id)
    return JobsRead(order_id=order.id, items=[document(JobRead, job) for job in jobs])


@router.patch("/v1/repair-orders/{order_id}/jobs/{number}", dependencies=[allow(*FLOOR)])
async def change_job(
    part: PartOfOrder, body: JobUpdate, expected: IfMatch, desk: CurrentDesk, response: Response
) -> JobRead:
    """Cause and correction, which every job has before the quality check."""
    return document(JobRead, await details.change_job(desk, *part, expected, body), response)


@router.patch("/v1/repair-orders/{order_id}/lines/{number}", dependencies=[allow(*DESK, "workshop_manager")])
async def change_repair_order_line(
    part: PartOfOrder, body: LineUpdate, expected: IfMatch, desk: CurrentDesk, response: Response
) -> LineRead:
    """With the line's own version. A change of money needs a reason; what the customer agreed to pay only falls."""
    return document(LineRead, await line_changes.change_line(desk, *part, expected, body), response)


@router.get("/v1/repair-orders/{order_id}/price-changes", dependencies=[allow(*READERS)])
async def read_price_changes(order_id: UUID, desk: CurrentDesk) -> PriceChangesRead:
    order = await orders_repository.order_by_id(desk.session, desk.store_id, order_id)
    found = await lines_repository.price_changes_of(desk.session, desk.store_id, order.id)
    items = [document(PriceChangeRead, change, line_number=number) for number, change in found]
    return PriceChangesRead(order_id=order.id, currency=desk.store.currency, items=items)


@router.post("/v1/repair-orders/{order_id}/costs", dependencies=[allow(*COSTERS)])
async def enter_costs(order_id: UUID, body: CostsBody, desk: CurrentDesk) -> MarginRead:
    await line_changes.enter_costs(desk, order_id, body.items)
    return await _margin(desk, order_id)


@router.get("/v1/repair-orders/{order_id}/margin", dependencies=[allow(*PROFIT_READERS)])
async def read_margin(order_id: UUID, desk: CurrentDesk) -> MarginRead:
    """Cost and gross profit of every line that is work."""
    order = await orders_repository.order_by_id(desk.session, desk.store_id, order_id)
    return await _margin(desk, order.id)


async def _margin(desk: Desk, order_id: UUID) -> MarginRead:
    lines = await orders_repository.lines_of(desk.session, desk.store_id, order_id)
    work = [line for line in lines if is_work(Authorisation(line.authorisation) if line.authorisation else None)]
    total = sum((margin_of(line.amount, line.cost) for line in work), NO_MARGIN)
    items = [_line_margin(line) for line in work]
    return document(MarginRead, total, order_id=order_id, currency=desk.store.currency, items=items)


def _line_margin(line: RepairOrderLine) -> LineMargin:
    return document(LineMargin, line, gross_profit=None if line.cost is None else line.amount - line.cost)


@router.get("/v1/repair-orders/{order_id}/timeline", dependencies=[allow(*READERS)])
async def list_timeline(
    order_id: UUID, desk: CurrentDesk, wish: PageOf, accept_language: Annotated[str | None, Header()] = None
) -> Page[EntryRead]:
    """What happened, by whom: the newest first, in Chinese or English."""
    order = await orders_repository.order_by_id(desk.session, desk.store_id, order_id)
    language = language_of(accept_language)

    def read(entry: OrderEntry) -> EntryRead:
        return document(EntryRead, entry, text=words_of(entry.what, language))

    return await page(desk, wish, timeline.entries(desk.store_id, order.id), [OrderEntry.id], read)
