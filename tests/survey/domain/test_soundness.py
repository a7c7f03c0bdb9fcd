from dataclasses import replace
from fractions import Fraction

import pytest

from services.survey.domain.conditions import All, AnyOf, Comparison, Not, Operator
from services.survey.domain.questionnaire import (
    Choice,
    Metric,
    MetricRole,
    Question,
    Questionnaire,
    QuestionType,
    Scale,
    content_hash,
)
from tests.survey.domain.makers import (
    TEXT,
    expectation,
    factor,
    faults_of,
    make_question,
    make_questionnaire,
    recommendation,
)

SINGLE, MULTI, MATRIX = QuestionType.SINGLE, QuestionType.MULTI, QuestionType.MATRIX


def nested(comparison: Comparison) -> Not:
    return Not(All((AnyOf((comparison,)),)))


def branching(asked: Question, condition: Comparison) -> Questionnaire:
    return make_questionnaire(asked, make_question("last", visible_if=condition))


def test_a_questionnaire_with_every_type_is_sound() -> None:
    questions = [make_question(f"q_{kind}", kind) for kind in QuestionType]
    asked = make_questionnaire(factor("attitude"), expectation(), expectation("wish", "attitude"), *questions)
    assert faults_of(asked) == faults_of(make_questionnaire(recommendation())) == []


@pytest.mark.parametrize(
    ("question", "pointer", "code"),
    [
        (make_question("Attitude"), "/id", "identifier"),
        (make_question(text={"zh": "只有中文"}), "/text/en", "text-missing"),
        (make_question(contact_point="guard"), "/contact_point", "contact-point-unknown"),
        (make_question(scale=Scale(5, 5)), "/minimum", "scale-empty"),
        (make_question("n", QuestionType.NPS, scale=Scale(1, 10)), "/minimum", "nps-scale"),
        (make_question("s", SINGLE, choices=()), "/choices", "empty"),
        (make_question("s", SINGLE, choices=(Choice("a", TEXT), Choice("a", TEXT))), "/choices/1/code", "repeated"),
        (make_question("m", MATRIX, rows=()), "/rows", "empty"),
        (factor("attitude", scale=Scale(1, 5)), "/metric/role", "scale"),
        (factor("attitude", weight=0), "/metric/weight", "weight-not-positive"),
        (make_question(metric=Metric(MetricRole.NONE, Fraction(1))), "/metric/weight", "weight-unused"),
        (make_question(metric=Metric(MetricRole.RECOMMENDATION)), "/metric/role", "scale"),
        (make_question(metric=Metric(MetricRole.NONE, of="skill")), "/metric/of", "of-unused"),
        (expectation(of="skill"), "/metric/of", "factor-unknown"),
    ],
)
def test_a_fault_of_a_question_is_named_with_its_place(question: Question, pointer: str, code: str) -> None:
    assert faults_of(make_questionnaire(question)) == [(f"/questions/0{pointer}", code)]


@pytest.mark.parametrize(
    ("questionnaire", "fault"),
    [
        (make_questionnaire(make_question(), make_question()), ("/questions/1/id", "repeated")),
        (replace(make_questionnaire(), questions=()), ("/questions", "empty")),
        (
            make_questionnaire(recommendation(), replace(recommendation(), id="again")),
            ("/questions", "recommendation-repeated"),
        ),
        (make_questionnaire(expectation(), expectation("twice")), ("/questions", "expectation-repeated")),
        (make_questionnaire(title={"zh": "标题"}), ("/title/en", "text-missing")),
    ],
)
def test_a_fault_of_the_whole_is_named(questionnaire: Questionnaire, fault: tuple[str, str]) -> None:
    assert faults_of(questionnaire) == [fault]


@pytest.mark.parametrize("asked", ["last", "later", "nowhere"])
def test_branching_points_backwards_only(asked: str) -> None:
    condition = nested(Comparison(asked, Operator.ANSWERED))
    questions = (make_question("first"), make_question("last", visible_if=condition), make_question("later"))
    assert faults_of(make_questionnaire(*questions)) == [("/questions/1/visible_if", "not-backwards")]


@pytest.mark.parametrize(
    ("asked", "operator", "value"),
    [
        (make_question("q"), Operator.LESS, 11),
        (make_question("q"), Operator.EQUAL, "9"),
        (make_question("q"), Operator.EQUAL, True),
        (make_question("q"), Operator.CONTAINS, 9),
        (make_question("q"), Operator.ANSWERED, 9),
        (make_question("q"), Operator.ONE_OF, ()),
        (make_question("q"), Operator.ONE_OF, 9),
        (make_question("q", SINGLE), Operator.LESS, "yes"),
        (make_question("q", SINGLE), Operator.EQUAL, "maybe"),
        (make_question("q", MULTI), Operator.EQUAL, "yes"),
        (make_question("q", MATRIX), Operator.EQUAL, "yes"),
        (make_question("q", QuestionType.TEXT), Operator.EQUAL, "yes"),
        (make_question("q", QuestionType.CONSENT), Operator.EQUAL, "yes"),
        (make_question("q", QuestionType.DATE), Operator.LESS, "yesterday"),
    ],
)
def test_a_condition_that_can_never_hold_is_a_fault(asked: Question, operator: Operator, value: object) -> None:
    assert faults_of(branching(asked, Comparison("q", operator, value))) == [("/questions/1/visible_if", "value")]


@pytest.mark.parametrize(
    ("asked", "operator", "value"),
    [
        (make_question("q"), Operator.ONE_OF, (1, 2)),
        (make_question("q", MULTI), Operator.CONTAINS, "yes"),
        (make_question("q", MATRIX), Operator.ANSWERED, None),
        (make_question("q", QuestionType.CONSENT), Operator.EQUAL, True),
        (make_question("q", QuestionType.DATE), Operator.AT_LEAST, "2026-09-01"),
    ],
)
def test_a_condition_on_an_earlier_answer_is_sound(asked: Question, operator: Operator, value: object) -> None:
    assert faults_of(branching(asked, Comparison("q", operator, value))) == []


def test_a_question_that_keeps_its_id_keeps_its_meaning() -> None:
    published = make_questionnaire(make_question("scale"), make_question("pick", SINGLE), make_question("gone"))
    draft = make_questionnaire(
        make_question("scale", scale=Scale(1, 5)),
        make_question("pick", SINGLE, choices=(Choice("yes", TEXT),)),
        make_question("new"),
    )
    assert faults_of(draft, published) == [
        ("/questions/0/type", "meaning-changed"),
        ("/questions/1/choices", "code-removed"),
    ]


def test_the_content_hash_knows_content_and_not_its_order() -> None:
    assert content_hash({"a": 1, "b": "客"}) == content_hash({"b": "客", "a": 1})
    assert content_hash({"a": 1}) != content_hash({"a": 2})
    assert content_hash({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_the_expectation_of_a_factor_is_its_own_or_else_the_overall_one() -> None:
    questionnaire = make_questionnaire(
        factor("attitude"), factor("skill"), expectation(), expectation("skill_wish", "skill")
    )
    assert {name: wish.id for name, wish in questionnaire.expectations.items()} == {
        "attitude": "expectation",
        "skill": "skill_wish",
    }
    assert questionnaire.overall_expectation == expectation()
    assert make_questionnaire(factor("attitude")).expectations == {}


def test_a_comment_answers_the_first_text_question() -> None:
    remark = make_question("comment", QuestionType.TEXT)
    assert make_questionnaire(factor("attitude"), remark, make_question("more", QuestionType.TEXT)).remark == remark
    assert make_questionnaire().remark is None
