"""Reading answers: the route is computed again from the answers, and each one is checked by its question."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.survey.domain.conditions import holds, is_date
from services.survey.domain.questionnaire import Question, Questionnaire, QuestionType
from services.survey.domain.refusals import AnswersRefused, field_error

Answers = dict[str, Any]
Fault = tuple[str, str]
Check = Callable[[object], Fault | None]
TEXT_LIMIT = 2000


@dataclass(frozen=True)
class AnswerSheet:
    """A questionnaire compiled once for many answers: a check per question, ready to run."""

    questionnaire: Questionnaire
    checks: Mapping[str, Check] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "checks", {q.id: _CHECKS[q.type](q) for q in self.questionnaire.questions})

    def read(self, given: Mapping[str, Any]) -> Answers:
        """The answers in route order; null and blank ones are questions that were not answered."""
        answers = {name: value for name, value in given.items() if not is_blank(value)}
        faults = [*self._unknown(answers)]
        checked: Answers = {}
        for question in self.questionnaire.questions:
            faults += self._take(question, answers, checked)
        if not faults and not checked:
            faults.append(field_error("/answers", "no-answers", "nothing was answered"))
        if faults:
            raise AnswersRefused(f"{len(faults)} answers are refused", faults)
        return checked

    def _unknown(self, answers: Answers) -> list[dict[str, str]]:
        return [
            field_error(f"/answers/{name}", "unknown-question", f"the questionnaire does not ask {name}")
            for name in map(sayable, sorted(answers.keys() - self.checks.keys()))
        ]

    def _take(self, question: Question, answers: Answers, checked: Answers) -> list[dict[str, str]]:
        """Moves one answer to `checked`; what is off the route or wrong stays out, and later branches do not see it."""
        pointer = f"/answers/{question.id}"
        asked = question.visible_if is None or holds(question.visible_if, checked)
        if question.id not in answers:
            return [field_error(pointer, "required", "this is asked and must be answered")] * (
                asked and question.required
            )
        if not asked:
            return [field_error(pointer, "off-route", "with the earlier answers this question is not asked")]
        fault = self.checks[question.id](answers[question.id])
        if fault is not None:
            return [field_error(pointer, *fault)]
        checked[question.id] = answers[question.id]
        return []


def is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], {})


def is_storable(text: str) -> bool:
    """PostgreSQL keeps no NUL, and half of a surrogate pair is no character."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def sayable(text: str) -> str:
    """What somebody sent, fit to be repeated to him."""
    return text.encode(errors="replace").decode()


def route(questionnaire: Questionnaire, answers: Mapping[str, Any]) -> tuple[str, ...]:
    """The questions that are asked, given the answers; an answer off the route opens no further branch."""
    visited: list[str] = []
    on_route: Answers = {}
    for question in questionnaire.questions:
        if question.visible_if is None or holds(question.visible_if, on_route):
            visited.append(question.id)
            if not is_blank(answers.get(question.id)):
                on_route[question.id] = answers[question.id]
    return tuple(visited)


def _number_check(question: Question) -> Check:
    if question.scale is None:
        raise ValueError(question.id)
    low, high = question.scale.minimum, question.scale.maximum
    outside = ("out-of-range", f"the answer is a whole number from {low} to {high}")

    def check(value: object) -> Fault | None:
        if type(value) is not int:
            return ("wrong-type", f"the answer is a whole number from {low} to {high}")
        return None if low <= value <= high else outside

    return check


def _single_check(question: Question) -> Check:
    codes = {choice.code for choice in question.choices}

    def check(value: object) -> Fault | None:
        if not isinstance(value, str):
            return ("wrong-type", "the answer is the code of a choice")
        return None if value in codes else ("unknown-choice", "the code is not among the choices")

    return check


def _multi_check(question: Question) -> Check:
    codes = {choice.code for choice in question.choices}

    def check(value: object) -> Fault | None:
        if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
            return ("wrong-type", "the answer is a list of codes")
        if len(set(value)) != len(value):
            return ("repeated-choice", "a choice is ticked once")
        return None if codes.issuperset(value) else ("unknown-choice", "a code is not among the choices")

    return check


def _matrix_check(question: Question) -> Check:
    rows = {row.code for row in question.rows}
    codes = {choice.code for choice in question.choices}

    def check(value: object) -> Fault | None:
        if not isinstance(value, dict) or not all(isinstance(code, str) for code in value.values()):
            return ("wrong-type", "the answer gives a code for each row")
        if not rows.issuperset(value):
            return ("unknown-row", "a code is not among the rows")
        return None if codes.issuperset(value.values()) else ("unknown-choice", "a code is not among the choices")

    return check


def _text_check(question: Question) -> Check:
    limit = question.max_length or TEXT_LIMIT

    def check(value: object) -> Fault | None:
        if not isinstance(value, str):
            return ("wrong-type", "the answer is text")
        if not is_storable(value):
            return ("not-storable", "the text holds a character that no text has")
        return None if len(value) <= limit else ("too-long", f"at most {limit} characters")

    return check


def _consent_check(_question: Question) -> Check:
    return lambda value: None if isinstance(value, bool) else ("wrong-type", "consent is true or false")


def _date_check(_question: Question) -> Check:
    return lambda value: None if is_date(value) else ("invalid-date", "a date is YYYY-MM-DD")


_CHECKS: Mapping[QuestionType, Callable[[Question], Check]] = {
    QuestionType.RATING: _number_check,
    QuestionType.NPS: _number_check,
    QuestionType.DISCONFIRMATION: _number_check,
    QuestionType.SINGLE: _single_check,
    QuestionType.MULTI: _multi_check,
    QuestionType.MATRIX: _matrix_check,
    QuestionType.TEXT: _text_check,
    QuestionType.CONSENT: _consent_check,
    QuestionType.DATE: _date_check,
}
