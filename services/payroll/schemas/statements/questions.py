"""Bodies of questions about closed statements, of what is said to them, and of their clock."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from chassis.representation import Money, RequestBody, ResponseBody
from services.payroll.schemas.people.people import MonthText, Word
from services.payroll.schemas.plans.plans import Saying

StateOfQuestion = Literal["asked", "answered", "asked_again", "to_correct", "settled", "withdrawn"]
RepairKind = Literal[
    "fact", "order", "terms", "target", "review_score", "measure", "pay_item", "attendance", "parameter", "adjustment"
]
Days = Annotated[int, Field(ge=1, le=366)]


class QuestionWords(RequestBody):
    text: Saying


class LineQuestion(QuestionWords):
    """`line` is a line's id, an item's id or `base_pay` as the statement's document has them; without it all is."""

    line: Word | None = None


class QuestionAsk(LineQuestion):
    month: MonthText


class Repair(RequestBody):
    """What was changed so that a later run corrects it: an order by its number, the person's `terms` by their day
    (YYYY-MM-DD), his `attendance` by its month, all else by its id."""

    kind: RepairKind
    key: Word


class QuestionAnswer(QuestionWords):
    """`as_paid`: why it stands. `to_correct`: what is wrong, what repairs it, and which month will pay the correction:
    a later one by a line of its own, or the same one opened again."""

    finding: Literal["as_paid", "to_correct"]
    repair: Repair | None = None
    expected_month: MonthText | None = None

    @model_validator(mode="after")
    def promises_what_it_corrects(self) -> Self:
        promised = self.repair is not None and self.expected_month is not None
        if self.finding == "to_correct" and not promised:
            raise ValueError("to_correct 要写 repair 和 expected_month / to_correct says what repairs it and when")
        if self.finding == "as_paid" and (self.repair is not None or self.expected_month is not None):
            raise ValueError("as_paid 不更正,不写 repair 和 expected_month / as_paid repairs nothing: leave both out")
        return self


class QuestionDecision(QuestionAnswer):
    """`alone_because` is why an administrator decides who has answered himself: he alone may."""

    alone_because: Saying | None = None


class RepairRead(ResponseBody):
    kind: RepairKind
    key: str


class QuestionMessageRead(ResponseBody):
    what: Literal["asked", "answered", "accepted", "asked_again", "decided", "withdrawn"]
    person: str
    text: str | None
    finding: Literal["as_paid", "to_correct"] | None
    repair: RepairRead | None
    expected_month: str | None
    alone_because: str | None
    at: datetime


class CorrectionRead(ResponseBody):
    """What a month that was closed since pays of it: by lines of its own, or, the same month closed again, by the
    difference."""

    month: str
    revision: int
    amount: Money


class QuestionRead(ResponseBody):
    """`state` is where it stands now: `settled` too when nobody said anything to an answer for so long
    (`settled_by` silence), or when a month was closed with its correction. `overdue`: not answered by `answer_until`,
    or the promised month was closed without a correction. `of_month` is what the line pays."""

    id: UUID
    month: str
    revision: int
    employee: str
    line: str | None
    name: str
    english: str
    of_month: str
    amount: Money
    currency: str
    state: StateOfQuestion
    settled_by: Literal["acceptance", "decision", "silence", "correction"] | None
    overdue: bool
    escalated: bool
    allowed: list[str]
    answer_until: datetime
    escalates_at: datetime
    settles_at: datetime | None
    repair: RepairRead | None
    expected_month: str | None
    corrections: list[CorrectionRead]
    messages: list[QuestionMessageRead]
    version: int
    created_at: datetime
    updated_at: datetime


class QuestionClockCreate(RequestBody):
    """Working days to answer, and until it escalates; days to ask in after a closing, and to say something to an
    answer before it is settled."""

    answer_days: Days
    escalation_days: Days
    asking_days: Days
    settling_days: Days
    valid_from: date | None = None


class QuestionClockRead(ResponseBody):
    """`valid_from` and `set_by` are null for the shipped one."""

    answer_days: int
    escalation_days: int
    asking_days: int
    settling_days: int
    valid_from: date | None
    set_by: str | None
