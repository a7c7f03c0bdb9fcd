"""Rules of targeted inspection (针对性检查): which cars get a check at reception, by what is known of them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

from services.workorder.domain.catalogue.catalogue_entries import name_key
from services.workorder.domain.inspections.inspection import FAULTY, Result
from services.workorder.domain.orders.order import Move, OrderKind
from services.workorder.domain.refusals import WorkorderRefusal

HELD_BY_CHECKS = frozenset({Move.INSPECT, Move.MAKE_READY})
"""No car goes to the final check, or out of it, with a check that nobody has made."""


class ChecksOpen(WorkorderRefusal):
    slug = "checks-open"
    title = "Checks of this order have to be made or waived first"


class CheckSettled(WorkorderRefusal):
    slug = "check-settled"
    title = "That check was made or waived already"


class CheckState(StrEnum):
    OPEN = "open"
    DONE = "done"
    WAIVED = "waived"


@dataclass(frozen=True)
class Arrival:
    """What is known of a car when it is received; what is not known is None. Age is in full months."""

    kind: OrderKind
    model: str | None = None
    model_year: int | None = None
    age_months: int | None = None
    odometer_km: int | None = None
    plate: str | None = None


@dataclass(frozen=True)
class Conditions:
    """All that are given have to hold; none given holds for every car. Regions are beginnings of plates (苏, 苏B).

    The ends of years and ages are included; of kilometres the beginning is, as in a mileage band.
    """

    models: frozenset[str] = field(default_factory=frozenset)
    year_from: int | None = None
    year_to: int | None = None
    age_months_from: int | None = None
    age_months_to: int | None = None
    km_from: int | None = None
    km_below: int | None = None
    regions: frozenset[str] = field(default_factory=frozenset)
    kinds: frozenset[OrderKind] = field(default_factory=frozenset)

    @cached_property
    def model_keys(self) -> frozenset[str]:
        """One model may be written in several ways, as for prices."""
        return frozenset(map(name_key, self.models))


def matches(wanted: Conditions, car: Arrival) -> bool:
    """What is not known of a car meets no condition on it."""
    kilometres_to = None if wanted.km_below is None else wanted.km_below - 1
    return (
        (not wanted.models or name_key(car.model) in wanted.model_keys)
        and (not wanted.kinds or car.kind in wanted.kinds)
        and (not wanted.regions or is_of_region(car.plate, wanted.regions))
        and _within(car.model_year, wanted.year_from, wanted.year_to)
        and _within(car.age_months, wanted.age_months_from, wanted.age_months_to)
        and _within(car.odometer_km, wanted.km_from, kilometres_to)
    )


def _within(value: int | None, low: int | None, high: int | None) -> bool:
    if low is None and high is None:
        return True
    return value is not None and (low is None or value >= low) and (high is None or value <= high)


def is_of_region(plate: str | None, regions: Collection[str]) -> bool:
    written = plate_letters(plate or "")
    return any(written.startswith(plate_letters(region)) for region in regions)


def plate_letters(plate: str) -> str:
    """Without what some write between province, city and number."""
    return "".join(sign for sign in plate.upper() if sign.isalnum())


def age_months(bought_on: date | None, received_on: date) -> int | None:
    """Full months since it was bought; None also for a date that has not come."""
    if bought_on is None or bought_on > received_on:
        return None
    months = (received_on.year - bought_on.year) * 12 + received_on.month - bought_on.month
    return months - (received_on.day < bought_on.day)


def in_force(valid_from: date, valid_to: date | None, day: date) -> bool:
    """Both ends are included."""
    return valid_from <= day and (valid_to is None or day <= valid_to)


@dataclass(frozen=True)
class OpenCheck:
    id: str
    code: str
    name: str


def check_state(result: Result | None, *, waived: bool) -> CheckState:
    """What was looked at is done, also where somebody had waived it before."""
    if result is not None:
        return CheckState.DONE
    return CheckState.WAIVED if waived else CheckState.OPEN


def outcome_of(result: Result | None) -> bool | None:
    """Found something, found nothing, or nobody could tell: not answered, or what does not apply to this car."""
    return None if result in {None, Result.NOT_APPLICABLE} else result in FAULTY


def require_open(state: CheckState) -> None:
    if state is not CheckState.OPEN:
        raise CheckSettled(f"It is {state}")


def require_none_open(checks: Iterable[OpenCheck]) -> None:
    found = list(checks)
    if found:
        named = ", ".join(f"{check.code} ({check.name})" for check in found[:10])
        raise ChecksOpen(f"To be made or waived first: {named}", open=[vars(check) for check in found])
