"""Where a question about a statement stands, who may do what about it, and how long everybody has."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payroll.domain.four_eyes import Look, SecondPersonNeeded
from services.payroll.domain.month import Month
from services.payroll.domain.statements.question import (
    SHIPPED_CLOCK,
    AskingOver,
    ClockInvalid,
    OwnQuestion,
    PromiseImpossible,
    Question,
    QuestionClock,
    QuestionMove,
    QuestionMoveNotAllowed,
    QuestionState,
    SettledBy,
    check_in_time,
    check_promise,
    due_for,
)
from services.payroll.domain.statements.statement_part import StatementLineUnknown, part_of
from services.payroll.service.statements.question_clocks import is_working_day

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 10, 12, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def question(
    state: QuestionState = QuestionState.ASKED, settled_by: SettledBy | None = None, *, asked_again: bool = False,
    answerers: tuple[str, ...] = (), settles_at: datetime | None = None, corrected: bool = False, broken: bool = False,
) -> Question:  # fmt: skip
    return Question(
        state, settled_by, "J101", asked_again, frozenset(answerers), NOW + 2 * HOUR, NOW + 5 * HOUR, settles_at,
        corrected, broken,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("asked_at", "answer_by", "escalates_after"),
    [
        ("2026-10-12T09:00", date(2026, 10, 14), date(2026, 10, 19)),  # a Monday
        ("2026-10-16T23:59", date(2026, 10, 20), date(2026, 10, 23)),  # a Friday: the weekend does not count
        ("2026-09-30T12:00", date(2026, 10, 9), date(2026, 10, 13)),  # National Day; Saturday the 10th is worked
        ("2026-02-13T12:00", date(2026, 2, 24), date(2026, 2, 27)),  # Spring Festival; Saturday the 14th is worked
        ("2031-10-01T12:00", date(2031, 10, 3), date(2031, 10, 8)),  # not announced: Monday to Friday
    ],
)
def test_an_answer_is_due_by_the_end_of_a_working_day_of_the_store(
    asked_at: str, answer_by: date, escalates_after: date
) -> None:
    now = datetime.fromisoformat(asked_at).replace(tzinfo=SHANGHAI)
    due = due_for(SHIPPED_CLOCK, now.astimezone(UTC), SHANGHAI, is_working_day)
    told = [(each - HOUR).astimezone(SHANGHAI).date() for each in (due.answer_until, due.escalates_at)]
    assert told == [answer_by, escalates_after]


@given(st.integers(0, 10 * 365 * 24 * 3600), st.integers(1, 20), st.integers(0, 20))
def test_what_is_due_is_later_than_now_and_escalates_no_earlier(seconds: int, days: int, more: int) -> None:
    now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    due = due_for(QuestionClock(days, days + more), now, SHANGHAI, is_working_day)
    assert now + timedelta(days=days) < due.answer_until + timedelta(days=1)
    assert now < due.answer_until <= due.escalates_at
    assert (due.answer_until == due.escalates_at) == (more == 0)


def test_a_clock_does_not_escalate_before_an_answer_is_due() -> None:
    with pytest.raises(ClockInvalid) as refused:
        QuestionClock(answer_days=3, escalation_days=2)
    assert refused.value.errors[0]["pointer"] == "/escalation_days"


def test_it_is_asked_until_so_many_days_after_the_closing() -> None:
    closed_at = NOW - timedelta(days=30)
    check_in_time(SHIPPED_CLOCK, closed_at, NOW - timedelta(seconds=1))
    with pytest.raises(AskingOver) as refused:
        check_in_time(SHIPPED_CLOCK, closed_at, NOW)
    assert NOW.isoformat() in str(refused.value)


A, B, C, D, W = (
    QuestionMove.ANSWER,
    QuestionMove.ACCEPT,
    QuestionMove.ASK_AGAIN,
    QuestionMove.DECIDE,
    QuestionMove.WITHDRAW,
)
STANDINGS = [
    (question(), QuestionState.ASKED, None, {A, W}),
    (question(QuestionState.ANSWERED, settles_at=NOW + HOUR), QuestionState.ANSWERED, None, {A, B, C}),
    (question(QuestionState.ANSWERED, settles_at=NOW), QuestionState.SETTLED, SettledBy.SILENCE, set()),
    (question(QuestionState.ASKED_AGAIN, asked_again=True), QuestionState.ASKED_AGAIN, None, {D}),
    (question(QuestionState.TO_CORRECT), QuestionState.TO_CORRECT, None, {A, C}),
    (question(QuestionState.TO_CORRECT, broken=True), QuestionState.TO_CORRECT, None, {A, C}),
    (question(QuestionState.TO_CORRECT, asked_again=True), QuestionState.TO_CORRECT, None, {D}),
    (question(QuestionState.TO_CORRECT, corrected=True), QuestionState.SETTLED, SettledBy.CORRECTION, set()),
    (question(QuestionState.SETTLED, SettledBy.DECISION), QuestionState.SETTLED, SettledBy.DECISION, set()),
    (question(QuestionState.WITHDRAWN), QuestionState.WITHDRAWN, None, set()),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "state", "settled_by", "allowed"), STANDINGS)
def test_where_it_stands_says_what_may_be_done(
    asked: Question, state: QuestionState, settled_by: SettledBy | None, allowed: set[QuestionMove]
) -> None:
    assert asked.standing(NOW) == (state, settled_by)
    assert set(asked.allowed(NOW)) == allowed
    for move in QuestionMove:
        if move in allowed:
            asked.require(move, NOW)
        else:
            with pytest.raises(QuestionMoveNotAllowed) as refused:
                asked.require(move, NOW)
            assert {error["code"] for error in refused.value.errors} == allowed


@pytest.mark.parametrize(
    ("asked", "overdue", "escalated"),
    [
        (question(), [False, True, True], [False, False, True]),
        (question(QuestionState.ASKED_AGAIN, asked_again=True), [False, True, True], [False, False, True]),
        (question(QuestionState.ANSWERED, settles_at=NOW + 9 * HOUR), [False] * 3, [False] * 3),
        (question(QuestionState.TO_CORRECT), [False] * 3, [False] * 3),
        (question(QuestionState.TO_CORRECT, broken=True), [True] * 3, [False] * 3),
        (question(QuestionState.TO_CORRECT, broken=True, corrected=True), [False] * 3, [False] * 3),
        (question(QuestionState.WITHDRAWN), [False] * 3, [False] * 3),
    ],
)
def test_it_is_overdue_without_an_answer_in_time_or_without_the_correction_in_its_month(
    asked: Question, overdue: list[bool], escalated: list[bool]
) -> None:
    moments = [NOW + 2 * HOUR - timedelta(seconds=1), NOW + 2 * HOUR, NOW + 5 * HOUR]
    assert [asked.is_overdue(at) for at in moments] == overdue
    assert [asked.is_escalated(at) for at in moments] == escalated


def test_nobody_answers_his_own_question_nor_decides_after_his_own_answer() -> None:
    asked = question(QuestionState.ASKED_AGAIN, asked_again=True, answerers=("CL01", "SM01"))
    for by in ("J101", "SM01", "CL01"):
        with pytest.raises(OwnQuestion if by == "J101" else SecondPersonNeeded):
            asked.check_decider(Look(by, "x", "nobody else", may_act_alone=False))
    with pytest.raises(OwnQuestion):
        asked.check_decider(Look("J101", "x", "nobody else", may_act_alone=True))
    asked.check_decider(Look("SM02", "x"))
    asked.check_decider(Look("SM01", "x", "nobody else", may_act_alone=True))
    assert asked.answerers == {"CL01", "SM01"}


@pytest.mark.parametrize(
    ("expected", "possible"),
    [
        ("2026-08", False),
        ("2026-09", True),
        ("2026-10", False),
        ("2026-11", True),
        ("2028-09", True),
        ("2028-10", False),
    ],
)
def test_a_correction_is_promised_for_a_month_that_can_still_hold_it(expected: str, possible: bool) -> None:
    if possible:
        check_promise(Month(2026, 9), Month.parse(expected), {"2026-10"})
        return
    with pytest.raises(PromiseImpossible) as refused:
        check_promise(Month(2026, 9), Month.parse(expected), {"2026-10"})
    assert refused.value.errors[0]["pointer"] == "/expected_month"


DOCUMENT = {
    "month": "2026-10", "total": "3310.00", "base_pay": {"amount": "3000.00"},
    "items": [{"id": "i1", "name_zh": "餐补", "name_en": "Meals", "amount": "300.00"}],
    "lines": [
        {"id": "l1", "line": "team_share", "name": "班组提成", "amount": "15.00", "of_month": None},
        {"id": "l2", "line": "team_share", "name": "班组提成", "amount": "-5.00", "of_month": "2026-09"},
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (None, (None, "工资条", "2026-10", "3310.00")),
        ("base_pay", ("base_pay", "基本工资", "2026-10", "3000.00")),
        ("i1", ("i1", "餐补", "2026-10", "300.00")),
        ("l1", ("team_share", "班组提成", "2026-10", "15.00")),
        ("l2", ("team_share", "班组提成", "2026-09", "-5.00")),
    ],
)
def test_one_asks_about_all_of_a_statement_or_one_amount_of_it(key: str | None, told: tuple[object, ...]) -> None:
    part = part_of(DOCUMENT, key)
    assert (part.component, part.name, part.of_month, str(part.amount)) == told


def test_a_line_that_is_not_there_is_not_asked_about() -> None:
    old = {name: told for name, told in DOCUMENT.items() if name not in {"base_pay", "items"}}
    for document, key in product((DOCUMENT, old), ("l3", "2026-10")):
        with pytest.raises(StatementLineUnknown) as refused:
            part_of(document, key)
        assert refused.value.errors[0]["pointer"] == "/line"
    assert part_of(old, "l1").component == "team_share"
