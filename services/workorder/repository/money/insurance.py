"""The insurer's account of an order: the approval with its total, supplements, payments."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from chassis.errors import NotFound
from services.workorder.models import InsurerApproval, InsurerPayment, InsurerPaymentTakenBack, InsurerSupplement

_TAKEN_BACK = exists().where(
    InsurerPaymentTakenBack.store_id == InsurerPayment.store_id, InsurerPaymentTakenBack.payment_id == InsurerPayment.id
)


async def approval_of(session: AsyncSession, store_id: UUID, order_id: UUID) -> InsurerApproval | None:
    query = select(InsurerApproval).where(InsurerApproval.store_id == store_id, InsurerApproval.order_id == order_id)
    query = query.options(joinedload(InsurerApproval.order)).execution_options(populate_existing=True)
    return (await session.scalars(query)).one_or_none()


async def supplements_of(session: AsyncSession, store_id: UUID, order_id: UUID) -> Sequence[InsurerSupplement]:
    made = InsurerSupplement
    query = select(made).where(made.store_id == store_id, made.order_id == order_id).order_by(made.id)
    return (await session.scalars(query)).all()


async def received_for(session: AsyncSession, store_id: UUID, order_id: UUID) -> Decimal:
    paid = InsurerPayment
    query = select(func.sum(paid.amount)).where(paid.store_id == store_id, paid.order_id == order_id, ~_TAKEN_BACK)
    return await session.scalar(query) or Decimal("0.00")


def payments(store_id: UUID, begin: date | None, end: date | None) -> Select[Any]:
    """Between two days, both included, with their orders."""
    query = (
        select(InsurerPayment)
        .where(InsurerPayment.store_id == store_id)
        .options(joinedload(InsurerPayment.order), joinedload(InsurerPayment.back))
        .execution_options(populate_existing=True)
    )
    if begin is not None:
        query = query.where(InsurerPayment.paid_on >= begin)
    return query if end is None else query.where(InsurerPayment.paid_on <= end)


async def payment_by_id(session: AsyncSession, store_id: UUID, payment_id: UUID) -> InsurerPayment:
    query = payments(store_id, None, None).where(InsurerPayment.id == payment_id)
    found: InsurerPayment | None = (await session.scalars(query)).one_or_none()
    if found is None:
        raise NotFound("There is no such payment of an insurer")
    return found
