"""Findings, the work related to their proposals, and the rules that call for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from chassis.errors import NotFound
from services.workorder.models import Finding, RelatedWork, RelatedWorkRule, RepairOrder, RepairOrderLine, Upsell


@dataclass(frozen=True)
class FindingFilter:
    order_number: str | None = None
    finder: str | None = None
    source: str | None = None
    priority: str | None = None


def findings(store_id: UUID, wanted: FindingFilter) -> Select[Any]:
    query = _findings(store_id)
    if wanted.order_number is not None:
        query = query.where(RepairOrder.number == wanted.order_number)
    if wanted.finder is not None:
        query = query.where(Finding.finder == wanted.finder)
    if wanted.source is not None:
        query = query.where(Finding.finding_source == wanted.source)
    return query if wanted.priority is None else query.where(Finding.priority == wanted.priority)


def _findings(store_id: UUID) -> Select[Any]:
    return (
        select(Finding)
        .join(Finding.order)
        .where(Finding.store_id == store_id)
        .options(contains_eager(Finding.order), joinedload(Finding.item), selectinload(Finding.related_work))
        .execution_options(populate_existing=True)
    )


async def finding_by_id(session: AsyncSession, store_id: UUID, finding_id: UUID, *, lock: bool = False) -> Finding:
    query = _findings(store_id).where(Finding.id == finding_id)
    found: Finding | None = (
        await session.scalars(query.with_for_update(of=Finding) if lock else query)
    ).one_or_none()  # fmt: skip
    if found is None:
        raise NotFound("There is no such finding")
    return found


async def order_of_finding(session: AsyncSession, store_id: UUID, finding_id: UUID) -> UUID:
    query = select(Finding.order_id).where(Finding.store_id == store_id, Finding.id == finding_id)
    return (await session.scalars(query)).one()


async def finding_if_any(session: AsyncSession, store_id: UUID, finding_id: UUID) -> Finding | None:
    return await session.scalar(select(Finding).where(Finding.store_id == store_id, Finding.id == finding_id))


async def proposed_codes(session: AsyncSession, finding: Finding) -> Sequence[str]:
    """The operations proposed because of a finding, in the order of their lines."""
    query = (
        select(RepairOrderLine.code)
        .join(Upsell, (Upsell.store_id == RepairOrderLine.store_id) & (Upsell.id == RepairOrderLine.upsell_id))
        .where(
            Upsell.store_id == finding.store_id, Upsell.order_id == finding.order_id, Upsell.finding_id == finding.id
        )
        .order_by(RepairOrderLine.line_number)
    )
    return (await session.scalars(query)).all()


@dataclass(frozen=True)
class RelatedWorkFilter:
    order_number: str | None = None
    finding_id: UUID | None = None
    state: str | None = None


def related_work(store_id: UUID, wanted: RelatedWorkFilter) -> Select[Any]:
    query = select(RelatedWork).where(RelatedWork.store_id == store_id).execution_options(populate_existing=True)
    if wanted.order_number is not None:
        of_order = (
            select(Finding.id)
            .join(Finding.order)
            .where(Finding.store_id == store_id, RepairOrder.number == wanted.order_number)
        )
        query = query.where(RelatedWork.finding_id.in_(of_order))
    if wanted.finding_id is not None:
        query = query.where(RelatedWork.finding_id == wanted.finding_id)
    return query if wanted.state is None else query.where(RelatedWork.state == wanted.state)


async def related_work_by_id(
    session: AsyncSession, store_id: UUID, related_id: UUID, *, lock: bool = False
) -> RelatedWork:
    query = related_work(store_id, RelatedWorkFilter()).where(RelatedWork.id == related_id)
    found: RelatedWork | None = (
        await session.scalars(query.with_for_update() if lock else query)
    ).one_or_none()  # fmt: skip
    if found is None:
        raise NotFound("There is no such related work")
    return found


async def lock_related_work_of(session: AsyncSession, store_id: UUID, finding_id: UUID) -> Sequence[RelatedWork]:
    query = related_work(store_id, RelatedWorkFilter(finding_id=finding_id)).order_by(RelatedWork.id)
    return (await session.scalars(query.with_for_update())).all()


async def add_related_work(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await session.execute(insert(RelatedWork).execution_options(render_nulls=True), list(rows))


async def open_related_work(
    session: AsyncSession, store_id: UUID, finding_ids: Sequence[UUID]
) -> Sequence[RelatedWork]:
    query = related_work(store_id, RelatedWorkFilter(state="open")).where(RelatedWork.finding_id.in_(finding_ids))
    return (await session.scalars(query.order_by(RelatedWork.id))).all()


def rules(store_id: UUID, operation_code: str | None) -> Select[Any]:
    query = select(RelatedWorkRule).where(RelatedWorkRule.store_id == store_id)
    return query if operation_code is None else query.where(RelatedWorkRule.operation_code == operation_code)


async def rules_of(session: AsyncSession, store_id: UUID, codes: Sequence[str]) -> Sequence[RelatedWorkRule]:
    return (await session.scalars(rules(store_id, None).where(RelatedWorkRule.operation_code.in_(codes)))).all()


async def rule_by_id(session: AsyncSession, store_id: UUID, rule_id: UUID, *, lock: bool = False) -> RelatedWorkRule:
    query = rules(store_id, None).where(RelatedWorkRule.id == rule_id).execution_options(populate_existing=True)
    found: RelatedWorkRule | None = (
        await session.scalars(query.with_for_update() if lock else query)
    ).one_or_none()  # fmt: skip
    if found is None:
        raise NotFound("There is no such rule of related work")
    return found


async def photos_of_findings(
    session: AsyncSession, store_id: UUID, finding_ids: Sequence[UUID]
) -> dict[UUID | None, Sequence[UUID]]:
    if not finding_ids:
        return {}
    query = select(Finding.id, Finding.photos).where(Finding.store_id == store_id, Finding.id.in_(finding_ids))
    return {row.id: row.photos for row in await session.execute(query)}
