"""Departments and accounts of a store, by the day from which they hold."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.models import AccountMap, PayMonth


async def map_on(session: AsyncSession, day: date, known_at: datetime | None = None) -> AccountMap | None:
    query = select(AccountMap).where(AccountMap.valid_from <= day)
    if known_at is not None:
        query = query.where(AccountMap.created_at <= known_at)
    return await session.scalar(query.order_by(AccountMap.valid_from.desc()).limit(1))


async def last_closed(session: AsyncSession) -> str | None:
    return await session.scalar(select(func.max(PayMonth.month)).where(PayMonth.state == "closed"))
