"""Money of orders over HTTP: payments, the maker's reimbursements, the insurer's approvals."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Query

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, QueryText
from services.workorder.endpoints.desk import CurrentDesk, document, page
from services.workorder.endpoints.period import CurrentPeriod
from services.workorder.endpoints.roles import DESK, READERS, TILL
from services.workorder.models import InsurerApproval, Payment, Reimbursement
from services.workorder.repository.money.money import dated, of_order_number
from services.workorder.repository.money.refunds import with_refunded
from services.workorder.schemas.money.money import (
    InsurerApprovalCreate,
    InsurerApprovalRead,
    PaymentCreate,
    PaymentRead,
    ReimbursementCreate,
    ReimbursementRead,
)
from services.workorder.service.desk import Desk
from services.workorder.service.money import money

router = Router(tags=["money of orders"])
OrderNumber = Annotated[QueryText | None, Query(description="the order's number")]


def _payment(desk: Desk, row: Payment) -> PaymentRead:
    refunded = row.refunded or Decimal(0)
    return document(PaymentRead, row, order_number=row.order.number, currency=desk.store.currency, refunded=refunded)


def _reimbursement(desk: Desk, row: Reimbursement) -> ReimbursementRead:
    return document(ReimbursementRead, row, order_number=row.order.number, currency=desk.store.currency)


def _approval(desk: Desk, row: InsurerApproval) -> InsurerApprovalRead:
    return document(InsurerApprovalRead, row, order_number=row.order.number, currency=desk.store.currency)


@router.post("/v1/repair-orders/{order_id}/payments", status_code=201, dependencies=[allow(*TILL)])
async def record_payment(order_id: UUID, body: PaymentCreate, expected: IfMatch, desk: CurrentDesk) -> PaymentRead:
    """At most what is open; a deposit, at most what is expected to be. For the version of the order's balance."""
    return _payment(desk, await money.record_payment(desk, order_id, expected, body))


@router.get("/v1/payments", dependencies=[allow(*READERS)])
async def list_payments(
    desk: CurrentDesk, wish: PageOf, period: CurrentPeriod, order: OrderNumber = None
) -> Page[PaymentRead]:
    query = with_refunded(of_order_number(dated(Payment, Payment.paid_on, desk.store_id, *period), Payment, order))
    keys = [Payment.paid_on, Payment.id]
    return await page(desk, wish, query, keys, lambda row: _payment(desk, row))


@router.post("/v1/repair-orders/{order_id}/reimbursements", status_code=201, dependencies=[allow(*TILL)])
async def record_reimbursement(order_id: UUID, body: ReimbursementCreate, desk: CurrentDesk) -> ReimbursementRead:
    return _reimbursement(desk, await money.record_reimbursement(desk, order_id, body))


@router.get("/v1/reimbursements", dependencies=[allow(*READERS)])
async def list_reimbursements(
    desk: CurrentDesk, wish: PageOf, period: CurrentPeriod, order: OrderNumber = None
) -> Page[ReimbursementRead]:
    query = of_order_number(dated(Reimbursement, Reimbursement.paid_on, desk.store_id, *period), Reimbursement, order)
    keys = [Reimbursement.paid_on, Reimbursement.id]
    return await page(desk, wish, query, keys, lambda row: _reimbursement(desk, row))


@router.post("/v1/repair-orders/{order_id}/insurer-approval", status_code=201, dependencies=[allow(*DESK)])
async def record_insurer_approval(
    order_id: UUID, body: InsurerApprovalCreate, desk: CurrentDesk
) -> InsurerApprovalRead:
    return _approval(desk, await money.approve_by_insurer(desk, order_id, body))


@router.get("/v1/insurer-approvals", dependencies=[allow(*READERS)])
async def list_insurer_approvals(
    desk: CurrentDesk, wish: PageOf, period: CurrentPeriod, order: OrderNumber = None
) -> Page[InsurerApprovalRead]:
    model = InsurerApproval
    query = of_order_number(dated(model, model.approved_on, desk.store_id, *period), model, order)
    keys = [model.approved_on, model.id]
    return await page(desk, wish, query, keys, lambda row: _approval(desk, row))
