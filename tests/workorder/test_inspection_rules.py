from collections import Counter
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workorder.domain.inspections.inspection import (
    SEVERITY,
    Answer,
    AnswersRefused,
    CarNotHere,
    InspectionItemsOpen,
    Item,
    Measure,
    Result,
    judge,
    judge_all,
    require_car_here,
    require_complete,
    worst,
)
from services.workorder.domain.orders.order import IN_THE_SHOP, Progress, State

TREAD = Measure("mm", yellow_below=Decimal("3.0"), red_below=Decimal("1.6"))
COOLANT = Measure("°C", yellow_above=Decimal(-25), red_above=Decimal(-15))
PRESSURE = Measure(
    "bar", yellow_below=Decimal("2.2"), red_below=Decimal("1.8"), yellow_above=Decimal("2.8"), red_above=Decimal("3.2")
)
TYRE = Item("TY01", "左前轮胎 left front tyre", TREAD, photo_on_red=True)
HORN = Item("EL05", "喇叭 horn")


@pytest.mark.parametrize(
    ("measure", "value", "expected"),
    [
        (TREAD, "7.0", Result.GREEN),
        (TREAD, "3.0", Result.GREEN),
        (TREAD, "2.9999", Result.YELLOW),
        (TREAD, "1.6", Result.YELLOW),
        (TREAD, "1.60", Result.YELLOW),
        (TREAD, "1.5999", Result.RED),
        (TREAD, "-1", Result.RED),
        (COOLANT, "-25", Result.GREEN),
        (COOLANT, "-24.9", Result.YELLOW),
        (COOLANT, "-15", Result.YELLOW),
        (COOLANT, "-14.9", Result.RED),
        (PRESSURE, "1.79", Result.RED),
        (PRESSURE, "1.8", Result.YELLOW),
        (PRESSURE, "2.2", Result.GREEN),
        (PRESSURE, "2.8", Result.GREEN),
        (PRESSURE, "3.2", Result.YELLOW),
        (PRESSURE, "3.21", Result.RED),
        (Measure("mm", red_below=Decimal(2)), "2", Result.GREEN),
        (Measure("mm", red_below=Decimal(2)), "1.99", Result.RED),
        (Measure("mm", yellow_above=Decimal(2)), "99", Result.YELLOW),
    ],
)
def test_a_value_at_a_limit_is_still_on_the_good_side(measure: Measure, value: str, expected: Result) -> None:
    assert measure.band(Decimal(value)) is expected


@pytest.mark.parametrize(
    ("measure", "faulty"),
    [
        (TREAD, False),
        (PRESSURE, False),
        (Measure("mm"), True),
        (Measure("mm", yellow_below=Decimal(1), red_below=Decimal(2)), True),
        (Measure("mm", yellow_below=Decimal(2), red_below=Decimal(2)), False),
        (Measure("mm", yellow_above=Decimal(2), red_above=Decimal(1)), True),
        (Measure("mm", yellow_below=Decimal(3), yellow_above=Decimal(2)), True),
        (Measure("mm", red_below=Decimal(2), red_above=Decimal(2)), False),
    ],
)
def test_limits_have_to_make_sense(measure: Measure, faulty: bool) -> None:
    assert bool(measure.faults()) is faulty


PHOTO = UUID(int=7)


def answer(
    result: Result | None = None, value: str | None = None, evidence: str | None = None, photo: UUID | None = None
) -> Answer:
    return Answer(result, None if value is None else Decimal(value), evidence, (photo,) if photo else ())


@pytest.mark.parametrize(
    ("item", "told", "result", "codes"),
    [
        (TYRE, answer(value="5"), Result.GREEN, []),
        (TYRE, answer(value="2"), Result.YELLOW, []),
        (TYRE, answer(value="1.6"), Result.YELLOW, []),
        (TYRE, answer(value="1.5", photo=PHOTO), Result.RED, []),
        (TYRE, answer(value="1.5"), Result.RED, ["photo-missing"]),
        (TYRE, answer(value="1.5", evidence="tread worn to the bars"), Result.RED, ["photo-missing"]),
        (TYRE, answer(Result.GREEN, "1.5"), Result.GREEN, ["measure-contradicts-result"]),
        (TYRE, answer(Result.YELLOW, "1.5"), Result.YELLOW, ["measure-contradicts-result"]),
        (TYRE, answer(Result.GREEN, "2.9"), Result.GREEN, ["measure-contradicts-result"]),
        (TYRE, answer(Result.RED, "5", "side wall cut", PHOTO), Result.RED, []),
        (TYRE, answer(Result.YELLOW, "5"), Result.YELLOW, []),
        (TYRE, answer(Result.NOT_APPLICABLE, "5"), Result.NOT_APPLICABLE, ["measure-contradicts-result"]),
        (TYRE, answer(Result.NOT_APPLICABLE), Result.NOT_APPLICABLE, []),
        (TYRE, answer(Result.GREEN), Result.GREEN, ["measure-missing"]),
        (TYRE, answer(Result.RED, photo=PHOTO), Result.RED, []),
        (TYRE, answer(Result.RED), Result.RED, ["photo-missing"]),
        (TYRE, answer(photo=PHOTO), None, ["result-missing"]),
        (TYRE, answer(), None, []),
        (TYRE, answer(evidence="photo 3"), None, ["result-missing"]),
        (HORN, answer(Result.GREEN), Result.GREEN, []),
        (HORN, answer(Result.RED), Result.RED, []),
        (HORN, answer(Result.RED, photo=PHOTO), Result.RED, []),
        (HORN, answer(Result.GREEN, "5"), Result.GREEN, ["measure-unknown"]),
        (HORN, answer(value="5"), None, ["measure-unknown"]),
    ],
)
def test_an_answer_is_no_better_than_its_measure(
    item: Item, told: Answer, result: Result | None, codes: list[str]
) -> None:
    found, faults = judge(item, told)
    assert (found, [fault.code for fault in faults]) == (result, codes)


def test_a_contradiction_names_the_item_and_the_limit() -> None:
    _, [fault] = judge(TYRE, answer(Result.GREEN, "1.5"))
    assert fault.detail == "TY01 (左前轮胎 left front tyre) is 1.5 mm, red below 1.6 mm: not green"
    assert fault.field == "result"
    _, [fault] = judge(Item("TP1", "tyre pressure", PRESSURE), answer(Result.GREEN, "2.9"))
    assert "yellow below 2.2 bar or above 2.8 bar" in fault.detail


def test_answers_are_refused_together_each_at_its_place() -> None:
    told = [("HORN", Answer(Result.GREEN)), ("TY01", answer(Result.GREEN, "1.5")), ("EL05", answer(Result.GREEN))]
    with pytest.raises(AnswersRefused) as refused:
        judge_all({"TY01": TYRE, "EL05": HORN}, told, with_findings={"EL05"})
    assert [(error["pointer"], error["code"]) for error in refused.value.members["errors"]] == [
        ("/items/0/code", "item-unknown"),
        ("/items/1/result", "measure-contradicts-result"),
        ("/items/2/result", "finding-recorded"),
    ]
    accepted = judge_all({"TY01": TYRE, "EL05": HORN}, [("TY01", answer(value="2"))], with_findings={"TY01"})
    assert accepted == {"TY01": Result.YELLOW}


values = st.decimals(-100, 100, places=2)
limits = st.lists(values, min_size=4, max_size=4).map(sorted)


@given(limits, values)
def test_every_value_has_one_band_and_a_worse_one_further_out(four: list[Decimal], value: Decimal) -> None:
    measure = Measure("mm", red_below=four[0], yellow_below=four[1], yellow_above=four[2], red_above=four[3])
    assert measure.faults() == []
    outwards = value - 1 if value < four[1] else value + 1 if value > four[2] else value
    assert SEVERITY[measure.band(outwards)] >= SEVERITY[measure.band(value)]
    assert (measure.band(value) is Result.GREEN) == (four[1] <= value <= four[2])


@given(limits, values, st.sampled_from([*Result, None]))
def test_whatever_is_accepted_is_never_better_than_the_measure(
    four: list[Decimal], value: Decimal, told: Result | None
) -> None:
    measure = Measure("mm", red_below=four[0], yellow_below=four[1], yellow_above=four[2], red_above=four[3])
    result, faults = judge(Item("X", "x", measure), Answer(told, value))
    if not faults:
        assert result is not None
        assert SEVERITY[result] >= SEVERITY[measure.band(value)]


def test_an_inspection_is_complete_when_every_item_has_a_result() -> None:
    items = [TYRE, HORN]
    require_complete(items, {"TY01": Result.RED, "EL05": Result.NOT_APPLICABLE})
    with pytest.raises(InspectionItemsOpen) as refused:
        require_complete(items, {"TY01": Result.GREEN, "EL05": None})
    assert refused.value.members == {"open": ["EL05"]}
    assert "EL05 (喇叭 horn)" in str(refused.value)


@given(st.lists(st.sampled_from([*Result, None])))
def test_the_worst_result_is_that_of_some_item(results: list[Result | None]) -> None:
    found, seen = worst(results), Counter(results)
    if seen[Result.RED]:
        assert found is Result.RED
    elif seen[Result.YELLOW]:
        assert found is Result.YELLOW
    else:
        assert found is (Result.GREEN if seen[Result.GREEN] else None)


@pytest.mark.parametrize("state", list(State))
def test_a_car_is_looked_at_only_while_it_is_here(state: State) -> None:
    if state in IN_THE_SHOP | {State.READY}:
        require_car_here(Progress(state))
    else:
        with pytest.raises(CarNotHere):
            require_car_here(Progress(state))


def test_a_car_that_left_unsettled_is_not_here() -> None:
    with pytest.raises(CarNotHere, match="has left"):
        require_car_here(Progress(State.READY, delivered=True))
