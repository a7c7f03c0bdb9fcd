"""Which plan holds which post: the one that began last, unless it has ended."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.models import EmployeeTerms, Plan, PlanPost


async def plans_on(session: AsyncSession, day: date) -> Mapping[str, Plan]:
    """The plan in force for each post, and under "" for all that no plan names."""
    last = select(PlanPost).ext(distinct_on(PlanPost.post)).where(PlanPost.since <= day)
    begun = last.order_by(PlanPost.post, PlanPost.since.desc()).subquery()
    query = select(begun.c.post, Plan).join(Plan, (Plan.store_id == begun.c.store_id) & (Plan.id == begun.c.plan_id))
    rows = await session.execute(query.where(or_(Plan.ended_from.is_(None), Plan.ended_from > day)))
    return {row[0]: row[1] for row in rows}


async def taken(session: AsyncSession, posts: Collection[str], since: date) -> Sequence[str]:
    """Those of the posts for which a plan is active from that very day."""
    query = select(PlanPost.post).where(PlanPost.post.in_(posts), PlanPost.since == since)
    return (await session.scalars(query.order_by(PlanPost.post))).all()


async def any_plan(session: AsyncSession) -> bool:
    return await session.scalar(select(PlanPost.plan_id).limit(1)) is not None


async def posts_known(session: AsyncSession) -> Collection[str]:
    """Posts that somebody has or had, as they were typed."""
    return set(await session.scalars(select(EmployeeTerms.post).distinct()))


@dataclass(frozen=True)
class Posts:
    """What a plan was activated for ("" is all that no plan names), and what of it it holds on a day."""

    named: Sequence[str]
    held: Sequence[str]


async def posts_of(session: AsyncSession, plans: Collection[UUID], day: date) -> Mapping[UUID, Posts]:
    rows = await session.execute(_POSTS, {"plans": list(plans), "day": day})
    return {row.id: Posts(row.named, row.held or ()) for row in rows}


_POSTS = text("""
    SELECT p.id, array_agg(h.post ORDER BY h.post) AS named,
           array_agg(h.post ORDER BY h.post) FILTER (
               WHERE h.since = h.last AND (p.ended_from > :day) IS NOT FALSE) AS held
    FROM (SELECT *, max(since) FILTER (WHERE since <= :day) OVER (PARTITION BY post) AS last FROM plan_post) h
    JOIN plan p ON p.store_id = h.store_id AND p.id = h.plan_id
    WHERE p.id = ANY (:plans)
    GROUP BY p.id
""")
