"""Up to when what is paid for a closed month is what was due for it: what was told before needs no second look."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.payroll.domain.month import Month

YEARS_BACK = 2
"""What becomes known of a month that is further back is told by nobody's wages, but by a person."""


@dataclass(frozen=True)
class Closing:
    """How a closed month was closed last: when the run that pays it began, of which closed months that run holds
    corrections, and when it was closed."""

    month: Month
    begun: datetime
    closed: datetime
    corrects: frozenset[Month] = frozenset()


def first_corrected(month: Month) -> Month:
    """The earliest month that a run of a month corrects."""
    return Month(max(1, month.year - YEARS_BACK), month.number)


def settled_at(closing: Closing, others: Iterable[Closing], opened: datetime | None) -> datetime:
    """When the month was last calculated for what is paid, alone or by a later month's run: if nothing was told of it
    since, it is paid what is due.

    A run calculates each closed month anew of which something was told, and corrects what was paid by then. When the
    later month is closed on it, the month is paid what was due when the run began, if what was paid for it then and the
    run's own corrections are all that is paid for it now: nothing else that pays for it was closed after the run began,
    and no closed month was `opened` after it (the last time that one was).
    """
    known = list(others)
    paying = [closing, *(each for each in known if closing.month in each.corrects)]
    looked = [each for each in known if first_corrected(each.month) <= closing.month < each.month]
    since = [each.begun for each in looked if (opened is None or opened < each.begun) and _saw_all(each, paying)]
    return max((closing.begun, *since))


def _saw_all(later: Closing, paying: Sequence[Closing]) -> bool:
    return all(each.closed < later.begun for each in paying if each is not later)
