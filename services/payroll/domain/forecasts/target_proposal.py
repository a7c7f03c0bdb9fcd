"""What a target could be, from what the shop has reached before: exact arithmetic with every number shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from services.payroll.domain.errors import PayrollRefusal
from services.payroll.domain.exact import half_up
from services.payroll.domain.month import Month
from services.payroll.domain.vocabulary import MONEY_METRICS

Rule = Literal["last_year_with_trend", "mean_of_three"]
FORMULAS: Mapping[Rule, str] = {
    "last_year_with_trend": "去年同月 × 近三月合计 ÷ 去年同三月合计"
    " / same month last year × last three months ÷ same three last year",
    "mean_of_three": "近三月平均 / mean of the last three months",
}

_UNITS = {"satisfaction": Decimal("0.1"), "rework_rate": Decimal("0.001")}


class HistoryTooShort(PayrollRefusal):
    status = 409
    slug = "history-too-short"
    title = "Nothing was reached in the months that a target is proposed from"


@dataclass(frozen=True, slots=True)
class Proposal:
    """`value` is `exact` rounded half-up to a multiple of `rounded_to`; `numbers` is what the formula reads."""

    rule: Rule
    numbers: Mapping[Month, Fraction]
    exact: Fraction
    rounded_to: Decimal
    value: Decimal


def last_over(month: Month, today: date) -> Month:
    """The last month before it that is over: targets are set in the month before, which has a part of its figures."""
    return min(month.previous, Month(today.year, today.month).previous)


def months_read(month: Month, until: Month) -> frozenset[Month]:
    recent = _three(until)
    return frozenset({*recent, *map(_year_before, recent), _year_before(month)})


def propose(month: Month, metric: str, reached: Mapping[Month, Fraction], until: Month) -> Proposal:
    """By last year where it and both sides of its trend are known and above zero, else by the three months `until`.

    Never nothing: a target of zero binds nobody and stops a run.
    """
    proposal = _proposed(month, metric, reached, _three(until))
    if proposal.value <= 0:
        months = ", ".join(map(str, sorted(proposal.numbers)))
        raise HistoryTooShort(f"这些月份没有可作目标的数 / nothing to set as a target was reached in {months}")
    return proposal


def _proposed(
    month: Month, metric: str, reached: Mapping[Month, Fraction], recent: tuple[Month, Month, Month]
) -> Proposal:
    missing = [str(each) for each in recent if each not in reached]
    if missing:
        raise HistoryTooShort(f"没有这些月份的数 / not known: {', '.join(sorted(missing))}")
    last_year = _year_before(month)
    former = [_year_before(each) for each in recent]
    now = sum((reached[each] for each in recent), Fraction(0))
    if all(each in reached for each in (last_year, *former)):
        then = sum((reached[each] for each in former), Fraction(0))
        if min(reached[last_year], now, then) > 0:
            numbers = {each: reached[each] for each in (last_year, *former, *recent)}
            return _rounded("last_year_with_trend", numbers, reached[last_year] * now / then, metric)
    return _rounded("mean_of_three", {each: reached[each] for each in recent}, now / 3, metric)


def _three(until: Month) -> tuple[Month, Month, Month]:
    return until.previous.previous, until.previous, until


def _year_before(month: Month) -> Month:
    return Month(max(month.year - 1, 1), month.number)


def _rounded(rule: Rule, numbers: Mapping[Month, Fraction], exact: Fraction, metric: str) -> Proposal:
    """Money to hundreds, points to tenths, rates to thousandths, other metrics to whole numbers."""
    unit = Decimal(100) if metric in MONEY_METRICS else _UNITS.get(metric, Decimal(1))
    return Proposal(rule, numbers, exact, unit, int(half_up(exact / Fraction(unit))) * unit)
