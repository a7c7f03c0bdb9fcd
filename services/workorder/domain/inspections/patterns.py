"""Patterns in the shop's own history: what is found on a model in a mileage band more often than on all other visits,
proposed as rules of targeted inspection (针对性检查) only where chance is a poor explanation."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from services.workorder.domain.inspections.discoveries import Control, adjusted, confidence_after_selection
from services.workorder.domain.probability import (
    OutsideItsRange,
    beta_quantile,
    hypergeometric_tail,
    require_counts,
    require_probability,
    wilson,
)


@dataclass(frozen=True, slots=True)
class MileageBand:
    """Odometer readings in km, the first included, the last not; the last band has no end."""

    from_km: int
    below_km: int | None


@dataclass(frozen=True, slots=True)
class Cell:
    """How often a finding was made on a model in a mileage band, and on all other visits of the shop.

    A car counts once per model and band however often it came, or its visits would vouch for each other.
    Raises OutsideItsRange where more was found than visits were made.
    """

    model: str
    band: MileageBand
    finding: str
    visits: int
    found: int
    visits_elsewhere: int
    found_elsewhere: int

    def __post_init__(self) -> None:
        require_counts(self.found, self.visits)
        require_counts(self.found_elsewhere, self.visits_elsewhere)


@dataclass(frozen=True)
class PatternPolicy:
    """When a pattern is proposed.

    false_discovery_rate: at most this share of what is proposed, on average, is chance. control: by which procedure;
    Yekutieli's unless told otherwise, because cells overlap: each is part of what all others call elsewhere, so that
    a high one makes the others low, and findings of one visit go together.
    minimum_visits: of a cell and of elsewhere, or it is no candidate (known before anything is found, so that leaving
    it out is no choice by result). minimum_lift: of the rates as counted; less is true perhaps, and not worth a check.
    confidence: one-sided, of the lower bounds of the lifts proposed, selection included.
    """

    false_discovery_rate: float = 0.05
    control: Control = Control.BENJAMINI_YEKUTIELI
    minimum_visits: int = 30
    minimum_lift: Fraction = Fraction(3, 2)
    confidence: float = 0.95

    def __post_init__(self) -> None:
        require_probability(self.false_discovery_rate)
        require_probability(self.confidence)
        if self.minimum_visits < 1:
            raise OutsideItsRange(f"{self.minimum_visits} visits are no candidate")


@dataclass(frozen=True)
class Pattern:
    """A cell worth a rule. `lift` is the ratio of the rates as counted, absent where the finding was made nowhere else
    (the bound then says all there is to say); `lift_at_least` is its lower bound."""

    cell: Cell
    rate: Fraction
    rate_elsewhere: Fraction
    lift: Fraction | None
    lift_at_least: float
    p_value: float
    q_value: float

    @property
    def n(self) -> int:
        return self.cell.visits


def propose(cells: Iterable[Cell], policy: PatternPolicy) -> tuple[Pattern, ...]:
    """The patterns, surest first; the same whatever the order of the cells.

    Give every cell, those where nothing was found too: leaving them out would hide how many questions were asked.
    """
    candidates = [cell for cell in cells if min(cell.visits, cell.visits_elsewhere) >= policy.minimum_visits]
    p_values = [chance_of(cell) for cell in candidates]
    q_values = adjusted(p_values, policy.control)
    selected = [
        (cell, p_value, q_value)
        for cell, p_value, q_value in zip(candidates, p_values, q_values, strict=True)
        if q_value <= policy.false_discovery_rate and has_lift(cell, policy.minimum_lift)
    ]
    if not selected:
        return ()
    confidence = confidence_after_selection(policy.confidence, len(selected), len(candidates), policy.control)
    return tuple(sorted((_pattern(*each, confidence) for each in selected), key=_surest_first))


def has_lift(cell: Cell, minimum: Fraction) -> bool:
    """Whether the ratio of the rates as counted is at least this, as it is where the finding was made nowhere else."""
    return cell.found * cell.visits_elsewhere >= minimum * cell.found_elsewhere * cell.visits


def _pattern(cell: Cell, p_value: float, q_value: float, confidence: float) -> Pattern:
    rate, elsewhere = Fraction(cell.found, cell.visits), Fraction(cell.found_elsewhere, cell.visits_elsewhere)
    lift = rate / elsewhere if elsewhere else None
    return Pattern(cell, rate, elsewhere, lift, lift_at_least(cell, confidence), p_value, q_value)


def _surest_first(pattern: Pattern) -> tuple[float, float, str, int, str]:
    cell = pattern.cell
    return pattern.q_value, pattern.p_value, cell.model, cell.band.from_km, cell.finding


def chance_of(cell: Cell) -> float:
    """One-sided p-value of Fisher's exact test (1935): as much or more in this cell if all visits were alike."""
    return hypergeometric_tail(
        cell.found, cell.visits, cell.found + cell.found_elsewhere, cell.visits + cell.visits_elsewhere
    )


def lift_at_least(cell: Cell, confidence: float) -> float:
    """Lower confidence bound of the lift, a ratio of rates; 0 where nothing was found in the cell, finite always.

    Of all findings, the share π made in the cell would be lift·n ÷ (lift·n + n elsewhere) if findings were rare
    (Przyborowski and Wilenski 1940); π's exact lower bound (Clopper and Pearson 1934) gives the lift's. Commoner
    findings vary less than that, which makes it cautious. Chosen by coverage, computed over all outcomes for
    n = 20–200 against 20–5,000, rates from 0.0003 up, lifts 0.7–6, nominal 0.95: this never below 0.967, its mid-p form
    0.934, Koopman's score 0.857, Katz's log ratio with ½ added 0.748.
    """
    require_probability(confidence)
    if not cell.found or not cell.visits_elsewhere:
        return 0.0
    share = beta_quantile(1 - confidence, cell.found, cell.found_elsewhere + 1)
    return share / (1 - share) * cell.visits_elsewhere / cell.visits


@dataclass(frozen=True)
class HitRate:
    """What an accepted rule found: of `due` checks it put on orders, `checked` were made and `hits` found something.
    `low` and `high` are Wilson's interval of the rate; nothing checked leaves no rate, and 0 to 1."""

    due: int
    checked: int
    hits: int
    rate: Fraction | None
    low: float
    high: float


def hit_rate(outcomes: Iterable[bool | None], confidence: float = 0.95) -> HitRate:
    """One outcome per check that a rule put on an order: found, not found, or absent where nobody looked."""
    counts = Counter(outcomes)
    return rate_of_counts(counts.total(), counts[True] + counts[False], counts[True], confidence)


def rate_of_counts(due: int, checked: int, hits: int, confidence: float = 0.95) -> HitRate:
    low, high = wilson(hits, checked, confidence)
    return HitRate(due, checked, hits, Fraction(hits, checked) if checked else None, low, high)
