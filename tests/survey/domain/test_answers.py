from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.survey.domain.answers import AnswerSheet, route
from services.survey.domain.conditions import All, AnyOf, Comparison, Not, Operator
from services.survey.domain.questionnaire import QuestionType
from services.survey.domain.refusals import AnswersRefused
from tests.survey.domain.makers import factor, make_question, make_questionnaire, recommendation

EVERY_TYPE = make_questionnaire(
    factor("attitude"),
    recommendation(),
    make_question("promise", QuestionType.DISCONFIRMATION),
    make_question("again", QuestionType.SINGLE),
    make_question("seen", QuestionType.MULTI),
    make_question("rooms", QuestionType.MATRIX),
    make_question("comment", QuestionType.TEXT, max_length=5),
    make_question("may_call", QuestionType.CONSENT),
    make_question("visited_on", QuestionType.DATE),
)
BRANCHING = make_questionnaire(
    factor("attitude", required=True),
    make_question("why", QuestionType.SINGLE, visible_if=Comparison("attitude", Operator.AT_MOST, 6), required=True),
    make_question("details", QuestionType.TEXT, visible_if=Comparison("why", Operator.EQUAL, "yes")),
    recommendation(),
)


def faults(refused: AnswersRefused) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in refused.errors]


def test_one_good_answer_of_each_type_is_kept_as_codes() -> None:
    given_answers = {
        "attitude": 10, "recommend": 0, "promise": -2, "again": "yes", "seen": ["no", "yes"],
        "rooms": {"sofa": "yes"}, "comment": "还行", "may_call": False, "visited_on": "2026-09-06",
    }  # fmt: skip
    assert AnswerSheet(EVERY_TYPE).read(given_answers) == given_answers


@pytest.mark.parametrize(
    ("question", "value", "code"),
    [
        ("attitude", 11, "out-of-range"),
        ("attitude", 0, "out-of-range"),
        ("attitude", "9", "wrong-type"),
        ("attitude", 9.0, "wrong-type"),
        ("attitude", True, "wrong-type"),
        ("recommend", 11, "out-of-range"),
        ("promise", 3, "out-of-range"),
        ("again", "maybe", "unknown-choice"),
        ("again", 1, "wrong-type"),
        ("seen", "yes", "wrong-type"),
        ("seen", ["yes", "yes"], "repeated-choice"),
        ("seen", ["yes", "maybe"], "unknown-choice"),
        ("rooms", ["yes"], "wrong-type"),
        ("rooms", {"bed": "yes"}, "unknown-row"),
        ("rooms", {"tea": "maybe"}, "unknown-choice"),
        ("comment", 5, "wrong-type"),
        ("comment", "太长了太长了", "too-long"),
        ("comment", "a\0", "not-storable"),
        ("comment", "a\ud800", "not-storable"),
        ("visited_on", "2026-W01-1", "invalid-date"),
        ("may_call", "yes", "wrong-type"),
        ("visited_on", "2026-02-30", "invalid-date"),
        ("visited_on", "20260206", "invalid-date"),
        ("colour", "red", "unknown-question"),
    ],
)
def test_a_bad_answer_is_named_with_its_question(question: str, value: Any, code: str) -> None:
    with pytest.raises(AnswersRefused) as refused:
        AnswerSheet(EVERY_TYPE).read({question: value, "may_call": True} | {question: value})
    assert faults(refused.value) == [(f"/answers/{question}", code)]


def test_blank_answers_are_questions_not_answered() -> None:
    assert AnswerSheet(EVERY_TYPE).read({"attitude": 9, "comment": "  ", "seen": [], "recommend": None}) == {
        "attitude": 9
    }


def test_an_answer_sheet_without_answers_is_refused() -> None:
    with pytest.raises(AnswersRefused) as refused:
        AnswerSheet(EVERY_TYPE).read({"comment": ""})
    assert faults(refused.value) == [("/answers", "no-answers")]


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ({"attitude": 9}, ("attitude", "recommend")),
        ({"attitude": 6}, ("attitude", "why", "recommend")),
        ({"attitude": 6, "why": "yes"}, ("attitude", "why", "details", "recommend")),
        ({"attitude": 9, "why": "yes"}, ("attitude", "recommend")),
        ({}, ("attitude", "recommend")),
    ],
)
def test_the_route_follows_from_the_answers(answers: dict[str, Any], asked: tuple[str, ...]) -> None:
    assert route(BRANCHING, answers) == asked


def test_answers_off_the_route_are_refused_even_when_they_would_open_one() -> None:
    with pytest.raises(AnswersRefused) as refused:
        AnswerSheet(BRANCHING).read({"attitude": 9, "why": "yes", "details": "…"})
    assert faults(refused.value) == [("/answers/why", "off-route"), ("/answers/details", "off-route")]


def test_what_is_asked_and_required_must_be_answered_but_only_on_the_route() -> None:
    assert AnswerSheet(BRANCHING).read({"attitude": 7}) == {"attitude": 7}
    with pytest.raises(AnswersRefused) as refused:
        AnswerSheet(BRANCHING).read({"attitude": 5})
    assert faults(refused.value) == [("/answers/why", "required")]


LOW = Comparison("attitude", Operator.LESS, 5)


@pytest.mark.parametrize(
    ("condition", "answers", "shown"),
    [
        (LOW, {"attitude": 4}, True),
        (LOW, {"attitude": 5}, False),
        (LOW, {}, False),
        (Not(LOW), {}, True),
        (Comparison("attitude", Operator.MORE, 5), {"attitude": 6}, True),
        (Comparison("attitude", Operator.AT_LEAST, 6), {"attitude": 6}, True),
        (Comparison("attitude", Operator.NOT_EQUAL, 6), {"attitude": 6}, False),
        (Comparison("attitude", Operator.NOT_EQUAL, 6), {}, False),
        (Comparison("attitude", Operator.ONE_OF, (6, 7)), {"attitude": 7}, True),
        (Comparison("attitude", Operator.ANSWERED), {"attitude": 7}, True),
        (Comparison("seen", Operator.CONTAINS, "yes"), {"seen": ["no", "yes"]}, True),
        (All((LOW, Comparison("seen", Operator.ANSWERED))), {"attitude": 4}, False),
        (AnyOf((LOW, Comparison("seen", Operator.ANSWERED))), {"attitude": 4}, True),
    ],
)
def test_a_condition_decides_whether_a_question_is_asked(condition: Any, answers: dict[str, Any], shown: bool) -> None:
    questions = (
        make_question("attitude"),
        make_question("seen", QuestionType.MULTI),
        make_question("last", QuestionType.TEXT, visible_if=condition),
    )
    assert ("last" in route(make_questionnaire(*questions), answers)) is shown


ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "attitude": st.integers(-1, 12),
        "why": st.sampled_from(["yes", "no", "?"]),
        "details": st.text(max_size=4),
        "recommend": st.integers(0, 10),
        "other": st.just(1),
    },
)


@given(ANSWERS)
def test_whatever_is_taken_lies_on_the_route_and_reads_the_same_again(answers: dict[str, Any]) -> None:
    sheet = AnswerSheet(BRANCHING)
    try:
        taken = sheet.read(answers)
    except AnswersRefused:
        return
    assert set(taken) <= set(route(BRANCHING, taken))
    assert sheet.read(taken) == taken
