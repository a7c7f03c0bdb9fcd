"""Refunds over HTTP, and the limits within which a role gives money back."""

from collections.abc import Iterable
from uuid import UUID

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf
from services.workorder.domain.money.refund import USUAL_LIMITS
from services.workorder.endpoints.desk import CurrentDesk, document, page
from services.workorder.endpoints.money.order_money import OrderNumber
from services.workorder.endpoints.period import CurrentPeriod
from services.workorder.endpoints.roles import MANAGERS, READERS, TILL
from services.workorder.models import Refund, RefundLimit
from services.workorder.repository.money import refunds as repository
from services.workorder.repository.money.money import of_order_number
from services.workorder.schemas.money.refunds import (
    RefundCreate,
    RefundLimitCreate,
    RefundLimitRead,
    RefundLimitsRead,
    RefundRead,
)
from services.workorder.service.desk import Desk
from services.workorder.service.money import refunds

router = Router(tags=["refunds"])


def _refund(desk: Desk, row: Refund) -> RefundRead:
    return document(RefundRead, row, order_number=row.order.number, currency=desk.store.currency)


def _limits(desk: Desk, rows: Iterable[RefundLimit]) -> RefundLimitsRead:
    currency, own = desk.store.currency, {row.role: row for row in rows}
    usual = [
        RefundLimitRead(role=role, amount=amount, currency=currency, set_by=None, set_at=None)
        for role, amount in USUAL_LIMITS.items()
        if role not in own
    ]
    read = [document(RefundLimitRead, row, currency=currency) for row in own.values()]
    return RefundLimitsRead(items=sorted([*usual, *read], key=lambda each: each.role))


@router.post("/v1/payments/{payment_id}/refund", status_code=201, dependencies=[allow(*TILL)])
async def refund_payment(payment_id: UUID, body: RefundCreate, expected: IfMatch, desk: CurrentDesk) -> RefundRead:
    """At most what is left of the payment, and within the caller's limit; see the store's refund limits. For the
    version of the order's balance."""
    return _refund(desk, await refunds.refund_payment(desk, payment_id, expected, body))


@router.get("/v1/refunds", dependencies=[allow(*READERS)])
async def list_refunds(
    desk: CurrentDesk, wish: PageOf, period: CurrentPeriod, order: OrderNumber = None
) -> Page[RefundRead]:
    query = of_order_number(repository.refunds(desk.store_id, *period), Refund, order)
    keys = [Refund.refunded_on, Refund.id]
    return await page(desk, wish, query, keys, lambda row: _refund(desk, row))


@router.get("/v1/refund-limits", dependencies=[allow(*READERS)])
async def read_refund_limits(desk: CurrentDesk) -> RefundLimitsRead:
    return _limits(desk, await repository.limits(desk.session, desk.store_id))


@router.post("/v1/refund-limits", status_code=201, dependencies=[allow(*MANAGERS)])
async def set_refund_limit(body: RefundLimitCreate, desk: CurrentDesk) -> RefundLimitsRead:
    """From now on, for one role; those without any limit have none to set."""
    return _limits(desk, await refunds.set_limit(desk, body))
