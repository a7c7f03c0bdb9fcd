from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workorder.domain.inspections.check_rule import (
    Arrival,
    CheckState,
    Conditions,
    age_months,
    check_state,
    in_force,
    matches,
    outcome_of,
)
from services.workorder.domain.inspections.inspection import Result
from services.workorder.domain.orders.order import OrderKind
from services.workorder.domain.orders.vin import model_year

DAY = date(2026, 9, 8)
MODELS, REGIONS = ("别克英朗", "别克君威"), ("苏", "苏B", "沪A")
PLATES = ("苏BLQ9TY", "苏A·12345", "沪AD12345", "京A00001")
numbers = st.one_of(st.none(), st.integers(0, 5))
arrivals = st.builds(
    Arrival, kind=st.sampled_from(OrderKind), model=st.sampled_from([None, *MODELS]), model_year=numbers,
    age_months=numbers, odometer_km=numbers, plate=st.sampled_from([None, *PLATES]),
)  # fmt: skip
conditions = st.builds(
    Conditions, models=st.frozensets(st.sampled_from(MODELS)), year_from=numbers, year_to=numbers,
    age_months_from=numbers, age_months_to=numbers, km_from=numbers, km_below=numbers,
    regions=st.frozensets(st.sampled_from(REGIONS)), kinds=st.frozensets(st.sampled_from(OrderKind)),
)  # fmt: skip


def holding(wanted: Conditions, car: Arrival) -> list[bool]:
    """One answer for each condition that is given, worked out one by one."""

    def at_least(value: int | None, low: int | None) -> list[bool]:
        return [] if low is None else [value is not None and value >= low]

    def below(value: int | None, high: int | None) -> list[bool]:
        return [] if high is None else [value is not None and value < high]

    letters = (car.plate or "").replace("·", "")
    return [
        *([car.model in wanted.models] if wanted.models else []),
        *([car.kind in wanted.kinds] if wanted.kinds else []),
        *([any(letters.startswith(region) for region in wanted.regions)] if wanted.regions else []),
        *at_least(car.model_year, wanted.year_from),
        *below(car.model_year, None if wanted.year_to is None else wanted.year_to + 1),
        *at_least(car.age_months, wanted.age_months_from),
        *below(car.age_months, None if wanted.age_months_to is None else wanted.age_months_to + 1),
        *at_least(car.odometer_km, wanted.km_from),
        *below(car.odometer_km, wanted.km_below),
    ]


@given(conditions, arrivals)
def test_a_rule_matches_if_and_only_if_every_given_condition_holds(wanted: Conditions, car: Arrival) -> None:
    assert matches(wanted, car) == all(holding(wanted, car))


def test_a_model_is_known_however_it_is_written() -> None:
    """As it is for prices."""
    wanted = Conditions(models=frozenset({"别克 Regal 1.5T"}))
    assert matches(wanted, Arrival(OrderKind.REPAIR, model="别克ｒｅｇａｌ1.5t"))
    assert not matches(wanted, Arrival(OrderKind.REPAIR, model="别克 Regal 2.0T"))


@given(arrivals)
def test_a_rule_without_conditions_is_for_every_car(car: Arrival) -> None:
    assert matches(Conditions(), car)


@pytest.mark.parametrize(
    "condition",
    [
        {"models": frozenset(MODELS)}, {"year_from": 1980}, {"year_to": 2100}, {"age_months_from": 0},
        {"age_months_to": 1200}, {"km_from": 0}, {"km_below": 1_000_000}, {"regions": frozenset(REGIONS)},
    ],
)  # fmt: skip
def test_what_is_not_known_of_a_car_meets_no_condition_on_it(condition: dict[str, Any]) -> None:
    assert not matches(Conditions(**condition), Arrival(OrderKind.REPAIR))


@pytest.mark.parametrize(
    ("plate", "region", "there"),
    [
        ("苏BLQ9TY", "苏", True), ("苏BLQ9TY", "苏B", True), ("苏B·LQ9TY", "苏BL", True), ("苏 b LQ9TY", "苏B", True),
        ("苏ALQ9TY", "苏B", False), ("京B12345", "苏", False), ("", "苏", False),
    ],
)  # fmt: skip
def test_a_region_is_how_a_plate_begins(plate: str, region: str, there: bool) -> None:
    wanted = Conditions(regions=frozenset({region}))
    assert matches(wanted, Arrival(OrderKind.REPAIR, plate=plate)) is there


@pytest.mark.parametrize(
    ("vin", "day", "year"),
    [
        ("LSGXEGX97MY815823", DAY, 2021), ("LSGPBVL31NJ220930", DAY, 2022), ("LSGPBVL31AJ220930", DAY, 2010),
        ("LSGPBVL31YJ220930", DAY, 2000), ("LSGPBVL319J220930", DAY, 2009), ("LSGPBVL31VJ220930", DAY, 2027),
        ("LSGPBVL31WJ220930", DAY, 1998), ("LSGPBVL31AJ220930", date(2039, 1, 1), 2040),
        ("LSGPBVL31IJ220930", DAY, None), ("LSGPBVL310J220930", DAY, None), ("V1", DAY, None), (None, DAY, None),
    ],
)  # fmt: skip
def test_the_model_year_is_the_newest_that_the_vin_can_mean(vin: str | None, day: date, year: int | None) -> None:
    assert model_year(vin, day) == year


@pytest.mark.parametrize(
    ("bought_on", "months"),
    [
        (date(2026, 9, 8), 0), (date(2026, 8, 9), 0), (date(2026, 8, 8), 1), (date(2020, 9, 8), 72),
        (date(2020, 9, 9), 71), (date(2026, 9, 9), None), (None, None),
    ],
)  # fmt: skip
def test_an_age_is_in_full_months(bought_on: date | None, months: int | None) -> None:
    assert age_months(bought_on, DAY) == months


def test_a_rule_holds_on_the_first_and_the_last_of_its_days() -> None:
    day = timedelta(days=1)
    assert [in_force(DAY, DAY + day, DAY + offset * day) for offset in range(-1, 3)] == [False, True, True, False]
    assert in_force(DAY, None, date.max)


@pytest.mark.parametrize(
    ("result", "waived", "state", "outcome"),
    [
        (None, False, CheckState.OPEN, None), (None, True, CheckState.WAIVED, None),
        (Result.GREEN, True, CheckState.DONE, False), (Result.YELLOW, False, CheckState.DONE, True),
        (Result.RED, False, CheckState.DONE, True), (Result.NOT_APPLICABLE, False, CheckState.DONE, None),
    ],
)  # fmt: skip
def test_a_check_is_done_once_it_is_answered_and_hits_when_something_was_found(
    result: Result | None, waived: bool, state: CheckState, outcome: bool | None
) -> None:
    assert (check_state(result, waived=waived), outcome_of(result)) == (state, outcome)
