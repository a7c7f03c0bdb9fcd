"""Values of plans' parameters that were set beside their texts."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.models import PayMonth, PlanParameter


async def parameter_of(session: AsyncSession, parameter: UUID) -> PlanParameter | None:
    return await session.scalar(select(PlanParameter).where(PlanParameter.id == parameter))


async def parameter_for_update(session: AsyncSession, parameter: UUID) -> PlanParameter | None:
    return await session.scalar(select(PlanParameter).where(PlanParameter.id == parameter).with_for_update())


async def last_number(session: AsyncSession, plan: UUID, name: str) -> int:
    query = select(func.max(PlanParameter.number)).where(PlanParameter.plan_id == plan, PlanParameter.name == name)
    return await session.scalar(query) or 0


async def newer_of_the_day(session: AsyncSession, value: PlanParameter) -> PlanParameter | None:
    """An approved one of the same parameter and day with a higher number: a run would take that."""
    query = select(PlanParameter).where(
        PlanParameter.plan_id == value.plan_id,
        PlanParameter.name == value.name,
        PlanParameter.valid_from == value.valid_from,
        PlanParameter.number > value.number,
        PlanParameter.status == "approved",
    )
    return await session.scalar(query.limit(1))


async def settled_until(session: AsyncSession) -> str | None:
    """The last month that is locked, approved or closed."""
    return await session.scalar(select(func.max(PayMonth.month)).where(PayMonth.state != "open"))


async def hashes_of_plan(session: AsyncSession, plan: UUID) -> Sequence[str]:
    """Of every value that is proposed or approved."""
    query = select(PlanParameter.hash).where(PlanParameter.plan_id == plan, PlanParameter.status != "withdrawn")
    return (await session.scalars(query)).all()


async def approved_of(session: AsyncSession, plan: UUID, until: date = date.max) -> Sequence[PlanParameter]:
    """In the order in which they supersede each other."""
    query = select(PlanParameter).where(
        PlanParameter.plan_id == plan, PlanParameter.status == "approved", PlanParameter.valid_from <= until
    )
    return (await session.scalars(query.order_by(PlanParameter.name, PlanParameter.number))).all()
