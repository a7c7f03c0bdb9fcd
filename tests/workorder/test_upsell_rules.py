from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workorder.domain.orders.line import Authorisation, LineKind
from services.workorder.domain.orders.order import IN_THE_SHOP, Progress, State
from services.workorder.domain.upsells.upsell import (
    OrderTakesNoWork,
    Stage,
    UpsellAlreadyDecided,
    UpsellLine,
    UpsellSource,
    decide,
    grouped,
    require_open_to_work,
    upsell_number,
)

LABOUR = UpsellLine(
    line_number=1,
    kind=LineKind.LABOUR,
    code="ME04",
    name="更换蓄电池",
    source=UpsellSource.INCIDENTAL,
    stage=Stage.ROAD_TEST,
    finder="J104",
    authorisation=Authorisation.APPROVED,
    amount=Decimal("67.50"),
)


def make_line(number: int, kind: LineKind = LineKind.LABOUR, **overrides: object) -> UpsellLine:
    return replace(LABOUR, line_number=number, kind=kind, **overrides)  # type: ignore[arg-type]


def numbers(*lines: UpsellLine) -> list[tuple[int, ...]]:
    return [proposal.line_numbers for proposal in grouped(lines)]


PART = LineKind.PART
CASES = {
    "nothing proposed": ([], []),
    "labour alone": ([make_line(7)], [(7,)]),
    "labour with its part": ([make_line(7), make_line(8, PART)], [(7, 8)]),
    "labour with two parts": ([make_line(7), make_line(8, PART), make_line(9, PART)], [(7, 8, 9)]),
    "two operations": (
        [make_line(7), make_line(8, PART), make_line(9), make_line(10, PART)],
        [(7, 8), (9, 10)],
    ),
    "two labour lines found together are two operations": ([make_line(7), make_line(8)], [(7,), (8,)]),
    "lines out of order": ([make_line(8, PART), make_line(7)], [(7, 8)]),
    "a part found by someone else": ([make_line(7), make_line(8, PART, finder="SA01")], [(7,), (8,)]),
    "a part decided otherwise": (
        [make_line(7), make_line(8, PART, authorisation=Authorisation.DECLINED)],
        [(7,), (8,)],
    ),
    "a part without labour": ([make_line(3, PART), make_line(4, PART)], [(3, 4)]),
}


@pytest.mark.parametrize(("lines", "expected"), CASES.values(), ids=CASES.keys())
def test_an_upsell_is_one_operation_with_its_parts(lines: list[UpsellLine], expected: list[tuple[int, ...]]) -> None:
    assert numbers(*lines) == expected


def test_an_upsell_is_worth_its_lines_and_named_after_the_first() -> None:
    [proposal] = grouped([make_line(7), make_line(8, PART, amount=Decimal("684.00"))])
    assert proposal.amount == Decimal("751.50")
    assert proposal.decision is Authorisation.APPROVED
    assert upsell_number("W1", proposal.first.line_number) == "W1/7"


def test_an_undecided_upsell_has_no_decision() -> None:
    [proposal] = grouped([make_line(7, authorisation=Authorisation.PROPOSED)])
    assert proposal.decision is None


lines = st.lists(
    st.builds(
        make_line,
        st.integers(1, 60),
        st.sampled_from([LineKind.LABOUR, PART]),
        finder=st.sampled_from(["J101", "J102", None]),
        authorisation=st.sampled_from([Authorisation.APPROVED, Authorisation.DECLINED]),
    ),
    max_size=25,
    unique_by=lambda line: line.line_number,
)


@given(lines)
def test_grouping_covers_every_line_once_in_its_order(lines: list[UpsellLine]) -> None:
    covered = [number for proposal in grouped(lines) for number in proposal.line_numbers]
    assert covered == sorted(line.line_number for line in lines)
    assert max(Counter(covered).values(), default=1) == 1


@given(lines)
def test_an_upsell_has_at_most_one_operation_and_one_finding(lines: list[UpsellLine]) -> None:
    for proposal in grouped(lines):
        assert all(line.kind is not LineKind.LABOUR for line in proposal.lines[1:])
        assert all(line.belongs_with(proposal.first) for line in proposal.lines)


@pytest.mark.parametrize(
    ("current", "decision", "allowed"),
    [
        (None, Authorisation.APPROVED, True),
        (None, Authorisation.DECLINED, True),
        (Authorisation.PROPOSED, Authorisation.DEFERRED, True),
        (Authorisation.DEFERRED, Authorisation.APPROVED, True),
        (Authorisation.DEFERRED, Authorisation.DEFERRED, False),
        (Authorisation.APPROVED, Authorisation.DECLINED, False),
        (Authorisation.DECLINED, Authorisation.APPROVED, False),
        (None, Authorisation.PROPOSED, False),
    ],
)
def test_an_upsell_is_decided_once_unless_it_was_put_off(
    current: Authorisation | None, decision: Authorisation, allowed: bool
) -> None:
    if allowed:
        assert decide(current, decision) is decision
    else:
        with pytest.raises(UpsellAlreadyDecided):
            decide(current, decision)


@pytest.mark.parametrize("state", list(State))
def test_work_is_added_only_while_the_car_is_in_the_shop(state: State) -> None:
    if state in IN_THE_SHOP:
        require_open_to_work(Progress(state))
    else:
        with pytest.raises(OrderTakesNoWork):
            require_open_to_work(Progress(state))
