import math
import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.descriptivestats import sign_test

from services.workorder.domain.probability import OutsideItsRange
from services.workorder.domain.risk.estimates import Estimate, Quantity, accuracies, estimate_flags, median_depth
from services.workorder.domain.risk.risk import DEFAULT_MARGINS, FlagKind, RiskPolicy
from services.workorder.domain.risk.standing import (
    Belief,
    Beta,
    Record,
    Standing,
    log_likelihood,
    rate_flags,
    standings,
)

POLICY = RiskPolicy(credibility=0.95)
ALIKE = [Record(f"SA{i}", 60, successes) for i, successes in enumerate((10, 19, 15, 12, 18, 16))]


@st.composite
def shops(draw: st.DrawFn) -> list[Record]:
    trials = draw(st.lists(st.integers(1, 200), min_size=6, max_size=9))
    return [Record(f"SA{i}", n, draw(st.integers(0, n))) for i, n in enumerate(trials)]


def standing_of(subject: str, records: list[Record], policy: RiskPolicy = POLICY) -> Standing:
    return next(each for each in standings(records, policy) if each.record.subject == subject)


def simulated_shop(
    rng: np.random.Generator, people: int, mean: float, alike: float, trials: int, outlier: float | None = None
) -> tuple[list[float], list[Record]]:
    rates = rng.beta(mean * alike, (1 - mean) * alike, people)
    rates[0] = rates[0] if outlier is None else outlier
    sizes = rng.integers(trials // 2, trials * 3 // 2, people)
    found = rng.binomial(sizes, rates)
    return list(rates), [Record(f"P{i}", int(n), int(x)) for i, (n, x) in enumerate(zip(sizes, found, strict=True))]


def test_likelihoods_are_those_of_the_beta_binomial_distribution() -> None:
    rng = random.Random(1)
    for _ in range(200):
        n, a, b = rng.randint(1, 300), 10 ** rng.uniform(-1, 3), 10 ** rng.uniform(-1, 3)
        record = Record("SA1", n, rng.randint(0, n))
        expected = stats.betabinom.logpmf(record.successes, n, a, b) - math.log(math.comb(n, record.successes))
        assert log_likelihood(record, a, b) == pytest.approx(expected, rel=1e-8, abs=1e-8)


def test_beliefs_are_mixtures_of_beta_distributions() -> None:
    belief = Belief((Beta(0.25, 2, 8), Beta(0.75, 30, 50)))
    first, second = stats.beta(2, 8), stats.beta(30, 50)
    assert belief.mean == pytest.approx(0.25 * 0.2 + 0.75 * 0.375)
    assert belief.below(0.3) == pytest.approx(0.25 * first.cdf(0.3) + 0.75 * second.cdf(0.3))
    assert belief.above(0.3) == pytest.approx(1 - belief.below(0.3))
    assert belief.below(belief.quantile(0.05)) == pytest.approx(0.05)
    assert Belief((Beta(1.0, 2, 8),)).quantile(0.95) == pytest.approx(first.ppf(0.95))


@settings(max_examples=25)
@given(shops())
def test_the_believed_rate_lies_inside_its_bounds(records: list[Record]) -> None:
    for standing in standings(records, POLICY):
        assert 0 <= standing.low <= standing.belief.mean <= standing.high <= 1
        assert 0 < standing.expected < 1
        assert math.fsum(part.weight for part in standing.belief.parts) == pytest.approx(1)
        assert 0 <= standing.above_peers <= 1


@settings(max_examples=25)
@given(shops())
def test_more_successes_raise_the_belief_in_a_person(records: list[Record]) -> None:
    first, *others = records
    if first.successes == first.trials:
        first = replace(first, successes=first.successes - 1)
    before = standing_of(first.subject, [first, *others])
    after = standing_of(first.subject, [replace(first, successes=first.successes + 1), *others])
    assert after.belief.mean > before.belief.mean


@settings(max_examples=15)
@given(shops(), st.randoms(use_true_random=False))
def test_nobodys_standing_depends_on_the_order_of_the_records(records: list[Record], shuffle: random.Random) -> None:
    before = standings(records, POLICY)
    shuffle.shuffle(records)
    assert standings(records, POLICY) == before


@pytest.mark.parametrize("peers", [0, 1, 4])
def test_nobody_is_compared_with_too_few_peers(peers: int) -> None:
    records = [Record("SA9", 60, 60), *ALIKE[:peers], Record("SA8", 0, 0)]
    assert standings(records, POLICY) == ()
    assert rate_flags(FlagKind.COMPLAINTS, records, POLICY) == ()


def test_whoever_tried_nothing_is_neither_compared_nor_a_peer() -> None:
    everybody = standings([*ALIKE, Record("SA7", 0, 0)], POLICY)
    assert [each.record for each in everybody] == ALIKE


def test_few_trials_are_pulled_to_the_peers_and_many_are_not() -> None:
    few, many = (standing_of("SA9", [*ALIKE, Record("SA9", n, n)]) for n in (2, 200))
    assert few.expected == pytest.approx(0.25, abs=0.005)
    assert few.belief.mean < 0.5
    assert many.belief.mean > 0.95
    assert few.above_peers < many.above_peers


def test_a_person_is_measured_against_the_others_and_not_against_himself() -> None:
    assert standing_of("SA9", [*ALIKE, Record("SA9", 60, 60)]).expected == pytest.approx(0.25, abs=0.005)


def test_peers_who_never_failed_do_not_prove_that_nobody_does() -> None:
    spotless = [Record(f"SA{i}", 100, 0) for i in range(6)]
    once = standing_of("SA9", [*spotless, Record("SA9", 100, 1)])
    assert 0 < once.expected < 0.01
    assert once.low < once.expected * POLICY.margins[FlagKind.COMPLAINTS]
    assert rate_flags(FlagKind.COMPLAINTS, [*spotless, Record("SA9", 20, 8)], POLICY)


@pytest.mark.parametrize(
    ("kind", "trials", "successes", "flagged"),
    [
        (FlagKind.DECLINED_PROPOSALS, 60, 36, True),
        (FlagKind.DECLINED_PROPOSALS, 60, 17, False),
        (FlagKind.DECLINED_PROPOSALS, 4, 3, False),
        (FlagKind.APPROVED_PROPOSALS, 60, 2, True),
        (FlagKind.APPROVED_PROPOSALS, 60, 36, False),
        (FlagKind.APPROVED_PROPOSALS, 3, 0, False),
        (FlagKind.COMPLAINTS, 60, 36, True),
    ],
)
def test_a_flag_needs_a_bound_past_the_margin(kind: FlagKind, trials: int, successes: int, flagged: bool) -> None:
    records = [*ALIKE, Record("SA9", trials, successes)]
    flags = [flag for flag in rate_flags(kind, records, POLICY) if flag.subject == "SA9"]
    assert bool(flags) is flagged
    for flag in flags:
        standing = standing_of("SA9", records)
        above = DEFAULT_MARGINS[kind] >= 1
        assert (flag.measure, flag.expected, flag.n) == (standing.belief.mean, standing.expected, trials)
        assert flag.bound == (standing.low if above else standing.high)
        assert flag.threshold == DEFAULT_MARGINS[kind] * standing.expected
        assert flag.bound > flag.threshold if above else flag.bound < flag.threshold


def test_a_stricter_policy_flags_no_more() -> None:
    records = [*ALIKE, Record("SA9", 60, 36)]
    assert rate_flags(FlagKind.DECLINED_PROPOSALS, records, POLICY)
    for stricter in (
        replace(POLICY, margins={FlagKind.DECLINED_PROPOSALS: 2.5}),
        replace(POLICY, credibility=0.9999999),
        replace(POLICY, minimum_peers=7),
    ):
        assert not rate_flags(FlagKind.DECLINED_PROPOSALS, records, stricter)


@pytest.mark.parametrize(("people", "mean", "alike", "trials"), [(7, 0.25, 30, 60), (7, 0.02, 100, 120)])
def test_bounds_cover_about_as_often_as_they_say(people: int, mean: float, alike: float, trials: int) -> None:
    rng = np.random.default_rng(3)
    above, below = [], []
    for _ in range(30):
        rates, records = simulated_shop(rng, people, mean, alike, trials)
        for rate, standing in zip(rates, standings(records, POLICY), strict=True):
            below.append(standing.low <= rate)
            above.append(rate <= standing.high)
    assert min(np.mean(below), np.mean(above)) > 0.91


def test_people_who_differ_by_chance_are_hardly_ever_flagged_and_one_who_differs_mostly_is() -> None:
    rng = np.random.default_rng(4)
    kind = FlagKind.DECLINED_PROPOSALS
    even = [rate_flags(kind, simulated_shop(rng, 7, 0.25, 1e6, 60)[1], POLICY) for _ in range(60)]
    odd = [rate_flags(kind, simulated_shop(rng, 7, 0.25, 100, 100, outlier=0.55)[1], POLICY) for _ in range(40)]
    assert sum(map(bool, even)) <= 3
    assert sum(any(flag.subject == "P0" for flag in flags) for flags in odd) >= 28


def test_records_and_policies_that_cannot_be_are_refused() -> None:
    for trials, successes in ((3, 4), (3, -1), (-1, 0)):
        with pytest.raises(OutsideItsRange):
            Record("SA1", trials, successes)
    for wrong in ({"credibility": 1.0}, {"minimum_peers": 0}, {"margins": {FlagKind.COMPLAINTS: 0.0}}):
        with pytest.raises(OutsideItsRange):
            replace(POLICY, **wrong)


def estimates_of(subject: str, *finals: int, estimated: int = 100) -> list[Estimate]:
    return [Estimate(subject, Decimal(estimated), Decimal(final)) for final in finals]


@pytest.mark.parametrize(
    ("n", "confidence", "depth"),
    [
        (4, 0.95, 0),
        (5, 0.95, 1),
        (7, 0.95, 1),
        (8, 0.95, 2),
        (10, 0.95, 2),
        (11, 0.95, 3),
        (0, 0.95, 0),
        (5, 0.96875, 1),
    ],
)
def test_bounds_of_a_median_lie_as_deep_as_the_table_of_the_sign_test_says(
    n: int, confidence: float, depth: int
) -> None:
    assert median_depth(n, confidence) == depth


@given(st.integers(0, 200), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_the_depth_is_the_deepest_that_the_binomial_distribution_allows(n: int, confidence: float) -> None:
    depth = median_depth(n, confidence)
    assert not depth or stats.binom.cdf(depth - 1, n, 0.5) <= 1 - confidence + 1e-12
    assert stats.binom.cdf(depth, n, 0.5) > 1 - confidence


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=60, unique=True))
def test_a_value_past_the_bound_of_the_median_is_one_the_sign_test_rejects(finals: list[int]) -> None:
    (accuracy,) = accuracies(estimates_of("SA1", *finals), 0.95)
    assert accuracy.ratio == Fraction(float(np.median(finals))) / 100
    assert accuracy.spread == pytest.approx(stats.median_abs_deviation(finals, scale=1 / 1.4826) / 100)
    if accuracy.low is None or accuracy.high is None:
        assert len(finals) < 5
        return
    assert accuracy.low <= accuracy.ratio <= accuracy.high
    assert accuracy.spread_low is not None
    assert accuracy.spread_low <= accuracy.spread + 1e-12
    _, two_sided = sign_test(finals, float(accuracy.low * 100) - 0.5)
    assert two_sided / 2 <= 0.05


@pytest.mark.parametrize(
    ("finals", "kinds"),
    [
        ([100, 102, 98, 101, 99, 100, 103, 97, 100, 100], []),
        ([120, 125, 130, 118, 122, 128, 121, 119, 124, 126], ["money_overrun"]),
        ([120, 125, 130, 118, 122, 128, 121, 119, 124], []),  # one too few
        ([120, 125, 130, 105, 104, 128, 103, 102, 124, 126], []),  # the second lowest is no overrun
        ([70, 75, 60, 72, 80, 71, 69, 74, 73, 70], ["money_padded"]),
        ([100, 100, 100, 100, 100, 100, 100, 100, 100, 2000], []),  # one odd order is nobody's habit
        (list(range(20, 220, 10)), ["money_scattered"]),
    ],
)
def test_estimates_are_flagged_by_what_is_typical(finals: list[int], kinds: list[str]) -> None:
    flags = estimate_flags(Quantity.MONEY, estimates_of("SA1", *finals), POLICY)
    assert [str(flag.kind) for flag in flags] == kinds
    for flag in flags:
        assert (flag.subject, flag.n) == ("SA1", len(finals))


def test_a_flag_of_time_says_how_far_off_the_typical_estimate_was() -> None:
    finals = [120, 125, 130, 118, 122, 128, 121, 119, 124, 126]
    (flag,) = estimate_flags(Quantity.TIME, [*estimates_of("J2", 100), *estimates_of("J1", *finals)], POLICY)
    assert (flag.kind, flag.subject) == (FlagKind.TIME_OVERRUN, "J1")
    assert (flag.measure, flag.expected, flag.bound, flag.n, flag.threshold) == (1.23, 1.0, 1.19, 10, 1.10)


def test_estimates_of_nothing_are_refused() -> None:
    for estimated, final in ((0, 5), (-1, 5), (5, -1)):
        with pytest.raises(OutsideItsRange):
            Estimate("SA1", Decimal(estimated), Decimal(final))
