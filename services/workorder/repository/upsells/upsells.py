"""Upsells: lists, one for a decision, and the figures of advisors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from chassis.errors import NotFound
from services.workorder.models import RepairOrder, Upsell


@dataclass(frozen=True)
class UpsellFilter:
    """`decision` "proposed" means: not decided yet."""

    order_number: str | None = None
    advisor: str | None = None
    finder: str | None = None
    source: str | None = None
    decision: str | None = None


def upsells(store_id: UUID, wanted: UpsellFilter) -> Select[Any]:
    query = _upsells(store_id)
    if wanted.order_number is not None:
        query = query.where(RepairOrder.number == wanted.order_number)
    if wanted.advisor is not None:
        query = query.where(RepairOrder.advisor == wanted.advisor)
    if wanted.finder is not None:
        query = query.where(Upsell.finder == wanted.finder)
    if wanted.source is not None:
        query = query.where(Upsell.upsell_source == wanted.source)
    if wanted.decision == "proposed":
        query = query.where(Upsell.decision.is_(None))
    elif wanted.decision is not None:
        query = query.where(Upsell.decision == wanted.decision)
    return query


def _upsells(store_id: UUID) -> Select[Any]:
    return (
        select(Upsell)
        .join(Upsell.order)
        .where(Upsell.store_id == store_id)
        .options(joinedload(Upsell.order), joinedload(Upsell.again))
        .execution_options(populate_existing=True)
    )


async def upsell_by_id(session: AsyncSession, store_id: UUID, upsell_id: UUID, *, lock: bool = False) -> Upsell:
    query = _upsells(store_id).where(Upsell.id == upsell_id)
    query = query.with_for_update(of=Upsell) if lock else query
    found: Upsell | None = (await session.scalars(query)).one_or_none()
    if found is None:
        raise NotFound("There is no such upsell")
    return found


async def upsells_by_ids(session: AsyncSession, store_id: UUID, upsell_ids: Sequence[UUID]) -> Sequence[Upsell]:
    return (await session.scalars(_upsells(store_id).where(Upsell.id.in_(upsell_ids)))).all()


async def figures_by_advisor(
    session: AsyncSession, store_id: UUID, begin: date | None, end: date | None
) -> Sequence[Row[Any]]:
    """Upsells of orders whose car was here on any day of the period; an order still open is here to this day."""
    return (await session.execute(_FIGURES, {"store": store_id, "begin": begin, "end": end})).all()


_FIGURES = text("""
    SELECT o.advisor, count(*) AS proposed, count(*) FILTER (WHERE u.decision = 'approved') AS approved,
        coalesce(sum(u.amount) FILTER (WHERE u.decision = 'approved'), 0) AS approved_amount
    FROM upsells u JOIN repair_orders o ON o.store_id = u.store_id AND o.id = u.order_id
    WHERE u.store_id = :store AND u.line_numbers <> '{}'
      AND (CAST(:end AS date) IS NULL OR o.opened_on <= :end)
      AND (CAST(:begin AS date) IS NULL OR o.left_on IS NULL OR o.left_on >= :begin)
    GROUP BY o.advisor ORDER BY o.advisor
""")
