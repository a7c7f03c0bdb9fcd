from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workorder.domain.canonical import hash_of
from services.workorder.domain.money.bill import (
    Bill,
    BillLine,
    ReasonsRefused,
    SettlementHindered,
    hindrances,
    require_settleable,
    with_reasons,
)
from services.workorder.domain.money.discount import NO_DISCOUNT, Allowance, Limits, alike
from services.workorder.domain.orders.guarantee import LEAST, Guarantee, GuaranteeTooShort, guarantee_for
from services.workorder.domain.orders.line import LineKind, Payer
from services.workorder.domain.orders.order import OrderKind, Progress, State
from tests.workorder.billing import bill_line, bill_of

READY = Progress(State.READY)


def codes(bill: Bill, progress: Progress = READY, limits: Limits = NO_DISCOUNT) -> list[tuple[str, str]]:
    return [(each["pointer"], each["code"]) for each in hindrances(bill, progress, limits)]


def granted(percent: int) -> Allowance:
    return Allowance(Decimal(percent), Decimal(percent))


def test_a_bill_as_agreed_is_settled() -> None:
    assert codes(bill_of(bill_line())) == []
    require_settleable([])


CASES: list[tuple[Bill, Progress, Limits, list[tuple[str, str]]]] = [
    (bill_of(bill_line()), Progress(State.IN_PROGRESS), NO_DISCOUNT, [("/state", "move-not-allowed")]),
    (bill_of(bill_line()), Progress(State.READY, settled=True), NO_DISCOUNT, [("/state", "move-not-allowed")]),
    (bill_of(bill_line(), undecided=(7,)), READY, NO_DISCOUNT, [("/lines/7", "line-undecided")]),
    (bill_of(bill_line(3, amount=Decimal(120))), READY, NO_DISCOUNT, [("/reasons/3", "reason-missing")]),
    (bill_of(bill_line(3, amount=Decimal(120), reason="sawn off")), READY, NO_DISCOUNT, []),
    (bill_of(bill_line(amount=Decimal(95), estimate=Decimal(95))), READY, NO_DISCOUNT,
     [("/lines/1", "discount-over-limit"), ("/discounts/labour", "discount-over-limit")]),
    (bill_of(bill_line(amount=Decimal(95), estimate=Decimal(95))), READY, alike(5), []),
    (bill_of(bill_line(amount=Decimal(95), estimate=Decimal(95), granted=granted(5))), READY, NO_DISCOUNT, []),
    (bill_of(bill_line(amount=Decimal(95), estimate=Decimal(95), granted=None)), READY, NO_DISCOUNT, []),
    (bill_of(bill_line(payer=Payer.GOODWILL)), READY, NO_DISCOUNT,
     [("/lines/1", "discount-over-limit"), ("/discounts/labour", "discount-over-limit")]),
    (bill_of(bill_line(payer=Payer.MAKER)), READY, NO_DISCOUNT, []),
]  # fmt: skip


@pytest.mark.parametrize(("bill", "progress", "limits", "expected"), CASES)
def test_what_hinders_settling_is_told(
    bill: Bill, progress: Progress, limits: Limits, expected: list[tuple[str, str]]
) -> None:
    assert codes(bill, progress, limits) == expected
    if expected:
        with pytest.raises(SettlementHindered) as refusal:
            require_settleable(hindrances(bill, progress, limits))
        assert [each["code"] for each in refusal.value.errors] == [code for _, code in expected]


def test_a_discount_that_was_small_on_the_order_is_large_when_the_rest_is_declined() -> None:
    """5 % may go off an order, 50 % off a line; the line that kept the share small is no work."""
    off = bill_line(amount=Decimal(90), estimate=Decimal(90), granted=Allowance(Decimal(50), Decimal(5)))
    assert codes(bill_of(off, bill_line(2))) == []
    assert codes(bill_of(off)) == [("/discounts/labour", "discount-over-limit")]
    assert codes(bill_of(off), limits=alike(10)) == []


REASONS: list[tuple[dict[int, str], list[str]]] = [
    ({1: "as agreed"}, ["/reasons/1"]),
    ({9: "no such line"}, ["/reasons/9"]),
    ({3: "given already"}, ["/reasons/3"]),
]


@pytest.mark.parametrize(("reasons", "pointers"), REASONS)
def test_a_reason_that_nothing_needs_is_refused(reasons: Mapping[int, str], pointers: list[str]) -> None:
    bill = bill_of(bill_line(1), bill_line(3, amount=Decimal(99), reason="a customer of old"))
    with pytest.raises(ReasonsRefused) as refusal:
        with_reasons(bill, reasons)
    assert [each["pointer"] for each in refusal.value.errors] == pointers


def test_a_reason_given_at_settlement_is_the_lines() -> None:
    bill = with_reasons(bill_of(bill_line(1, amount=Decimal(101))), {1: "one more clip"})
    assert [line.reason for line in bill.lines] == ["one more clip"]
    assert codes(bill) == []


MONEY = st.decimals(0, 99_999, places=2)


@st.composite
def lines(draw: st.DrawFn) -> BillLine:
    payer = draw(st.sampled_from(Payer))
    shares = draw(st.none() | st.dictionaries(st.sampled_from(Payer), MONEY, min_size=1))
    amount = sum(shares.values(), Decimal(0)) if shares is not None else draw(MONEY)
    return bill_line(
        draw(st.integers(1, 200)), kind=draw(st.sampled_from(LineKind)), quantity=draw(st.decimals(0, 9, places=4)),
        list_price=draw(MONEY), amount=amount, estimate=draw(MONEY), payer=payer, shares=shares,
    )  # fmt: skip


@given(st.lists(lines(), max_size=12))
def test_payers_sum_to_the_work_and_differences_lead_from_estimate_to_final(drawn: list[BillLine]) -> None:
    bill = bill_of(*drawn)
    assert sum(bill.payers.values()) == bill.amount
    assert bill.estimate + bill.difference == bill.amount
    told = bill.told()
    assert sum(map(Decimal, told["payers"].values())) == Decimal(told["amount"])
    assert sum(Decimal(line["amount"]) for line in told["lines"]) == Decimal(told["amount"])
    assert hash_of(told) == hash_of(bill_of(*drawn).told())


@given(st.lists(lines(), min_size=1, max_size=4), st.integers(0, 3))
def test_another_cent_is_another_hash(drawn: list[BillLine], which: int) -> None:
    number = which % len(drawn)
    dearer = [
        bill_line(**{**vars(line), "number": line.line_number, "list_price": line.list_price + Decimal("0.01")})
        if place == number else line
        for place, line in enumerate(drawn)
    ]  # fmt: skip
    assert hash_of(bill_of(*dearer).told()) != hash_of(bill_of(*drawn).told())


@pytest.mark.parametrize(
    ("kind", "promised", "expected"),
    [
        (OrderKind.MAINTENANCE, None, Guarantee(30, 5_000)),
        (OrderKind.REPAIR, None, LEAST),
        (OrderKind.ACCIDENT, Guarantee(100, 20_000), Guarantee(100, 20_000)),
    ],
)
def test_the_law_sets_the_guarantee_where_the_shop_promises_none(
    kind: OrderKind, promised: Guarantee | None, expected: Guarantee
) -> None:
    assert guarantee_for(kind, promised) == expected


@pytest.mark.parametrize("promised", [Guarantee(9, 20_000), Guarantee(100, 1_999)])
def test_no_shop_promises_less_than_the_law_demands(promised: Guarantee) -> None:
    with pytest.raises(GuaranteeTooShort):
        guarantee_for(OrderKind.REPAIR, promised)


def test_a_guarantee_is_said_in_words() -> None:
    assert LEAST.text == "自竣工出厂之日起10日内或行驶2000公里以内,以先达到者为准。"


def test_a_line_of_less_than_none_hides_no_discount_of_another() -> None:
    back = bill_line(quantity=Decimal(-9), amount=Decimal(0))
    assert (back.priced.list_amount, back.priced.discount) == (Decimal(0), Decimal(0))
