"""Repair orders over HTTP: open, read, list, move, plan lines."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, QueryText, set_etag
from services.workorder.domain.inspections.check_rule import HELD_BY_CHECKS
from services.workorder.domain.orders.order import AGREED_TO, STEPS, Move, OrderKind, State, allowed_moves
from services.workorder.endpoints.desk import CurrentDesk, document, page
from services.workorder.endpoints.roles import DESK, FLOOR, READERS
from services.workorder.models import RepairOrder
from services.workorder.repository.orders import orders as repository
from services.workorder.repository.orders.orders import OrderFilter
from services.workorder.schemas.inspections.checks import OpenCheckRead
from services.workorder.schemas.orders.approval import OrderApprovalRead, ToldAtDesk
from services.workorder.schemas.orders.orders import (
    BalanceRead,
    CancelBody,
    DeliverBody,
    HoldBody,
    LineRead,
    LinesCreate,
    LinesRead,
    Reference,
    RepairOrderCreate,
    RepairOrderRead,
    Transitions,
)
from services.workorder.service.desk import Desk
from services.workorder.service.inspections import checks
from services.workorder.service.money import money
from services.workorder.service.orders import orders
from services.workorder.service.orders.progress import progress_of

router = Router(tags=["repair orders"])


def read_order(order: RepairOrder, response: Response | None = None) -> RepairOrderRead:
    vehicle = order.vin and Reference(
        source=order.source, number=order.vin, id=order.vehicle.id if order.vehicle else None
    )
    customer = order.customer_number and Reference(
        source=order.source, number=order.customer_number, id=order.customer.survivor_id if order.customer else None
    )
    return document(
        RepairOrderRead,
        order,
        response,
        vehicle=vehicle or None,
        customer=customer or None,
        approval=read_order_approval(order),
    )


def read_order_approval(order: RepairOrder) -> OrderApprovalRead | None:
    if order.approval is not None:
        return document(OrderApprovalRead, order.approval)
    return OrderApprovalRead(**dict.fromkeys(OrderApprovalRead.model_fields)) if order.state in AGREED_TO else None


def _filter(
    *,
    state: State | None = None,
    kind: OrderKind | None = None,
    advisor: QueryText | None = None,
    vin: QueryText | None = None,
    customer: QueryText | None = None,
    opened_from: date | None = None,
    opened_to: date | None = None,
) -> OrderFilter:
    return OrderFilter(state, kind, advisor, vin, customer, opened_from, opened_to)


@router.post("/v1/repair-orders", status_code=201, dependencies=[allow(*DESK)])
async def open_repair_order(body: RepairOrderCreate, desk: CurrentDesk, response: Response) -> RepairOrderRead:
    return read_order(await orders.open_order(desk, body), response)


@router.get("/v1/repair-orders", dependencies=[allow(*READERS)])
async def list_repair_orders(
    desk: CurrentDesk, wish: PageOf, wanted: Annotated[OrderFilter, Depends(_filter)]
) -> Page[RepairOrderRead]:
    """The newest first."""
    query = repository.orders(desk.store_id, wanted)
    keys = [RepairOrder.opened_at, RepairOrder.id]
    return await page(desk, wish, query, keys, read_order)


@router.get("/v1/repair-orders/by-number/{number:path}", dependencies=[allow(*READERS)])
async def read_repair_order_by_number(number: str, desk: CurrentDesk, response: Response) -> RepairOrderRead:
    return read_order(await repository.order_by_number(desk.session, desk.store_id, number), response)


@router.get("/v1/repair-orders/{order_id}", dependencies=[allow(*READERS)])
async def read_repair_order(order_id: UUID, desk: CurrentDesk, response: Response) -> RepairOrderRead:
    return read_order(await repository.order_by_id(desk.session, desk.store_id, order_id), response)


@router.get("/v1/repair-orders/{order_id}/transitions", dependencies=[allow(*READERS)])
async def read_repair_order_transitions(order_id: UUID, desk: CurrentDesk, response: Response) -> Transitions:
    order = await repository.order_by_id(desk.session, desk.store_id, order_id)
    set_etag(response, order.version)
    progress = progress_of(order)
    held = await checks.open_checks(desk.session, desk.store_id, order.id)
    allowed = [move for move in allowed_moves(progress) if not (held and move in HELD_BY_CHECKS)]
    open_checks = [document(OpenCheckRead, each) for each in held]
    return document(Transitions, progress, allowed=allowed, open_checks=open_checks)


@router.get("/v1/repair-orders/{order_id}/lines", dependencies=[allow(*READERS)])
async def read_repair_order_lines(order_id: UUID, desk: CurrentDesk) -> LinesRead:
    order = await repository.order_by_id(desk.session, desk.store_id, order_id)
    return _lines(desk, order_id, await repository.lines_of(desk.session, desk.store_id, order.id))


@router.post("/v1/repair-orders/{order_id}/lines", status_code=201, dependencies=[allow(*FLOOR)])
async def add_repair_order_lines(order_id: UUID, body: LinesCreate, desk: CurrentDesk) -> LinesRead:
    """Until the customer approves the order; what comes later is an upsell. Answers with all lines of the order."""
    return _lines(desk, order_id, await orders.add_lines(desk, order_id, body.lines))


def _lines(desk: Desk, order_id: UUID, lines: object) -> LinesRead:
    items = [document(LineRead, line) for line in lines]  # type: ignore[attr-defined]
    return LinesRead(order_id=order_id, currency=desk.store.currency, items=items)


@router.get("/v1/repair-orders/{order_id}/balance", dependencies=[allow(*READERS)])
async def read_repair_order_balance(order_id: UUID, desk: CurrentDesk, response: Response) -> BalanceRead:
    """Its version is named by whoever takes money on the order or gives it back."""
    order = await repository.order_by_id(desk.session, desk.store_id, order_id)
    version, balance = await money.seen_balance_of(desk, order.id)
    set_etag(response, version)
    return document(BalanceRead, balance, order_id=order.id, currency=desk.store.currency, version=version)


def _mover(move: Move) -> Callable[..., Awaitable[RepairOrderRead]]:
    async def move_on(order_id: UUID, expected: IfMatch, desk: CurrentDesk, response: Response) -> RepairOrderRead:
        return read_order(await orders.move_order(desk, order_id, expected, move), response)

    return move_on


@router.post("/v1/repair-orders/{order_id}/approve", dependencies=[allow(*DESK)])
async def approve_repair_order(
    order_id: UUID, body: ToldAtDesk, expected: IfMatch, desk: CurrentDesk, response: Response
) -> RepairOrderRead:
    """Enter that the customer has agreed to the order, how, and who said so; see the order's transitions."""
    return read_order(await orders.approve_order(desk, order_id, expected, body), response)


for _move in (*(step for step in STEPS if step is not Move.APPROVE), Move.RESUME):
    router.add_api_route(
        f"/v1/repair-orders/{{order_id}}/{_move.replace('_', '-')}",
        _mover(_move),
        methods=["POST"],
        name=f"{_move}_repair_order",
        summary=f"{_move.replace('_', ' ').capitalize()}; see the order's transitions",
        dependencies=[allow(*FLOOR)],
    )


@router.post("/v1/repair-orders/{order_id}/hold", dependencies=[allow(*FLOOR)])
async def hold_repair_order(
    order_id: UUID, body: HoldBody, expected: IfMatch, desk: CurrentDesk, response: Response
) -> RepairOrderRead:
    return read_order(await orders.hold_order(desk, order_id, expected, body.hold), response)


@router.post("/v1/repair-orders/{order_id}/cancel", dependencies=[allow(*DESK)])
async def cancel_repair_order(
    order_id: UUID, body: CancelBody, expected: IfMatch, desk: CurrentDesk, response: Response
) -> RepairOrderRead:
    return read_order(await orders.cancel_order(desk, order_id, expected, body.reason), response)


@router.post("/v1/repair-orders/{order_id}/deliver", dependencies=[allow(*DESK)])
async def deliver_repair_order(
    order_id: UUID, body: DeliverBody, expected: IfMatch, desk: CurrentDesk, response: Response
) -> RepairOrderRead:
    return read_order(await orders.deliver_order(desk, order_id, expected, body), response)
