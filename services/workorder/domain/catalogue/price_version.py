"""Versions of prices: each holds from a day on, is never edited, and may be withdrawn before its day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from services.workorder.domain.refusals import WorkorderRefusal


@dataclass(frozen=True, kw_only=True)
class Dated:
    """What every version has: its day, and who made it."""

    id: UUID
    valid_from: date
    made_by: str


Version = TypeVar("Version", bound=Dated)


class PriceDayPast(WorkorderRefusal):
    status = 422
    slug = "price-day-past"
    title = "A price begins today or later"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.errors = [{"pointer": "/valid_from", "code": self.slug, "detail": detail}]


class PriceVersionBegun(WorkorderRefusal):
    slug = "price-version-begun"
    title = "The price has been in force; a new one may begin from a day on"


class PriceVersionWithdrawn(WorkorderRefusal):
    slug = "price-version-withdrawn"
    title = "The price was withdrawn already"


def in_force(versions: Iterable[Version], day: date) -> Version | None:
    """The version of the latest day that had begun by then; none before the first."""
    begun = [version for version in versions if version.valid_from <= day]
    return max(begun, key=lambda version: (version.valid_from, version.id)) if begun else None


def require_not_past(valid_from: date, today: date) -> None:
    """What was charged on a day that is over was charged by the prices of that day."""
    if valid_from < today:
        raise PriceDayPast(f"{valid_from} is over; today is {today}")


def require_withdrawable(valid_from: date, today: date, *, withdrawn: bool) -> None:
    if withdrawn:
        raise PriceVersionWithdrawn("It never came into force")
    if valid_from <= today:
        raise PriceVersionBegun(f"It has been in force since {valid_from}")
