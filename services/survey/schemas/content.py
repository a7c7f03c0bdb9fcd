"""The JSON form of a questionnaire, strict in every field, and its translation into the domain's."""

from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StrictBool, StrictInt, StrictStr, StringConstraints

from chassis.representation import ExactDecimal, RequestBody
from services.survey.domain.conditions import All, AnyOf, Comparison, Condition, Not, Operator
from services.survey.domain.questionnaire import (
    Choice,
    Metric,
    MetricRole,
    Question,
    Questionnaire,
    QuestionType,
    Scale,
    Text,
)
from services.survey.domain.refusals import QuestionnaireInvalid, field_error

DEEPEST_CONDITION = 6
Language = Literal["zh", "en"]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]
Texts = dict[Language, Annotated[str, StringConstraints(min_length=1, max_length=500)]]
Scalar = StrictBool | StrictInt | StrictStr
Bound = Annotated[int, Field(strict=True, ge=-100, le=100)]


class ComparisonContent(RequestBody):
    question: Identifier
    op: Operator
    value: Scalar | list[Scalar] | None = None


class AllContent(RequestBody):
    all: list["ConditionContent"] = Field(min_length=1, max_length=20)


class AnyContent(RequestBody):
    any: list["ConditionContent"] = Field(min_length=1, max_length=20)


class NotContent(RequestBody):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    negated: "ConditionContent" = Field(alias="not")


ConditionContent = ComparisonContent | AllContent | AnyContent | NotContent


class MetricContent(RequestBody):
    role: MetricRole = MetricRole.NONE
    weight: ExactDecimal | None = None
    of: Identifier | None = None


class ChoiceContent(RequestBody):
    code: Code
    text: Texts


class QuestionContent(RequestBody):
    id: Identifier
    text: Texts
    required: StrictBool = False
    metric: MetricContent = MetricContent()
    visible_if: ConditionContent | None = None
    contact_point: Code | None = None


class RatingContent(QuestionContent):
    type: Literal["rating"]
    minimum: Bound = 1
    maximum: Bound = 10


class NpsContent(QuestionContent):
    type: Literal["nps"]
    minimum: Literal[0] = 0
    maximum: Literal[10] = 10


class DisconfirmationContent(QuestionContent):
    """From "fell short" (below zero) over "as expected" (zero) to "exceeded"."""

    type: Literal["disconfirmation"]
    minimum: Bound = -2
    maximum: Bound = 2


class SingleContent(QuestionContent):
    type: Literal["single"]
    choices: list[ChoiceContent] = Field(min_length=1, max_length=100)


class MultiContent(QuestionContent):
    type: Literal["multi"]
    choices: list[ChoiceContent] = Field(min_length=1, max_length=100)


class MatrixContent(QuestionContent):
    type: Literal["matrix"]
    rows: list[ChoiceContent] = Field(min_length=1, max_length=50)
    choices: list[ChoiceContent] = Field(min_length=1, max_length=20)


class TextContent(QuestionContent):
    type: Literal["text"]
    max_length: Annotated[int, Field(strict=True, ge=1, le=10000)] = 2000


class ConsentContent(QuestionContent):
    type: Literal["consent"]


class DateContent(QuestionContent):
    type: Literal["date"]


AnyQuestion = Annotated[
    RatingContent
    | NpsContent
    | DisconfirmationContent
    | SingleContent
    | MultiContent
    | MatrixContent
    | TextContent
    | ConsentContent
    | DateContent,
    Field(discriminator="type"),
]


class QuestionnaireContent(RequestBody):
    title: Texts
    languages: list[Language] = Field(min_length=1, max_length=2)
    contact_points: list[ChoiceContent] = Field(default=[], max_length=50)
    questions: list[AnyQuestion] = Field(min_length=1, max_length=100)


def plain_content(content: QuestionnaireContent) -> dict[str, Any]:
    """What is stored, hashed and shown."""
    plain: dict[str, Any] = content.model_dump(mode="json", by_alias=True, exclude_none=True)
    return plain


def questionnaire_of(content: QuestionnaireContent) -> Questionnaire:
    return Questionnaire(
        title=_text(content.title),
        languages=tuple(content.languages),
        questions=tuple(_question(question, index) for index, question in enumerate(content.questions)),
        contact_points=_choices(content.contact_points),
    )


def _question(content: AnyQuestion, index: int) -> Question:
    shown_if = content.visible_if
    low, high = getattr(content, "minimum", None), getattr(content, "maximum", None)
    return Question(
        id=content.id,
        type=QuestionType(content.type),
        text=_text(content.text),
        required=content.required,
        scale=None if low is None or high is None else Scale(low, high),
        choices=_choices(getattr(content, "choices", [])),
        rows=_choices(getattr(content, "rows", [])),
        max_length=getattr(content, "max_length", None),
        metric=Metric(content.metric.role, Fraction(content.metric.weight or 0), content.metric.of),
        visible_if=None if shown_if is None else _condition(shown_if, f"/questions/{index}/visible_if", 1),
        contact_point=content.contact_point,
    )


def _text(texts: Texts) -> Text:
    return {str(language): text for language, text in texts.items()}


def _choices(contents: list[ChoiceContent]) -> tuple[Choice, ...]:
    return tuple(Choice(content.code, _text(content.text)) for content in contents)


def _condition(content: ConditionContent, pointer: str, depth: int) -> Condition:
    if depth > DEEPEST_CONDITION:
        deep = field_error(pointer, "too-deep", f"conditions nest at most {DEEPEST_CONDITION} deep")
        raise QuestionnaireInvalid("a condition nests too deeply", [deep])
    match content:
        case AllContent():
            return All(tuple(_condition(part, pointer, depth + 1) for part in content.all))
        case AnyContent():
            return AnyOf(tuple(_condition(part, pointer, depth + 1) for part in content.any))
        case NotContent():
            return Not(_condition(content.negated, pointer, depth + 1))
        case ComparisonContent():
            value = tuple(content.value) if isinstance(content.value, list) else content.value
            return Comparison(content.question, content.op, value)
