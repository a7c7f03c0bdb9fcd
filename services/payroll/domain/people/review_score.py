"""Whose review score counts in a month: who is there on its last day, as a run sees people."""

from collections.abc import Mapping
from datetime import date

from services.payroll.domain.month import Month

Employed = tuple[date | None, date | None]
"""The first and the last day, where they are known."""


def score_of_nobody(month: str, number: str, known: Mapping[str, Employed]) -> tuple[str, str] | None:
    """Code and detail when the score would count for nothing."""
    if number not in known:
        return "employee-unknown", f"没有员工 {number} / no employee {number}"
    last, (hired, left) = Month.parse(month).last_day, known[number]
    if hired is not None and hired > last:
        return "employee-not-hired", f"{number} 于 {hired} 才入职 / {number} was hired on {hired}"
    if left is not None and left < last:
        return "employee-left", f"{number} 已于 {left} 离职 / {number} left on {left}"
    return None
