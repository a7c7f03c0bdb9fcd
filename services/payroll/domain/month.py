"""A month of pay: a calendar month in the store's own time zone."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from .errors import MonthInvalid

_WRITTEN = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    year: int
    number: int

    def __post_init__(self) -> None:
        if not (1 <= self.year <= 9999 and 1 <= self.number <= 12):
            raise MonthInvalid(f"月份无效 / not a month: {self.year}-{self.number}")

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Read `YYYY-MM`."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise MonthInvalid(f"月份须写作 2026-09 / a month is written 2026-09, not {text!r}")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> "Month":
        return cls(day.year, day.month)

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, self.number, monthrange(self.year, self.number)[1])

    @property
    def previous(self) -> "Month":
        """The month before; January of year 1 has none and stays."""
        if self.number > 1:
            return Month(self.year, self.number - 1)
        return Month(max(self.year - 1, 1), 12 if self.year > 1 else 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"
