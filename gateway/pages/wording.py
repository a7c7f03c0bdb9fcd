"""Money, quantities and times as a reader expects them. Numbers come as text and are never floats."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal

from gateway.pages.texts import Language, text

_MONEY = re.compile(r"(-?)(\d+)(\.\d+)?")
_SIGNS = {"CNY": "¥", "EUR": "€", "GBP": "£"}


def money(amount: str, currency: str) -> str:
    """`1234.50` of CNY is ¥1,234.50; what is no number stays as it is."""
    found = _MONEY.fullmatch(amount)
    if found is None:
        return amount
    minus, whole, fraction = found.groups("")
    sign = _SIGNS.get(currency, f"{currency}\N{NO-BREAK SPACE}")
    return f"{'−' if minus else ''}{sign}{int(whole):,}{fraction}"


def total(amounts: Iterable[str]) -> str:
    return f"{sum((Decimal(amount) for amount in amounts), Decimal('0.00')):f}"


def quantity(number: str) -> str:
    """Without the zeros that only a column adds."""
    return number.rstrip("0").rstrip(".") if "." in number else number


@dataclass(frozen=True)
class Wording:
    """How one reader is told of times: in his language, at the hour of the shop."""

    language: Language
    zone: tzinfo | None

    def minutes(self, minutes: int) -> str:
        hours, rest = divmod(minutes, 60)
        parts = [("hours", hours), ("minutes", rest)]
        return " ".join(text(self.language, name, count=count) for name, count in parts if count) or "0"

    def day(self, day: date) -> str:
        if self.language == "zh":
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{day.day} {day:%B} {day.year}"

    def moment(self, at: date | datetime) -> str:
        """Where the shop's zone is not known, the instant as it was told, with its offset."""
        if not isinstance(at, datetime):
            return self.day(at)
        local = at.astimezone(self.zone) if self.zone else at
        offset = "" if self.zone else f" {local:%Z}".rstrip()
        return f"{self.day(local)} {local:%H:%M}{offset}"
