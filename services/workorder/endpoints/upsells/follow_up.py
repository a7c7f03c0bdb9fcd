"""Refused work over HTTP: what is coming due, what to offer at a visit, offering it again, and what became of it."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query, Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, PageWish, QueryText, paginate
from services.workorder.domain.upsells.finding import Priority
from services.workorder.endpoints.desk import CurrentDesk, document
from services.workorder.endpoints.period import CurrentPeriod
from services.workorder.endpoints.roles import DESK, READERS
from services.workorder.endpoints.upsells.upsells import read_upsell_of
from services.workorder.models import Upsell
from services.workorder.repository.orders import orders
from services.workorder.repository.upsells import follow_up as repository
from services.workorder.repository.upsells.follow_up import DUE_ON, OpenWorkFilter, open_work
from services.workorder.schemas.upsells.follow_up import (
    CloseBody,
    DeferredWorkFigures,
    DeferredWorkRead,
    FollowUpUpdate,
    Lineage,
    OutcomesOfReason,
    ReviveBody,
)
from services.workorder.schemas.upsells.upsells import UpsellRead
from services.workorder.service.desk import Desk
from services.workorder.service.upsells import follow_up

router = Router(tags=["deferred work"])
_CALLERS = (*DESK, "customer_care")


def _read(desk: Desk, row: Any, response: Response | None = None) -> DeferredWorkRead:  # noqa: ANN401 - a Row
    upsell: Upsell = row.Upsell
    order, vehicle, customer = upsell.order, upsell.order.vehicle, upsell.order.customer
    return document(
        DeferredWorkRead,
        upsell,
        response,
        order_number=order.number,
        advisor=order.advisor,
        vin=order.vin,
        plate=vehicle and vehicle.plate,
        model=vehicle and vehicle.model,
        customer_number=order.customer_number,
        customer_name=customer and customer.name,
        source=upsell.upsell_source,
        taken_by=row.taken_by,
        reason=upsell.decision_reason,
        overdue=upsell.follow_up_on is not None and upsell.follow_up_on < desk.today,
        quote_id=row.quote_id,
        quote_number=row.quote_number,
        why=row.why,
        if_not_done=row.if_not_done,
        photos=row.photos or [],
        currency=desk.store.currency,
    )


async def _page(desk: Desk, wish: PageWish, wanted: OpenWorkFilter) -> Page[DeferredWorkRead]:
    found, following = await paginate(desk.session, open_work(desk.store_id, wanted), [DUE_ON, Upsell.id], wish)
    return Page(items=[_read(desk, row) for row in found], limit=wish.limit, next=following)


def _filter(
    *,
    due_by: Annotated[date | None, Query(description="followed up on this day at the latest")] = None,
    decision: Literal["declined", "deferred"] | None = None,
    priority: Priority | None = None,
    advisor: QueryText | None = None,
    customer: Annotated[QueryText | None, Query(description="a number; those merged into it too")] = None,
    vin: QueryText | None = None,
) -> OpenWorkFilter:
    return OpenWorkFilter(due_by, decision, priority, advisor, customer, vin)


@router.get("/v1/deferred-work", dependencies=[allow(*READERS)])
async def list_deferred_work(
    desk: CurrentDesk, wish: PageOf, wanted: Annotated[OpenWorkFilter, Depends(_filter)]
) -> Page[DeferredWorkRead]:
    """What nobody has offered again or closed: the longest overdue first, what has no date last."""
    return await _page(desk, wish, wanted)


@router.get("/v1/deferred-work/{upsell_id}", dependencies=[allow(*READERS)])
async def read_deferred_work(upsell_id: UUID, desk: CurrentDesk, response: Response) -> DeferredWorkRead:
    return _read(desk, await repository.open_work_by_id(desk.session, desk.store_id, upsell_id), response)


@router.patch("/v1/deferred-work/{upsell_id}", dependencies=[allow(*_CALLERS)])
async def change_follow_up(
    upsell_id: UUID, body: FollowUpUpdate, expected: IfMatch, desk: CurrentDesk, response: Response
) -> DeferredWorkRead:
    upsell = await follow_up.change_follow_up(desk, upsell_id, expected, body)
    return _read(desk, await repository.open_work_by_id(desk.session, desk.store_id, upsell.id), response)


@router.post("/v1/deferred-work/{upsell_id}/close", dependencies=[allow(*_CALLERS)])
async def close_deferred_work(
    upsell_id: UUID, body: CloseBody, expected: IfMatch, desk: CurrentDesk, response: Response
) -> UpsellRead:
    """It is not offered again, and why: the car was sold, the work was done elsewhere."""
    return read_upsell_of(desk, await follow_up.close_work(desk, upsell_id, expected, body), response)


@router.get("/v1/repair-orders/{order_id}/open-recommendations", dependencies=[allow(*READERS)])
async def list_open_recommendations(order_id: UUID, desk: CurrentDesk, wish: PageOf) -> Page[DeferredWorkRead]:
    """What was refused for this car at earlier visits and is to be offered at this one."""
    order = await orders.order_by_id(desk.session, desk.store_id, order_id)
    if order.vin is None:
        return Page(items=[], limit=wish.limit, next=None)
    return await _page(desk, wish, OpenWorkFilter(vin=order.vin, not_of=order.id))


@router.post("/v1/upsells/{upsell_id}/revive", status_code=201, dependencies=[allow(*DESK)])
async def revive_upsell(upsell_id: UUID, body: ReviveBody, desk: CurrentDesk, response: Response) -> UpsellRead:
    """Refused work is offered again, once, on a later order of the same car; answers with the new upsell."""
    return read_upsell_of(desk, await follow_up.revive(desk, upsell_id, body), response)


@router.get("/v1/upsells/{upsell_id}/lineage", dependencies=[allow(*READERS)])
async def read_upsell_lineage(upsell_id: UUID, desk: CurrentDesk) -> Lineage:
    chain = await repository.lineage_of(desk.session, desk.store_id, upsell_id)
    return Lineage(items=[read_upsell_of(desk, upsell) for upsell in chain])


@router.get("/v1/deferred-work-figures", dependencies=[allow(*READERS)])
async def read_deferred_work_figures(desk: CurrentDesk, period: CurrentPeriod) -> DeferredWorkFigures:
    rows = await repository.outcomes(desk.session, desk.store_id, *period)
    reasons = [document(OutcomesOfReason, row) for row in rows]
    return DeferredWorkFigures(from_=period.begin, to=period.end, currency=desk.store.currency, reasons=reasons)
