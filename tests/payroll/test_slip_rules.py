"""Base pay by calendar days, and items by month, calendar days and attendance days."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payroll.domain.month import Month
from services.payroll.domain.payouts.slip import (
    AttendanceMissing,
    Basis,
    Employed,
    Item,
    Presence,
    items_for,
    part_of,
    presence_in,
    slip_for,
    slips_for,
)

SEPTEMBER = Month(2026, 9)


def make_item(**overrides: object) -> Item:
    given: dict[str, object] = {
        "id": "i", "version": 1, "employee": None, "post": "mechanic", "name_zh": "高温补贴", "name_en": "Heat",
        "basis": Basis.MONTH, "rate": Decimal("300.00"), "deducted": False, "reason": "x", "recorded_by": "CL01",
        **overrides,
    }  # fmt: skip
    return Item(**given)  # type: ignore[arg-type]


def make_person(**overrides: object) -> Employed:
    given: dict[str, object] = {
        "number": "J101", "post": "mechanic", "team": "机电一组", "base_pay": Decimal("3000.00"),
        "presence": Presence(30, 30), **overrides,
    }  # fmt: skip
    return Employed(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hired_on", "left_on", "days", "paid"),
    [
        (None, None, 30, "4000.00"),
        (date(2019, 3, 1), None, 30, "4000.00"),
        (date(2026, 9, 1), None, 30, "4000.00"),
        (date(2026, 9, 17), None, 14, "1866.67"),
        (date(2026, 9, 30), None, 1, "133.33"),
        (date(2026, 10, 1), None, 0, None),
        (None, date(2026, 9, 30), 30, "4000.00"),
        (None, date(2026, 9, 10), 10, "1333.33"),
        (None, date(2026, 8, 31), 0, None),
        (date(2026, 9, 11), date(2026, 9, 20), 10, "1333.33"),
    ],
)
def test_who_joins_or_leaves_within_the_month_is_paid_by_his_calendar_days(
    hired_on: date | None, left_on: date | None, days: int, paid: str | None
) -> None:
    presence = presence_in(SEPTEMBER, hired_on, left_on)
    slip = slip_for(make_person(base_pay=Decimal("4000.00"), presence=presence), [])
    assert presence.days == days
    assert (slip.base_pay and str(slip.base_pay.amount)) == paid
    if slip.base_pay is not None:
        assert (slip.base_pay.days, slip.base_pay.of_days) == (str(days), 30)


@pytest.mark.parametrize(
    ("basis", "rate", "attended", "deducted", "amount"),
    [
        (Basis.MONTH, "300.00", None, False, "300.00"),
        (Basis.MONTH, "50.00", None, True, "-50.00"),
        (Basis.CALENDAR_DAYS, "300.00", None, False, "100.00"),
        (Basis.CALENDAR_DAYS, "0.05", None, True, "-0.02"),
        (Basis.ATTENDANCE_DAYS, "15.00", "21.5", False, "322.50"),
        (Basis.ATTENDANCE_DAYS, "0.33", "0.5", False, "0.17"),
        (Basis.ATTENDANCE_DAYS, "15.00", "0", False, "0.00"),
    ],
)
def test_an_item_is_paid_for_what_its_basis_says(
    basis: Basis, rate: str, attended: str | None, *, deducted: bool, amount: str
) -> None:
    presence = Presence(10, 30, None if attended is None else Decimal(attended))
    part = part_of(basis, Decimal(rate), presence, make_item(deducted=deducted))
    assert str(part.amount) == amount


def test_a_posts_items_are_for_who_is_there_and_a_persons_own_reach_him_after_he_has_left() -> None:
    own, posts = make_item(employee="J101", post=None), make_item()
    assert items_for(make_person(), [own, posts]) == [own, posts]
    assert items_for(make_person(presence=Presence(0, 30)), [own, posts]) == [own]
    assert items_for(make_person(number="J102", post="parts_clerk"), [own, posts]) == []
    typed = make_item(post="洗车工（临时）")
    assert items_for(make_person(number="J103", post="洗车工(临时)"), [posts, typed]) == [typed]


def test_everybody_paid_by_the_day_whose_days_are_not_told_is_named() -> None:
    item = make_item(basis=Basis.ATTENDANCE_DAYS)
    told = make_person(number="J103", presence=Presence(30, 30, Decimal(20)))
    with pytest.raises(AttendanceMissing) as refused:
        slips_for([make_person(), make_person(number="J102"), told], [item])
    assert [each["detail"] for each in refused.value.errors] == ["J101 (高温补贴)", "J102 (高温补贴)"]


def test_who_was_not_there_has_a_slip_only_where_something_is_due_to_him() -> None:
    gone = make_person(presence=Presence(0, 30))
    assert slips_for([gone], []) == []
    assert [slip.amount for slip in slips_for([gone], [], frozenset({"J101"}))] == [Decimal("0.00")]
    assert [slip.amount for slip in slips_for([gone], [make_item(employee="J101", post=None)])] == [Decimal("300.00")]


MONEY = st.decimals(min_value="0.01", max_value="99999.99", places=2)


@given(MONEY, st.integers(0, 30), st.lists(st.tuples(MONEY, st.booleans(), st.sampled_from(Basis)), max_size=5))
def test_a_slip_is_the_sum_of_what_stands_on_it(
    base: Decimal, days: int, rates: list[tuple[Decimal, bool, Basis]]
) -> None:
    items = [make_item(rate=rate, deducted=deducted, basis=basis) for rate, deducted, basis in rates]
    slip = slip_for(make_person(base_pay=base, presence=Presence(days, 30, Decimal(21))), items)
    told = slip.as_json()
    parts = ([told["base_pay"]] if told["base_pay"] else []) + told["items"]
    assert slip.amount == sum((Decimal(part["amount"]) for part in parts), Decimal(0))
    assert len(told["items"]) == (len(items) if days else 0)
