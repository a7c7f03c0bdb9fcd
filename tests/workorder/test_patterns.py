import math
import random
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from services.workorder.domain import probability
from services.workorder.domain.inspections.discoveries import Control, adjusted, confidence_after_selection
from services.workorder.domain.inspections.patterns import (
    Cell,
    HitRate,
    MileageBand,
    PatternPolicy,
    chance_of,
    hit_rate,
    lift_at_least,
    propose,
)
from services.workorder.domain.probability import OutsideItsRange, beta_cdf, beta_quantile, hypergeometric_tail, wilson

BAND = MileageBand(60_000, 80_000)
RATES = (0.01, 0.02, 0.05, 0.05, 0.1, 0.2)
counts = st.integers(0, 400)


def make_cell(found: int, visits: int, found_elsewhere: int, visits_elsewhere: int, finding: str = "F1") -> Cell:
    return Cell("Model A", BAND, finding, visits, found, visits_elsewhere, found_elsewhere)


@st.composite
def any_cell(draw: st.DrawFn) -> Cell:
    visits, elsewhere = draw(st.integers(1, 300)), draw(st.integers(1, 3000))
    return make_cell(draw(st.integers(0, visits)), visits, draw(st.integers(0, elsewhere)), elsewhere)


def simulated_shop(
    rng: np.random.Generator, places: int = 16, visits: int = 1500, planted: tuple[float, float, int] | None = None
) -> tuple[Cell, ...]:
    """Unevenly visited places, six findings with one rate each everywhere; `planted` gives (rate, lift, n) to the first
    finding of the first place."""
    bands = [(f"M{place // 4}", MileageBand(place % 4 * 20_000, (place % 4 + 1) * 20_000)) for place in range(places)]
    sizes = rng.multinomial(visits, rng.dirichlet(np.full(places, 2.0)))
    rates = np.tile(np.array(RATES), (places, 1))
    if planted:
        rate, lift, sizes[0] = planted
        rates[:, 0] = rate
        rates[0, 0] = rate * lift
    found = rng.binomial(sizes[:, None], rates)
    visits_elsewhere, found_elsewhere = int(sizes.sum()) - sizes, found.sum(axis=0) - found
    return tuple(
        Cell(*bands[i], f"F{j}", *map(int, (sizes[i], found[i, j], visits_elsewhere[i], found_elsewhere[i, j])))
        for i in range(places)
        for j in range(len(RATES))
    )


def test_shops_without_a_pattern_are_hardly_ever_shown_one() -> None:
    rng = np.random.default_rng(20260901)
    any_lift = PatternPolicy(minimum_lift=Fraction(0))
    fooled = sum(bool(propose(simulated_shop(rng), any_lift)) for _ in range(1000))
    assert fooled / 1000 < 0.05


def test_a_planted_pattern_of_lift_three_is_found_in_most_shops_and_its_bound_is_honest() -> None:
    rng = np.random.default_rng(7)
    shops = [propose(simulated_shop(rng, planted=(0.1, 3, 100)), PatternPolicy()) for _ in range(200)]
    first = [next((p for p in shop if (p.cell.model, p.cell.band.from_km) == ("M0", 0)), None) for shop in shops]
    planted = [pattern for pattern in first if pattern and pattern.cell.finding == "F0"]
    assert len(planted) >= 0.8 * len(shops)
    assert sum(pattern.lift_at_least <= 3 for pattern in planted) >= 0.95 * len(planted)


def test_bounds_of_what_was_selected_hold_even_where_little_is_found() -> None:
    rng = np.random.default_rng(11)
    shops = [propose(simulated_shop(rng, planted=(0.05, 3, 60)), PatternPolicy()) for _ in range(300)]
    planted = [
        p for shop in shops for p in shop if (p.cell.model, p.cell.band.from_km, p.cell.finding) == ("M0", 0, "F0")
    ]
    assert 20 < len(planted) < 200, "found seldom, so that those found were lucky"
    assert sum(pattern.lift_at_least <= 3 for pattern in planted) >= 0.95 * len(planted)


def test_tails_are_those_of_fishers_exact_test() -> None:
    rng = random.Random(3)
    for _ in range(300):
        visits, elsewhere = rng.randint(1, 120), rng.randint(1, 2000)
        cell = make_cell(rng.randint(0, min(visits, 25)), visits, rng.randint(0, min(elsewhere, 150)), elsewhere)
        table = [[cell.found, cell.visits - cell.found], [cell.found_elsewhere, elsewhere - cell.found_elsewhere]]
        expected = stats.fisher_exact(table, alternative="greater").pvalue
        assert chance_of(cell) == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_the_long_tail_agrees_with_whole_numbers_on_both_sides_of_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for hits, draws, marked, total in [
        (12, 100, 60, 2000),
        (30, 140, 900, 9000),
        (3, 140, 900, 9000),
        (140, 140, 150, 300),
    ]:
        ways = sum(math.comb(marked, k) * math.comb(total - marked, draws - k) for k in range(hits, draws + 1))
        exact = float(Fraction(ways, math.comb(total, draws)))
        for limit in (0, 10_000):
            monkeypatch.setattr(probability, "EXACT_DRAWS", limit)
            assert hypergeometric_tail(hits, draws, marked, total) == pytest.approx(exact, rel=1e-10)


@pytest.mark.parametrize(
    ("hits", "draws", "marked", "total", "expected"),
    [
        (0, 3, 4, 10, 1.0),
        (1, 3, 4, 10, 1 - 20 / 120),
        (3, 3, 4, 10, 4 / 120),
        (4, 3, 4, 10, 0.0),
        (2, 8, 4, 10, 1.0),
        (3, 8, 4, 10, 1 - 6 / 45),
        (0, 0, 0, 0, 1.0),
        (3, 3, 3, 6, 1 / 20),  # the lady tasting tea, with six cups
    ],
)
def test_tails_worked_by_hand(hits: int, draws: int, marked: int, total: int, expected: float) -> None:
    assert hypergeometric_tail(hits, draws, marked, total) == pytest.approx(expected)


def test_beta_distributions_are_scipys() -> None:
    rng = random.Random(5)
    for _ in range(300):
        a, b, probability_ = 10 ** rng.uniform(-1, 4), 10 ** rng.uniform(-1, 4), rng.uniform(0.001, 0.999)
        x = float(stats.beta.ppf(probability_, a, b))
        assert beta_cdf(x, a, b) == pytest.approx(stats.beta.cdf(x, a, b), rel=1e-7)
        assert beta_quantile(probability_, a, b) == pytest.approx(x, rel=1e-7)


def test_beta_distributions_end_where_they_end() -> None:
    assert (beta_cdf(-1, 2, 3), beta_cdf(0, 2, 3), beta_cdf(1, 2, 3), beta_cdf(2, 2, 3)) == (0, 0, 1, 1)


@pytest.mark.parametrize("control", Control)
@given(p_values=st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_q_values_are_those_of_statsmodels_and_never_cross(control: Control, p_values: list[float]) -> None:
    method = {"benjamini_yekutieli": "fdr_by", "benjamini_hochberg": "fdr_bh"}[control]
    q_values = adjusted(p_values, control)
    assert q_values == pytest.approx(multipletests(p_values, method=method)[1], rel=1e-12, abs=1e-300)
    assert all(q >= p * (1 - 1e-12) for p, q in zip(p_values, q_values, strict=True))
    ordered = sorted(zip(p_values, q_values, strict=True))
    assert all(lower[1] <= higher[1] for lower, higher in pairwise(ordered))


def test_q_values_worked_by_hand() -> None:
    p_values = [0.04, 0.01, 0.02, 0.5]
    assert adjusted(p_values, Control.BENJAMINI_HOCHBERG) == pytest.approx((4 * 0.04 / 3, 0.04, 0.04, 0.5))
    assert adjusted(p_values, Control.BENJAMINI_YEKUTIELI) == pytest.approx((1 / 9, 1 / 12, 1 / 12, 1.0))
    assert adjusted([], Control.BENJAMINI_YEKUTIELI) == ()
    assert confidence_after_selection(0.95, 2, 4, Control.BENJAMINI_HOCHBERG) == pytest.approx(0.975)
    assert confidence_after_selection(0.95, 2, 4, Control.BENJAMINI_YEKUTIELI) == pytest.approx(1 - 0.025 / (25 / 12))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (make_cell(0, 50, 10, 500), 0.0),
        (make_cell(5, 50, 0, 0), 0.0),
        (make_cell(1, 50, 0, 500), 0.05 / 0.95 * 10),  # share's bound: the 1st power root of 5 %
        (make_cell(2, 50, 0, 500), 0.05**0.5 / (1 - 0.05**0.5) * 10),
        (make_cell(10, 10, 0, 10), 0.05**0.1 / (1 - 0.05**0.1)),
    ],
)
def test_bounds_of_the_lift_worked_by_hand(cell: Cell, expected: float) -> None:
    assert lift_at_least(cell, 0.95) == pytest.approx(expected)


@pytest.mark.parametrize(("n", "elsewhere"), [(20, 200), (40, 60), (30, 1000)])
@pytest.mark.parametrize(("rate", "lift"), [(0.005, 1), (0.01, 3), (0.05, 2), (0.1, 3), (0.3, 1.5)])
def test_the_bound_of_the_lift_covers_at_least_as_often_as_it_says(
    n: int, elsewhere: int, rate: float, lift: float
) -> None:
    """Over all outcomes, not by simulation; the rarest of them count as misses."""
    here, there = stats.binom(n, rate * lift), stats.binom(elsewhere, rate)
    covered = sum(
        float(here.pmf(x)) * float(there.pmf(y))
        for x in range(int(here.ppf(1 - 1e-4)) + 1)
        for y in range(int(there.ppf(1e-4)), int(there.ppf(1 - 1e-4)) + 1)
        if beta_cdf(lift * n / (lift * n + elsewhere), x or 1e-9, y + 1) >= 0.05
    )
    assert covered >= 0.95


@given(any_cell())
def test_the_bound_is_below_the_lift_and_the_more_is_found_the_higher(cell: Cell) -> None:
    bound = lift_at_least(cell, 0.95)
    assert 0 <= bound < math.inf
    if cell.found_elsewhere:
        assert bound * cell.found_elsewhere * cell.visits <= cell.found * cell.visits_elsewhere * (1 + 1e-9)
    if cell.found < cell.visits:
        more = replace(cell, found=cell.found + 1)
        assert lift_at_least(more, 0.95) > bound
        assert chance_of(more) <= chance_of(cell) * (1 + 1e-9)
    assert lift_at_least(cell, 0.99) <= bound


@settings(max_examples=20)
@given(st.randoms(use_true_random=False))
def test_proposals_do_not_depend_on_the_order_of_the_cells(shuffle: random.Random) -> None:
    cells = list(simulated_shop(np.random.default_rng(2), planted=(0.1, 4, 150)))
    before = propose(cells, PatternPolicy())
    shuffle.shuffle(cells)
    assert before
    assert propose(cells, PatternPolicy()) == before


def test_a_pattern_shows_what_it_rests_on() -> None:
    strong, dull = make_cell(30, 100, 50, 1900), make_cell(5, 100, 95, 1900, "F2")
    (pattern,) = propose([dull, strong], PatternPolicy(control=Control.BENJAMINI_HOCHBERG))
    assert (pattern.cell, pattern.n, pattern.rate, pattern.rate_elsewhere) == (
        strong,
        100,
        Fraction(3, 10),
        Fraction(1, 38),
    )
    assert pattern.lift == Fraction(57, 5)
    assert pattern.q_value == pytest.approx(2 * pattern.p_value)
    assert pattern.lift_at_least == lift_at_least(strong, 0.975), "one selected of two: half the misses allowed"


def test_patterns_need_visits_and_lift_and_may_be_seen_nowhere_else() -> None:
    only_here = make_cell(20, 60, 0, 900)
    (pattern,) = propose([only_here], PatternPolicy())
    assert pattern.lift is None
    assert pattern.lift_at_least > 50
    assert propose([only_here], PatternPolicy(minimum_visits=61)) == ()
    common = make_cell(700, 1000, 5000, 10_000)
    assert propose([common], PatternPolicy()) == ()
    assert propose([common], PatternPolicy(minimum_lift=Fraction(7, 5)))


def test_cells_without_a_finding_count_as_questions_asked() -> None:
    strong = make_cell(12, 100, 60, 1900)
    silent = [make_cell(0, 100, 0, 1900, f"N{number}") for number in range(400)]
    assert propose([strong], PatternPolicy())
    assert propose([strong, *silent], PatternPolicy()) == ()


@pytest.mark.parametrize(
    ("found", "visits", "found_elsewhere", "elsewhere"), [(3, 2, 0, 9), (-1, 2, 0, 9), (1, 2, 10, 9)]
)
def test_counts_that_cannot_be_are_refused(found: int, visits: int, found_elsewhere: int, elsewhere: int) -> None:
    with pytest.raises(OutsideItsRange):
        make_cell(found, visits, found_elsewhere, elsewhere)


def test_settings_that_cannot_be_are_refused() -> None:
    for wrong in ({"false_discovery_rate": 0.0}, {"confidence": 1.0}, {"minimum_visits": 0}):
        with pytest.raises(OutsideItsRange):
            PatternPolicy(**wrong)
    with pytest.raises(OutsideItsRange):
        beta_cdf(0.5, 0, 1)
    with pytest.raises(OutsideItsRange):
        hypergeometric_tail(1, 11, 3, 10)
    with pytest.raises(OutsideItsRange):
        wilson(3, 2, 0.95)


@given(counts, counts, st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_wilsons_interval_is_that_of_statsmodels(hits: int, misses: int, confidence: float) -> None:
    low, high = wilson(hits, hits + misses, confidence)
    if hits + misses:
        expected = proportion_confint(hits, hits + misses, alpha=1 - confidence, method="wilson")
        assert (low, high) == pytest.approx(expected, abs=1e-12)
        assert low <= hits / (hits + misses) <= high


def test_the_hit_rate_counts_the_checks_that_were_made() -> None:
    rate = hit_rate([True, None, False, True, False, None, False])
    assert rate == HitRate(7, 5, 2, Fraction(2, 5), *wilson(2, 5, 0.95))
    assert hit_rate([None]) == HitRate(1, 0, 0, None, 0.0, 1.0)
