"""Lines with what was changed of their prices, and lines to hold against published prices."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Numeric, Select, and_, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

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


def charged_lines(store_id: UUID, begin: date | None, end: date | None, advisor: str | None) -> Select[Any]:
    """Work of orders opened in the period, without what still costs exactly what the catalogue priced it at."""
    order, line = RepairOrder, RepairOrderLine
    published = cast(line.price_basis["amount"].astext, Numeric(17, 2))
    columns: list[Any] = [
        line.id, order.opened_on, order.id.label("order_id"), order.number.label("order_number"),
        order.kind.label("order_kind"), order.advisor, order.vin, VehicleCopy.model, line.line_number, line.code,
        line.name, line.quantity, line.amount, line.payer, published.label("published"),
    ]  # fmt: skip
    query = (
        select(*columns)
        .join(order, and_(order.store_id == line.store_id, order.id == line.order_id))
        .outerjoin(VehicleCopy, and_(VehicleCopy.store_id == order.store_id, VehicleCopy.vin == order.vin))
        .where(
            line.store_id == store_id,
            order.store_id == store_id,
            order.state != "cancelled",
            func.coalesce(line.authorisation, "approved") == "approved",
            or_(published.is_(None), published != line.amount),
        )
    )
    query = query if begin is None else query.where(order.opened_on >= begin)
    query = query if end is None else query.where(order.opened_on <= end)
    return query if advisor is None else query.where(order.advisor == advisor)
