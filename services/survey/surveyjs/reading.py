"""A SurveyJS document as our questionnaire; whatever lies outside the subset is named, nothing is dropped silently."""

from typing import Any

from pydantic import ValidationError

from services.survey.domain.answers import sayable
from services.survey.domain.refusals import SurveyjsUnsupported, field_error
from services.survey.schemas.content import QuestionnaireContent
from services.survey.surveyjs.expressions import ExpressionUnreadable, read_expression
from services.survey.surveyjs.words import LANGUAGES, TYPES

_TOP = {"title", "locale", "pages", "contactPoints"}
_PAGE = {"name", "elements"}
_COMMON = {"type", "name", "title", "isRequired", "visibleIf", "metric", "contactPoint", "questionType"}
_OWN = {
    "rating": {"rateMin", "rateMax"},
    "radiogroup": {"choices"},
    "checkbox": {"choices"},
    "matrix": {"rows", "columns"},
    "comment": {"maxLength"},
    "boolean": set[str](),
    "text": {"inputType"},
}
_RENAMED = {"rateMin": "minimum", "rateMax": "maximum", "maxLength": "max_length"}


class _Reader:
    def __init__(self) -> None:
        self.faults: list[dict[str, str]] = []

    def questionnaire(self, document: dict[str, Any]) -> dict[str, Any]:
        self._only(document, _TOP, "")
        questions = []
        for number, page in enumerate(self._objects(document.get("pages"), "/pages")):
            self._only(page, _PAGE, f"/pages/{number}")
            for place, element in enumerate(self._objects(page.get("elements"), f"/pages/{number}/elements")):
                questions.append(self._question(element, f"/pages/{number}/elements/{place}"))
        title = self._texts(document.get("title"), "/title")
        return {
            "title": title,
            "languages": [language for language in ("zh", "en") if language in title],
            "contact_points": self._choices(document.get("contactPoints"), "/contactPoints"),
            "questions": questions,
        }

    def _question(self, element: dict[str, Any], pointer: str) -> dict[str, Any]:
        kind = str(element.get("type"))
        if kind not in TYPES or (kind == "text" and element.get("inputType") != "date"):
            self.fault(f"{pointer}/type", "unsupported-element", f"{kind} is none of {', '.join(sorted(TYPES))}")
            return {}
        self._only(element, _COMMON | _OWN[kind], pointer)
        question: dict[str, Any] = {
            "id": element.get("name"),
            "type": element.get("questionType", TYPES[kind]),
            "text": self._texts(element.get("title"), f"{pointer}/title"),
            "required": element.get("isRequired", False),
        }
        if "visibleIf" in element:
            question["visible_if"] = self._condition(element["visibleIf"], f"{pointer}/visibleIf")
        same = {"metric": "metric", "contactPoint": "contact_point", **_RENAMED}
        question |= {ours: element[theirs] for theirs, ours in same.items() if theirs in element}
        lists = {"rows": "rows", "columns": "choices", "choices": "choices"}
        for theirs, ours in lists.items():
            if theirs in element:
                question[ours] = self._choices(element[theirs], f"{pointer}/{theirs}")
        return question

    def _condition(self, source: object, pointer: str) -> object:
        try:
            return read_expression(str(source))
        except ExpressionUnreadable as error:
            self.fault(pointer, "unsupported-expression", str(error))
            return None

    def _texts(self, texts: object, pointer: str) -> dict[str, Any]:
        if not isinstance(texts, dict):
            self.fault(pointer, "locale-missing", "texts are objects by locale: zh-cn, en")
            return {}
        for locale in texts.keys() - LANGUAGES.keys() - {"default"}:
            self.fault(f"{pointer}/{locale}", "unsupported-locale", "the locales are zh-cn and en")
        return {language: texts[locale] for locale, language in LANGUAGES.items() if locale in texts}

    def _choices(self, choices: object, pointer: str) -> list[dict[str, Any]]:
        return [
            {"code": choice.get("value"), "text": self._texts(choice.get("text"), f"{pointer}/{index}/text")}
            for index, choice in enumerate(self._objects(choices, pointer))
        ]

    def _objects(self, value: object, pointer: str) -> list[dict[str, Any]]:
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.fault(pointer, "unsupported-value", "this is a list of objects")
            return []
        return value

    def _only(self, given: dict[str, Any], known: set[str], pointer: str) -> None:
        for name in sorted(given.keys() - known):
            self.fault(f"{pointer}/{name}", "unsupported-property", f"{name} is outside the subset")

    def fault(self, pointer: str, code: str, detail: str) -> None:
        self.faults.append(field_error(sayable(f"/surveyjs{pointer}"), code, sayable(detail)))


def read_surveyjs(document: dict[str, Any]) -> QuestionnaireContent:
    """Raises SurveyjsUnsupported with every place that is outside the subset or does not fit."""
    reader = _Reader()
    plain = reader.questionnaire(document)
    if not reader.faults:
        try:
            return QuestionnaireContent.model_validate(plain)
        except ValidationError as error:
            for fault in error.errors():
                reader.fault("/" + "/".join(map(str, fault["loc"])), fault["type"], fault["msg"])
    raise SurveyjsUnsupported(f"{len(reader.faults)} places", reader.faults)
