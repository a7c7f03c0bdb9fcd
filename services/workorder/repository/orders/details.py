"""Jobs and promises of orders."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import NotFound
from services.workorder.models import OrderJob, OrderPromise


async def jobs_of(session: AsyncSession, store_id: UUID, order_id: UUID) -> Sequence[OrderJob]:
    query = select(OrderJob).where(OrderJob.store_id == store_id, OrderJob.order_id == order_id)
    return (await session.scalars(query.order_by(OrderJob.number))).all()


async def job_of(session: AsyncSession, store_id: UUID, order_id: UUID, number: int) -> OrderJob:
    query = select(OrderJob).where(OrderJob.store_id == store_id, OrderJob.order_id == order_id)
    found = (await session.scalars(query.where(OrderJob.number == number))).one_or_none()
    if found is None:
        raise NotFound("The order has no such job")
    return found


async def last_job_number(session: AsyncSession, store_id: UUID, order_id: UUID) -> int:
    query = select(func.max(OrderJob.number)).where(OrderJob.store_id == store_id, OrderJob.order_id == order_id)
    return await session.scalar(query) or 0


async def keep_told_promises(session: AsyncSession, orders: Sequence[UUID]) -> None:
    """What another system says these orders are promised for, where that is not the newest promise already."""
    await session.execute(KEEP_TOLD, {"orders": list(orders)})


KEEP_TOLD = text("""
    INSERT INTO order_promises (store_id, order_id, promised_at, made_by, made_at)
    SELECT o.store_id, o.id, o.promised_at, o.source, o.updated_at FROM repair_orders o
    WHERE o.id = ANY (CAST(:orders AS uuid[])) AND o.promised_at IS NOT NULL AND o.promised_at IS DISTINCT FROM (
        SELECT (array_agg(p.promised_at ORDER BY p.id DESC))[1] FROM order_promises p
        WHERE p.store_id = o.store_id AND p.order_id = o.id)
""")
"""With LIMIT the planner goes through all promises by their keys, for each order that has none."""


def promises(store_id: UUID, order_id: UUID) -> Select[Any]:
    return select(OrderPromise).where(OrderPromise.store_id == store_id, OrderPromise.order_id == order_id)
