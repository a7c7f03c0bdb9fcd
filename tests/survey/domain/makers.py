"""Questionnaires and answers to test with: every value has a default that holds."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from services.survey.domain.questionnaire import (
    CSI_SCALE,
    NPS_SCALE,
    Choice,
    Metric,
    MetricRole,
    Question,
    Questionnaire,
    QuestionType,
    Scale,
)
from services.survey.domain.refusals import QuestionnaireInvalid
from services.survey.domain.soundness import check

TEXT = {"zh": "问题", "en": "question"}
YES_NO = (Choice("yes", TEXT), Choice("no", TEXT))


def make_question(id_: str = "attitude", type_: QuestionType = QuestionType.RATING, **overrides: Any) -> Question:
    scales = {QuestionType.RATING: CSI_SCALE, QuestionType.NPS: NPS_SCALE, QuestionType.DISCONFIRMATION: Scale(-2, 2)}
    chooses = type_ in {QuestionType.SINGLE, QuestionType.MULTI, QuestionType.MATRIX}
    rows = (Choice("sofa", TEXT), Choice("tea", TEXT)) if type_ is QuestionType.MATRIX else ()
    question = Question(
        id_, type_, TEXT, scale=scales.get(type_), choices=YES_NO if chooses else (), rows=rows
    )  # fmt: skip
    return replace(question, **overrides)


def factor(id_: str, weight: int | str = 1, **overrides: Any) -> Question:
    return make_question(id_, metric=Metric(MetricRole.CSI_FACTOR, Fraction(weight)), **overrides)


def expectation(id_: str = "expectation", of: str | None = None) -> Question:
    return make_question(id_, metric=Metric(MetricRole.EXPECTATION, of=of))


def recommendation() -> Question:
    return make_question("recommend", QuestionType.NPS, metric=Metric(MetricRole.RECOMMENDATION))


def make_questionnaire(*questions: Question, **overrides: Any) -> Questionnaire:
    return replace(Questionnaire(TEXT, ("zh", "en"), questions or (make_question(),)), **overrides)


def people_with_means(means: Sequence[str], names: Sequence[str], n: int = 10) -> list[dict[str, int]]:
    """`n` people whose ratings have exactly these means."""
    people: list[dict[str, int]] = [{} for _ in range(n)]
    for name, mean in zip(names, means, strict=True):
        total = Fraction(mean) * n
        assert total.denominator == 1
        low, extra = divmod(int(total), n)
        for index, person in enumerate(people):
            person[name] = low + (index < extra)
    return people


def faults_of(questionnaire: Questionnaire, published: Questionnaire | None = None) -> list[tuple[str, str]]:
    """Place and code of each; none of a sound one."""
    try:
        check(questionnaire, published)
    except QuestionnaireInvalid as refused:
        return [(error["pointer"], error["code"]) for error in refused.errors]
    return []
