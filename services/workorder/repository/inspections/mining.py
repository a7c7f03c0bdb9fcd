"""Minings of patterns and what was said of their patterns."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import NotFound
from services.workorder.domain.inspections.mining import MiningState
from services.workorder.models import CheckRule, InspectionTemplate, PatternDecision, PatternMining


async def mining_by_id(session: AsyncSession, store_id: UUID, mining_id: UUID, *, lock: bool = False) -> PatternMining:
    query = select(PatternMining).where(PatternMining.store_id == store_id, PatternMining.id == mining_id)
    query = query.execution_options(populate_existing=True)
    found = (await session.scalars(query.with_for_update() if lock else query)).one_or_none()
    if found is None:
        raise NotFound("There is no such mining")
    return found


async def newest(session: AsyncSession, store_id: UUID, *states: MiningState) -> PatternMining | None:
    query = select(PatternMining).where(PatternMining.store_id == store_id)
    query = query.where(PatternMining.state.in_(states)) if states else query
    return await session.scalar(query.order_by(PatternMining.id.desc()).limit(1))


async def said_of_patterns(session: AsyncSession, store_id: UUID) -> Sequence[tuple[PatternDecision, CheckRule | None]]:
    """All that was ever said, the latest last, with the rules that patterns became."""
    said = PatternDecision
    query = (
        select(said, CheckRule)
        .outerjoin(CheckRule, (CheckRule.store_id == said.store_id) & (CheckRule.id == said.rule_id))
        .where(said.store_id == store_id)
        .order_by(said.id)
    )
    return [(row[0], row[1]) for row in await session.execute(query)]


async def known_items(session: AsyncSession, store_id: UUID) -> dict[str, dict[str, Any]]:
    """Every item that an inspection has been asked, by code: as the newest template says, or else the newest rule."""
    asked: dict[str, dict[str, Any]] = {}
    of_rules = select(CheckRule.item).where(CheckRule.store_id == store_id).order_by(CheckRule.id)
    asked.update({item["code"]: item for item in await session.scalars(of_rules)})
    template = InspectionTemplate
    of_templates = select(template.items).where(template.store_id == store_id, template.revision.is_not(None))
    for items in await session.scalars(of_templates.order_by(template.published_at, template.id)):
        asked.update({item["code"]: item for item in items})
    return asked


async def hold_decisions(session: AsyncSession, store_id: UUID) -> None:
    """Of two who decide on patterns of a store at once the second waits until the first has."""
    await session.execute(_HOLD, {"what": f"patterns {store_id}"})


_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))")
