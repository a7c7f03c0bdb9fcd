"""Scores of a group of answers: CSI, boxes, NPS and gap, computed from counts and sums that a query can deliver."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations

from services.survey.domain import estimates
from services.survey.domain.estimates import Estimate, Moments, Prior
from services.survey.domain.questionnaire import CSI_SCALE, Question, Questionnaire

Weights = Mapping[str, Fraction]
CSI_LIMITS = (100 * CSI_SCALE.minimum, 100 * CSI_SCALE.maximum)
GAP_LIMITS = (CSI_SCALE.minimum - CSI_SCALE.maximum, CSI_SCALE.maximum - CSI_SCALE.minimum)


@dataclass(frozen=True)
class Tally:
    """What a group answered: people, people who rated a factor, how often each value, sums over pairs in id order."""

    respondents: int = 0
    raters: int = 0
    counts: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    pairs: Mapping[tuple[str, str], Moments] = field(default_factory=dict)

    def n(self, question: str) -> int:
        return sum(self.counts.get(question, {}).values())

    def mean(self, question: str) -> Fraction:
        counts = self.counts[question]
        return Fraction(sum(value * times for value, times in counts.items()), self.n(question))

    def at_least(self, question: str, value: int) -> int:
        return sum(times for given, times in self.counts.get(question, {}).items() if given >= value)

    def covariation(self, left: str, right: str) -> Fraction:
        """Σ (x−x̄)(y−ȳ) over the people who answered both."""
        x, y = self.mean(left), self.mean(right)
        if left == right:
            return sum((times * (value - x) ** 2 for value, times in self.counts[left].items()), Fraction(0))
        sums = self.pairs.get((min(left, right), max(left, right)))
        if sums is None:
            return Fraction(0)
        of_left, of_right = (sums.left, sums.right) if left < right else (sums.right, sums.left)
        return sums.product - x * of_right - y * of_left + sums.n * x * y


@dataclass(frozen=True, slots=True)
class Box:
    successes: int
    share: Estimate
    shrunk: Fraction | None


@dataclass(frozen=True, slots=True)
class FactorScore:
    question: str
    weight: Fraction
    contact_point: str | None
    mean: Estimate
    top_box: Box
    top_two_box: Box
    expectation: Estimate | None
    gap: Estimate | None


@dataclass(frozen=True, slots=True)
class NetPromoterScore:
    promoters: int
    passives: int
    detractors: int
    score: Estimate


@dataclass(frozen=True, slots=True)
class Beta:
    successes: Fraction
    failures: Fraction


@dataclass(frozen=True, slots=True)
class GroupScore:
    n: int
    csi: Estimate | None
    factors: tuple[FactorScore, ...]
    nps: NetPromoterScore | None
    gap: Estimate | None
    weighted_gap: Estimate | None
    disconfirmation: Mapping[str, Estimate]


def tally(people: Iterable[Mapping[str, int]], factors: Iterable[str]) -> Tally:
    """The counting that a query does on stored answers, for answers at hand."""
    rated = set(factors)
    respondents = raters = 0
    counts: dict[str, dict[int, int]] = {}
    pairs: dict[tuple[str, str], list[int]] = {}
    for person in people:
        respondents += 1
        raters += not rated.isdisjoint(person)
        for name, value in person.items():
            times = counts.setdefault(name, {})
            times[value] = times.get(value, 0) + 1
        for left, right in combinations(sorted(person), 2):
            sums = pairs.setdefault((left, right), [0, 0, 0, 0])
            for index, amount in enumerate((1, person[left], person[right], person[left] * person[right])):
                sums[index] += amount
    return Tally(respondents, raters, counts, {pair: Moments(*sums) for pair, sums in pairs.items()})


def combination(group: Tally, coefficients: Weights, n: int) -> tuple[Fraction, Fraction | None]:
    """Σ cᵢ·x̄ᵢ and its variance, n/(n−1)·ΣΣ cᵢcₖ·Sᵢₖ/(nᵢnₖ): one person's answers are not independent of each other."""
    value = sum((c * group.mean(name) for name, c in coefficients.items()), Fraction(0))
    if n < 2:
        return value, None
    spread = Fraction(0)
    for left, c in coefficients.items():
        for right, d in coefficients.items():
            spread += c * d * group.covariation(left, right) / (group.n(left) * group.n(right))
    return value, Fraction(n, n - 1) * spread


def mean_of(group: Tally, question: Question) -> Estimate | None:
    n = group.n(question.id)
    if not n or question.scale is None:
        return None
    limits = (question.scale.minimum, question.scale.maximum)
    return estimates.estimate(n, *combination(group, {question.id: Fraction(1)}, n), limits)


def csi_of(group: Tally, weights: Weights) -> Estimate | None:
    answered = {name: weight for name, weight in weights.items() if group.n(name)}
    if not answered:
        return None
    total = sum(answered.values(), Fraction(0))
    shares = {name: 100 * weight / total for name, weight in answered.items()}
    return estimates.estimate(group.raters, *combination(group, shares, group.raters), CSI_LIMITS)


def nps_of(group: Tally, question: Question | None) -> NetPromoterScore | None:
    """Skips are not in n."""
    if question is None or not group.n(question.id):
        return None
    n, promoters = group.n(question.id), group.at_least(question.id, 9)
    passives = group.at_least(question.id, 7) - promoters
    detractors = n - promoters - passives
    score = estimates.net_promoter(promoters, passives, detractors)
    return NetPromoterScore(promoters, passives, detractors, score)


def gap_of(group: Tally, pairs: Mapping[str, str], weights: Weights) -> Estimate | None:
    """Σ wᵢ·(performance − expectation) ÷ Σ w over the factors where both are known."""
    known = {factor: wish for factor, wish in pairs.items() if group.n(factor) and group.n(wish)}
    if not known:
        return None
    total = sum((weights[factor] for factor in known), Fraction(0))
    coefficients: dict[str, Fraction] = {}
    for factor, wish in known.items():
        coefficients[factor] = coefficients.get(factor, Fraction(0)) + weights[factor] / total
        coefficients[wish] = coefficients.get(wish, Fraction(0)) - weights[factor] / total
    n = max(min(group.n(factor), group.n(wish)) for factor, wish in known.items())
    return estimates.estimate(n, *combination(group, coefficients, n), GAP_LIMITS)


def box_of(group: Tally, question: str, least: int, beta: Beta | None) -> Box:
    n, successes = group.n(question), group.at_least(question, least)
    shrunk = estimates.shrunk_proportion(successes, n, beta.successes, beta.failures) if beta else None
    return Box(successes, estimates.wilson(successes, n), shrunk)


def factor_of(group: Tally, factor: Question, wish: Question | None, beta: Beta | None) -> FactorScore | None:
    mean = mean_of(group, factor)
    if mean is None:
        return None
    alone = {factor.id: Fraction(1)}
    return FactorScore(
        question=factor.id,
        weight=factor.metric.weight,
        contact_point=factor.contact_point,
        mean=mean,
        top_box=box_of(group, factor.id, CSI_SCALE.maximum, beta),
        top_two_box=box_of(group, factor.id, CSI_SCALE.maximum - 1, beta),
        expectation=mean_of(group, wish) if wish else None,
        gap=gap_of(group, {factor.id: wish.id}, alone) if wish else None,
    )


def score(questionnaire: Questionnaire, group: Tally, beta: Beta | None = None) -> GroupScore:
    wishes = questionnaire.expectations
    weights = {factor.id: factor.metric.weight for factor in questionnaire.factors}
    pairs = {factor: wish.id for factor, wish in wishes.items()}
    factors = (factor_of(group, factor, wishes.get(factor.id), beta) for factor in questionnaire.factors)
    surprises = ((q.id, mean_of(group, q)) for q in questionnaire.disconfirmations)
    return GroupScore(
        n=group.respondents,
        csi=csi_of(group, weights),
        factors=tuple(factor for factor in factors if factor is not None),
        nps=nps_of(group, questionnaire.recommendation),
        gap=gap_of(group, pairs, dict.fromkeys(weights, Fraction(1))),
        weighted_gap=gap_of(group, pairs, weights),
        disconfirmation={name: mean for name, mean in surprises if mean is not None},
    )


def personal_csi(questionnaire: Questionnaire, answers: Mapping[str, object]) -> Fraction | None:
    """The CSI of one answer, over the factors that it rates."""
    total = weights = 0
    for factor, weight in questionnaire.whole_weights.items():
        value = answers.get(factor)
        if isinstance(value, int):
            total += weight * value
            weights += weight
    return Fraction(100 * total, weights) if weights else None


def shrunk(figure: Estimate, prior: Prior | None) -> Fraction | None:
    return None if prior is None else estimates.shrunk_mean(figure.value, figure.n, prior)
