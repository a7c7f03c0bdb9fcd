"""What a run is given: the month, the people as of its last day, targets, review scores and facts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from services.payroll.domain.month import Month

from .amendment import Amendment
from .assignment import EVERYBODY, Reach
from .facts import FactColumns
from .outcome import Scope

_DIGITS = re.compile(r"(\d+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Person:
    """One employee as of the last day of the month; `coefficient` is his own, which beats his post's in a plan."""

    number: str
    name: str
    post: str
    team: str | None
    coefficient: Fraction | None
    on_probation: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """Who was in a team, in which post, on a day of the month, though perhaps no more on its last."""

    number: str
    team: str
    post: str


@dataclass(frozen=True, slots=True)
class Target:
    """A target of a team (its name) or a person (the employee number), as `scope` says, for the month.

    `metric` is as in METRICS. `weight` (考核系数) is what it counts beside others. `former` are the versions of before
    that were signed, the newest first: until one whom it binds has signed this version too, the newest of them that he
    had counts.
    """

    scope: Scope
    subject: str
    metric: str
    value: Decimal
    signed_on: date | None
    signed_by: str | None
    weight: Decimal = Decimal(1)
    version: int = 1
    former: tuple["Target", ...] = ()


@dataclass(frozen=True, slots=True)
class RunInput:
    """Everything a run depends on; the order of people, targets and facts does not matter."""

    month: Month
    people: tuple[Person, ...]
    targets: tuple[Target, ...] = ()
    review_scores: Mapping[str, Decimal] = field(default_factory=dict)
    facts: Mapping[str, FactColumns] = field(default_factory=dict)
    """By kind."""
    amendments: tuple[Amendment, ...] = ()
    """Values of the plan's parameters that were set beside its text."""
    reach: Reach = EVERYBODY
    """Whom of the people the plan pays; others are known, and sign targets, but no step is calculated for them."""
    members: tuple[Member, ...] = ()
    """Of those who signed targets, beside what `people` tells of the last day."""


NumberOrder = tuple[tuple[int, int, str], ...]


def number_order(number: str) -> NumberOrder:
    """The order of employee numbers: digits by value, so that J9 comes before J10."""
    parts = (_part_order(part) for part in _DIGITS.split(number) if part)
    return (*parts, (2, 0, number))


def _part_order(part: str) -> tuple[int, int, str]:
    if not (part.isascii() and part.isdigit()):
        return (1, 0, part)
    significant = part.lstrip("0")
    return (0, len(significant), significant)
