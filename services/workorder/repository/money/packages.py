"""Packages with their contents and draws, and which lines of an order are covered by one."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

from chassis.errors import NotFound
from services.workorder.models import Package, PackageDraw


def packages(store_id: UUID, customer: str | None = None, vin: str | None = None) -> Select[Any]:
    query = (
        select(Package)
        .where(Package.store_id == store_id)
        .options(selectinload(Package.items), selectinload(Package.draws).joinedload(PackageDraw.order))
        .execution_options(populate_existing=True)
    )
    if customer is not None:
        query = query.where(Package.customer_number == customer)
    return query if vin is None else query.where(Package.vin == vin)


async def package_by_id(session: AsyncSession, store_id: UUID, package_id: UUID, *, lock: bool = False) -> Package:
    """Locked, of two who want its last time the second sees that it is used."""
    query = packages(store_id).where(Package.id == package_id)
    query = query.with_for_update(of=Package) if lock else query
    found: Package | None = (await session.scalars(query)).one_or_none()
    if found is None:
        raise NotFound("There is no such package")
    return found


async def draw_by_id(session: AsyncSession, store_id: UUID, draw_id: UUID) -> PackageDraw:
    query = select(PackageDraw).where(PackageDraw.store_id == store_id, PackageDraw.id == draw_id)
    query = query.options(joinedload(PackageDraw.order)).execution_options(populate_existing=True)
    found: PackageDraw | None = (await session.scalars(query)).one_or_none()
    if found is None:
        raise NotFound("There is no such use of a package")
    return found


async def covered_lines(session: AsyncSession, store_id: UUID, order_id: UUID) -> set[UUID]:
    draw = PackageDraw
    query = select(draw.line_id).where(draw.store_id == store_id, draw.order_id == order_id, draw.undone.is_(False))
    return set(await session.scalars(query))
