"""What makes a questionnaire sound: checked before anything is stored, every fault named with its place."""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain

from services.survey.domain.conditions import ORDERING, Comparison, Operator, comparisons, is_date
from services.survey.domain.questionnaire import (
    CHOOSING,
    CSI_SCALE,
    IDENTIFIER,
    NPS_SCALE,
    NUMERIC,
    Choice,
    MetricRole,
    Question,
    Questionnaire,
    QuestionType,
    Text,
)
from services.survey.domain.refusals import QuestionnaireInvalid, field_error

Faults = Iterator[dict[str, str]]


def check(questionnaire: Questionnaire, published: Questionnaire | None = None) -> None:
    """`published` is the newest published version: a question that keeps its id keeps its meaning."""
    faults = [*_whole_faults(questionnaire)]
    for index, question in enumerate(questionnaire.questions):
        pointer = f"/questions/{index}"
        for rule in _QUESTION_RULES:
            faults += rule(questionnaire, question, pointer)
        faults += _branching_faults(questionnaire, index)
        if published is not None:
            faults += _meaning_faults(published.by_id, question, pointer)
    if faults:
        raise QuestionnaireInvalid(f"{len(faults)} faults", faults)


def _whole_faults(questionnaire: Questionnaire) -> Faults:
    yield from _text_faults(questionnaire, questionnaire.title, "/title")
    yield from _code_faults(questionnaire, questionnaire.contact_points, "/contact_points")
    if not questionnaire.questions:
        yield field_error("/questions", "empty", "a questionnaire asks at least one question")
    ids = [question.id for question in questionnaire.questions]
    for index, name in enumerate(ids):
        if name in ids[:index]:
            yield field_error(f"/questions/{index}/id", "repeated", f"question id {name} is used twice")
    if len([*questionnaire.of_role(MetricRole.RECOMMENDATION)]) > 1:
        yield field_error("/questions", "recommendation-repeated", "one question measures the recommendation")
    about = [question.metric.of for question in questionnaire.of_role(MetricRole.EXPECTATION)]
    if len(about) != len(set(about)):
        yield field_error("/questions", "expectation-repeated", "one expectation per factor, and one overall")


def _text_faults(questionnaire: Questionnaire, text: Text, pointer: str) -> Faults:
    for language in questionnaire.languages:
        if not text.get(language, "").strip():
            yield field_error(f"{pointer}/{language}", "text-missing", f"there is no text in {language}")


def _code_faults(questionnaire: Questionnaire, choices: tuple[Choice, ...], pointer: str) -> Faults:
    seen: set[str] = set()
    for index, choice in enumerate(choices):
        if choice.code in seen:
            yield field_error(f"{pointer}/{index}/code", "repeated", f"code {choice.code} is used twice")
        seen.add(choice.code)
        yield from _text_faults(questionnaire, choice.text, f"{pointer}/{index}/text")


def _identity_faults(questionnaire: Questionnaire, question: Question, pointer: str) -> Faults:
    if not IDENTIFIER.match(question.id):
        yield field_error(f"{pointer}/id", "identifier", "lower-case letters, digits and _, at most 40, a letter first")
    yield from _text_faults(questionnaire, question.text, f"{pointer}/text")
    points = {point.code for point in questionnaire.contact_points}
    if question.contact_point is not None and question.contact_point not in points:
        yield field_error(f"{pointer}/contact_point", "contact-point-unknown", "it is not among the contact points")


def _shape_faults(questionnaire: Questionnaire, question: Question, pointer: str) -> Faults:
    scale = question.scale
    if question.type in NUMERIC and (scale is None or scale.minimum >= scale.maximum):
        yield field_error(f"{pointer}/minimum", "scale-empty", "the minimum is below the maximum")
    if question.type is QuestionType.NPS and scale != NPS_SCALE:
        yield field_error(f"{pointer}/minimum", "nps-scale", "recommendation is asked on 0 to 10")
    if question.type in CHOOSING and not question.choices:
        yield field_error(f"{pointer}/choices", "empty", "there is nothing to choose from")
    if question.type is QuestionType.MATRIX and not question.rows:
        yield field_error(f"{pointer}/rows", "empty", "a matrix has rows")
    yield from _code_faults(questionnaire, question.choices, f"{pointer}/choices")
    yield from _code_faults(questionnaire, question.rows, f"{pointer}/rows")


def _metric_faults(questionnaire: Questionnaire, question: Question, pointer: str) -> Faults:
    metric, place = question.metric, f"{pointer}/metric"
    measures = metric.role in {MetricRole.CSI_FACTOR, MetricRole.EXPECTATION}
    if measures and (question.type is not QuestionType.RATING or question.scale != CSI_SCALE):
        yield field_error(f"{place}/role", "scale", "factors and expectations are ratings from 1 to 10")
    if metric.role is MetricRole.RECOMMENDATION and question.type is not QuestionType.NPS:
        yield field_error(f"{place}/role", "scale", "recommendation is measured by an nps question")
    if metric.role is MetricRole.CSI_FACTOR and metric.weight <= 0:
        yield field_error(f"{place}/weight", "weight-not-positive", "the weight of a factor is above zero")
    if metric.role is not MetricRole.CSI_FACTOR and metric.weight:
        yield field_error(f"{place}/weight", "weight-unused", "only a csi factor has a weight")
    if metric.of is not None and metric.role is not MetricRole.EXPECTATION:
        yield field_error(f"{place}/of", "of-unused", "only an expectation is about a factor")
    elif metric.of is not None and metric.of not in {factor.id for factor in questionnaire.factors}:
        yield field_error(f"{place}/of", "factor-unknown", f"{metric.of} is not a csi factor")


Rule = Callable[[Questionnaire, Question, str], Faults]
_QUESTION_RULES: tuple[Rule, ...] = (_identity_faults, _shape_faults, _metric_faults)


def _branching_faults(questionnaire: Questionnaire, index: int) -> Faults:
    condition = questionnaire.questions[index].visible_if
    if condition is None:
        return
    earlier = {question.id: question for question in questionnaire.questions[:index]}
    pointer = f"/questions/{index}/visible_if"
    for comparison in comparisons(condition):
        asked = earlier.get(comparison.question)
        if asked is None:
            yield field_error(pointer, "not-backwards", f"{comparison.question} is not asked before this question")
        elif not _is_comparable(comparison, asked):
            yield field_error(pointer, "value", f"{comparison.question} is never {comparison.operator} that value")


def _is_comparable(comparison: Comparison, asked: Question) -> bool:
    operator, value = comparison.operator, comparison.value
    if operator is Operator.ANSWERED:
        return value is None
    if asked.type in {QuestionType.MATRIX, QuestionType.TEXT}:
        return False
    if (operator is Operator.CONTAINS) != (asked.type is QuestionType.MULTI):
        return False
    if operator is Operator.ONE_OF:
        return isinstance(value, tuple) and bool(value) and all(_is_answer(asked, item) for item in value)
    if operator in ORDERING and asked.type not in {*NUMERIC, QuestionType.DATE}:
        return False
    return _is_answer(asked, value)


def _is_answer(asked: Question, value: object) -> bool:
    if asked.scale is not None:
        return type(value) is int and asked.scale.minimum <= value <= asked.scale.maximum
    if asked.type is QuestionType.CONSENT:
        return isinstance(value, bool)
    if asked.type is QuestionType.DATE:
        return is_date(value)
    return value in {choice.code for choice in asked.choices}


def _meaning_faults(published: Mapping[str, Question], question: Question, pointer: str) -> Faults:
    before = published.get(question.id)
    if before is None:
        return
    if (before.type, before.scale) != (question.type, question.scale):
        yield field_error(f"{pointer}/type", "meaning-changed", f"{question.id} was published as something else")
    codes = {choice.code for choice in chain(question.choices, question.rows)}
    gone = [choice.code for choice in chain(before.choices, before.rows) if choice.code not in codes]
    if gone:
        yield field_error(f"{pointer}/choices", "code-removed", f"published codes are gone: {', '.join(gone)}")
