"""Exact rational arithmetic: bounds on size, rounding half-up, cents."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from .bounds import MAX_NUMBER_BITS, MAX_PAY_CENTS
from .errors import DivisionByZero, NumberTooLarge

CENTS = 100


def bounded(number: Fraction) -> Fraction:
    if number.numerator.bit_length() > MAX_NUMBER_BITS or number.denominator.bit_length() > MAX_NUMBER_BITS:
        raise NumberTooLarge(
            f"计算结果位数过多(上限 {MAX_NUMBER_BITS} 位二进制) / a result has more than {MAX_NUMBER_BITS} bits"
        )
    return number


def added(numbers: Iterable[Fraction]) -> Fraction:
    """Their sum, bounded while it grows: thousands of different denominators would take it minutes."""
    total = Fraction(0)
    for number in numbers:
        total = bounded(total + number)
    return total


def divide(dividend: Fraction, divisor: Fraction) -> Fraction:
    if divisor == 0:
        raise DivisionByZero("除数为零 / the divisor is zero")
    return bounded(dividend / divisor)


def half_up(number: Fraction, digits: int = 0) -> Fraction:
    """Round to `digits` decimals, halves away from zero, so that a deduction rounds like the pay it is taken from."""
    scale = Fraction(10) ** digits
    magnitude = (abs(number) * scale + Fraction(1, 2)).__floor__()
    return Fraction(magnitude if number >= 0 else -magnitude) / scale


def towards_zero(number: Fraction, digits: int = 0) -> Fraction:
    scale = Fraction(10) ** digits
    return Fraction((number * scale).__trunc__()) / scale


def away_from_zero(number: Fraction, digits: int = 0) -> Fraction:
    scale = Fraction(10) ** digits
    magnitude = (abs(number) * scale).__ceil__()
    return Fraction(magnitude if number >= 0 else -magnitude) / scale


def in_cents(amount: Fraction) -> int:
    """Whole cents of an amount, rounded half-up."""
    return int(half_up(amount * CENTS))


def money(cents: int) -> Decimal:
    if abs(cents) > MAX_PAY_CENTS:
        raise NumberTooLarge(
            f"金额过大(上限 {MAX_PAY_CENTS // 10**10} 亿元) / an amount of more than {MAX_PAY_CENTS // 100:,} yuan"
        )
    return Decimal(cents).scaleb(-2)


def in_decimals(value: str) -> str:
    """How people read an exact `p/q`: with at most four decimals, ≈ where these do not say all; no number stays."""
    try:
        number = Fraction(value)
    except (ValueError, ZeroDivisionError):
        return value
    rounded = half_up(number, 4)
    scaled = Decimal(int(rounded * 10_000)).scaleb(-4).normalize()
    return f"{'' if rounded == number else '≈ '}{scaled:,f}"
