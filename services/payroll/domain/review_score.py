"""Whose review score counts in a month: who is there on its last day, as a run sees people."""

from collections.abc import Mapping
from datetime import date

from .month import Month


def score_of_nobody(month: str, number: str, left_on: Mapping[str, date | None]) -> tuple[str, str] | None:
    """Code and detail when the score would count for nothing; `left_on` has everybody who is known."""
    if number not in left_on:
        return "employee-unknown", f"没有员工 {number} / no employee {number}"
    left = left_on[number]
    if left is None or left >= Month.parse(month).last_day:
        return None
    return "employee-left", f"{number} 已于 {left} 离职 / {number} left on {left}"
