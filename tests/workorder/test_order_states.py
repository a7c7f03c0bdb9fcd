import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workorder.domain.orders.line import LinesAreFixed, require_plannable
from services.workorder.domain.orders.order import (
    BEFORE_WORK,
    IN_THE_SHOP,
    STEPS,
    DeliveryBeforeSettlement,
    EarlyDeliveryReason,
    Hold,
    Move,
    MoveNotAllowed,
    Progress,
    ReportedStatus,
    State,
    advance,
    allowed_moves,
    deliver,
    progress_of_report,
    put_on_hold,
    reverse,
    settle,
    standings,
)

VISIT = [
    (Move.CHECK_IN, State.CHECKED_IN),
    (Move.DIAGNOSE, State.DIAGNOSED),
    (Move.QUOTE, State.QUOTED),
    (Move.APPROVE, State.APPROVED),
    (Move.START, State.IN_PROGRESS),
    (Move.INSPECT, State.QUALITY_CHECK),
    (Move.MAKE_READY, State.READY),
]


def make(progress: Progress, move: Move) -> Progress:
    match move:
        case Move.HOLD:
            return put_on_hold(progress, Hold.WAITING_PARTS)
        case Move.SETTLE:
            return settle(progress)
        case Move.DELIVER:
            return deliver(progress, EarlyDeliveryReason.CREDIT)
        case Move.REVERSE:
            return reverse(progress)
        case _:
            return advance(progress, move)


def is_legal(progress: Progress) -> bool:
    facts = (progress.settled, progress.delivered)
    return (
        (progress.hold is None or progress.state in IN_THE_SHOP)
        and (progress.state is State.CLOSED) == all(facts)
        and (not any(facts) or progress.state in {State.READY, State.CLOSED})
    )


def test_a_visit_goes_through_every_state_to_closed() -> None:
    progress = Progress(State.BOOKED)
    for move, state in VISIT:
        progress = advance(progress, move)
        assert progress.state is state
    assert deliver(settle(progress), None) == Progress(State.CLOSED, settled=True, delivered=True)


def test_a_car_may_leave_before_settlement_with_a_reason() -> None:
    left = deliver(Progress(State.READY), EarlyDeliveryReason.INSURER)
    assert left == Progress(State.READY, delivered=True)
    assert settle(left).state is State.CLOSED


def test_a_car_does_not_leave_before_settlement_without_a_reason() -> None:
    with pytest.raises(DeliveryBeforeSettlement):
        deliver(Progress(State.READY), None)


@pytest.mark.parametrize("delivered", [False, True])
def test_a_settled_order_is_ready_again_when_its_settlement_is_reversed(delivered: bool) -> None:
    settled = settle(Progress(State.READY, delivered=delivered))
    assert reverse(settled) == Progress(State.READY, delivered=delivered)
    assert settle(reverse(settled)) == settled


def test_what_is_not_settled_is_not_reversed() -> None:
    for standing in standings():
        assert (Move.REVERSE in allowed_moves(standing)) == standing.settled


@pytest.mark.parametrize("state", list(State))
def test_only_an_order_whose_work_has_not_started_is_cancelled(state: State) -> None:
    allowed = Move.CANCEL in allowed_moves(Progress(state))
    assert allowed == (state in BEFORE_WORK)


@pytest.mark.parametrize("state", [State.CLOSED, State.CANCELLED])
def test_nothing_moves_an_order_that_has_ended(state: State) -> None:
    assert allowed_moves(Progress(state)) == ()


@pytest.mark.parametrize("state", sorted(IN_THE_SHOP))
def test_a_held_order_waits_until_it_is_resumed(state: State) -> None:
    held = put_on_hold(Progress(state), Hold.WAITING_APPROVAL)
    assert set(allowed_moves(held)) <= {Move.RESUME, Move.CANCEL}
    assert advance(held, Move.RESUME) == Progress(state)


def test_a_refused_move_names_the_allowed_ones() -> None:
    with pytest.raises(MoveNotAllowed) as refusal:
        settle(Progress(State.IN_PROGRESS))
    assert refusal.value.members == {"allowed": ["inspect", "hold"]}


@pytest.mark.parametrize(
    ("status", "left", "expected"),
    [
        (ReportedStatus.SETTLED, True, Progress(State.CLOSED, settled=True, delivered=True)),
        (ReportedStatus.SETTLED, False, Progress(State.READY, settled=True)),
        (ReportedStatus.IN_WORK, True, Progress(State.READY, delivered=True)),
        (ReportedStatus.IN_WORK, False, Progress(State.IN_PROGRESS)),
        (ReportedStatus.CANCELLED, True, Progress(State.CANCELLED)),
        (ReportedStatus.CANCELLED, False, Progress(State.CANCELLED)),
    ],
)
def test_an_imported_status_gives_a_legal_state(status: ReportedStatus, left: bool, expected: Progress) -> None:
    assert progress_of_report(status, left=left) == expected
    assert is_legal(expected)


@given(st.lists(st.sampled_from(list(Move)), max_size=40))
def test_no_sequence_of_moves_reaches_an_illegal_state(moves: list[Move]) -> None:
    progress = Progress(State.BOOKED)
    for move in moves:
        if move in allowed_moves(progress):
            progress = make(progress, move)
        else:
            with pytest.raises(MoveNotAllowed):
                make(progress, move)
        assert is_legal(progress)


def test_every_state_is_reached_and_every_step_leaves_its_state() -> None:
    reached = {State.BOOKED, State.CANCELLED, State.CLOSED} | {after for _, after in STEPS.values()}
    assert reached == set(State)
    assert all(before is not after for before, after in STEPS.values())


@pytest.mark.parametrize("state", list(State))
def test_an_orders_own_lines_are_planned_until_the_customer_approves_them(state: State) -> None:
    if state in {State.BOOKED, State.CHECKED_IN, State.DIAGNOSED, State.QUOTED}:
        require_plannable(Progress(state))
    else:
        with pytest.raises(LinesAreFixed):
            require_plannable(Progress(state))
