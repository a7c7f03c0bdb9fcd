from fractions import Fraction
from statistics import fmean, stdev, variance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.survey.domain.estimates import Estimate, Prior, decimal_of, t_quantile
from services.survey.domain.questionnaire import Questionnaire, QuestionType
from services.survey.domain.scoring import Beta, GroupScore, Tally, personal_csi, score, shrunk, tally
from tests.survey.domain.makers import (
    expectation,
    factor,
    make_question,
    make_questionnaire,
    people_with_means,
    recommendation,
)

FACTORS = ("attitude", "efficiency", "skill", "price", "facilities")
WEIGHTS = (24, 21, 21, 18, 17)
WEIGHTED = make_questionnaire(*map(factor, FACTORS, WEIGHTS), expectation(), recommendation())


def written(value: Fraction | None, places: int = 4) -> str:
    assert value is not None
    return str(decimal_of(value, places))


def scored(questionnaire: Questionnaire, people: list[dict[str, int]], beta: Beta | None = None) -> GroupScore:
    return score(questionnaire, tally(people, [f.id for f in questionnaire.factors]), beta)


def known(estimate: Estimate | None) -> Estimate:
    assert estimate is not None
    return estimate


@pytest.mark.parametrize(
    ("means", "expected"),
    [(("8.9", "8.4", "8.6", "9.1", "8.2"), "865.1485"), (("8.9", "8.4", "8.6", "9.1"), "874.2857")],
)
def test_csi_of_people_is_csi_of_the_factors_means(means: tuple[str, ...], expected: str) -> None:
    people = people_with_means(means, FACTORS[: len(means)])
    assert written(known(scored(WEIGHTED, people).csi).value) == expected


def test_gap_is_performance_less_expectation_per_factor_and_weighted() -> None:
    names = ("a", "b", "c", "d", "e")
    wishes = [f"{name}_wish" for name in names]
    questionnaire = make_questionnaire(
        *(factor(name, weight) for name, weight in zip(names, (11, 32, 23, 19, 15), strict=True)),
        *(expectation(wish, name) for name, wish in zip(names, wishes, strict=True)),
    )
    means = ("6.0", "5.2", "5.5", "6.1", "5.9", "5.5", "6.5", "6.2", "6.0", "5.4")
    result = scored(questionnaire, people_with_means(means, (*names, *wishes)))
    assert (written(known(result.gap).value, 3), written(known(result.weighted_gap).value, 3)) == ("-0.180", "-0.428")
    assert [written(known(f.gap).value, 1) for f in result.factors] == ["0.5", "-1.3", "-0.7", "0.1", "0.5"]


def test_without_an_expectation_of_its_own_a_factor_is_held_against_the_overall_one() -> None:
    result = scored(WEIGHTED, [{"attitude": 9, "skill": 6, "expectation": 7}])
    assert [(f.question, known(f.gap).value) for f in result.factors] == [
        ("attitude", Fraction(2)),
        ("skill", Fraction(-1)),
    ]
    assert known(result.gap).value == Fraction(1, 2)
    assert known(result.weighted_gap).value == Fraction(24 * 2 - 21, 45)


def test_boxes_count_tens_and_nines() -> None:
    people = [{"attitude": value} for value in (10, 10, 9, 8, 1)]
    (attitude,) = scored(WEIGHTED, people, Beta(Fraction(17), Fraction(3))).factors
    assert (attitude.top_box.successes, attitude.top_two_box.successes) == (2, 3)
    assert attitude.top_box.share.n == 5
    assert attitude.top_box.shrunk == Fraction(19, 25)


def test_skips_are_not_in_nps() -> None:
    people = [{"recommend": v} for v in [9] * 6 + [10] * 6 + [7, 8, 7, 8, 7] + [0, 6, 3]] + [{"attitude": 5}] * 2
    nps = scored(WEIGHTED, people).nps
    assert nps is not None
    assert (nps.promoters, nps.passives, nps.detractors) == (12, 5, 3)
    assert (written(nps.score.value, 1), written(nps.score.low), nps.score.n) == ("45.0", "8.4306", 20)


def test_a_group_is_pulled_to_the_prior_by_its_number_of_answers() -> None:
    halves = make_questionnaire(factor("attitude"), factor("skill"))
    people = [{"attitude": 9, "skill": 10}] * 6 + [{"attitude": 9, "skill": 9}]
    figure = known(scored(halves, people).csi)
    assert written(figure.value) == "942.8571"
    assert written(shrunk(figure, Prior(Fraction(955), Fraction(10)))) == "950.0000"
    assert shrunk(figure, None) is None


def test_nobody_answered_is_no_score_and_no_error() -> None:
    assert score(WEIGHTED, Tally()) == GroupScore(0, None, (), None, None, None, {})
    assert scored(WEIGHTED, [{}]) == GroupScore(1, None, (), None, None, None, {})


def test_a_promise_that_was_exceeded_has_a_mean_of_its_own() -> None:
    questionnaire = make_questionnaire(make_question("promise", QuestionType.DISCONFIRMATION))
    result = scored(questionnaire, [{"promise": 2}, {"promise": 1}, {"promise": -1}])
    assert written(result.disconfirmation["promise"].value, 4) == "0.6667"


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"attitude": 10, "facilities": 1}, Fraction(100 * (240 + 17), 41)),
        ({"recommend": 3}, None),
        ({"attitude": 7}, 700),
    ],
)
def test_the_csi_of_one_answer_covers_what_it_rates(answers: dict[str, object], expected: Fraction | None) -> None:
    assert personal_csi(WEIGHTED, answers) == expected


def test_with_full_answers_the_interval_is_that_of_the_personal_scores() -> None:
    people = [
        dict(zip(FACTORS, ratings, strict=True))
        for ratings in [(9, 8, 7, 10, 9), (5, 6, 9, 4, 8), (8, 8, 8, 9, 10), (3, 9, 9, 7, 5)]
    ]
    personal = [float(personal_csi(WEIGHTED, person) or 0) for person in people]
    figure = known(scored(WEIGHTED, people).csi)
    assert float(figure.value) == pytest.approx(fmean(personal))
    assert float(figure.se or 0) == pytest.approx(stdev(personal) / 2)
    reach = float(t_quantile(3)) * stdev(personal) / 2
    assert float(figure.high or 0) == pytest.approx(min(1000, fmean(personal) + reach))


RATED = st.dictionaries(st.sampled_from((*FACTORS, "expectation")), st.integers(1, 10))


@given(st.lists(RATED, max_size=12))
def test_every_figure_lies_inside_its_interval_and_its_scale(people: list[dict[str, int]]) -> None:
    result = scored(WEIGHTED, people)
    figures = [result.csi, result.gap, result.weighted_gap, *(f.mean for f in result.factors)]
    for figure in filter(None, figures):
        assert figure.low is None or figure.high is None or figure.low <= figure.value <= figure.high
    assert result.csi is None or 100 <= result.csi.value <= 1000


@given(st.lists(st.tuples(st.integers(1, 10), st.integers(1, 10)), min_size=2, max_size=15))
def test_the_variance_of_a_gap_is_that_of_each_persons_own_gap(pairs: list[tuple[int, int]]) -> None:
    questionnaire = make_questionnaire(factor("attitude"), expectation())
    result = scored(questionnaire, [{"attitude": x, "expectation": y} for x, y in pairs])
    own = [Fraction(x - y) for x, y in pairs]
    assert known(result.gap).variance == variance(own) / len(own)
