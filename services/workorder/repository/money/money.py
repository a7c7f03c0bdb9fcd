"""Receipts, reimbursements, approvals, accessory sales, consumables, deducted hours: lists and what payments need."""

from datetime import date
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, exists, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from chassis.errors import NotFound
from services.workorder.domain.money.settlement import Charge
from services.workorder.domain.orders.line import Authorisation, Payer
from services.workorder.domain.orders.share import shares_read
from services.workorder.models import (
    AccessorySale,
    Consumable,
    InsurerApproval,
    PackageDraw,
    Payment,
    Reimbursement,
    RepairOrder,
    RepairOrderLine,
)
from services.workorder.models.record import Imported

Entry = TypeVar("Entry", bound=Imported)


def dated(
    model: type[Imported], day: InstrumentedAttribute[date], store_id: UUID, begin: date | None, end: date | None
) -> Select[Any]:
    """Entries of one kind between two days, both included; those of orders with their order."""
    query = select(model).where(model.store_id == store_id)
    if begin is not None:
        query = query.where(day >= begin)
    if end is not None:
        query = query.where(day <= end)
    order = getattr(model, "order", None)
    return query if order is None else query.options(joinedload(order))


def of_order_number(query: Select[Any], model: Any, number: str | None) -> Select[Any]:  # noqa: ANN401 - any with order
    return query if number is None else query.join(model.order).where(RepairOrder.number == number)


async def entry_by_id(session: AsyncSession, model: type[Entry], entry_id: UUID) -> Entry:
    """An entry just written, with its order where it has one."""
    query = select(model).where(model.id == entry_id).execution_options(populate_existing=True)
    order = getattr(model, "order", None)
    return (await session.scalars(query if order is None else query.options(joinedload(order)))).one()


async def lock_sale(session: AsyncSession, store_id: UUID, sale_id: UUID) -> AccessorySale:
    query = select(AccessorySale).where(AccessorySale.store_id == store_id, AccessorySale.id == sale_id)
    found: AccessorySale | None = (await session.scalars(query.with_for_update())).one_or_none()
    if found is None:
        raise NotFound("There is no such sale")
    return found


async def charges_of(session: AsyncSession, store_id: UUID, order_id: UUID) -> list[Charge]:
    line, draw = RepairOrderLine, PackageDraw
    covered = exists().where(draw.store_id == line.store_id, draw.line_id == line.id, draw.undone.is_(False))
    rows = await session.execute(
        select(line.payer, line.authorisation, line.amount, line.shares, covered).where(
            line.store_id == store_id, line.order_id == order_id
        )
    )
    return [
        Charge(Payer(payer), Authorisation(said) if said else None, amount, shares_read(shares), covered=paid_before)
        for payer, said, amount, shares, paid_before in rows
    ]


async def balance_version(session: AsyncSession, store_id: UUID, order_id: UUID) -> int:
    """Higher with everything that is paid, corrected or given back on the order, and with each settlement and reversal.

    With the order locked nobody adds any.
    """
    return int(await session.scalar(_BALANCE_VERSION, {"store": store_id, "order": order_id}) or 0)


_BALANCE_VERSION = text("""
    SELECT (SELECT coalesce(sum(version), 0) FROM payments WHERE store_id = :store AND order_id = :order)
        + (SELECT count(*) FROM refunds WHERE store_id = :store AND order_id = :order)
        + (SELECT count(*) FROM settlements WHERE store_id = :store AND order_id = :order)
        + (SELECT count(*) FROM settlement_reversals WHERE store_id = :store AND order_id = :order)
""")


async def paid_for(session: AsyncSession, store_id: UUID, order_id: UUID) -> Decimal:
    query = select(func.sum(Payment.amount)).where(Payment.store_id == store_id, Payment.order_id == order_id)
    return await session.scalar(query) or Decimal(0)


async def owner_share_of(session: AsyncSession, store_id: UUID, order_id: UUID) -> Decimal:
    approval = InsurerApproval
    query = select(approval.owner_share).where(approval.store_id == store_id, approval.order_id == order_id)
    return await session.scalar(query) or Decimal(0)


async def next_ordinal(session: AsyncSession, entry: Payment | Reimbursement | Consumable) -> int:
    """The place of a new entry among its equals: what is paid, or used, may differ."""
    model = type(entry)
    same = {"order_id", "source", "team", "paid_on", "used_on", "item", "method"} & set(model.__table__.columns.keys())
    query = select(func.coalesce(func.max(model.ordinal), 0)).where(model.store_id == entry.store_id)
    for name in sorted(same):
        query = query.where(getattr(model, name) == getattr(entry, name))
    return int(await session.scalar(query) or 0) + 1
