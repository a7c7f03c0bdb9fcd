from contextlib import nullcontext
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workorder.domain.money.accessory import (
    BelowLowestPrice,
    MethodRefused,
    below_lowest_price,
    require_lowest_price,
    require_paid_how,
)
from services.workorder.domain.money.settlement import (
    AmountNotPositive,
    Charge,
    OrderCancelled,
    PaymentExceedsOpen,
    PaymentMethod,
    owed_by_customer,
    require_payable,
)
from services.workorder.domain.orders.line import (
    Authorisation,
    LineKind,
    Payer,
    authorisation_of_report,
    is_work,
    labour_completed_on,
)
from services.workorder.domain.orders.order import Progress, State

LEFT = date(2026, 9, 30)


@pytest.mark.parametrize(
    ("kind", "authorisation", "cancelled", "left_on", "expected"),
    [
        (LineKind.LABOUR, None, False, LEFT, LEFT),
        (LineKind.LABOUR, Authorisation.APPROVED, False, LEFT, LEFT),
        (LineKind.LABOUR, Authorisation.PROPOSED, False, LEFT, None),
        (LineKind.LABOUR, Authorisation.DECLINED, False, LEFT, None),
        (LineKind.LABOUR, Authorisation.DEFERRED, False, LEFT, None),
        (LineKind.LABOUR, None, True, LEFT, None),
        (LineKind.LABOUR, None, False, None, None),
        (LineKind.PART, None, False, LEFT, None),
    ],
)
def test_labour_is_done_when_the_car_has_left_and_the_customer_wanted_it(
    kind: LineKind, authorisation: Authorisation | None, cancelled: bool, left_on: date | None, expected: date | None
) -> None:
    assert labour_completed_on(kind, authorisation, cancelled=cancelled, left_on=left_on) == expected


@pytest.mark.parametrize(
    ("decision", "is_upsell", "expected"),
    [
        (None, True, Authorisation.PROPOSED),
        (None, False, None),
        (Authorisation.DECLINED, True, Authorisation.DECLINED),
    ],
)
def test_an_imported_upsell_without_a_decision_is_proposed(
    decision: Authorisation | None, is_upsell: bool, expected: Authorisation | None
) -> None:
    assert authorisation_of_report(decision, is_upsell=is_upsell) is expected


charges = st.lists(
    st.builds(
        Charge,
        st.sampled_from(list(Payer)),
        st.sampled_from([None, *Authorisation]),
        st.decimals(0, 10_000, places=2),
    ),
    max_size=20,
)


@given(charges, st.decimals(0, 1000, places=2))
def test_the_customer_owes_his_lines_to_the_cent_and_his_share(charges: list[Charge], share: Decimal) -> None:
    others = [c for c in charges if c.payer is not Payer.CUSTOMER or not is_work(c.authorisation)]
    everything = sum((c.amount for c in charges), Decimal(0))
    assert owed_by_customer(charges, share) == everything - sum((c.amount for c in others), Decimal(0)) + share


@pytest.mark.parametrize(
    ("state", "amount", "refusal"),
    [
        (State.READY, "100.00", None),
        (State.CLOSED, "0.01", None),
        (State.READY, "100.01", PaymentExceedsOpen),
        (State.READY, "0.00", AmountNotPositive),
        (State.READY, "-5.00", AmountNotPositive),
        (State.CANCELLED, "5.00", OrderCancelled),
    ],
)
def test_a_payment_is_positive_and_at_most_what_is_open(
    state: State, amount: str, refusal: type[Exception] | None
) -> None:
    if refusal is None:
        require_payable(Progress(state), Decimal(amount), Decimal("100.00"))
    else:
        with pytest.raises(refusal):
            require_payable(Progress(state), Decimal(amount), Decimal("100.00"))


@pytest.mark.parametrize(
    ("amount", "given_away", "below"),
    [("80.00", False, False), ("79.99", False, True), ("100.00", False, False), ("0.00", True, False)],
)
def test_goods_are_too_cheap_below_eighty_percent_unless_given_away(amount: str, given_away: bool, below: bool) -> None:
    assert below_lowest_price(Decimal(100), Decimal(amount), given_away=given_away) is below


def test_goods_below_eighty_percent_need_a_reason() -> None:
    with pytest.raises(BelowLowestPrice):
        require_lowest_price(Decimal(100), Decimal(79), given_away=False, reason=None)
    require_lowest_price(Decimal(100), Decimal(79), given_away=False, reason="scratched")


@pytest.mark.parametrize(
    ("amount", "method", "given_away", "allowed"),
    [
        ("10.00", PaymentMethod.CASH, False, True),
        ("10.00", None, False, False),
        ("10.00", None, True, True),
        ("10.00", PaymentMethod.CASH, True, False),
        ("0.00", None, False, True),
        ("0.00", PaymentMethod.CARD, False, False),
    ],
)
def test_goods_that_are_paid_for_name_how(
    amount: str, method: PaymentMethod | None, given_away: bool, allowed: bool
) -> None:  # fmt: skip
    with nullcontext() if allowed else pytest.raises(MethodRefused):
        require_paid_how(Decimal(amount), method, given_away=given_away)
