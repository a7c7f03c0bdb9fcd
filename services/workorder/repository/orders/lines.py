"""Single lines of orders, their costs, and the changes of their prices."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import NotFound
from services.workorder.models import LinePriceChange, RepairOrderLine, Upsell


async def lock_line(session: AsyncSession, store_id: UUID, order_id: UUID, number: int) -> RepairOrderLine:
    line = RepairOrderLine
    query = select(line).where(line.store_id == store_id, line.order_id == order_id, line.line_number == number)
    query = query.with_for_update().execution_options(populate_existing=True)
    found = (await session.scalars(query)).one_or_none()
    if found is None:
        raise NotFound("The order has no such line")
    return found


async def lines_to_agree_on(session: AsyncSession, store_id: UUID, order_id: UUID) -> Sequence[UUID]:
    """The order's own lines that the customer has not agreed to before."""
    line = RepairOrderLine
    own = select(line.id).where(line.store_id == store_id, line.order_id == order_id, line.is_upsell.is_(False))
    return (await session.scalars(own.where(line.agreed_amount.is_(None)).order_by(line.id))).all()


async def agree_on_lines(session: AsyncSession, store_id: UUID, ids: Sequence[UUID], now: datetime) -> None:
    line = RepairOrderLine
    changed = {"agreed_amount": line.amount, "version": line.version + 1, "updated_at": now}
    await session.execute(update(line).where(line.store_id == store_id, line.id.in_(ids)).values(changed))


async def sum_upsell(session: AsyncSession, store_id: UUID, upsell_id: UUID, now: datetime) -> None:
    """An upsell brings in what its lines bring in."""
    total = (
        select(func.sum(RepairOrderLine.amount))
        .where(RepairOrderLine.store_id == store_id, RepairOrderLine.upsell_id == upsell_id)
        .scalar_subquery()
    )
    changed = {"amount": total, "version": Upsell.version + 1, "updated_at": now}
    await session.execute(update(Upsell).where(Upsell.store_id == store_id, Upsell.id == upsell_id).values(changed))


async def store_costs(session: AsyncSession, store_id: UUID, costs: Mapping[UUID, Decimal], now: datetime) -> None:
    line = RepairOrderLine
    cost = case(*((line.id == line_id, amount) for line_id, amount in costs.items()))
    changed = {"cost": cost, "version": line.version + 1, "updated_at": now}
    await session.execute(update(line).where(line.store_id == store_id, line.id.in_(costs)).values(changed))


async def price_changes_of(
    session: AsyncSession, store_id: UUID, order_id: UUID
) -> Sequence[tuple[int, LinePriceChange]]:
    """With the line's number, the oldest first."""
    change, line = LinePriceChange, RepairOrderLine
    query = (
        select(line.line_number, change)
        .join(line, (line.store_id == change.store_id) & (line.id == change.line_id))
        .where(change.store_id == store_id, line.order_id == order_id)
        .order_by(change.id)
    )
    return [(number, found) for number, found in await session.execute(query)]
