"""The days a list is narrowed to, and the month that figures are of."""

from datetime import date, timedelta
from typing import Annotated, NamedTuple

from fastapi import Depends, Query


class Period(NamedTuple):
    begin: date | None
    end: date | None


async def _period(begin: Annotated[date | None, Query(alias="from")] = None, to: date | None = None) -> Period:
    """Both days included."""
    return Period(begin, to)


CurrentPeriod = Annotated[Period, Depends(_period)]


class Month(NamedTuple):
    """Its first day, and that of the next."""

    begin: date
    next: date


async def _month(
    month: Annotated[str, Query(pattern="^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-09"])],
) -> Month:
    begin = date.fromisoformat(f"{month}-01")
    return Month(begin, (begin + timedelta(days=31)).replace(day=1))


CurrentMonth = Annotated[Month, Depends(_month)]
