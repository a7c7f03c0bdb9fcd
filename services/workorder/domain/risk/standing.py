"""How a person stands against peers when numbers are small: rates are shrunk towards what the peers show, as far as
people differ at all, and only a bound past its threshold makes a flag."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from services.workorder.domain.probability import beta_cdf, log_beta, require_counts, where_reached
from services.workorder.domain.risk.risk import Flag, FlagKind, RiskPolicy

CONCENTRATIONS = 12
NEGLIGIBLE_WEIGHT = 1e-3


@dataclass(frozen=True, slots=True)
class Record:
    """What one person did: declines of proposals, approvals of proposals, complaints of orders.

    Raises OutsideItsRange for more successes than trials.
    """

    subject: str
    trials: int
    successes: int

    def __post_init__(self) -> None:
        require_counts(self.successes, self.trials)


@dataclass(frozen=True, slots=True)
class Beta:
    weight: float
    a: float
    b: float


@dataclass(frozen=True, slots=True)
class Belief:
    """A mixture of beta distributions whose weights sum to 1: what is known of a rate."""

    parts: tuple[Beta, ...]

    @property
    def mean(self) -> float:
        return math.fsum(part.weight * part.a / (part.a + part.b) for part in self.parts)

    def below(self, rate: float) -> float:
        """The probability that the rate is at most this."""
        return min(1.0, math.fsum(part.weight * beta_cdf(rate, part.a, part.b) for part in self.parts))

    def above(self, rate: float) -> float:
        return 1 - self.below(rate)

    def quantile(self, probability: float) -> float:
        return where_reached(self.below, probability, tolerance=1e-6)


@dataclass(frozen=True)
class Standing:
    """A person's rate as believed after the peers' (`belief`); `expected` is theirs."""

    record: Record
    expected: float
    belief: Belief
    credibility: float

    @property
    def low(self) -> float:
        """One-sided, as credible as said. The mean of a belief crowded against an end may lie past its own bound, which
        then yields to it."""
        return min(self.belief.mean, self.belief.quantile(1 - self.credibility))

    @property
    def high(self) -> float:
        return max(self.belief.mean, self.belief.quantile(self.credibility))

    @property
    def above_peers(self) -> float:
        """The probability that the person's rate is above the peers'."""
        return self.belief.above(self.expected)


def standings(records: Iterable[Record], policy: RiskPolicy) -> tuple[Standing, ...]:
    """Everybody who tried at all, by subject; nobody where there are fewer peers than the policy asks for."""
    known = sorted((record for record in records if record.trials), key=lambda record: record.subject)
    if len(known) <= policy.minimum_peers:
        return ()
    return tuple(_standing(place, known, policy.credibility) for place in range(len(known)))


def _standing(place: int, known: Sequence[Record], credibility: float) -> Standing:
    record, peers = known[place], [*known[:place], *known[place + 1 :]]
    expected, belief = belief_after_peers(record, peers)
    return Standing(record, expected, belief, credibility)


def belief_after_peers(record: Record, peers: Sequence[Record]) -> tuple[float, Belief]:
    """The peers' rate, and what is believed of the person's own; needs a peer with a trial.

    Beta-binomial empirical Bayes. How alike people are, the concentration s = a + b in trials, is not set to one
    estimate, which few people leave anywhere up to infinity, but averaged over under the uniform shrinkage prior,
    s ÷ (s + median trials) uniform on 0 to 1 (Christiansen and Morris 1997; Daniels 1999), by the likelihood of the
    peers' counts and of the person's own. So is the mean, around the peers' (see PeersAt). Left out, either would make
    the bounds too narrow where peers are few (Laird and Louis 1987).
    """
    typical = median(each.trials for each in (*peers, record))
    steps = [(step + 0.5) / CONCENTRATIONS for step in range(CONCENTRATIONS)]
    possible = [_peers_at(typical * share / (1 - share), peers) for share in steps]
    likely = [
        (at, mean, at.log_weight + math.log(share) + log_likelihood(record, *at.shape(mean)))
        for at in possible
        for mean, share in at.means
    ]
    highest = max(log for *_, log in likely)
    weighed = [(at, mean, math.exp(log - highest)) for at, mean, log in likely]
    total = math.fsum(weight for *_, weight in weighed)
    expected = math.fsum(at.mean * weight for at, _, weight in weighed) / total
    parts = [_after(record, weight, *at.shape(mean)) for at, mean, weight in weighed]
    return expected, Belief(_without_the_negligible(parts))


def _after(record: Record, weight: float, a: float, b: float) -> Beta:
    return Beta(weight, a + record.successes, b + record.trials - record.successes)


def _without_the_negligible(parts: Sequence[Beta]) -> tuple[Beta, ...]:
    highest = max(part.weight for part in parts)
    kept = [part for part in parts if part.weight > NEGLIGIBLE_WEIGHT * highest]
    total = math.fsum(part.weight for part in kept)
    return tuple(Beta(part.weight / total, part.a, part.b) for part in kept)


@dataclass(frozen=True, slots=True)
class PeersAt:
    """What the peers say if people are this alike: their mean rate, three values it may have with weights (Gauss and
    Hermite's for a normal error), and the logarithm of how likely their counts are, the mean integrated out
    (Laplace)."""

    concentration: float
    mean: float
    means: tuple[tuple[float, float], ...]
    log_weight: float

    def shape(self, mean: float) -> tuple[float, float]:
        return mean * self.concentration, (1 - mean) * self.concentration


def _peers_at(concentration: float, peers: Sequence[Record]) -> PeersAt:
    """Peers weigh n ÷ (n + s) (Kleinman 1973), which makes the variance of their mean μ(1 − μ) ÷ ((s + 1) · Σ weights).
    Half a success is the least there can be among them, and half a failure: 0 of 500 does not prove never."""
    weights = [peer.trials / (peer.trials + concentration) for peer in peers]
    shares = (weight * peer.successes / peer.trials for weight, peer in zip(weights, peers, strict=True))
    least = 0.5 / (sum(peer.trials for peer in peers) + 1)
    mean = min(max(math.fsum(shares) / math.fsum(weights), least), 1 - least)
    precision = (concentration + 1) * math.fsum(weights)
    reach = math.sqrt(3 * mean * (1 - mean) / precision)
    a, b = mean * concentration, (1 - mean) * concentration
    log_weight = math.fsum(log_likelihood(peer, a, b) for peer in peers) - math.log(precision) / 2
    means = ((max(mean - reach, least), 1 / 6), (mean, 2 / 3), (min(mean + reach, 1 - least), 1 / 6))
    return PeersAt(concentration, mean, means, log_weight)


def log_likelihood(record: Record, a: float, b: float) -> float:
    """Of the counts under a beta-binomial distribution, without the binomial coefficient, which is the same for all."""
    return log_beta(a + record.successes, b + record.trials - record.successes) - log_beta(a, b)


def rate_flags(kind: FlagKind, records: Iterable[Record], policy: RiskPolicy) -> tuple[Flag, ...]:
    """Who is past the policy's margin of the kind with its credibility, by subject."""
    margin = policy.margins[kind]
    judged = (each for each in standings(records, policy) if each.record.trials >= policy.minimum_trials)
    flags = (_flag(kind, standing, margin) for standing in judged)
    return tuple(flag for flag in flags if flag is not None)


def _flag(kind: FlagKind, standing: Standing, margin: float) -> Flag | None:
    """A bound is searched for only where it can be past the threshold, which most are not."""
    record, expected = standing.record, standing.expected
    threshold = margin * expected
    believed = standing.belief.above(threshold) if margin >= 1 else standing.belief.below(threshold)
    if believed < standing.credibility:
        return None
    bound = standing.low if margin >= 1 else standing.high
    past = bound > threshold if margin >= 1 else bound < threshold
    measure = standing.belief.mean
    return Flag(kind, record.subject, measure, expected, bound, record.trials, threshold) if past else None
