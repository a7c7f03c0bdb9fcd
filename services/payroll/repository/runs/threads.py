"""What hangs on an order: the work that was added to it with the customer's decision, and the answers to the survey."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.payroll.models import Fact, OrderCopy, ResponseCopy, UpsellCopy

Row = TypeVar("Row", UpsellCopy, ResponseCopy)


def waiting_facts() -> Select[Any]:
    """Facts that name an order which has not arrived."""
    order = aliased(OrderCopy)
    known = select(order.number).where(order.store_id == Fact.store_id, order.number == Fact.order_number)
    return select(Fact).where(Fact.order_number.is_not(None), ~known.exists())


async def upsells_of(session: AsyncSession, orders: Sequence[str]) -> Mapping[str, Sequence[UpsellCopy]]:
    """Without those that were revoked: their lines are no longer proposed work of the order."""
    standing = UpsellCopy.decision.is_distinct_from("revoked")
    query = select(UpsellCopy).where(UpsellCopy.order_number.in_(orders), standing).order_by(UpsellCopy.number)
    return _by_order((await session.scalars(query)).all())


async def responses_of(session: AsyncSession, orders: Sequence[str]) -> Mapping[str, Sequence[ResponseCopy]]:
    query = select(ResponseCopy).where(ResponseCopy.order_number.in_(orders)).order_by(ResponseCopy.submitted_on)
    return _by_order((await session.scalars(query)).all())


def _by_order(rows: Sequence[Row]) -> Mapping[str, Sequence[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.order_number].append(row)
    return found
