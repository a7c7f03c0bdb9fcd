"""Pools are shared to the cent."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payroll.domain.calculation.given import number_order
from services.payroll.domain.calculation.split import (
    exact_shares,
    rounded_each,
    split,
    split_by_largest_remainder,
)
from services.payroll.domain.errors import WeightNegative
from services.payroll.domain.exact import away_from_zero, half_up, in_cents, money, towards_zero

amounts = st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**6)
weights = st.dictionaries(
    st.text("AB0129", min_size=1, max_size=4),
    st.fractions(min_value=0, max_value=5, max_denominator=100),
    min_size=1,
    max_size=12,
).filter(lambda given: sum(given.values()) > 0)


@given(amounts, weights)
def test_shares_sum_to_the_pool_rounded_half_up(pool: Fraction, shared: dict[str, Fraction]) -> None:
    assert sum(split_by_largest_remainder(pool, shared).values()) == in_cents(pool)


@given(amounts, weights)
def test_a_share_is_its_exact_share_rounded_up_or_down_and_nothing_for_no_weight(
    pool: Fraction, shared: dict[str, Fraction]
) -> None:
    exact = exact_shares(pool, shared)
    for number, cents in split_by_largest_remainder(pool, shared).items():
        assert abs(cents - exact[number] * 100) < 1
        assert cents == 0 or shared[number] > 0


@given(amounts, weights)
def test_more_weight_is_never_a_smaller_share(pool: Fraction, shared: dict[str, Fraction]) -> None:
    cents = split_by_largest_remainder(abs(pool), shared)
    ordered = sorted(shared, key=lambda number: shared[number])
    for lower, higher in pairwise(ordered):
        assert shared[lower] == shared[higher] or cents[lower] <= cents[higher]


@pytest.mark.parametrize(
    ("pool", "shared", "cents"),
    [
        ("0.05", {"A2": "1", "A1": "1"}, {"A1": 3, "A2": 2}),
        ("0.05", {"J10": "1", "J9": "1"}, {"J9": 3, "J10": 2}),
        ("-0.05", {"A2": "1", "A1": "1"}, {"A1": -3, "A2": -2}),
        ("100", {"A": "1", "B": "1", "C": "1"}, {"A": 3334, "B": 3333, "C": 3333}),
        ("10", {"A": "0", "B": "2"}, {"A": 0, "B": 1000}),
        ("0.005", {"A": "1"}, {"A": 1}),
        ("0", {"A": "0"}, {"A": 0}),
        ("0", {}, {}),
    ],
)
def test_left_over_cents_go_to_the_largest_remainders_then_to_the_lower_number(
    pool: str, shared: dict[str, str], cents: dict[str, int]
) -> None:
    exact = {number: Fraction(weight) for number, weight in shared.items()}
    assert split_by_largest_remainder(Fraction(pool), exact) == cents


@pytest.mark.parametrize("by_rule", [split_by_largest_remainder, rounded_each])
def test_nobody_gets_anything_of_a_pool_in_which_nobody_has_a_weight(
    by_rule: Callable[[Fraction, Mapping[str, Fraction]], dict[str, int]],
) -> None:
    assert by_rule(Fraction(1), {}) == {}
    assert by_rule(Fraction(1), {"A": Fraction(0)}) == {"A": 0}


def test_a_weight_is_not_negative() -> None:
    with pytest.raises(WeightNegative):
        exact_shares(Fraction(1), {"A": Fraction(-1), "B": Fraction(2)})


def test_shares_rounded_each_by_itself_need_not_sum_to_the_pool() -> None:
    assert split(Fraction("0.05"), {"A": Fraction(1), "B": Fraction(1)}, "round_each") == {"A": 3, "B": 3}


@pytest.mark.parametrize(
    ("number", "digits", "half", "down", "up"),
    [
        ("0.005", 2, "0.01", "0", "0.01"),
        ("-0.005", 2, "-0.01", "0", "-0.01"),
        ("0.0049", 2, "0", "0", "0.01"),
        ("2.5", 0, "3", "2", "3"),
        ("-7", 2, "-7", "-7", "-7"),
    ],
)
def test_rounding_is_symmetric_around_zero(number: str, digits: int, half: str, down: str, up: str) -> None:
    exact = Fraction(number)
    assert (half_up(exact, digits), towards_zero(exact, digits), away_from_zero(exact, digits)) == (
        Fraction(half),
        Fraction(down),
        Fraction(up),
    )


def test_cents_are_written_with_two_decimals() -> None:
    assert [str(money(cents)) for cents in (5, -1234, 0, 100)] == ["0.05", "-12.34", "0.00", "1.00"]


def test_employee_numbers_order_by_their_digits() -> None:
    numbers = ["J10", "J9", "J009", "A", "10", "9", "9" * 5000]
    assert sorted(numbers, key=number_order) == ["9", "10", "9" * 5000, "A", "J009", "J9", "J10"]
