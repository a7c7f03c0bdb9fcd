from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workorder.domain.money.discount import (
    NO_DISCOUNT,
    SHIPPED_LIMITS,
    Allowance,
    DiscountGroup,
    DiscountOverLimit,
    LimitBeyondOwn,
    Limits,
    Priced,
    alike,
    limits_of,
    list_amount,
    require_not_beyond_own,
    require_within_limits,
)
from services.workorder.domain.orders.line import LineKind, Payer
from tests.workorder.billing import bill_line

LABOUR, PARTS = DiscountGroup.LABOUR, DiscountGroup.PARTS
UNEQUAL = Limits(Allowance(Decimal(10), Decimal(6)), Allowance(Decimal(4), Decimal(2)))


def priced(listed: str, discount: str, group: DiscountGroup = LABOUR, at: str = "/lines/0/amount") -> Priced:
    return Priced(at, group, Decimal(listed), Decimal(discount))


PRICES: list[tuple[dict[str, Any], str]] = [
    ({}, "0"),
    ({"amount": Decimal("80.00")}, "20"),
    ({"amount": Decimal("120.00")}, "0"),
    ({"amount": Decimal("80.00"), "published": Decimal("80.00")}, "0"),
    ({"amount": Decimal("75.00"), "published": Decimal("80.00")}, "5"),
    ({"quantity": Decimal("1.5"), "list_price": Decimal("33.33"), "amount": Decimal("40.00")}, "10.00"),
    ({"amount": Decimal("0.00")}, "100"),
    ({"amount": Decimal("0.00"), "payer": Payer.GOODWILL}, "0"),
    ({"amount": Decimal("60.00"), "payer": Payer.MAKER}, "0"),
    ({"amount": Decimal("60.00"), "payer": Payer.INSURER}, "0"),
    ({"shares": {Payer.CUSTOMER: Decimal(60), Payer.GOODWILL: Decimal(40)}}, "0"),
    ({"amount": Decimal(80), "payer": Payer.GOODWILL,
      "shares": {Payer.CUSTOMER: Decimal(40), Payer.GOODWILL: Decimal(40)}}, "20"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "discount"), PRICES)
def test_a_discount_is_what_is_taken_off_the_customers_list_price(line: dict[str, Any], discount: str) -> None:
    assert bill_line(**line).discount == Decimal(discount)


GIVEN: list[tuple[dict[str, Any], str, str]] = [
    ({}, "100.00", "0"),
    ({"amount": Decimal("80.00")}, "100.00", "20"),
    ({"payer": Payer.GOODWILL}, "100.00", "100"),
    ({"amount": Decimal("0.00"), "payer": Payer.GOODWILL}, "100.00", "100"),
    ({"shares": {Payer.CUSTOMER: Decimal(60), Payer.GOODWILL: Decimal(40)}}, "100.00", "40"),
    ({"amount": Decimal(80), "shares": {Payer.CUSTOMER: Decimal(50), Payer.GOODWILL: Decimal(30)}}, "100.00", "50"),
    ({"amount": Decimal("130.00"), "payer": Payer.GOODWILL}, "100.00", "100"),
    ({"shares": {Payer.CUSTOMER: Decimal(60), Payer.MAKER: Decimal(40)}}, "100.00", "0"),
    ({"payer": Payer.MAKER}, "0", "0"),
]


@pytest.mark.parametrize(("line", "listed", "given"), GIVEN)
def test_what_the_house_pays_is_given_away_like_a_discount(line: dict[str, Any], listed: str, given: str) -> None:
    priced = bill_line(**line).priced
    assert (priced.list_amount, priced.discount) == (Decimal(listed), Decimal(given))


@pytest.mark.parametrize(
    ("kind", "group"),
    [(LineKind.LABOUR, LABOUR), (LineKind.OUTSIDE_WORK, LABOUR), (LineKind.FEE, LABOUR), (LineKind.PART, PARTS),
     (LineKind.ACCESSORY, PARTS)],
)  # fmt: skip
def test_goods_are_parts_and_the_rest_is_labour(kind: LineKind, group: DiscountGroup) -> None:
    assert bill_line(kind=kind).priced.group is group


def test_a_list_amount_is_rounded_half_up() -> None:
    assert list_amount(Decimal("0.5"), Decimal("0.01")) == Decimal("0.01")


CASES: list[tuple[Limits, list[Priced], list[Priced], list[str]]] = [
    (NO_DISCOUNT, [priced("100", "0")], [], []),
    (NO_DISCOUNT, [priced("100", "0.01")], [], ["line-discount-over-limit", "order-discount-over-limit"]),
    (alike(5), [priced("100", "5")], [], []),
    (alike(5), [priced("100", "5.01")], [], ["line-discount-over-limit", "order-discount-over-limit"]),
    (UNEQUAL, [priced("100", "10")], [priced("100", "0")], []),
    (UNEQUAL, [priced("100", "10")], [], ["order-discount-over-limit"]),
    (UNEQUAL, [priced("100", "10", PARTS)], [priced("9999", "0", PARTS)], ["line-discount-over-limit"]),
    (UNEQUAL, [priced("100", "4", PARTS)], [priced("9999", "0", LABOUR)], ["order-discount-over-limit"]),
    (alike(5), [priced("100", "0")], [priced("100", "90")], []),
    (alike(100), [priced("100", "100")], [], []),
]


@pytest.mark.parametrize(("limits", "set_now", "others", "codes"), CASES)
def test_a_person_goes_as_far_as_his_limits(
    limits: Limits, set_now: list[Priced], others: list[Priced], codes: list[str]
) -> None:
    if not codes:
        require_within_limits(limits, set_now, [*set_now, *others])
        return
    with pytest.raises(DiscountOverLimit) as refusal:
        require_within_limits(limits, set_now, [*set_now, *others])
    assert [(each["pointer"], each["code"]) for each in refusal.value.errors] == [
        ("/lines/0/amount", code) for code in codes
    ]


def test_the_best_of_a_persons_roles_holds() -> None:
    assert limits_of(["technician"], {}) == NO_DISCOUNT
    assert limits_of(["technician", "service_advisor", "desk_supervisor"], {}) == alike(15)
    assert limits_of(["service_advisor"], {"service_advisor": alike(1)}) == alike(1)
    assert limits_of(["parts_clerk"], {"parts_clerk": UNEQUAL}) == UNEQUAL


def test_the_product_brings_limits_for_four_roles() -> None:
    assert {role: limits.labour.line for role, limits in SHIPPED_LIMITS.items()} == {
        "service_advisor": 5, "desk_supervisor": 15, "service_manager": 30, "administrator": 100,
    }  # fmt: skip


@given(*[st.integers(0, 100)] * 4)
def test_nobody_gives_a_role_more_than_he_has(line: int, order: int, own_line: int, own_order: int) -> None:
    wished = Limits(Allowance(Decimal(line), Decimal(order)), alike(0).parts)
    own = Limits(Allowance(Decimal(own_line), Decimal(own_order)), alike(0).parts)
    if line <= own_line and order <= own_order:
        require_not_beyond_own(wished, own)
    else:
        with pytest.raises(LimitBeyondOwn):
            require_not_beyond_own(wished, own)
