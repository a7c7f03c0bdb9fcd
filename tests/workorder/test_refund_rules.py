from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workorder.domain.money.refund import (
    Refund,
    RefundDayRefused,
    RefundExceedsPayment,
    RefundOverLimit,
    RefundReason,
    Taken,
    WrongEntryIsWhole,
    limit_of,
    require_refundable,
)
from services.workorder.domain.money.settlement import (
    AmountNotPositive,
    Balance,
    Charge,
    DepositNotNow,
    OrderCancelled,
    PaymentExceedsOpen,
    PaymentMethod,
    expected_of_customer,
    owed_by_customer,
    require_depositable,
)
from services.workorder.domain.orders.line import Authorisation, Payer, is_work
from services.workorder.domain.orders.order import Progress, State
from services.workorder.domain.refusals import WorkorderRefusal

CASH, CARD = PaymentMethod.CASH, PaymentMethod.CARD
PAID_ON, LATER = date(2026, 9, 8), date(2026, 9, 9)
WRONG = RefundReason.ENTERED_WRONGLY
amounts = st.decimals(Decimal("-50.00"), 2000, places=2)


def taken(amount: str = "100.00", refunded: str = "0.00") -> Taken:
    return Taken(Decimal(amount), Decimal(refunded), CASH, PAID_ON)


def refund(
    amount: str, method: PaymentMethod = CASH, reason: RefundReason = RefundReason.OVERPAID, on: date = LATER
) -> Refund:
    return Refund(Decimal(amount), method, reason, on)


@pytest.mark.parametrize(
    ("payment", "wanted", "limit", "refusal"),
    [
        (taken(), refund("100.00"), None, None),
        (taken(), refund("0.01", CARD, on=PAID_ON), "500.00", None),
        (taken(), refund("100.01"), None, RefundExceedsPayment),
        (taken(refunded="60.00"), refund("40.01"), None, RefundExceedsPayment),
        (taken(refunded="100.00"), refund("0.01"), None, RefundExceedsPayment),
        (taken(), refund("0.00"), None, AmountNotPositive),
        (taken(), refund("-1.00"), None, AmountNotPositive),
        (taken(), refund("100.00", reason=WRONG), None, None),
        (taken(), refund("99.99", reason=WRONG), None, WrongEntryIsWhole),
        (taken(), refund("100.00", CARD, WRONG), None, WrongEntryIsWhole),
        (taken(refunded="10.00"), refund("90.00", reason=WRONG), None, WrongEntryIsWhole),
        (taken(), refund("10.00", on=date(2026, 9, 7)), None, RefundDayRefused),
        (taken("800.00"), refund("500.00"), "500.00", None),
        (taken("800.00"), refund("500.01"), "500.00", RefundOverLimit),
        (taken("800.00", "300.00"), refund("200.01"), "500.00", RefundOverLimit),
    ],
)
def test_a_refund_is_within_what_is_left_and_within_the_limit(
    payment: Taken, wanted: Refund, limit: str | None, refusal: type[Exception] | None
) -> None:
    if refusal is None:
        require_refundable(payment, wanted, Decimal(limit) if limit else None)
    else:
        with pytest.raises(refusal):
            require_refundable(payment, wanted, Decimal(limit) if limit else None)


@pytest.mark.parametrize(
    ("roles", "own", "expected"),
    [
        (["cashier"], {}, "500.00"),
        (["cashier", "desk_supervisor"], {}, "5000.00"),
        (["cashier"], {"cashier": "20.00"}, "20.00"),
        (["cashier"], {"desk_supervisor": "20.00"}, "500.00"),
        (["service_manager", "cashier"], {}, None),
        (["technician"], {}, "0"),
    ],
)
def test_the_highest_limit_of_a_persons_roles_holds(
    roles: list[str], own: dict[str, str], expected: str | None
) -> None:
    limits = {role: Decimal(amount) for role, amount in own.items()}
    assert limit_of(roles, limits) == (None if expected is None else Decimal(expected))


@given(st.decimals("0.01", 1000, places=2), st.lists(amounts, max_size=12), st.none() | amounts)
def test_however_refunds_are_asked_for_no_more_goes_back_than_came_in_or_the_limit_allows(
    amount: Decimal, asked: list[Decimal], limit: Decimal | None
) -> None:
    refunded = Decimal(0)
    for each in asked:
        try:
            require_refundable(
                Taken(amount, refunded, CASH, PAID_ON), Refund(each, CASH, RefundReason.GOODWILL, LATER), limit
            )
        except WorkorderRefusal:
            continue
        refunded += each
    assert 0 <= refunded <= amount
    assert limit is None or refunded <= max(limit, Decimal(0))
    assert Balance(amount, amount, refunded).open == refunded


charges = st.lists(
    st.builds(
        Charge, st.sampled_from(list(Payer)), st.sampled_from([None, *Authorisation]), st.decimals(0, 10_000, places=2)
    ),
    max_size=20,
)


@given(charges, st.decimals(0, 1000, places=2))
def test_what_is_expected_is_what_is_owed_once_all_that_is_proposed_is_approved(
    charges: list[Charge], share: Decimal
) -> None:
    proposed = sum(
        (c.amount for c in charges if c.payer is Payer.CUSTOMER and c.authorisation is Authorisation.PROPOSED),
        Decimal(0),
    )
    assert not is_work(Authorisation.PROPOSED)
    assert expected_of_customer(charges, share) == owed_by_customer(charges, share) + proposed


@pytest.mark.parametrize(
    ("progress", "amount", "refusal"),
    [
        (Progress(State.CHECKED_IN), "100.00", None),
        (Progress(State.READY, delivered=True), "0.01", None),
        (Progress(State.CHECKED_IN), "100.01", PaymentExceedsOpen),
        (Progress(State.CHECKED_IN), "0.00", AmountNotPositive),
        (Progress(State.BOOKED), "1.00", DepositNotNow),
        (Progress(State.READY, settled=True), "1.00", DepositNotNow),
        (Progress(State.CLOSED, settled=True, delivered=True), "1.00", DepositNotNow),
        (Progress(State.CANCELLED), "1.00", OrderCancelled),
    ],
)
def test_a_deposit_is_taken_from_arrival_to_settlement_up_to_what_is_expected(
    progress: Progress, amount: str, refusal: type[Exception] | None
) -> None:
    if refusal is None:
        require_depositable(progress, Decimal(amount), Decimal("100.00"))
    else:
        with pytest.raises(refusal):
            require_depositable(progress, Decimal(amount), Decimal("100.00"))
