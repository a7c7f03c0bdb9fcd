"""Inspection templates and inspections."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from chassis.errors import NotFound
from services.workorder.models import Finding, Inspection, InspectionItem, InspectionTemplate, RepairOrder


def templates(store_id: UUID, order_kind: str | None, *, published: bool | None) -> Select[Any]:
    query = select(InspectionTemplate).where(InspectionTemplate.store_id == store_id)
    if order_kind is not None:
        query = query.where(InspectionTemplate.order_kind == order_kind)
    if published is not None:
        revision = InspectionTemplate.revision
        query = query.where(revision.is_not(None) if published else revision.is_(None))
    return query


async def template_by_id(
    session: AsyncSession, store_id: UUID, template_id: UUID, *, lock: bool = False
) -> InspectionTemplate:
    query = templates(store_id, None, published=None).where(InspectionTemplate.id == template_id)
    query = query.execution_options(populate_existing=True)
    found: InspectionTemplate | None = (
        await session.scalars(query.with_for_update() if lock else query)
    ).one_or_none()  # fmt: skip
    if found is None:
        raise NotFound("There is no such inspection template")
    return found


async def newest_published(session: AsyncSession, store_id: UUID, order_kind: str) -> InspectionTemplate | None:
    query = templates(store_id, order_kind, published=True).order_by(InspectionTemplate.revision.desc()).limit(1)
    found: InspectionTemplate | None = (await session.scalars(query)).one_or_none()
    return found


async def next_revision(session: AsyncSession, store_id: UUID, order_kind: str) -> int:
    """Held for this transaction: two that publish at once wait for each other."""
    await session.execute(_LOCK, {"what": f"inspection template {store_id} {order_kind}"})
    query = select(func.max(InspectionTemplate.revision)).where(
        InspectionTemplate.store_id == store_id, InspectionTemplate.order_kind == order_kind
    )
    return (await session.scalar(query) or 0) + 1


_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))")


@dataclass(frozen=True)
class InspectionFilter:
    order_number: str | None = None
    technician: str | None = None
    completed: bool | None = None


def inspections(store_id: UUID, wanted: InspectionFilter) -> Select[Any]:
    query = _inspections(store_id)
    if wanted.order_number is not None:
        query = query.where(RepairOrder.number == wanted.order_number)
    if wanted.technician is not None:
        query = query.where(Inspection.technician == wanted.technician)
    if wanted.completed is not None:
        completed_at = Inspection.completed_at
        query = query.where(completed_at.is_not(None) if wanted.completed else completed_at.is_(None))
    return query


def _inspections(store_id: UUID) -> Select[Any]:
    """With order, template, answers and checks: two queries however many there are."""
    return (
        select(Inspection)
        .join(Inspection.order)
        .where(Inspection.store_id == store_id)
        .options(
            contains_eager(Inspection.order),
            joinedload(Inspection.template),
            selectinload(Inspection.items).joinedload(InspectionItem.checks),
        )
        .execution_options(populate_existing=True)
    )  # fmt: skip


async def inspection_by_id(
    session: AsyncSession, store_id: UUID, inspection_id: UUID, *, lock: bool = False
) -> Inspection:
    query = _inspections(store_id).where(Inspection.id == inspection_id)
    found: Inspection | None = (
        await session.scalars(query.with_for_update(of=Inspection) if lock else query)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such inspection")
    return found


async def lock_inspection_of_item(session: AsyncSession, store_id: UUID, item_id: UUID) -> Inspection | None:
    """Its answers stay as they are until the transaction ends: they are read after it is locked."""
    of_item = select(InspectionItem.inspection_id).where(
        InspectionItem.store_id == store_id, InspectionItem.id == item_id
    )
    query = _inspections(store_id).where(Inspection.id == of_item.scalar_subquery())
    found: Inspection | None = (await session.scalars(query.with_for_update(of=Inspection))).one_or_none()
    return found


async def add_items(session: AsyncSession, inspection: Inspection, codes: Sequence[str]) -> None:
    """In one statement: added one by one, each would be one of its own."""
    common = {"store_id": inspection.store_id, "inspection_id": inspection.id}
    rows = [{**common, "position": position, "code": code} for position, code in enumerate(codes, start=1)]
    await session.execute(insert(InspectionItem), rows)


async def save_answers(session: AsyncSession, answers: Sequence[dict[str, Any]]) -> None:
    """Rows with the item's id and the same columns each: one statement."""
    await session.execute(update(InspectionItem), list(answers))


async def open_inspection_of(session: AsyncSession, store_id: UUID, order_id: UUID) -> UUID | None:
    query = select(Inspection.id).where(
        Inspection.store_id == store_id, Inspection.order_id == order_id, Inspection.completed_at.is_(None)
    )
    return await session.scalar(query)


async def items_with_findings(session: AsyncSession, inspection: Inspection) -> Sequence[UUID]:
    query = select(Finding.inspection_item_id).where(
        Finding.store_id == inspection.store_id,
        Finding.order_id == inspection.order_id,
        Finding.inspection_item_id.is_not(None),
    )
    return [item for item in await session.scalars(query) if item is not None]
