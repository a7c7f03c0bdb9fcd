"""Figures that say how sure they are: exact values over rationals, square roots only for intervals (z = 1.96)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

Z = Fraction(196, 100)
# Student's t, two-sided 95 %, 1 to 30 degrees of freedom: few answers have wide intervals.
_T_THOUSANDTHS = (
    12706, 4303, 3182, 2776, 2571, 2447, 2365, 2306, 2262, 2228, 2201, 2179, 2160, 2145, 2131,
    2120, 2110, 2101, 2093, 2086, 2080, 2074, 2069, 2064, 2060, 2056, 2052, 2048, 2045, 2042,
)  # fmt: skip
T_95 = tuple(Fraction(thousandths, 1000) for thousandths in _T_THOUSANDTHS)
PRECISION = 40


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure of `n` people; the interval is absent where nothing can be said (n below 2)."""

    n: int
    value: Fraction
    variance: Fraction | None = None
    se: Decimal | None = None
    low: Fraction | None = None
    high: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums over the people who answered both of two questions."""

    n: int
    left: int
    right: int
    product: int


@dataclass(frozen=True, slots=True)
class Prior:
    """Where shrunk figures are pulled to; an absent weight is an infinite one (no difference between groups)."""

    mean: Fraction
    weight: Fraction | None


def decimal_of(value: Fraction, places: int) -> Decimal:
    """Rounded half up, away from zero; exact however long the number."""
    rounded = (2 * abs(value.numerator) * 10**places + value.denominator) // (2 * value.denominator)
    digits = tuple(map(int, str(rounded)))
    return Decimal((int(value < 0 and rounded > 0), digits, -places))


def root(value: Fraction) -> Decimal:
    with localcontext() as context:
        context.prec = PRECISION
        return (Decimal(value.numerator) / Decimal(value.denominator)).sqrt()


def t_quantile(freedom: int) -> Fraction:
    """Tabled to 30, then the first two terms of the expansion in 1/freedom."""
    if freedom <= len(T_95):
        return T_95[freedom - 1]
    return Z + (Z**3 + Z) / (4 * freedom) + (5 * Z**5 + 16 * Z**3 + 3 * Z) / (96 * freedom**2)


def estimate(n: int, value: Fraction, variance: Fraction | None, limits: tuple[int, int]) -> Estimate:
    """`variance` is that of the figure itself; the interval is Student's, kept inside the limits of the scale."""
    if variance is None or n < 2:
        return Estimate(n, value)
    se = root(variance)
    reach = t_quantile(n - 1) * Fraction(se)
    low, high = max(value - reach, Fraction(limits[0])), min(value + reach, Fraction(limits[1]))
    return Estimate(n, value, variance, se, low, high)


def wilson(successes: int, n: int) -> Estimate:
    p = Fraction(successes, n)
    reach = Z * Fraction(root(p * (1 - p) / n + Z**2 / (4 * n**2)))
    centre, scale = p + Z**2 / (2 * n), 1 + Z**2 / n
    low, high = max((centre - reach) / scale, Fraction(0)), min((centre + reach) / scale, Fraction(1))
    return Estimate(n, p, None, None, low, high)


def net_promoter(promoters: int, passives: int, detractors: int) -> Estimate:
    """In points. Interval: adjusted Wald, three people more, ¾ of one added to promoters and to detractors."""
    n = promoters + passives + detractors
    value, variance = _net(Fraction(promoters), Fraction(detractors), n)
    centre, adjusted = _net(promoters + Fraction(3, 4), detractors + Fraction(3, 4), n + 3)
    reach = Z * Fraction(root(adjusted))
    low, high = max(centre - reach, Fraction(-100)), min(centre + reach, Fraction(100))
    return Estimate(n, value, variance, root(variance), low, high)


def _net(promoters: Fraction, detractors: Fraction, n: int) -> tuple[Fraction, Fraction]:
    p, d = promoters / n, detractors / n
    return 100 * (p - d), 10_000 * (p + d - (p - d) ** 2) / n


def shrunk_mean(mean: Fraction, n: int, prior: Prior) -> Fraction:
    """Bühlmann: Z·x̄ + (1−Z)·μ with Z = n/(n+k), k the prior's weight."""
    if prior.weight is None:
        return prior.mean
    return (n * mean + prior.weight * prior.mean) / (n + prior.weight)


def shrunk_proportion(successes: int, n: int, alpha: Fraction, beta: Fraction) -> Fraction:
    """Mean of the beta posterior."""
    return (successes + alpha) / (n + alpha + beta)


def credibility(groups: Sequence[Estimate]) -> Prior | None:
    """The prior that the groups themselves suggest (Bühlmann–Straub): k = σ²within ÷ σ²between; needs two groups."""
    spread = [group for group in groups if group.variance is not None]
    total = sum(group.n for group in groups)
    freedom = sum(group.n - 1 for group in spread)
    if len(groups) < 2 or not freedom:
        return None
    mean = sum((group.n * group.value for group in groups), Fraction(0)) / total
    within: Fraction = sum(((g.n - 1) * g.n * (g.variance or Fraction(0)) for g in spread), Fraction(0)) / freedom
    squares = sum((group.n * (group.value - mean) ** 2 for group in groups), Fraction(0))
    unequal = total - Fraction(sum(group.n**2 for group in groups), total)
    between = (squares - (len(groups) - 1) * within) / unequal
    return Prior(mean, within / between if between > 0 else None)


def response_rate(complete: int, **others: int) -> Fraction | None:
    """AAPOR RR1: complete ÷ (complete + partial + refused + no contact + other + unknown)."""
    asked = complete + sum(others.values())
    return Fraction(complete, asked) if asked else None


def weighted_mean(means: Mapping[str, Fraction], weights: Mapping[str, Fraction]) -> Fraction:
    """Weights renormalise over what was answered; they need not sum to 1."""
    total = sum((weights[name] for name in means), Fraction(0))
    return sum((weights[name] * mean for name, mean in means.items()), Fraction(0)) / total


def csi(means: Mapping[str, Fraction], weights: Mapping[str, Fraction]) -> Fraction:
    """Σ wᵢ·x̄ᵢ ÷ Σ w(answered) × 100: ratings of 1–10 make 100–1000."""
    return 100 * weighted_mean(means, weights)
