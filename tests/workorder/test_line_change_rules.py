from decimal import Decimal

import pytest

from services.workorder.domain.orders.line import Authorisation, Payer
from services.workorder.domain.orders.line_change import (
    NO_MARGIN,
    CustomerPaysMore,
    LineDecidedAgainst,
    LineMoney,
    Margin,
    PriceReasonMissing,
    margin_of,
    require_price_change,
)

C, M, G = Payer.CUSTOMER, Payer.MAKER, Payer.GOODWILL


def money(amount: str, payer: Payer = C, **shares: str) -> LineMoney:
    split = {Payer(name): Decimal(share) for name, share in shares.items()}
    return LineMoney(Decimal(amount), payer, split or None)


BEFORE = money("100.00", customer="60.00", maker="40.00")
ALLOWED = [
    money("90.00", customer="60.00", maker="30.00"),
    money("100.00", customer="50.00", goodwill="50.00"),
    money("500.00", customer="60.00", maker="440.00"),
    money("60.00"),
    money("0.00"),
    money("1000.00", G),
]
DEARER = [money("60.01"), money("100.00"), money("100.00", customer="60.01", maker="39.99")]


@pytest.mark.parametrize("after", ALLOWED)
def test_the_customers_part_of_an_agreed_line_may_fall(after: LineMoney) -> None:
    assert after.customer <= BEFORE.customer
    require_price_change(BEFORE, after, Authorisation.APPROVED, agreed=True, reason="goodwill")


@pytest.mark.parametrize("after", DEARER)
def test_the_customers_part_of_an_agreed_line_never_rises(after: LineMoney) -> None:
    with pytest.raises(CustomerPaysMore):
        require_price_change(BEFORE, after, Authorisation.APPROVED, agreed=True, reason="dearer part")
    require_price_change(BEFORE, after, Authorisation.PROPOSED, agreed=False, reason="dearer part")


@pytest.mark.parametrize("said", [Authorisation.DECLINED, Authorisation.EXPIRED, Authorisation.REVOKED])
def test_what_will_not_be_done_has_no_price(said: Authorisation) -> None:
    with pytest.raises(LineDecidedAgainst):
        require_price_change(BEFORE, money("1.00"), said, agreed=False, reason="cheaper")


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_a_price_changes_for_a_reason(reason: str | None) -> None:
    with pytest.raises(PriceReasonMissing):
        require_price_change(BEFORE, money("1.00"), None, agreed=False, reason=reason)


def test_gross_profit_says_how_many_lines_have_no_cost() -> None:
    lines = [("100.00", "60.00"), ("50.00", None), ("20.00", "25.00")]
    total = sum((margin_of(Decimal(amount), Decimal(cost) if cost else None) for amount, cost in lines), NO_MARGIN)
    assert total == Margin(Decimal("170.00"), Decimal("85.00"), 1)
    assert total.gross_profit == Decimal("85.00")
