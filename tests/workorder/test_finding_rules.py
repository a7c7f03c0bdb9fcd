from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workorder.domain.inspections.inspection import Result
from services.workorder.domain.upsells.finding import (
    ItemNotFaulty,
    Origin,
    OriginRefused,
    PartShownLater,
    origin_of,
    require_faulty,
    shown_at,
)
from services.workorder.domain.upsells.related_work import (
    ALLOWED,
    OpenWork,
    RelatedMoveNotAllowed,
    RelatedOperation,
    RelatedState,
    RelatedWorkOpen,
    called_for,
    require_settled,
    settle_related,
)
from services.workorder.domain.upsells.upsell import Stage, UpsellSource

NOW = datetime(2026, 9, 8, 6, 0, tzinfo=UTC)
FOUND = Origin(UpsellSource.TARGETED, Stage.ROAD_TEST, "J104")
NOTHING = Origin(None, None, None)


@pytest.mark.parametrize("result", [*Result, None])
def test_only_yellow_and_red_items_are_findings(result: Result | None) -> None:
    if result in {Result.YELLOW, Result.RED}:
        require_faulty("TY01", "tyre", result)
    else:
        with pytest.raises(ItemNotFaulty, match="TY01"):
            require_faulty("TY01", "tyre", result)


def test_an_upsell_takes_from_its_finding_what_it_leaves_out() -> None:
    assert origin_of(NOTHING, FOUND) == FOUND
    assert origin_of(Origin(None, Stage.ROAD_TEST, None), FOUND) == FOUND
    assert origin_of(FOUND, FOUND) == FOUND
    assert origin_of(FOUND, None) == FOUND


@pytest.mark.parametrize(
    ("told", "finding", "pointers"),
    [
        (NOTHING, None, ["/source", "/stage", "/finder"]),
        (Origin(UpsellSource.TARGETED, None, "J104"), None, ["/stage"]),
        (Origin(UpsellSource.INCIDENTAL, None, None), FOUND, ["/source"]),
        (Origin(None, Stage.REPAIR, "J101"), FOUND, ["/stage", "/finder"]),
    ],
)
def test_an_upsell_does_not_contradict_its_finding(told: Origin, finding: Origin | None, pointers: list[str]) -> None:
    with pytest.raises(OriginRefused) as refused:
        origin_of(told, finding)
    assert [error["pointer"] for error in refused.value.members["errors"]] == pointers


def test_a_part_was_shown_at_a_time_that_has_come() -> None:
    before = NOW - timedelta(minutes=5)
    assert shown_at(shown=True, at=before, now=NOW) == before
    assert shown_at(shown=True, at=None, now=NOW) == NOW
    assert shown_at(shown=False, at=None, now=NOW) is None
    with pytest.raises(PartShownLater):
        shown_at(shown=True, at=NOW + timedelta(seconds=1), now=NOW)


PADS, DISCS, FLUID = (
    RelatedOperation("BR01", "更换前制动片"),
    RelatedOperation("BR02", "更换前制动盘", "worn discs spoil new pads"),
    RelatedOperation("BR05", "更换制动液"),
)
RULES = {"BR01": [DISCS, FLUID], "BR02": [PADS]}


@pytest.mark.parametrize(
    ("proposed", "listed", "expected"),
    [
        ([], [], []),
        (["ME04"], [], []),
        (["BR01"], [], [("BR01", "BR02", False), ("BR01", "BR05", False)]),
        (["BR01"], ["BR05"], [("BR01", "BR02", False)]),
        (["BR01", "BR02"], [], [("BR01", "BR02", True), ("BR01", "BR05", False), ("BR02", "BR01", True)]),
        (["BR01", "BR02"], ["BR02", "BR05"], [("BR02", "BR01", True)]),
        (["BR01", "BR01"], ["BR02"], [("BR01", "BR05", False)]),
    ],
)
def test_a_proposal_calls_for_what_belongs_with_it(
    proposed: list[str], listed: list[str], expected: list[tuple[str, str, bool]]
) -> None:
    found = called_for(RULES, proposed, listed)
    assert [(each.because_of, each.operation.code, each.proposed) for each in found] == expected


codes = st.sampled_from("ABCDEF")
rules = st.dictionaries(codes, st.lists(codes.map(lambda code: RelatedOperation(code, code)), max_size=4))


@given(rules, st.lists(codes), st.lists(codes))
def test_related_work_is_called_for_once_and_repeats_add_nothing(
    given_rules: dict[str, list[RelatedOperation]], proposed: list[str], listed: list[str]
) -> None:
    found = [each.operation.code for each in called_for(given_rules, proposed, listed)]
    assert len(found) == len(set(found))
    assert not set(found) & set(listed)
    assert called_for(given_rules, proposed, [*listed, *found]) == ()


@pytest.mark.parametrize("current", list(RelatedState))
@pytest.mark.parametrize("wanted", list(RelatedState))
def test_related_work_is_settled_once_and_corrected_by_an_assessment_only(
    current: RelatedState, wanted: RelatedState
) -> None:
    allowed = wanted is RelatedState.ASSESSED or (current, wanted) == (RelatedState.OPEN, RelatedState.WAIVED)
    assert (wanted in ALLOWED[current]) is allowed
    if allowed:
        assert settle_related(current, wanted) is wanted
    else:
        with pytest.raises(RelatedMoveNotAllowed):
            settle_related(current, wanted)


def test_open_related_work_is_named() -> None:
    require_settled([])
    with pytest.raises(RelatedWorkOpen, match=r"BR05 更换制动液 \(because of BR01\)") as refused:
        require_settled([OpenWork("1", "2", "BR05", "更换制动液", "BR01")])
    assert refused.value.members["open"] == [
        {"id": "1", "finding_id": "2", "code": "BR05", "name": "更换制动液", "because_of": "BR01"}
    ]
