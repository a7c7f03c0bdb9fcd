from typing import Any

import pytest

from services.survey.domain.refusals import SurveyjsUnsupported
from services.survey.schemas.content import QuestionnaireContent, questionnaire_of
from services.survey.surveyjs import read_surveyjs, write_surveyjs
from services.survey.surveyjs.expressions import ExpressionUnreadable, read_expression
from services.survey.surveyjs.writing import expression
from services.survey.templates import template, template_codes
from tests.survey.caller import content_of, rating, texts
from tests.survey.domain.makers import faults_of

CHOICES = [{"code": "a", "text": texts("a")}, {"code": "b", "text": texts("b")}]
EVERY_TYPE = content_of(
    rating("skill", 2),
    {"id": "n", "type": "nps", "text": texts("n"), "metric": {"role": "recommendation"}},
    {"id": "d", "type": "disconfirmation", "text": texts("d")},
    {"id": "s", "type": "single", "text": texts("s"), "choices": CHOICES, "required": True},
    {"id": "m", "type": "multi", "text": texts("m"), "choices": CHOICES},
    {"id": "x", "type": "matrix", "text": texts("x"), "choices": CHOICES, "rows": CHOICES},
    {"id": "c", "type": "consent", "text": texts("c"), "visible_if": {"question": "m", "op": "contains", "value": "a"}},
    {"id": "t", "type": "text", "text": texts("t"), "max_length": 10},
    {"id": "day", "type": "date", "text": texts("day"), "visible_if": {"question": "c", "op": "eq", "value": True}},
)


@pytest.mark.parametrize("code", template_codes())
def test_every_shipped_questionnaire_is_sound(code: str) -> None:
    assert faults_of(questionnaire_of(template(code))) == []


@pytest.mark.parametrize("content", [EVERY_TYPE, *(template(code) for code in template_codes())])
def test_what_is_written_is_read_back_the_same(content: Any) -> None:
    questionnaire = QuestionnaireContent.model_validate(content)
    assert read_surveyjs(write_surveyjs(questionnaire)) == questionnaire


@pytest.mark.parametrize(
    ("source", "condition"),
    [
        ("{a} = 1", {"question": "a", "op": "eq", "value": 1}),
        ("{a} == 'x y'", {"question": "a", "op": "eq", "value": "x y"}),
        ("{a} != true", {"question": "a", "op": "ne", "value": True}),
        ("{a} NotEmpty", {"question": "a", "op": "answered"}),
        ("{a} anyof [1, 2]", {"question": "a", "op": "in", "value": [1, 2]}),
        (
            "{a} < -1 and ({b} >= 2 or not ({c} contains 'x'))",
            {
                "all": [
                    {"question": "a", "op": "lt", "value": -1},
                    {
                        "any": [
                            {"question": "b", "op": "gte", "value": 2},
                            {"not": {"question": "c", "op": "contains", "value": "x"}},
                        ]
                    },
                ]
            },
        ),
    ],
)
def test_a_condition_is_read_and_written(source: str, condition: dict[str, Any]) -> None:
    assert read_expression(source) == condition
    question = {"id": "q", "type": "consent", "text": texts("q"), "visible_if": condition}
    content = QuestionnaireContent.model_validate(content_of(question)).questions[0].visible_if
    assert content is not None
    assert read_expression(expression(content)) == condition


@pytest.mark.parametrize("source", ["{a} =", "a = 1", "{a} + 1 = 2", "iif({a} > 1, 2, 3)", "{a} = 1" * 400, "(" * 900])
def test_an_expression_outside_the_subset_is_refused(source: str) -> None:
    with pytest.raises(ExpressionUnreadable):
        read_expression(source)


def document(**element: Any) -> dict[str, Any]:
    base = {"type": "rating", "name": "skill", "title": {"en": "Skill"}}
    return {"title": {"en": "t"}, "pages": [{"name": "p", "elements": [base | element]}]}


@pytest.mark.parametrize(
    ("source", "pointer", "code"),
    [
        (document(type="text"), "/pages/0/elements/0/type", "unsupported-element"),
        (document(rateValues=[1]), "/pages/0/elements/0/rateValues", "unsupported-property"),
        (document(visibleIf="today() > 1"), "/pages/0/elements/0/visibleIf", "unsupported-expression"),
        (document(title="Skill"), "/pages/0/elements/0/title", "locale-missing"),
        (document(title={"en": "Skill", "fr": "Habileté"}), "/pages/0/elements/0/title/fr", "unsupported-locale"),
        (document(type="radiogroup", choices=["a"]), "/pages/0/elements/0/choices", "unsupported-value"),
        (document(rateMax="ten"), "/questions/0/rating/maximum", "int_type"),
        (document() | {"triggers": []}, "/triggers", "unsupported-property"),
    ],
)
def test_nothing_of_a_surveyjs_document_is_dropped_silently(source: dict[str, Any], pointer: str, code: str) -> None:
    with pytest.raises(SurveyjsUnsupported) as refused:
        read_surveyjs(source)
    assert [(e["pointer"], e["code"]) for e in refused.value.errors] == [(f"/surveyjs{pointer}", code)]
