"""Walks round a car, by order and revision."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, joinedload, with_expression

from chassis.errors import NotFound
from services.workorder.models import WalkRound

_other = aliased(WalkRound)
_NEWEST = (
    select(func.max(_other.number))
    .where(_other.store_id == WalkRound.store_id, _other.order_id == WalkRound.order_id)
    .correlate(WalkRound)
    .scalar_subquery()
)


async def walk_round(session: AsyncSession, store_id: UUID, order_id: UUID, number: int | None = None) -> WalkRound:
    """The newest unless a revision is named."""
    query = (
        select(WalkRound)
        .where(WalkRound.store_id == store_id, WalkRound.order_id == order_id)
        .where(WalkRound.number == (_NEWEST if number is None else number))
        .options(joinedload(WalkRound.order), with_expression(WalkRound.newest, _NEWEST))
        .execution_options(populate_existing=True)
    )
    found: WalkRound | None = (await session.scalars(query)).one_or_none()
    if found is None:
        raise NotFound("There is no such walk round the car")
    return found


async def newest_number(session: AsyncSession, store_id: UUID, order_id: UUID) -> int:
    """Zero before the first. With the order locked nobody makes another."""
    query = select(func.max(WalkRound.number)).where(WalkRound.store_id == store_id, WalkRound.order_id == order_id)
    return await session.scalar(query) or 0
