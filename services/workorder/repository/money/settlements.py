"""Settlements of orders, and what a bill is made of besides the order's lines."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from chassis.errors import NotFound
from services.workorder.domain.money.discount import Allowance
from services.workorder.models import (
    LineDiscount,
    LinePriceChange,
    RepairOrderLine,
    Settlement,
    SettlementReversal,
    Shop,
)


def settlements_of(store_id: UUID, order_id: UUID) -> Select[Any]:
    return (
        select(Settlement)
        .where(Settlement.store_id == store_id, Settlement.order_id == order_id)
        .options(joinedload(Settlement.reversal))
        .execution_options(populate_existing=True)
    )


async def settlement_by_number(session: AsyncSession, store_id: UUID, order_id: UUID, number: int) -> Settlement:
    query = settlements_of(store_id, order_id).where(Settlement.number == number)
    found: Settlement | None = (await session.scalars(query)).one_or_none()
    if found is None:
        raise NotFound("The order has no such settlement")
    return found


async def newest_settlement(session: AsyncSession, store_id: UUID, order_id: UUID) -> Settlement | None:
    query = settlements_of(store_id, order_id).order_by(Settlement.number.desc()).limit(1)
    found: Settlement | None = (await session.scalars(query)).one_or_none()
    return found


async def holding_settlement(session: AsyncSession, store_id: UUID, order_id: UUID) -> Settlement | None:
    """The one that is not reversed. An order that another system has settled has none."""
    newest = await newest_settlement(session, store_id, order_id)
    return newest if newest is not None and newest.reversal is None else None


async def reversals_of(session: AsyncSession, store_id: UUID, order_id: UUID) -> int:
    """How many there were. With the order locked nobody adds another."""
    reversal = SettlementReversal
    query = select(func.count()).where(reversal.store_id == store_id, reversal.order_id == order_id)
    return await session.scalar(query) or 0


async def price_reasons(session: AsyncSession, store_id: UUID, order_id: UUID) -> Mapping[UUID, str]:
    """By line: why its amount was last changed."""
    change, line = LinePriceChange, RepairOrderLine
    query = (
        select(change.line_id, change.reason)
        .join(line, (line.store_id == change.store_id) & (line.id == change.line_id))
        .where(change.store_id == store_id, line.order_id == order_id, change.amount != change.former_amount)
        .order_by(change.id)
    )
    return {row.line_id: row.reason for row in await session.execute(query)}


async def allowances_of(session: AsyncSession, store_id: UUID, order_id: UUID) -> Mapping[UUID, Allowance]:
    """By line: how far whoever last gave a discount on it was allowed to go."""
    discount, line = LineDiscount, RepairOrderLine
    query = (
        select(discount.line_id, discount.line_limit, discount.order_limit)
        .join(line, (line.store_id == discount.store_id) & (line.id == discount.line_id))
        .where(discount.store_id == store_id, line.order_id == order_id)
        .order_by(discount.id)
    )
    return {row.line_id: Allowance(row.line_limit, row.order_limit) for row in await session.execute(query)}


async def ready_since(session: AsyncSession, store_id: UUID, order_id: UUID) -> datetime | None:
    """When the work was last finished, as the timeline has it."""
    found: datetime | None = await session.scalar(_READY_SINCE, {"store": store_id, "order": order_id})
    return found


_READY_SINCE = text("""
    SELECT max(at) FROM order_entries
    WHERE store_id = :store AND order_id = :order AND what = 'order.moved' AND detail ->> 'state' = 'ready'
""")


async def shop_of(session: AsyncSession, store_id: UUID, *, lock: bool = False) -> Shop | None:
    query = select(Shop).where(Shop.store_id == store_id)
    found: Shop | None = (await session.scalars(query.with_for_update() if lock else query)).one_or_none()
    return found
