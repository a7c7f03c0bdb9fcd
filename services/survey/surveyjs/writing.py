"""Our questionnaire as a SurveyJS document."""

import json
from typing import Any

from services.survey.schemas.content import (
    AllContent,
    AnyContent,
    AnyQuestion,
    ChoiceContent,
    ComparisonContent,
    ConditionContent,
    MetricContent,
    NotContent,
    QuestionnaireContent,
    Texts,
)
from services.survey.surveyjs.words import ELEMENTS, LOCALES, OPERATORS, TYPES


def write_surveyjs(content: QuestionnaireContent) -> dict[str, Any]:
    document: dict[str, Any] = {
        "title": _texts(content.title),
        "locale": LOCALES[content.languages[0]],
        "pages": [{"name": "page1", "elements": [_element(question) for question in content.questions]}],
    }
    if content.contact_points:
        document["contactPoints"] = _choices(content.contact_points)
    return document


def _element(question: AnyQuestion) -> dict[str, Any]:
    kind = ELEMENTS[question.type]
    element: dict[str, Any] = {"type": kind, "name": question.id, "title": _texts(question.text)}
    if TYPES[kind] != question.type:
        element["questionType"] = question.type
    if question.required:
        element["isRequired"] = True
    if question.visible_if is not None:
        element["visibleIf"] = expression(question.visible_if)
    if question.metric != MetricContent():
        element["metric"] = question.metric.model_dump(mode="json", exclude_none=True)
    if question.contact_point is not None:
        element["contactPoint"] = question.contact_point
    return element | _details(question)


def _details(question: AnyQuestion) -> dict[str, Any]:
    match question.type:
        case "rating" | "nps" | "disconfirmation":
            return {"rateMin": question.minimum, "rateMax": question.maximum}
        case "single" | "multi":
            return {"choices": _choices(question.choices)}
        case "matrix":
            return {"rows": _choices(question.rows), "columns": _choices(question.choices)}
        case "text":
            return {"maxLength": question.max_length}
        case "date":
            return {"inputType": "date"}
    return {}


def _texts(texts: Texts) -> dict[str, str]:
    return {LOCALES[language]: text for language, text in texts.items()}


def _choices(choices: list[ChoiceContent]) -> list[dict[str, Any]]:
    return [{"value": choice.code, "text": _texts(choice.text)} for choice in choices]


def expression(condition: ConditionContent) -> str:
    match condition:
        case AllContent():
            return "(" + " and ".join(expression(part) for part in condition.all) + ")"
        case AnyContent():
            return "(" + " or ".join(expression(part) for part in condition.any) + ")"
        case NotContent():
            return f"!({expression(condition.negated)})"
        case ComparisonContent():
            return _comparison(condition)


def _comparison(condition: ComparisonContent) -> str:
    left = f"{{{condition.question}}} {OPERATORS[condition.op.value]}"
    return left if condition.op.value == "answered" else f"{left} {_literal(condition.value)}"


def _literal(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_literal(item) for item in value) + "]"
    return f"'{value}'" if isinstance(value, str) else json.dumps(value)
