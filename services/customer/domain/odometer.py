"""What the odometer readings of a car say about each other."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

MOST_KM_PER_DAY = 1500


class Verdict(StrEnum):
    PLAUSIBLE = "plausible"
    LOWER_THAN_BEFORE = "lower_than_before"
    TOO_FAR_IN_THE_TIME = "too_far_in_the_time"


@dataclass(frozen=True, slots=True)
class Reading:
    read_on: date
    km: int


@dataclass(frozen=True, slots=True)
class JudgedReading:
    read_on: date
    km: int
    verdict: Verdict


def judge_readings(readings: Iterable[Reading]) -> list[JudgedReading]:
    """In order of date; each is held against the last plausible one before it, so one slip does not taint the rest."""
    judged: list[JudgedReading] = []
    last: Reading | None = None
    for reading in sorted(readings, key=lambda item: (item.read_on, item.km)):
        verdict = Verdict.PLAUSIBLE if last is None else _compared(last, reading)
        judged.append(JudgedReading(reading.read_on, reading.km, verdict))
        if verdict is Verdict.PLAUSIBLE:
            last = reading
    return judged


def _compared(last: Reading, reading: Reading) -> Verdict:
    if reading.km < last.km:
        return Verdict.LOWER_THAN_BEFORE
    days = (reading.read_on - last.read_on).days + 1
    return Verdict.PLAUSIBLE if reading.km - last.km <= days * MOST_KM_PER_DAY else Verdict.TOO_FAR_IN_THE_TIME
