"""Estimates of money and time against what it became: the typical error and the scatter of one person, robust against
a single odd order."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from statistics import median

from services.workorder.domain.probability import OutsideItsRange
from services.workorder.domain.risk.risk import Flag, FlagKind, RiskPolicy

NORMAL_SPREAD = 1.4826
"""Times the median absolute deviation: the standard deviation, of normal errors (Hampel 1974)."""


class Quantity(StrEnum):
    MONEY = "money"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a person said before and what it became, in the same unit (yuan, minutes). Raises OutsideItsRange unless
    the estimate is above zero and the final value at least zero."""

    subject: str
    estimated: Decimal
    final: Decimal

    def __post_init__(self) -> None:
        if self.estimated <= 0 or self.final < 0:
            raise OutsideItsRange(f"{self.final} for an estimate of {self.estimated}")

    @property
    def ratio(self) -> Fraction:
        return Fraction(self.final) / Fraction(self.estimated)


@dataclass(frozen=True)
class Accuracy:
    """Of one person: the median of final ÷ estimate with its bounds, and the spread of these ratios with its lower one.
    A bound is absent where there are too few estimates for it."""

    subject: str
    n: int
    ratio: Fraction
    low: Fraction | None
    high: Fraction | None
    spread: float
    spread_low: float | None


def accuracies(estimates: Iterable[Estimate], credibility: float) -> tuple[Accuracy, ...]:
    """Everybody's, by subject."""
    by_subject: defaultdict[str, list[Fraction]] = defaultdict(list)
    for estimate in estimates:
        by_subject[estimate.subject].append(estimate.ratio)
    return tuple(_accuracy(subject, sorted(ratios), credibility) for subject, ratios in sorted(by_subject.items()))


def _accuracy(subject: str, ratios: Sequence[Fraction], credibility: float) -> Accuracy:
    centre = median(ratios)
    deviations = sorted(abs(ratio - centre) for ratio in ratios)
    depth = median_depth(len(ratios), credibility)
    low, high = (ratios[depth - 1], ratios[-depth]) if depth else (None, None)
    spread_low = NORMAL_SPREAD * deviations[depth - 1] if depth else None
    return Accuracy(subject, len(ratios), centre, low, high, NORMAL_SPREAD * median(deviations), spread_low)


def median_depth(n: int, confidence: float) -> int:
    """How far from either end of n sorted values a one-sided bound of their median lies (Thompson 1936): the largest k
    with P(Bin(n, ½) < k) ≤ 1 − confidence; 0 where even the end is no bound. Whole numbers but for the confidence."""
    allowed = math.floor((1 - Fraction(str(confidence))) * 2**n)
    depth, outcomes = 0, 1
    while outcomes <= allowed:
        depth += 1
        outcomes += math.comb(n, depth)
    return depth


def estimate_flags(quantity: Quantity, estimates: Iterable[Estimate], policy: RiskPolicy) -> tuple[Flag, ...]:
    """Whose estimates are typically overrun, typically padded, or guesses: by subject, in this order."""
    judged = (each for each in accuracies(estimates, policy.credibility) if each.n >= policy.minimum_estimates)
    return tuple(flag for accuracy in judged for flag in _flags(quantity, accuracy, policy))


def _flags(quantity: Quantity, of: Accuracy, policy: RiskPolicy) -> Iterable[Flag]:
    ratio = float(of.ratio)
    if of.low is not None and of.low > policy.overrun:
        yield Flag(_kind(quantity, "overrun"), of.subject, ratio, 1.0, float(of.low), of.n, policy.overrun)
    if of.high is not None and of.high < policy.padded:
        yield Flag(_kind(quantity, "padded"), of.subject, ratio, 1.0, float(of.high), of.n, policy.padded)
    if of.spread_low is not None and of.spread_low > policy.scattered:
        yield Flag(_kind(quantity, "scattered"), of.subject, of.spread, 0.0, of.spread_low, of.n, policy.scattered)


def _kind(quantity: Quantity, fault: str) -> FlagKind:
    return FlagKind(f"{quantity}_{fault}")
