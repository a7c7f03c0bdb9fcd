"""Distributions that the statistics of a shop need, on the standard library alone: the beta distribution, the
hypergeometric tail, and Wilson's interval."""

import math
from collections.abc import Callable
from statistics import NormalDist

from services.workorder.domain.refusals import WorkorderRefusal

EXACT_DRAWS = 150
"""Up to here the hypergeometric tail begins with a quotient of whole numbers, past it with log-gamma functions."""
NEGLIGIBLE = 1e-17
NEXT_TO_NOTHING = 1e-20
SMALLEST = 1e-300


class OutsideItsRange(WorkorderRefusal):
    """A count, a probability or a confidence that cannot be."""

    status = 422
    slug = "outside-its-range"
    title = "There is no such count or probability"


def log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def beta_cdf(x: float, a: float, b: float) -> float:
    """I_x(a, b), the regularised incomplete beta function: P(X ≤ x) of a Beta(a, b), to 7 digits for a, b up to 10⁵.

    Continued fraction DLMF 8.17.22, evaluated as Lentz (1976) does; past the mean by I_x(a, b) = 1 − I_{1−x}(b, a).
    Raises OutsideItsRange unless a and b are above zero.
    """
    if not (a > 0 and b > 0):
        raise OutsideItsRange(f"Beta({a}, {b}) is no distribution")
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(a * math.log(x) + b * math.log1p(-x) - log_beta(a, b))
    if x <= (a + 1) / (a + b + 2):
        return front * _continued_fraction(x, a, b) / a
    return 1 - front * _continued_fraction(1 - x, b, a) / b


def _continued_fraction(x: float, a: float, b: float) -> float:
    numerator, denominator = 1.0, 1 / _apart(1 - (a + b) * x / (a + 1))
    value, step = denominator, 0
    while True:
        step += 1
        even, odd = a + 2 * step, a + step
        for term in (step * (b - step) * x / ((even - 1) * even), -odd * (odd + b) * x / (even * (even + 1))):
            denominator = 1 / _apart(1 + term * denominator)
            numerator = _apart(1 + term / numerator)
            value *= numerator * denominator
        if abs(numerator * denominator - 1) < 1e-15:
            return value


def _apart(value: float) -> float:
    """Never zero, so that it can divide."""
    return value if abs(value) > SMALLEST else SMALLEST


def beta_quantile(probability: float, a: float, b: float) -> float:
    """The x with I_x(a, b) = probability; raises OutsideItsRange unless that is strictly between 0 and 1."""
    require_probability(probability)
    return where_reached(lambda x: beta_cdf(x, a, b), probability)


def where_reached(rising: Callable[[float], float], target: float, tolerance: float = 1e-12) -> float:
    """Where a function that rises from 0 at 0 to 1 at 1 reaches a value strictly between.

    Ridders (1979), whose bracket at least halves with every step; ends when two steps in a row aim at the same place,
    within `tolerance` of it, or at next to nothing.
    """
    low, high, below, above = 0.0, 1.0, -target, 1 - target
    aimed, before = 0.0, 1.0
    while abs(aimed - before) > tolerance * aimed + NEXT_TO_NOTHING and low < (middle := (low + high) / 2) < high:
        before, rest = aimed, rising(middle) - target
        aimed = middle - (middle - low) * rest / math.sqrt(rest * rest - below * above)
        for x, value in ((middle, rest), (aimed, rising(aimed) - target)):
            if value < 0 and x > low:
                low, below = x, value
            elif value >= 0 and x < high:
                high, above = x, value
        if not above:
            return high
    return aimed


def hypergeometric_tail(hits: int, draws: int, marked: int, total: int) -> float:
    """P(X ≥ hits) where `draws` of `total` things are drawn without putting back and `marked` of them bear a mark.

    One-sided p-value of Fisher's exact test. The first term is a quotient of binomial coefficients in whole numbers,
    correctly rounded (log-gamma past EXACT_DRAWS), the others follow by their ratios, on the side of the mean where
    terms fall. Raises OutsideItsRange for counts that cannot be.
    """
    if not (0 <= draws <= total and 0 <= marked <= total):
        raise OutsideItsRange(f"{draws} draws and {marked} marked of {total}")
    lowest, highest = max(0, draws + marked - total), min(draws, marked)
    if hits <= lowest:
        return 1.0
    if hits > highest:
        return 0.0
    if hits * (total + 2) > (draws + 1) * (marked + 1):
        return min(1.0, _upward(hits, draws, marked, total))
    return max(0.0, 1 - _upward(draws - hits + 1, draws, total - marked, total))


def _upward(first: int, draws: int, marked: int, total: int) -> float:
    """The terms from `first` on, which is at or past the mode."""
    term, whole = _hypergeometric(first, draws, marked, total), 0.0
    for k in range(first, min(draws, marked) + 1):
        whole += term
        if term <= whole * NEGLIGIBLE:
            break
        term *= (marked - k) * (draws - k) / ((k + 1) * (total - marked - draws + k + 1))
    return whole


def _hypergeometric(k: int, draws: int, marked: int, total: int) -> float:
    fewer, more = sorted((draws, marked))
    if fewer <= EXACT_DRAWS:
        return math.comb(more, k) * math.comb(total - more, fewer - k) / math.comb(total, fewer)
    return math.exp(_log_comb(more, k) + _log_comb(total - more, fewer - k) - _log_comb(total, fewer))


def _log_comb(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def wilson(successes: int, trials: int, confidence: float) -> tuple[float, float]:
    """Two-sided interval of a proportion (Wilson 1927); nothing tried says nothing, (0, 1).

    Raises OutsideItsRange for more successes than trials.
    """
    require_counts(successes, trials)
    require_probability(confidence)
    if not trials:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, spread = successes / trials, z * z / trials
    centre = share + spread / 2
    reach = math.sqrt(spread * (share * (1 - share) + spread / 4))
    low = (centre - reach) / (1 + spread) if successes else 0.0
    high = (centre + reach) / (1 + spread) if successes < trials else 1.0
    return low, high


def require_counts(successes: int, trials: int) -> None:
    if not 0 <= successes <= trials:
        raise OutsideItsRange(f"{successes} of {trials}")


def require_probability(probability: float) -> None:
    if not 0 < probability < 1:
        raise OutsideItsRange(f"{probability} is not strictly between 0 and 1")
