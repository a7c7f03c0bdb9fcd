"""What if: who gains and who loses, and bands in which every person is once."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payroll.domain.forecasts.what_if import ZERO, Difference, bands, differences, losers, winners

MONEY = st.decimals("-99999", "99999", places=2)


def person(change: str) -> Difference:
    return Difference("SA01", Decimal("2000.00"), Decimal("2000.00") + Decimal(change))


@pytest.mark.parametrize(
    ("change", "lower", "upper"),
    [
        ("0.00", "0.00", "0.00"), ("0.01", "0.00", "100.00"), ("100.00", "0.00", "100.00"),
        ("100.01", "100.00", "500.00"), ("500.00", "100.00", "500.00"), ("1000.00", "500.00", "1000.00"),
        ("1000.01", "1000.00", None), ("-0.01", "-100.00", "0.00"), ("-100.00", "-100.00", "0.00"),
        ("-100.01", "-500.00", "-100.00"), ("-1000.00", "-1000.00", "-500.00"), ("-1000.01", None, "-1000.00"),
    ],
)  # fmt: skip
def test_a_difference_is_in_the_band_between_its_edges(change: str, lower: str | None, upper: str | None) -> None:
    (band,) = [each for each in bands([person(change)]) if each.people]
    edges = tuple(None if edge is None else str(edge) for edge in (band.lower, band.upper))
    assert (edges, band.sum) == ((lower, upper), Decimal(change))


def test_who_is_paid_by_one_plan_only_is_compared_with_nothing_in_the_order_of_numbers() -> None:
    then = {"J10": Decimal("6.00"), "SA01": ZERO}
    found = differences({"J10": Decimal("5.00"), "J9": Decimal("7.00")}, then, {"J9", "J10", "SA01"})
    assert [(each.person, each.difference) for each in found] == [
        ("J9", Decimal("-7.00")), ("J10", Decimal("1.00")), ("SA01", ZERO),
    ]  # fmt: skip


def test_of_those_whom_the_changed_plan_does_not_pay_only_who_gets_more_or_less_is_compared() -> None:
    now = {"J1": Decimal("5.00"), "Q1": Decimal("7.00"), "SA01": Decimal("1.00")}
    found = differences(now, now | {"Q1": Decimal("9.00")}, {"J1", "J2"})
    assert [(each.person, each.difference) for each in found] == [("J1", ZERO), ("Q1", Decimal("2.00"))]


@given(st.lists(st.tuples(MONEY, MONEY), max_size=30))
def test_bands_and_sides_hold_everybody_once_and_all_of_the_difference(pairs: list[tuple[Decimal, Decimal]]) -> None:
    found = [Difference(str(number), now, then) for number, (now, then) in enumerate(pairs)]
    total = sum((each.difference for each in found), ZERO)
    assert sum(band.people for band in bands(found)) == len(found)
    assert sum((band.sum for band in bands(found)), ZERO) == total
    gain, loss = winners(found), losers(found)
    assert gain.sum + loss.sum == total
    assert gain.people + loss.people == sum(1 for each in found if each.difference)
