"""The days a list is narrowed to."""

from datetime import date
from typing import Annotated, NamedTuple

from fastapi import Depends, Query


class Period(NamedTuple):
    begin: date | None
    end: date | None


def _period(begin: Annotated[date | None, Query(alias="from")] = None, to: date | None = None) -> Period:
    """Both days included."""
    return Period(begin, to)


CurrentPeriod = Annotated[Period, Depends(_period)]
