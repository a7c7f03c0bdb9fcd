"""Sharing a pool: to the cent, by weight, with an explicit rule for the remainder."""

from collections.abc import Mapping
from fractions import Fraction

from services.payroll.domain.errors import WeightNegative
from services.payroll.domain.exact import CENTS, added, bounded, in_cents

from .given import number_order

LARGEST_REMAINDER = "最大余数"
ROUND_EACH = "各自四舍五入"
REMAINDER_RULES: Mapping[str, str] = {
    LARGEST_REMAINDER: LARGEST_REMAINDER,
    "largest_remainder": LARGEST_REMAINDER,
    ROUND_EACH: ROUND_EACH,
    "round_each": ROUND_EACH,
}
"""Ways to write a remainder rule, to the rule."""


def is_shared(weights: Mapping[str, Fraction]) -> bool:
    return any(weights.values())


def exact_shares(pool: Fraction, weights: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """Pool × own weight ÷ sum of weights, unrounded; of a pool that nobody has a weight in, all shares are zero."""
    for number, weight in weights.items():
        if weight < 0:
            raise WeightNegative(f"{number} 的分摊权重为负 / the weight of {number} is negative: {weight}")
    total = added(weights.values())
    if pool == 0 or total == 0:
        return dict.fromkeys(weights, Fraction(0))
    return {number: bounded(pool * weight / total) for number, weight in weights.items()}


def split_by_largest_remainder(pool: Fraction, weights: Mapping[str, Fraction]) -> dict[str, int]:
    """Shares in cents that sum to the pool rounded half-up, or to nothing where nobody has a weight.

    Cents left over go to the largest remainders, ties to the lower employee number; a negative pool mirrors a positive.
    """
    shares = {number: abs(share) * CENTS for number, share in exact_shares(pool, weights).items()}
    cents = {number: share.__floor__() for number, share in shares.items()}
    left = in_cents(abs(pool)) - sum(cents.values()) if is_shared(weights) else 0
    ranked = sorted(shares, key=lambda number: (cents[number] - shares[number], number_order(number)))
    for number in ranked[:left]:
        cents[number] += 1
    return cents if pool >= 0 else {number: -share for number, share in cents.items()}


def rounded_each(pool: Fraction, weights: Mapping[str, Fraction]) -> dict[str, int]:
    """Shares in cents, each rounded half-up by itself; their sum may differ from the pool by cents."""
    return {number: in_cents(share) for number, share in exact_shares(pool, weights).items()}


def split(pool: Fraction, weights: Mapping[str, Fraction], rule: str) -> dict[str, int]:
    """Shares in cents by one of REMAINDER_RULES."""
    by_rule = rounded_each if REMAINDER_RULES[rule] == ROUND_EACH else split_by_largest_remainder
    return by_rule(pool, weights)
