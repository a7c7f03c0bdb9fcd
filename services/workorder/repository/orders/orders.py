"""Repair orders and their lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, any_, func, insert, literal, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, joinedload

from chassis.errors import NotFound
from services.workorder.models import CustomerCopy, RepairOrder, RepairOrderLine


@dataclass(frozen=True)
class OrderFilter:
    """What a list of orders is narrowed to; a customer's number finds the orders under all of his numbers."""

    state: str | None = None
    kind: str | None = None
    advisor: str | None = None
    vin: str | None = None
    customer: str | None = None
    opened_from: date | None = None
    opened_to: date | None = None


def orders(store_id: UUID, wanted: OrderFilter) -> Select[Any]:
    query = _orders(store_id)
    for name in ("state", "kind", "advisor", "vin"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(getattr(RepairOrder, name) == value)
    if wanted.opened_from is not None:
        query = query.where(RepairOrder.opened_on >= wanted.opened_from)
    if wanted.opened_to is not None:
        query = query.where(RepairOrder.opened_on <= wanted.opened_to)
    return query if wanted.customer is None else query.where(of_customer(store_id, wanted.customer))


def of_customer(store_id: UUID, number: str) -> ColumnElement[bool]:
    """Orders under any number of the person whom this number belongs to.

    The numbers are put into an array first: joined with, they would be taken for many, and the orders for soon found.
    """
    named, same = aliased(CustomerCopy), aliased(CustomerCopy)
    survivor = select(named.survivor_number).where(named.store_id == store_id, named.number == number)
    merged = select(same.number).where(same.store_id == store_id, same.survivor_number.in_(survivor))
    numbers = union(merged, survivor, select(literal(number)))
    return RepairOrder.customer_number == any_(func.array(numbers.scalar_subquery()))


def _orders(store_id: UUID) -> Select[Any]:
    return (
        select(RepairOrder)
        .where(RepairOrder.store_id == store_id)
        .options(*(joinedload(known) for known in (RepairOrder.customer, RepairOrder.vehicle, RepairOrder.approval)))
        .execution_options(populate_existing=True)
    )


async def order_by_id(session: AsyncSession, store_id: UUID, order_id: UUID) -> RepairOrder:
    return await _one(session, _orders(store_id).where(RepairOrder.id == order_id))


async def order_by_number(session: AsyncSession, store_id: UUID, number: str) -> RepairOrder:
    return await _one(session, _orders(store_id).where(RepairOrder.number == number))


async def lock_order(session: AsyncSession, store_id: UUID, order_id: UUID) -> RepairOrder:
    """The order, held against every other change of it and of its lines and money until the transaction ends."""
    query = _orders(store_id).where(RepairOrder.id == order_id)
    return await _one(session, query.with_for_update(of=RepairOrder))


async def _one(session: AsyncSession, query: Select[Any]) -> RepairOrder:
    found: RepairOrder | None = (await session.scalars(query)).one_or_none()
    if found is None:
        raise NotFound("There is no such order")
    return found


async def add_lines(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> list[RepairOrderLine]:
    """In one statement, in the order of their numbers; it names every column of `rows`, empty or not, since lines with
    other columns would be another statement."""
    added = await session.scalars(
        insert(RepairOrderLine).returning(RepairOrderLine), rows, execution_options={"render_nulls": True}
    )
    return sorted(added, key=lambda line: line.line_number)


async def lines_of(
    session: AsyncSession, store_id: UUID, order_id: UUID, upsell_id: UUID | None = None
) -> Sequence[RepairOrderLine]:
    query = select(RepairOrderLine).where(RepairOrderLine.store_id == store_id, RepairOrderLine.order_id == order_id)
    if upsell_id is not None:
        query = query.where(RepairOrderLine.upsell_id == upsell_id)
    query = query.order_by(RepairOrderLine.line_number).execution_options(populate_existing=True)
    return (await session.scalars(query)).all()


async def last_line_number(session: AsyncSession, store_id: UUID, order_id: UUID) -> int:
    query = select(func.coalesce(func.max(RepairOrderLine.line_number), 0)).where(
        RepairOrderLine.store_id == store_id, RepairOrderLine.order_id == order_id
    )
    return int(await session.scalar(query) or 0)
