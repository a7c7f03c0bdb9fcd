"""What odometer readings say about each other, and what a repeated statement changes."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.customer.domain.odometer import Reading, Verdict, judge_readings
from services.customer.domain.provenance import fields_restated

DAY = date(2026, 9, 1)


def verdicts(*readings: tuple[int, int]) -> list[Verdict]:
    judged = judge_readings(Reading(DAY + timedelta(days=day), km) for day, km in readings)
    return [reading.verdict for reading in judged]


def test_a_growing_odometer_is_plausible() -> None:
    assert verdicts((0, 5000), (0, 5001), (90, 9800)) == [Verdict.PLAUSIBLE] * 3


def test_a_reading_below_an_earlier_one_is_told() -> None:
    assert verdicts((0, 50000), (30, 5100), (60, 52000)) == [
        Verdict.PLAUSIBLE,
        Verdict.LOWER_THAN_BEFORE,
        Verdict.PLAUSIBLE,
    ]


def test_nobody_drives_so_far_in_a_day() -> None:
    assert verdicts((0, 5000), (1, 55000), (2, 5100)) == [
        Verdict.PLAUSIBLE,
        Verdict.TOO_FAR_IN_THE_TIME,
        Verdict.PLAUSIBLE,
    ]


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 400_000))))
def test_plausible_readings_never_fall(readings: list[tuple[int, int]]) -> None:
    judged = judge_readings(Reading(DAY + timedelta(days=day), km) for day, km in readings)
    good = [reading.km for reading in judged if reading.verdict is Verdict.PLAUSIBLE]
    assert good == sorted(good)
    assert len(judged) == len(readings)


def test_only_what_the_source_tells_differently_is_restated() -> None:
    assert fields_restated({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": None}) == {"b"}
    assert fields_restated({}, {"a": 1}) == {"a"}
