from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workorder.domain.money.capital_numerals import in_capitals

AMOUNTS = [
    ("0.00", "零元整"),
    ("0.05", "伍分"),
    ("0.50", "伍角整"),
    ("0.55", "伍角伍分"),
    ("1.00", "壹元整"),
    ("10.00", "壹拾元整"),
    ("15.01", "壹拾伍元零壹分"),
    ("100.00", "壹佰元整"),
    ("101.10", "壹佰零壹元壹角整"),
    ("325.04", "叁佰贰拾伍元零肆分"),
    ("1001.00", "壹仟零壹元整"),
    ("1409.50", "壹仟肆佰零玖元伍角整"),
    ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
    ("6007.14", "陆仟零柒元壹角肆分"),
    ("10000.00", "壹万元整"),
    ("10010.00", "壹万零壹拾元整"),
    ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
    ("107000.53", "壹拾万柒仟元伍角叁分"),
    ("100000000.00", "壹亿元整"),
    ("100000001.00", "壹亿零壹元整"),
    ("100100000.00", "壹亿零壹拾万元整"),
    ("1000000000000.00", "壹万亿元整"),
    ("999999999999999.99", "玖佰玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ("-12.30", "负壹拾贰元叁角整"),
]  # fmt: skip


@pytest.mark.parametrize(("amount", "written"), AMOUNTS)
def test_an_amount_is_written_out(amount: str, written: str) -> None:
    assert in_capitals(Decimal(amount)) == written


def test_what_nobody_writes_out_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        in_capitals(Decimal(10) ** 16)


VALUES = {sign: value for value, sign in enumerate("零壹贰叁肆伍陆柒捌玖")}
UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def read_back(written: str) -> Decimal:
    """As a person reads it."""
    whole, _, rest = written.partition("元") if "元" in written else ("", "", written)
    cents = sum(VALUES[rest[at - 1]] * (10 if sign == "角" else 1) for at, sign in enumerate(rest) if sign in "角分")
    return Decimal(_number(whole)) + Decimal(cents) / 100


def _number(whole: str) -> int:
    for sign, unit in (("亿", 10**8), ("万", 10**4)):
        if sign in whole:
            times, _, rest = whole.partition(sign)
            return _number(times) * unit + _number(rest)
    total = digit = 0
    for sign in whole:
        digit = VALUES.get(sign, digit)
        if sign in UNITS:
            total, digit = total + digit * UNITS[sign], 0
    return total + digit


@given(st.integers(0, 10**14 - 1))
def test_what_is_written_out_reads_as_the_amount(cents: int) -> None:
    amount = Decimal(cents) / 100
    written = in_capitals(amount)
    assert read_back(written) == amount
    assert "零零" not in written
