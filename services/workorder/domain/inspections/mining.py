"""Mining of patterns: how far it looks back, what is counted, and what people have said of what it found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.workorder.domain.inspections.patterns import Cell, MileageBand
from services.workorder.domain.refusals import WorkorderRefusal

MONTHS_BACK = 36
ORDERS_AT_MOST = 200_000
GROWTH = 2
"""What was dismissed, or whose rule has ended, is proposed again once so many times as many cars were looked at."""


class MiningState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class PatternState(StrEnum):
    """Only what a person accepted has become a rule; what is proposed does nothing."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"


class MiningUnderWay(WorkorderRefusal):
    slug = "mining-under-way"
    title = "Patterns are being looked for already"


class PatternDecided(WorkorderRefusal):
    slug = "pattern-decided"
    title = "This pattern is not proposed: it was accepted or dismissed"


@dataclass(frozen=True)
class Said:
    """What was said last of a pattern, on how many cars; `in_force`: its rule still holds."""

    accepted: bool
    n: int
    in_force: bool


def state_of(n: int, said: Said | None) -> PatternState:
    if said is None:
        return PatternState.PROPOSED
    if said.accepted and said.in_force:
        return PatternState.ACCEPTED
    return PatternState.PROPOSED if n >= GROWTH * said.n else PatternState.DISMISSED


def require_proposed(state: PatternState) -> None:
    if state is not PatternState.PROPOSED:
        raise PatternDecided(f"It is {state}")


def looked_back_to(today: date, of_the_oldest: date | None) -> date:
    """The first day that counts. `of_the_oldest`: when the oldest order that may be read was opened, if more are."""
    months = today.year * 12 + today.month - 1 - MONTHS_BACK
    begin = date(months // 12, months % 12 + 1, 1)
    return begin if of_the_oldest is None else max(begin, of_the_oldest)


@dataclass(frozen=True, order=True)
class Place:
    """Where something was looked at: on which model, in which mileage band (by its number), which item."""

    model: str
    band: int
    code: str


@dataclass(frozen=True)
class Seen:
    """Cars that were looked at, and cars on which something was found."""

    cars: int
    faulty: int

    def __add__(self, other: "Seen") -> "Seen":
        return Seen(self.cars + other.cars, self.faulty + other.faulty)


def cells_of(seen: Mapping[Place, Seen], bands: Mapping[int, MileageBand]) -> tuple[Cell, ...]:
    """Each place beside all others where the same item was looked at."""
    everywhere: dict[str, Seen] = {}
    for place, here in seen.items():
        everywhere[place.code] = everywhere.get(place.code, Seen(0, 0)) + here
    return tuple(
        Cell(
            place.model, bands[place.band], place.code, here.cars, here.faulty,
            visits_elsewhere=everywhere[place.code].cars - here.cars,
            found_elsewhere=everywhere[place.code].faulty - here.faulty,
        )
        for place, here in sorted(seen.items())
    )  # fmt: skip
