"""What targets are proposed from: who had one last, and the figures of earlier months."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.models import Run, Target
from services.payroll.repository.forecasts.what_ifs import runs_of


async def subjects_of(session: AsyncSession, metric: str, before: str) -> Sequence[tuple[str, str]]:
    """Scope and subject of each."""
    last = select(func.max(Target.month)).where(Target.metric == metric, Target.month < before)
    query = select(Target.scope, Target.subject).where(Target.metric == metric, Target.month == last.scalar_subquery())
    rows = await session.execute(query.order_by(Target.scope, Target.subject).limit(200))
    return [(row.scope, row.subject) for row in rows]


async def runs_with_figures(session: AsyncSession, months: Sequence[str]) -> Sequence[Run]:
    ids = list((await runs_of(session, months)).values())
    return (await session.scalars(select(Run).where(Run.id.in_(ids)).order_by(Run.month))).all()
