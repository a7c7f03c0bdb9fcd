"""Limits of discounts, by role and day."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import NotFound
from services.workorder.models import DiscountLimit


def limits(store_id: UUID, role: str | None) -> Select[Any]:
    query = select(DiscountLimit).where(DiscountLimit.store_id == store_id)
    return query if role is None else query.where(DiscountLimit.role == role)


async def limit_by_id(session: AsyncSession, store_id: UUID, limit_id: UUID, *, lock: bool = False) -> DiscountLimit:
    query = limits(store_id, None).where(DiscountLimit.id == limit_id)
    query = query.with_for_update().execution_options(populate_existing=True) if lock else query
    found: DiscountLimit | None = (await session.scalars(query)).one_or_none()
    if found is None:
        raise NotFound("There is no such limit")
    return found


async def limits_on(
    session: AsyncSession, store_id: UUID, day: date, roles: Iterable[str] | None = None
) -> Mapping[str, DiscountLimit]:
    """What the store has set and holds on a day, by role; of all roles without any named."""
    query = limits(store_id, None).where(DiscountLimit.valid_from <= day).order_by(DiscountLimit.valid_from)
    if roles is not None:
        query = query.where(DiscountLimit.role.in_(sorted(roles)))
    return {limit.role: limit for limit in await session.scalars(query)}
