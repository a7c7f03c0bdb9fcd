"""What a run adds for closed months: those of which something has changed are calculated again, by their own plans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.domain.calculation.correction import Paid, PaidKey
from services.payroll.domain.month import Month
from services.payroll.domain.months.settled import Closing, first_corrected, settled_at
from services.payroll.models import Run
from services.payroll.repository.months import changes, months
from services.payroll.repository.runs import inputs
from services.payroll.repository.runs.inputs import Given
from services.payroll.service.runs.paying import Paying, days_of, paid_by

_UNDER_WAY = timedelta(minutes=1)
"""What was under way when a run began has an earlier time, and was not seen."""


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
    since = str(first_corrected(month))
    closed = await changes.closed_before(session, str(month), since)
    paying, until = await paid_by(session, closed), await _settled(session, since)
    looked = [
        changes.Looked(run.month, until[run.month] - _UNDER_WAY, days_of(paying[run.id], Month.parse(run.month)))
        for run in closed
    ]
    changed = await changes.changed(session, looked)
    return [await _again(session, store, run, paying[run.id]) for run in closed if run.month in changed]


async def _settled(session: AsyncSession, since: str) -> Mapping[str, datetime]:
    """Of every closed month."""
    rows, opened = await changes.closings(session, since)
    known = [
        Closing(Month.parse(row["month"]), row["begun"], row["closed"], frozenset(map(Month.parse, row["corrects"])))
        for row in rows
    ]
    return {
        str(each.month): settled_at(each, [other for other in known if other is not each], opened) for each in known
    }


async def _again(session: AsyncSession, store: UUID, run: Run, paying: Sequence[Paying]) -> Again:
    month = Month.parse(run.month)
    of = [each.plan.id for each in paying]
    given = await inputs.given_for(session, store, run.month, days_of(paying, month), of)
    paid = await months.paid_for(session, run.month)
    return Again(month, paying, given, {key: Paid(*values) for key, values in paid.items()})
