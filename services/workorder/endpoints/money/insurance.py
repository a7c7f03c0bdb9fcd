"""The insurer's account of an order over HTTP: what he approved in all, and what he has paid."""

from uuid import UUID

from fastapi import Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf
from services.workorder.endpoints.desk import CurrentDesk, document, page
from services.workorder.endpoints.money.order_money import OrderNumber
from services.workorder.endpoints.period import CurrentPeriod
from services.workorder.endpoints.roles import DESK, MANAGERS, READERS, TILL
from services.workorder.models import InsurerPayment
from services.workorder.repository.money import insurance as repository
from services.workorder.repository.money.money import of_order_number
from services.workorder.schemas.money.insurance import (
    InsurerAccountRead,
    InsurerPaymentCreate,
    InsurerPaymentRead,
    InsurerPaymentTakeBack,
    SupplementCreate,
    SupplementRead,
    TakenBackRead,
)
from services.workorder.service.desk import Desk
from services.workorder.service.money import insurance
from services.workorder.service.money.insurance import Account

router = Router(tags=["insurers"])


def _account(desk: Desk, account: Account, response: Response) -> InsurerAccountRead:
    supplements = [document(SupplementRead, each) for each in account.supplements]
    return document(
        InsurerAccountRead, account.approval, response, order_number=account.approval.order.number,
        currency=desk.store.currency, supplements=supplements, received=account.received, open=account.open,
    )  # fmt: skip


def _payment(desk: Desk, row: InsurerPayment) -> InsurerPaymentRead:
    back = row.back and document(TakenBackRead, row.back)
    return document(InsurerPaymentRead, row, order_number=row.order.number, currency=desk.store.currency, back=back)


@router.get("/v1/repair-orders/{order_id}/insurer-account", dependencies=[allow(*READERS)])
async def read_insurer_account(order_id: UUID, desk: CurrentDesk, response: Response) -> InsurerAccountRead:
    return _account(desk, await insurance.account_of(desk, order_id), response)


@router.post("/v1/repair-orders/{order_id}/insurer-supplements", status_code=201, dependencies=[allow(*DESK)])
async def record_insurer_supplement(
    order_id: UUID, body: SupplementCreate, expected: IfMatch, desk: CurrentDesk, response: Response
) -> InsurerAccountRead:
    """For the version of the insurer's account."""
    return _account(desk, await insurance.supplement(desk, order_id, expected, body), response)


@router.post("/v1/repair-orders/{order_id}/insurer-payments", status_code=201, dependencies=[allow(*TILL)])
async def record_insurer_payment(order_id: UUID, body: InsurerPaymentCreate, desk: CurrentDesk) -> InsurerPaymentRead:
    """At most what the insurer has approved and not paid."""
    return _payment(desk, await insurance.take_payment(desk, order_id, body))


@router.post("/v1/insurer-payments/{payment_id}/take-back", dependencies=[allow(*MANAGERS, "desk_supervisor")])
async def take_back_insurer_payment(
    payment_id: UUID, body: InsurerPaymentTakeBack, desk: CurrentDesk
) -> InsurerPaymentRead:
    """One that was entered wrongly or did not hold, whole: it counts no more, once."""
    return _payment(desk, await insurance.take_back(desk, payment_id, body.reason))


@router.get("/v1/insurer-payments", dependencies=[allow(*READERS)])
async def list_insurer_payments(
    desk: CurrentDesk, wish: PageOf, period: CurrentPeriod, order: OrderNumber = None
) -> Page[InsurerPaymentRead]:
    query = of_order_number(repository.payments(desk.store_id, *period), InsurerPayment, order)
    keys = [InsurerPayment.paid_on, InsurerPayment.id]
    return await page(desk, wish, query, keys, lambda row: _payment(desk, row))
