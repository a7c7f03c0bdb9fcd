from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workorder.domain.orders.line import Payer
from services.workorder.domain.orders.share import (
    Shares,
    SharesRefused,
    require_sound_shares,
    share_of,
    shares_read,
    shares_told,
)

C, M, G = Payer.CUSTOMER, Payer.MAKER, Payer.GOODWILL
FAULTS: list[tuple[str, Shares, str]] = [
    ("100.00", {C: Decimal("60.00"), M: Decimal("39.99")}, "shares-do-not-sum"),
    ("100.00", {C: Decimal("60.00"), M: Decimal("40.01")}, "shares-do-not-sum"),
    ("100.00", {M: Decimal("100.00")}, "payer-without-share"),
    ("100.00", {C: Decimal("100.00"), M: Decimal("0.00")}, "share-not-positive"),
    ("100.00", {C: Decimal("140.00"), M: Decimal("-40.00")}, "share-not-positive"),
]


@pytest.mark.parametrize(("amount", "shares", "code"), FAULTS)
def test_shares_that_do_not_make_up_the_line_are_refused(amount: str, shares: Shares, code: str) -> None:
    with pytest.raises(SharesRefused) as refused:
        require_sound_shares([("/lines/3", C, Decimal(amount), shares)])
    assert [(each["pointer"], each["code"]) for each in refused.value.errors] == [("/lines/3/shares", code)]


def test_every_wrong_line_is_named_at_once() -> None:
    wrong = {C: Decimal("1.00")}
    with pytest.raises(SharesRefused) as refused:
        require_sound_shares(
            [("/lines/0", C, Decimal(2), wrong), ("/lines/1", C, Decimal(2), None), ("/lines/2", C, Decimal(3), wrong)]
        )
    assert [each["pointer"] for each in refused.value.errors] == ["/lines/0/shares", "/lines/2/shares"]


CENTS = st.integers(1, 10**9).map(lambda cents: Decimal(cents) / 100)


@given(st.dictionaries(st.sampled_from(Payer), CENTS, min_size=1))
def test_what_all_payers_pay_is_the_line_to_the_cent(shares: dict[Payer, Decimal]) -> None:
    amount = sum(shares.values(), Decimal(0))
    payer = next(iter(shares))
    require_sound_shares([("", payer, amount, shares)])
    assert sum((share_of(each, payer, amount, shares) for each in Payer), Decimal(0)) == amount
    assert shares_read(shares_told(shares)) == shares


@given(st.sampled_from(Payer), CENTS)
def test_without_shares_the_payer_pays_all(payer: Payer, amount: Decimal) -> None:
    paid = {each: share_of(each, payer, amount, None) for each in Payer}
    assert paid == {each: amount if each is payer else Decimal(0) for each in Payer}
