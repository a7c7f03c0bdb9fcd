"""Lines with what was changed of their prices, and lines to hold against published prices."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Numeric, Select, and_, cast, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from chassis.errors import NotFound
from services.workorder.models import LinePriceChange, RepairOrder, RepairOrderLine, VehicleCopy


async def line_by_number(session: AsyncSession, store_id: UUID, order_id: UUID, number: int) -> RepairOrderLine:
    query = select(RepairOrderLine).where(
        RepairOrderLine.store_id == store_id,
        RepairOrderLine.order_id == order_id,
        RepairOrderLine.line_number == number,
    )
    found = (await session.scalars(query)).one_or_none()
    if found is None:
        raise NotFound("The order has no such line")
    return found


async def changes_of(session: AsyncSession, store_id: UUID, lines: Sequence[UUID]) -> Sequence[LinePriceChange]:
    """The earliest first."""
    query = select(LinePriceChange).where(LinePriceChange.store_id == store_id, LinePriceChange.line_id.in_(lines))
    return (await session.scalars(query.order_by(LinePriceChange.id))).all()


def charged_orders(store_id: UUID, begin: date | None, end: date | None, advisor: str | None) -> Select[Any]:
    """Orders opened in the period whose lines are held against what was published."""
    order = RepairOrder
    query = select(order).where(order.store_id == store_id, order.state != "cancelled")
    query = query if begin is None else query.where(order.opened_on >= begin)
    query = query if end is None else query.where(order.opened_on <= end)
    return query if advisor is None else query.where(order.advisor == advisor)


class Position(NamedTuple):
    """Where to go on: with an order, behind one of its lines, or from its first on where that is 0."""

    opened_on: date
    order_id: UUID
    line_number: int


async def charged_lines(
    session: AsyncSession, orders: Select[Any], at: Position | None, most: int
) -> tuple[list[Any], Position | None]:
    """The work of so many orders, the newest first, without what still costs exactly what the catalogue priced it at;
    and where to go on. Only the orders are in pages: no index serves an order of two tables."""
    order, line = aliased(RepairOrder, _from_here(orders, at).limit(most + 1).subquery()), RepairOrderLine
    published = cast(line.price_basis["amount"].astext, Numeric(17, 2))
    columns: list[Any] = [
        line.id, order.opened_on, order.id.label("order_id"), order.number.label("order_number"),
        order.kind.label("order_kind"), order.advisor, order.vin, VehicleCopy.model, line.line_number, line.code,
        line.name, line.quantity, line.amount, line.payer, published.label("published"),
    ]  # fmt: skip
    charged = [
        line.store_id == order.store_id, line.order_id == order.id,
        func.coalesce(line.authorisation, "approved") == "approved",
        or_(published.is_(None), published != line.amount),
    ]  # fmt: skip
    if at is not None:
        charged.append(or_(line.order_id != at.order_id, line.line_number > at.line_number))
    query = (
        select(*columns)
        .outerjoin_from(order, line, and_(*charged))
        .outerjoin(VehicleCopy, and_(VehicleCopy.store_id == order.store_id, VehicleCopy.vin == order.vin))
        .order_by(order.opened_on.desc(), order.id.desc(), line.line_number)
    )
    rows = list(await session.execute(query))
    seen = list(dict.fromkeys((row.opened_on, row.order_id) for row in rows))
    following = Position(*seen[most], 0) if len(seen) > most else None
    kept = [row for row in rows if row.id is not None and (following is None or row.order_id != following.order_id)]
    return kept, following


def _from_here(orders: Select[Any], at: Position | None) -> Select[Any]:
    keys = (RepairOrder.opened_on, RepairOrder.id)
    query = orders.order_by(*(key.desc() for key in keys))
    return query if at is None else query.where(tuple_(*keys) <= tuple_(at.opened_on, at.order_id))
