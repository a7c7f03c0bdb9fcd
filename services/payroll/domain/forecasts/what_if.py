"""What if: months as their own plans give them and as others would, person by person, over the same facts."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.payroll.domain.calculation.given import number_order

MAX_MONTHS = 12
MAX_VALUES = 20
ZERO = Decimal("0.00")
EDGES = (Decimal("100.00"), Decimal("500.00"), Decimal("1000.00"))
"""Where a band of differences ends, upwards and downwards; what is on an edge is in the band nearer to nothing."""


@dataclass(frozen=True, slots=True)
class Difference:
    person: str
    now: Decimal
    then: Decimal

    @property
    def difference(self) -> Decimal:
        return self.then - self.now


@dataclass(frozen=True, slots=True)
class Side:
    """People on one side, and what they gain or lose together."""

    people: int
    sum: Decimal


@dataclass(frozen=True, slots=True)
class Band:
    """People whose difference is between two amounts; None is without end, and nothing but zero is in its own."""

    lower: Decimal | None
    upper: Decimal | None
    people: int
    sum: Decimal


def differences(
    now: Mapping[str, Decimal], then: Mapping[str, Decimal], concerned: Collection[str]
) -> list[Difference]:
    """Of those concerned whom either pays anything, and of others who get more or less because these are paid
    otherwise; in the order of employee numbers."""
    found = (
        Difference(person, now.get(person, ZERO), then.get(person, ZERO))
        for person in sorted(now.keys() | then.keys(), key=number_order)
    )
    return [each for each in found if each.difference or each.person in concerned]


def winners(found: Iterable[Difference]) -> Side:
    return _side([each.difference for each in found if each.difference > 0])


def losers(found: Iterable[Difference]) -> Side:
    return _side([each.difference for each in found if each.difference < 0])


def _side(changes: Sequence[Decimal]) -> Side:
    return Side(len(changes), sum(changes, ZERO))


def bands(found: Iterable[Difference]) -> list[Band]:
    """All bands from the largest loss to the largest gain, empty ones too: every person is in one."""
    last = len(EDGES) + 1
    held: dict[int, list[Decimal]] = {place: [] for place in range(-last, last + 1)}
    for each in found:
        held[_place(each.difference)].append(each.difference)
    return [Band(*_edges(place), len(changes), sum(changes, ZERO)) for place, changes in held.items()]


def _place(change: Decimal) -> int:
    if change == 0:
        return 0
    size = bisect_left(EDGES, abs(change)) + 1
    return size if change > 0 else -size


def _edges(place: int) -> tuple[Decimal | None, Decimal | None]:
    if place < 0:
        lower, upper = _edges(-place)
        return (None if upper is None else -upper), (None if lower is None else -lower)
    if place == 0:
        return ZERO, ZERO
    return (ZERO, *EDGES)[place - 1], (*EDGES, None)[place - 1]
