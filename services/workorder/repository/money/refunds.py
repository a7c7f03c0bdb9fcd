"""Payments with what was given back of them, refunds, and the limits of roles."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, with_expression

from chassis.errors import NotFound
from services.workorder.models import Payment, Refund, RefundLimit

_REFUNDED = (
    select(func.coalesce(func.sum(Refund.amount), 0))
    .where(Refund.store_id == Payment.store_id, Refund.payment_id == Payment.id)
    .correlate(Payment)
    .scalar_subquery()
)


def with_refunded(query: Select[Any]) -> Select[Any]:
    return query.options(with_expression(Payment.refunded, _REFUNDED))


async def payment_by_id(session: AsyncSession, store_id: UUID, payment_id: UUID) -> Payment:
    query = with_refunded(select(Payment).where(Payment.store_id == store_id, Payment.id == payment_id))
    query = query.options(joinedload(Payment.order)).execution_options(populate_existing=True)
    found: Payment | None = (await session.scalars(query)).one_or_none()
    if found is None:
        raise NotFound("There is no such payment")
    return found


async def refunded_for(session: AsyncSession, store_id: UUID, order_id: UUID) -> Decimal:
    query = select(func.sum(Refund.amount)).where(Refund.store_id == store_id, Refund.order_id == order_id)
    return await session.scalar(query) or Decimal(0)


def refunds(store_id: UUID, begin: date | None, end: date | None) -> Select[Any]:
    """Between two days, both included, with their orders."""
    query = select(Refund).where(Refund.store_id == store_id).options(joinedload(Refund.order))
    if begin is not None:
        query = query.where(Refund.refunded_on >= begin)
    return query if end is None else query.where(Refund.refunded_on <= end)


async def refund_by_id(session: AsyncSession, store_id: UUID, refund_id: UUID) -> Refund:
    found: Refund = (await session.scalars(refunds(store_id, None, None).where(Refund.id == refund_id))).one()
    return found


async def limits(session: AsyncSession, store_id: UUID) -> list[RefundLimit]:
    """What holds: of each role the newest."""
    query = select(RefundLimit).where(RefundLimit.store_id == store_id).ext(distinct_on(RefundLimit.role))
    return list(await session.scalars(query.order_by(RefundLimit.role, RefundLimit.id.desc())))
