"""Settling over HTTP: what would be billed, settling, and what was billed."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, set_etag
from services.workorder.endpoints.desk import CurrentDesk, document, page
from services.workorder.endpoints.orders.orders import read_order
from services.workorder.endpoints.roles import MANAGERS, READERS, TILL
from services.workorder.models import Settlement
from services.workorder.repository.money import settlements as repository
from services.workorder.repository.orders import orders
from services.workorder.schemas.money.settlements import (
    BillLineRead,
    Hindrance,
    ReversalRead,
    ReverseBody,
    SettleBody,
    SettlementContent,
    SettlementPreview,
    SettlementRead,
)
from services.workorder.schemas.orders.orders import RepairOrderRead
from services.workorder.service.money import settlements

router = Router(tags=["settlements"])
SettlementNumber = Annotated[int, Path(ge=1, le=1_000_000)]


def _read(settlement: Settlement) -> SettlementRead:
    reversal = settlement.reversal and document(ReversalRead, settlement.reversal)
    content = SettlementContent.model_validate(settlement.content)
    return document(SettlementRead, settlement, content=content, reversal=reversal)


@router.get("/v1/repair-orders/{order_id}/settlement-preview", dependencies=[allow(*READERS)])
async def preview_settlement(order_id: UUID, desk: CurrentDesk, response: Response) -> SettlementPreview:
    """What settling now would bill, and what hinders it. The ETag is the order's."""
    order, found = await settlements.preview(desk, order_id)
    set_etag(response, order.version)
    return document(
        SettlementPreview,
        found.bill,
        order_id=order.id,
        order_number=order.number,
        number=found.number,
        currency=desk.store.currency,
        lines=[document(BillLineRead, line) for line in found.bill.lines],
        paid=found.balance.held,
        open=found.balance.open,
        hindrances=[Hindrance.model_validate(each) for each in found.hindrances],
    )


@router.post("/v1/repair-orders/{order_id}/settle", dependencies=[allow(*TILL)])
async def settle_repair_order(
    order_id: UUID, body: SettleBody, expected: IfMatch, desk: CurrentDesk, response: Response
) -> RepairOrderRead:
    """Refused while something is open; see the order's settlement preview."""
    return read_order(await settlements.settle_order(desk, order_id, expected, body), response)


@router.post("/v1/repair-orders/{order_id}/reverse", dependencies=[allow(*MANAGERS)])
async def reverse_repair_order(
    order_id: UUID, body: ReverseBody, expected: IfMatch, desk: CurrentDesk, response: Response
) -> RepairOrderRead:
    """A settled order is open again; its settlement stays readable and no longer holds."""
    return read_order(await settlements.reverse_order(desk, order_id, expected, body), response)


@router.get("/v1/repair-orders/{order_id}/settlements", dependencies=[allow(*READERS)])
async def list_settlements(order_id: UUID, desk: CurrentDesk, wish: PageOf) -> Page[SettlementRead]:
    """The newest first; at most one of them holds."""
    order = await orders.order_by_id(desk.session, desk.store_id, order_id)
    query = repository.settlements_of(desk.store_id, order.id)
    return await page(desk, wish, query, [Settlement.number], _read)


@router.get("/v1/repair-orders/{order_id}/settlements/{number}", dependencies=[allow(*READERS)])
async def read_settlement(order_id: UUID, number: SettlementNumber, desk: CurrentDesk) -> SettlementRead:
    return _read(await repository.settlement_by_number(desk.session, desk.store_id, order_id, number))
