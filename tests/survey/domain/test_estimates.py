from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.survey.domain.estimates import (
    Estimate,
    Prior,
    credibility,
    csi,
    decimal_of,
    estimate,
    net_promoter,
    response_rate,
    root,
    shrunk_mean,
    shrunk_proportion,
    t_quantile,
    weighted_mean,
    wilson,
)

FACTORS = ("attitude", "efficiency", "skill", "price", "facilities")


def named(*values: str) -> dict[str, Fraction]:
    return {name: Fraction(value) for name, value in zip(FACTORS, values, strict=False)}


def written(value: Fraction | None, places: int = 4) -> str:
    assert value is not None
    return str(decimal_of(value, places))


@pytest.mark.parametrize(
    ("means", "expected"),
    [(("8.9", "8.4", "8.6", "9.1", "8.2"), "865.1485"), (("8.9", "8.4", "8.6", "9.1"), "874.2857")],
)
def test_csi_weights_renormalise_over_what_was_answered(means: tuple[str, ...], expected: str) -> None:
    assert written(csi(named(*means), named("24", "21", "21", "18", "17"))) == expected


def test_nps_is_promoters_minus_detractors_with_an_adjusted_interval() -> None:
    score = net_promoter(12, 5, 3)
    assert (written(score.value, 1), f"{score.se:.4f}", score.n) == ("45.0", "16.5454", 20)
    assert (written(score.low), written(score.high)) == ("8.4306", "69.8303")


def test_four_promoters_alone_do_not_make_certainty() -> None:
    assert written(net_promoter(4, 0, 0).low, 3) == "6.943"
    assert net_promoter(40, 0, 0).high == 100


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (209, 259, "0.754537", None),
        (118, 143, "0.754648", None),
        (5, 5, "0.565509", "1.000000"),
        (46, 50, "0.811615", "0.968451"),
        (0, 5, "0.000000", None),
    ],
)
def test_a_share_has_the_wilson_interval(k: int, n: int, low: str, high: str | None) -> None:
    share = wilson(k, n)
    assert written(share.low, 6) == low
    assert high is None or written(share.high, 6) == high


def test_a_beta_prior_turns_the_order_of_a_small_and_a_large_sample() -> None:
    few = shrunk_proportion(5, 5, Fraction(17), Fraction(3))
    many = shrunk_proportion(46, 50, Fraction(17), Fraction(3))
    assert (written(few, 3), written(many, 3)) == ("0.880", "0.900")


def test_a_mean_of_few_answers_is_pulled_to_the_prior_mean() -> None:
    mean = Fraction(6 * 95 + 90, 7)
    assert written(mean) == "94.2857"
    assert written(shrunk_mean(mean, 7, Prior(Fraction("95.5"), Fraction(10)))) == "95.0000"


def test_without_any_difference_between_groups_everyone_gets_the_common_mean() -> None:
    assert shrunk_mean(Fraction(1), 7, Prior(Fraction(9), None)) == 9


def test_the_groups_themselves_suggest_a_prior() -> None:
    """Bühlmann's textbook case: two groups of three, 3, 5, 7 and 6, 12, 9: within 13/2, between 8 − 13/6."""
    groups = [
        Estimate(3, Fraction(5), Fraction(4, 3)),
        Estimate(3, Fraction(9), Fraction(9, 3)),
    ]
    prior = credibility(groups)
    assert prior == Prior(Fraction(7), Fraction(13, 2) / (8 - Fraction(13, 6)))


def test_groups_that_differ_by_chance_alone_suggest_an_infinite_weight() -> None:
    prior = credibility([Estimate(5, Fraction(8), Fraction(1)), Estimate(5, Fraction(8), Fraction(1))])
    assert prior == Prior(Fraction(8), None)


@pytest.mark.parametrize("groups", [[], [Estimate(5, Fraction(8), Fraction(1))], [Estimate(1, Fraction(8))] * 2])
def test_one_group_or_one_answer_each_suggests_nothing(groups: list[Estimate]) -> None:
    assert credibility(groups) is None


def test_the_response_rate_counts_everyone_asked() -> None:
    assert response_rate(6, partial=1, refused=2, no_contact=1, other=0, unknown=2) == Fraction(1, 2)
    assert response_rate(0) is None


def test_one_answer_has_no_interval_and_two_have_a_wide_one() -> None:
    assert estimate(1, Fraction(8), Fraction(1), (1, 10)).low is None
    two = estimate(2, Fraction(8), Fraction(1), (1, 10))
    assert (two.low, two.high) == (Fraction(1), Fraction(10))


@pytest.mark.parametrize(("freedom", "expected"), [(1, 12.706), (30, 2.042), (31, 2.040), (60, 2.000), (1000, 1.962)])
def test_intervals_of_means_use_students_quantile(freedom: int, expected: float) -> None:
    assert float(t_quantile(freedom)) == pytest.approx(expected, abs=6e-4)


def test_figures_are_rounded_half_away_from_zero_and_never_minus_nothing() -> None:
    assert [str(decimal_of(Fraction(n, 8), 2)) for n in (1, -1)] == ["0.13", "-0.13"]
    assert str(decimal_of(Fraction(-1, 1000), 2)) == "0.00"
    assert str(root(Fraction(9, 4))) == "1.5"


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_wilson_interval_holds_the_share_and_stays_a_share(sample: tuple[int, int]) -> None:
    share = wilson(*sample)
    assert share.low is not None
    assert share.high is not None
    slack = Fraction(1, 10**20)
    assert 0 <= share.low <= share.value + slack
    assert share.value - slack <= share.high <= 1


@given(st.dictionaries(st.sampled_from(FACTORS), st.fractions(1, 10), min_size=1), st.fractions(1, 100))
def test_csi_lies_among_its_factors_and_ignores_the_unit_of_the_weights(
    means: dict[str, Fraction], unit: Fraction
) -> None:
    weights = dict(zip(FACTORS, map(Fraction, (24, 21, 21, 18, 17)), strict=True))
    figure = csi(means, weights)
    assert 100 * min(means.values()) <= figure <= 100 * max(means.values())
    assert figure == csi(means, {name: unit * weight for name, weight in weights.items()})
    assert weighted_mean(means, weights) * 100 == figure
