"""A question about a closed statement: asked by its owner, answered in time, asked once more, decided, corrected.

asked → answered (it stays as paid) → settled, or asked again → decided by another person; or → to be corrected, until a
closed month holds the correction. What time alone brings about is read from the clock, never written.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.payroll.domain.errors import PayrollRefusal
from services.payroll.domain.four_eyes import Look, check_second_person
from services.payroll.domain.month import Month

LOOKS_BACK = 24
"""Months: a run corrects none that was closed longer ago, so that no later one is promised."""


class QuestionState(StrEnum):
    ASKED = "asked"
    ANSWERED = "answered"
    ASKED_AGAIN = "asked_again"
    TO_CORRECT = "to_correct"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


class QuestionMove(StrEnum):
    ANSWER = "answer"
    ACCEPT = "accept"
    ASK_AGAIN = "ask-again"
    DECIDE = "decide"
    WITHDRAW = "withdraw"


class Finding(StrEnum):
    AS_PAID = "as_paid"
    TO_CORRECT = "to_correct"


class SettledBy(StrEnum):
    """Acceptance and decision are written; silence and correction are read."""

    ACCEPTANCE = "acceptance"
    DECISION = "decision"
    SILENCE = "silence"
    CORRECTION = "correction"


WAITING = frozenset({QuestionState.ASKED, QuestionState.ASKED_AGAIN})
"""For the shop to answer."""
_FROM: Mapping[QuestionMove, frozenset[QuestionState]] = {
    QuestionMove.ANSWER: frozenset({QuestionState.ASKED, QuestionState.ANSWERED, QuestionState.TO_CORRECT}),
    QuestionMove.ACCEPT: frozenset({QuestionState.ANSWERED}),
    QuestionMove.ASK_AGAIN: frozenset({QuestionState.ANSWERED, QuestionState.TO_CORRECT}),
    QuestionMove.DECIDE: frozenset({QuestionState.ASKED_AGAIN, QuestionState.TO_CORRECT}),
    QuestionMove.WITHDRAW: frozenset({QuestionState.ASKED}),
}
_ONCE = frozenset({QuestionMove.ANSWER, QuestionMove.ASK_AGAIN})
"""Not any more when it was asked again: then it is decided, and who decided may only replace that."""


class QuestionMoveNotAllowed(PayrollRefusal):
    status = 409
    slug = "question-move-not-allowed"
    title = "The question is not where this can be done"


class AskingOver(PayrollRefusal):
    status = 409
    slug = "question-too-late"
    title = "The time for questions about this month is over"


class OwnQuestion(PayrollRefusal):
    status = 403
    slug = "own-question"
    title = "Nobody answers his own question"


class PromiseImpossible(PayrollRefusal):
    slug = "correction-month-impossible"
    title = "The correction cannot be part of that month"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.errors = [{"pointer": "/expected_month", "code": self.slug, "detail": detail}]


class ClockInvalid(PayrollRefusal):
    slug = "question-clock-invalid"
    title = "A question escalates after it should have been answered"

    def __init__(self) -> None:
        detail = "升级不能早于应答期限 / it escalates when the time to answer is over, not before"
        super().__init__(detail)
        self.errors = [{"pointer": "/escalation_days", "code": self.slug, "detail": detail}]


@dataclass(frozen=True, slots=True)
class QuestionClock:
    """Working days to answer, and until it escalates; calendar days to ask in, and to say something to an answer."""

    answer_days: int = 2
    escalation_days: int = 5
    asking_days: int = 30
    settling_days: int = 7

    def __post_init__(self) -> None:
        if self.escalation_days < self.answer_days:
            raise ClockInvalid

    def asking_until(self, closed_at: datetime) -> datetime:
        return closed_at + timedelta(days=self.asking_days)

    def settles_at(self, answered_at: datetime) -> datetime:
        return answered_at + timedelta(days=self.settling_days)


SHIPPED_CLOCK = QuestionClock()


@dataclass(frozen=True, slots=True)
class Due:
    """The first instants that are too late for an answer: it is overdue, and it has escalated."""

    answer_until: datetime
    escalates_at: datetime


def due_for(clock: QuestionClock, now: datetime, zone: ZoneInfo, works: Callable[[date], bool]) -> Due:
    """The day of asking does not count; each lasts to the end of its last working day in the store's zone."""
    asked_on = now.astimezone(zone).date()
    answer_by, escalates_after = (
        _end_of(_working_day_after(asked_on, days, works), zone) for days in (clock.answer_days, clock.escalation_days)
    )
    return Due(answer_by, escalates_after)


def _working_day_after(day: date, count: int, works: Callable[[date], bool]) -> date:
    while count:
        day += timedelta(days=1)
        count -= works(day)
    return day


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def check_in_time(clock: QuestionClock, closed_at: datetime, now: datetime) -> None:
    until = clock.asking_until(closed_at)
    if now >= until:
        raise AskingOver(f"只能在关账后 {clock.asking_days} 天内提问 / it could be asked until {until.isoformat()}")


@dataclass(frozen=True, slots=True)
class Question:
    """What its moves depend on. `settles_at` is when silence settles an answer, `corrected` that a closed month holds
    the correction, `broken` that the promised month was closed without it."""

    state: QuestionState
    settled_by: SettledBy | None
    employee: str
    asked_again: bool
    answerers: frozenset[str]
    answer_until: datetime
    escalates_at: datetime
    settles_at: datetime | None
    corrected: bool = False
    broken: bool = False

    def standing(self, now: datetime) -> tuple[QuestionState, SettledBy | None]:
        """The state with what time and closed months have made of it, and what settled it."""
        if self.state is QuestionState.ANSWERED and self.settles_at is not None and now >= self.settles_at:
            return QuestionState.SETTLED, SettledBy.SILENCE
        if self.state is QuestionState.TO_CORRECT and self.corrected:
            return QuestionState.SETTLED, SettledBy.CORRECTION
        return self.state, self.settled_by

    def is_overdue(self, now: datetime) -> bool:
        """An answer has not come in time, or a correction in the month that was told."""
        if self.state in WAITING:
            return now >= self.answer_until
        return self.state is QuestionState.TO_CORRECT and self.broken and not self.corrected

    def is_escalated(self, now: datetime) -> bool:
        return self.state in WAITING and now >= self.escalates_at

    def allowed(self, now: datetime) -> list[QuestionMove]:
        state, _ = self.standing(now)
        return [
            move
            for move in QuestionMove
            if state in _FROM[move]
            and not (self.asked_again and move in _ONCE)
            and not (move is QuestionMove.DECIDE and not self.asked_again)
        ]

    def require(self, move: QuestionMove, now: datetime) -> None:
        allowed = self.allowed(now)
        if move in allowed:
            return
        state, _ = self.standing(now)
        refusal = QuestionMoveNotAllowed(f"{state} 的问题不能 {move} / a question that is {state} does not {move}")
        refusal.errors = [{"pointer": "/state", "code": str(each), "detail": str(each)} for each in allowed]
        raise refusal

    def check_answerer(self, by: str) -> None:
        if by == self.employee:
            raise OwnQuestion("由别人回答 / somebody else answers")

    def check_decider(self, look: Look) -> None:
        """Somebody who has not answered it yet, but an administrator who says why he is alone."""
        self.check_answerer(look.by)
        if self.answerers:
            check_second_person(look.by if look.by in self.answerers else min(self.answerers), look)


def check_promise(of: Month, expected: Month, closed: Collection[str]) -> None:
    """`of` is the month asked about: opened again, or one that is still to be closed and not too far ahead."""
    ahead = (expected.year - of.year) * 12 + expected.number - of.number
    if not 0 <= ahead <= LOOKS_BACK:
        raise PromiseImpossible(f"须在 {of} 之后 {LOOKS_BACK} 个月内 / within {LOOKS_BACK} months of {of}")
    if str(expected) in closed:
        raise PromiseImpossible(f"{expected} 已关账 / {expected} is closed")
