"""What a run adds for closed months: those of which something has changed are calculated again, by their own plan."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.domain.correction import Paid, PaidKey
from services.payroll.domain.month import Month
from services.payroll.models import Plan, Run
from services.payroll.repository import inputs, months, runs
from services.payroll.repository.inputs import Given
from services.payroll.service import plans

MONTHS_BACK = 24
"""What becomes known of a month closed longer ago is told by nobody's wages, but by a person."""


@dataclass(frozen=True)
class Again:
    """A closed month that is to be calculated again: what it is given now, and what was paid for it."""

    month: Month
    plan: Plan
    given: Given
    paid: dict[PaidKey, Paid]


async def changed_months(session: AsyncSession, store: UUID, month: Month) -> list[Again]:
    """In the snapshot of the run, the oldest first."""
    since = Month(max(1, month.year - MONTHS_BACK // 12), month.number)
    found = []
    for closed, run in await months.closed_before(session, str(month), str(since)):
        plan = None if run.plan_id is None else await runs.plan_of(session, run.plan_id)
        if plan is not None:
            days = days_of(plan, Month.parse(closed.month))
            if await months.changed_since(session, run, days):
                found.append(await _again(session, store, run, plan, days))
    return found


async def _again(session: AsyncSession, store: UUID, run: Run, plan: Plan, days: tuple[date, date]) -> Again:
    given = await inputs.given_for(session, store, run.month, days, plan.id)
    paid = await months.paid_for(session, run.month)
    return Again(Month.parse(run.month), plan, given, {key: Paid(*values) for key, values in paid.items()})


def days_of(plan: Plan, month: Month) -> tuple[date, date]:
    """First and last day of the facts that the plan may ask for: most ask for the month's alone."""
    first = month.previous.first_day if plans.asks_for_previous_month(plan.text) else month.first_day
    return first, month.last_day
