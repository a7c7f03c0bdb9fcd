"""A month's way to being paid, and shares moved inside a pool."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payroll.domain.months.adjustment import AdjustmentRefused, adjust
from services.payroll.domain.months.pay_month import (
    Approval,
    ApproverNotDue,
    MonthMove,
    MonthMoveNotAllowed,
    MonthState,
    OwnWorkApproved,
    allowed_moves,
    approve,
    next_role,
    require_move,
)

CHAIN = ("workshop_manager", "service_manager")
ALLOWED = {
    MonthState.OPEN: [MonthMove.LOCK],
    MonthState.LOCKED: [MonthMove.APPROVE, MonthMove.REOPEN],
    MonthState.APPROVED: [MonthMove.CLOSE, MonthMove.REOPEN],
    MonthState.CLOSED: [MonthMove.REOPEN],
}


@pytest.mark.parametrize("state", MonthState)
def test_a_month_moves_one_way_and_back_to_open_only(state: MonthState) -> None:
    assert allowed_moves(state) == ALLOWED[state]
    for move in set(MonthMove) - set(ALLOWED[state]):
        with pytest.raises(MonthMoveNotAllowed) as refused:
            require_move(state, move)
        chinese, english = str(refused.value).split(" / ")
        assert re.fullmatch(r"[^a-z]+", chinese)
        assert english.isascii()


def test_who_asks_too_early_reads_who_comes_next() -> None:
    with pytest.raises(ApproverNotDue, match="接下来由车间主任批准 / workshop_manager approves next"):
        approved(by="Z1", roles={"service_manager"})
    with pytest.raises(ApproverNotDue, match="接下来由算薪的人批准"):
        approve(("payroll_clerk",), (), frozenset(), "Z1", frozenset({"service_manager"}))


def approved(*given: Approval, by: str, roles: set[str]) -> Approval:
    return approve(CHAIN, given, frozenset({"clerk"}), by, frozenset(roles))


def test_the_chain_is_gone_through_in_its_order_and_then_all_have_approved() -> None:
    first = approved(by="W1", roles={"workshop_manager"})
    second = approved(first, by="Z1", roles={"service_manager"})
    assert [first, second] == [Approval("workshop_manager", "W1"), Approval("service_manager", "Z1")]
    assert next_role(CHAIN, [first]) == "service_manager"
    assert next_role(CHAIN, [first, second]) is None


def test_nobody_approves_before_his_turn_or_once_all_have() -> None:
    with pytest.raises(ApproverNotDue):
        approved(by="Z1", roles={"service_manager"})
    done = [Approval("workshop_manager", "W1"), Approval("service_manager", "Z1")]
    with pytest.raises(ApproverNotDue):
        approved(*done, by="W2", roles={"workshop_manager"})


def test_nobody_approves_what_he_locked_or_two_steps() -> None:
    with pytest.raises(OwnWorkApproved):
        approved(by="clerk", roles={"administrator"})
    first = approved(by="W1", roles={"workshop_manager", "service_manager"})
    with pytest.raises(OwnWorkApproved):
        approved(first, by="W1", roles={"workshop_manager", "service_manager"})


def test_an_administrator_stands_in_for_any_role() -> None:
    assert approved(by="root", roles={"administrator"}).role == "workshop_manager"


SHARES = {"J101": Decimal("100.00"), "J102": Decimal("50.00"), "J103": Decimal("0.00")}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "empty"),
        ({"J101": "-10.00"}, "sum-not-zero"),
        ({"J101": "-10.00", "J102": "10.01"}, "sum-not-zero"),
        ({"J101": "-10.00", "J199": "10.00"}, "not-in-team"),
        ({"J101": "-100.01", "J102": "100.01"}, "below-zero"),
        ({"J101": "0.00", "J102": "0.00"}, "zero"),
    ],
)
def test_what_does_not_keep_a_pool_is_refused(changes: dict[str, str], code: str) -> None:
    with pytest.raises(AdjustmentRefused) as refused:
        adjust(SHARES, {number: Decimal(amount) for number, amount in changes.items()})
    assert refused.value.errors[0]["code"] == code


@given(st.lists(st.integers(0, 100_000), min_size=2, max_size=6), st.data())
def test_a_pool_keeps_its_sum_and_nobody_falls_below_zero(cents: list[int], data: st.DataObject) -> None:
    shares = {f"J{place}": Decimal(each).scaleb(-2) for place, each in enumerate(cents)}
    giver, taker = data.draw(st.permutations(sorted(shares)))[:2]
    amount = Decimal(data.draw(st.integers(0, int(shares[giver] * 100)))).scaleb(-2)
    if amount:
        after = adjust(shares, {giver: -amount, taker: amount})
        assert sum(after.values()) == sum(shares.values())
        assert min(after.values()) >= 0
