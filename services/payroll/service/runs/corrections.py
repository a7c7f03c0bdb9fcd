"""What a run adds for closed months: those of which something has changed are calculated again, by their own plans."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.domain.calculation.correction import Paid, PaidKey
from services.payroll.domain.month import Month
from services.payroll.models import Run
from services.payroll.repository.months import changes, months
from services.payroll.repository.runs import inputs
from services.payroll.repository.runs.inputs import Given
from services.payroll.service.runs.paying import Paying, days_of, paid_by

MONTHS_BACK = 24
"""What becomes known of a month closed longer ago is told by nobody's wages, but by a person."""


@dataclass(frozen=True)
class Again:
    """A closed month that is to be calculated again: by the plans of the run that it was closed on, with what it is
    given now; and what was paid for it."""

    month: Month
    paying: Sequence[Paying]
    given: Given
    paid: dict[PaidKey, Paid]


async def changed_months(session: AsyncSession, store: UUID, month: Month) -> list[Again]:
    """In the snapshot of the run, the oldest first."""
    since = Month(max(1, month.year - MONTHS_BACK // 12), month.number)
    found, runs = [], await changes.closed_before(session, str(month), str(since))
    retold = await changes.retold(session, runs)
    for run in runs:
        paying = await paid_by(session, run)
        if await changes.changed_since(session, run, days_of(paying, Month.parse(run.month)), retold):
            found.append(await _again(session, store, run, paying))
    return found


async def _again(session: AsyncSession, store: UUID, run: Run, paying: Sequence[Paying]) -> Again:
    month = Month.parse(run.month)
    of = [each.plan.id for each in paying]
    given = await inputs.given_for(session, store, run.month, days_of(paying, month), of)
    paid = await months.paid_for(session, run.month)
    return Again(month, paying, given, {key: Paid(*values) for key, values in paid.items()})
