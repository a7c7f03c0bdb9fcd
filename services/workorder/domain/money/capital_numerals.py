"""Amounts in Chinese capital numerals (人民币大写), as receipts need them (支付结算办法, annex 1)."""

from decimal import Decimal

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")


MOST_CENTS = 10**18
"""Nobody writes out more than sixteen digits of yuan."""


def in_capitals(amount: Decimal) -> str:
    """To the cent; 整 closes what ends at the yuan or at the jiao."""
    cents = int(abs(amount) * 100)
    if cents >= MOST_CENTS:
        raise ValueError(f"{amount} is too large to be written out")
    yuan, rest = divmod(cents, 100)
    sign = "负" if amount < 0 else ""
    written = f"{_whole(yuan)}元" if yuan else ""
    return sign + (written + _fraction(rest, after_yuan=bool(yuan)) or "零元整")


def _fraction(cents: int, *, after_yuan: bool) -> str:
    jiao, fen = divmod(cents, 10)
    if not cents:
        return "整" if after_yuan else ""
    if not fen:
        return f"{_DIGITS[jiao]}角整"
    if jiao:
        return f"{_DIGITS[jiao]}角{_DIGITS[fen]}分"
    return f"{'零' if after_yuan else ''}{_DIGITS[fen]}分"


def _whole(number: int) -> str:
    """Above ten thousand it is so many times 亿 or 万 and the rest; a gap before the rest is a single 零."""
    for unit, sign in ((10**8, "亿"), (10**4, "万")):
        if number >= unit:
            times, rest = divmod(number, unit)
            gap = "零" if 0 < rest < unit // 10 else ""
            return _whole(times) + sign + gap + _whole(rest)
    return _group(number)


def _group(number: int) -> str:
    written, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            written += ("零" if gap and written else "") + _DIGITS[digit] + _PLACES[place]
        gap = digit == 0
    return written
