from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workorder.domain.inspections.mining import (
    PatternDecided,
    PatternState,
    Place,
    Said,
    Seen,
    cells_of,
    looked_back_to,
    require_proposed,
    state_of,
)
from services.workorder.domain.inspections.patterns import Cell, MileageBand, Pattern
from services.workorder.schemas.inspections.patterns import numbers_of

BANDS = {1: MileageBand(0, 20_000), 2: MileageBand(20_000, None)}
places = st.builds(Place, st.sampled_from("AB"), st.sampled_from([1, 2]), st.sampled_from(["TY01", "EL01"]))
seen = st.integers(0, 50).flatmap(lambda cars: st.builds(Seen, st.just(cars), st.integers(0, cars)))


@given(st.dictionaries(places, seen))
def test_of_each_item_what_is_here_and_elsewhere_is_all_there_is(found: dict[Place, Seen]) -> None:
    cells = cells_of(found, BANDS)
    assert len(cells) == len(found)
    for cell in cells:
        same = [each for place, each in found.items() if place.code == cell.finding]
        assert cell.visits + cell.visits_elsewhere == sum(each.cars for each in same)
        assert cell.found + cell.found_elsewhere == sum(each.faulty for each in same)


@pytest.mark.parametrize(
    ("said", "n", "state"),
    [
        (None, 30, PatternState.PROPOSED),
        (Said(accepted=True, n=30, in_force=True), 600, PatternState.ACCEPTED),
        (Said(accepted=True, n=30, in_force=False), 59, PatternState.DISMISSED),
        (Said(accepted=True, n=30, in_force=False), 60, PatternState.PROPOSED),
        (Said(accepted=False, n=30, in_force=False), 59, PatternState.DISMISSED),
        (Said(accepted=False, n=30, in_force=False), 60, PatternState.PROPOSED),
    ],
)
def test_what_was_dismissed_comes_back_once_twice_as_many_cars_were_seen(
    said: Said | None, n: int, state: PatternState
) -> None:
    assert state_of(n, said) is state
    if state is not PatternState.PROPOSED:
        with pytest.raises(PatternDecided):
            require_proposed(state)


@pytest.mark.parametrize(
    ("today", "oldest", "since"),
    [
        (date(2026, 9, 8), None, date(2023, 9, 1)),
        (date(2026, 1, 31), date(2020, 1, 1), date(2023, 1, 1)),
        (date(2026, 12, 31), date(2025, 5, 5), date(2025, 5, 5)),
    ],
)
def test_it_looks_back_three_years_and_over_no_more_orders_than_it_may(
    today: date, oldest: date | None, since: date
) -> None:
    assert looked_back_to(today, oldest) == since


def test_numbers_are_told_exactly_and_no_chance_is_none() -> None:
    cell = Cell("A", BANDS[2], "TY01", 40, 20, 41, 1)
    told = numbers_of(Pattern(cell, Fraction(1, 2), Fraction(1, 41), Fraction(41, 2), 5.432198, 1e-30, 0.01))
    assert (told.rate, told.lift, told.lift_at_least) == (Decimal("0.5000"), Decimal("20.5000"), Decimal("5.4322"))
    assert told.model_dump(mode="json")["p_value"] == "0.000000000001"
    assert (told.from_km, told.below_km, told.q_value) == (20_000, None, Decimal("0.010000000000"))
