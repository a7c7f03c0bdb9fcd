from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workorder.domain.money.claim import (
    ENDED,
    MOVES,
    Answer,
    ClaimLinesRefused,
    ClaimMove,
    ClaimMoveNotAllowed,
    ClaimOpen,
    ClaimState,
    ClaimTooEarly,
    after,
    allowed_claim_moves,
    left_of,
    pay,
    require_claimable,
    require_no_open_claim,
    require_work_done,
)
from services.workorder.domain.orders.order import Progress, State
from services.workorder.domain.refusals import WorkorderRefusal

S, M = ClaimState, ClaimMove
TABLE = {
    S.DRAFT: {M.SEND, M.WITHDRAW},
    S.SENT: {M.PAY, M.REFUSE},
    S.RESUBMITTED: {M.PAY, M.REFUSE},
    S.SHORT_PAID: {M.RESUBMIT, M.WRITE_OFF},
    S.REFUSED: {M.RESUBMIT, M.WRITE_OFF},
    S.PAID: set(),
    S.WRITTEN_OFF: set(),
    S.WITHDRAWN: set(),
}


@pytest.mark.parametrize("state", list(S))
def test_each_state_allows_its_moves_and_refuses_the_others_by_name(state: ClaimState) -> None:
    allowed = allowed_claim_moves(state)
    assert set(allowed) == TABLE[state]
    assert (state in ENDED) == (not allowed)
    for move in set(M) - {M.PAY}:
        if move in allowed:
            assert after(state, move) is not state
        else:
            with pytest.raises(ClaimMoveNotAllowed) as refused:
                after(state, move)
            assert refused.value.members["allowed"] == [str(each) for each in allowed]


D = Decimal


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        ([(1, D("100.00")), (2, D("0.01"))], None),
        ([(1, D("100.01"))], ["amount-refused"]),
        ([(1, D("0.00"))], ["amount-refused"]),
        ([(1, D("-1.00"))], ["amount-refused"]),
        ([(3, D("1.00"))], ["line-not-claimable"]),
        ([(1, D("1.00")), (1, D("1.00")), (9, D("1.00"))], ["line-repeated", "line-not-claimable"]),
    ],
)
def test_a_line_is_claimed_up_to_the_makers_part_of_it(
    wanted: list[tuple[int, Decimal]], codes: list[str] | None
) -> None:
    shares = {1: D("100.00"), 2: D("50.00")}
    if codes is None:
        require_claimable(Progress(State.READY), wanted, shares)
        return
    with pytest.raises(ClaimLinesRefused) as refused:
        require_claimable(Progress(State.READY), wanted, shares)
    assert [each["code"] for each in refused.value.errors] == codes


LEFT = {1: D("100.00"), 2: D("50.00"), 3: D("0.00")}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([Answer(1, D("100.00"), None), Answer(2, D("50.00"), None)], S.PAID),
        ([Answer(1, D("90.00"), "rate"), Answer(2, D("50.00"), None)], S.SHORT_PAID),
        ([Answer(1, D("0.00"), "not covered"), Answer(2, D("50.00"), None)], S.SHORT_PAID),
        ([Answer(1, D("90.00"), None), Answer(2, D("50.00"), None)], "reason-missing"),
        ([Answer(1, D("100.01"), None), Answer(2, D("50.00"), None)], "amount-refused"),
        ([Answer(1, D("-0.01"), "x"), Answer(2, D("50.00"), None)], "amount-refused"),
        ([Answer(1, D("100.00"), None)], "lines-differ"),
        ([Answer(1, D("100.00"), None), Answer(2, D("50.00"), None), Answer(3, D("1.00"), None)], "line-not-open"),
        ([Answer(1, D("60.00"), "x"), Answer(1, D("40.00"), "x"), Answer(2, D("50.00"), None)], "lines-differ"),
        ([Answer(1, D("0.00"), "no"), Answer(2, D("0.00"), "no")], "nothing-paid"),
    ],
)
def test_a_payment_answers_every_open_line_once(answers: list[Answer], expected: ClaimState | str) -> None:
    if isinstance(expected, ClaimState):
        assert pay(S.SENT, LEFT, answers) is expected
        return
    with pytest.raises(ClaimLinesRefused) as refused:
        pay(S.SENT, LEFT, answers)
    assert expected in [each["code"] for each in refused.value.errors]


amounts = st.decimals(0, 300, places=2)


@given(
    st.dictionaries(st.integers(1, 4), st.decimals("0.01", 300, places=2), min_size=1),
    st.lists(st.tuples(st.sampled_from(list(M)), st.lists(amounts, min_size=4, max_size=4)), max_size=15),
)
def test_whatever_is_done_to_a_claim_it_is_never_illegal_and_never_paid_more_than_was_claimed(
    claimed: dict[int, Decimal], acts: list[tuple[ClaimMove, list[Decimal]]]
) -> None:
    state, paid = S.DRAFT, list[tuple[int, Decimal]]()
    for move, told in acts:
        left, before = left_of(claimed, paid), state
        answers = [
            Answer(line, min(amount, left[line]), "so")
            for line, amount in zip(claimed, told, strict=False)
            if left[line] > 0
        ]
        try:
            state = pay(state, left, answers) if move is M.PAY else after(state, move)
        except WorkorderRefusal:
            continue
        assert before in MOVES[move]
        if move is M.PAY:
            paid += [(each.line, each.paid) for each in answers]
    left = left_of(claimed, paid)
    assert all(amount >= 0 for amount in left.values())
    assert sum(claimed.values()) == sum(left.values()) + sum(amount for _, amount in paid)
    assert (state is S.PAID) == (not any(left.values()))
    assert allowed_claim_moves(state) or state in ENDED


@pytest.mark.parametrize("state", list(State))
def test_a_claim_goes_out_once_the_work_is_done(state: State) -> None:
    if state in {State.READY, State.CLOSED}:
        require_work_done(Progress(state))
    else:
        with pytest.raises(ClaimTooEarly):
            require_work_done(Progress(state))


def test_money_is_entered_beside_claims_only_where_all_are_ended() -> None:
    require_no_open_claim([S.PAID, S.WRITTEN_OFF, S.WITHDRAWN])
    for state in set(S) - ENDED:
        with pytest.raises(ClaimOpen):
            require_no_open_claim([S.PAID, state])
