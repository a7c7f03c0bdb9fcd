"""Questions about closed statements over HTTP: asked by the employee, answered by who prepares pay, and their clock."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from chassis.auth import allow
from chassis.errors import NotFound
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, QueryText, paginate, set_etag
from services.payroll.domain.four_eyes import Look
from services.payroll.domain.statements.question import SHIPPED_CLOCK, Finding, QuestionClock, QuestionState
from services.payroll.endpoints.access import ANYONE, MANAGERS, PAY_ROLES, STAFF, CurrentCall, pay_seen_by
from services.payroll.models import Question, QuestionMessage
from services.payroll.repository.statements import questions as repository
from services.payroll.schemas.people.people import MonthText
from services.payroll.schemas.statements.questions import (
    CorrectionRead,
    QuestionAnswer,
    QuestionAsk,
    QuestionClockCreate,
    QuestionClockRead,
    QuestionDecision,
    QuestionMessageRead,
    QuestionRead,
    QuestionWords,
    RepairRead,
    StateOfQuestion,
)
from services.payroll.service.call import Call
from services.payroll.service.statements import question_clocks, questions
from services.payroll.service.statements.questions import Told

router = Router(tags=["questions"])
_DAYS = ("answer_days", "escalation_days", "asking_days", "settling_days")
_OF_ONE = "/v1/questions/{question}"


@router.get("/v1/question-clocks/current", operation_id="read_question_clock", dependencies=[allow(*STAFF)])
async def read_question_clock(call: CurrentCall) -> QuestionClockRead:
    """Today's; until the store has set one the shipped: two working days to answer, after five it escalates."""
    found = await repository.clock_on(call.session, call.today)
    if found is not None:
        return QuestionClockRead.model_validate(found)
    told = {name: getattr(SHIPPED_CLOCK, name) for name in _DAYS}
    return QuestionClockRead(valid_from=None, set_by=None, **told)


@router.post(
    "/v1/question-clocks", operation_id="create_question_clock", status_code=201, dependencies=[allow(*MANAGERS)]
)
async def create_question_clock(body: QuestionClockCreate, call: CurrentCall) -> QuestionClockRead:
    """For questions that are asked, and answers that are given, from a day on."""
    clock = QuestionClock(body.answer_days, body.escalation_days, body.asking_days, body.settling_days)
    row = await question_clocks.set_clock(call, clock, body.valid_from or call.today)
    return QuestionClockRead.model_validate(row)


@router.post("/v1/questions", operation_id="ask_question", status_code=201, dependencies=[allow(ANYONE)])
async def ask_question(body: QuestionAsk, call: CurrentCall, response: Response) -> QuestionRead:
    """About his own statement of a closed month, for so long after its closing, once for each line."""
    asked = questions.Asked(body.month, body.line, body.text)
    made = await questions.ask(questions.asker_of(call), asked)
    response.headers["Location"] = f"/v1/questions/{made.id}"
    return await _detail(call, made, response)


@router.get("/v1/questions", operation_id="list_questions", dependencies=[allow(ANYONE)])
async def list_questions(
    *,
    call: CurrentCall,
    wish: PageOf,
    state: Annotated[StateOfQuestion | None, Query()] = None,
    month: Annotated[MonthText | None, Query()] = None,
    employee: QueryText | None = None,
    overdue: bool | None = None,
) -> Page[QuestionRead]:
    """The newest first; whoever sees only his own pay gets his own."""
    query, seen_by = repository.questions(), pay_seen_by(call.principal)
    if seen_by is not None:
        query = query.where(Question.employee == seen_by)
    if state is not None:
        query = query.where(repository.standing_in(QuestionState(state), call.now))
    if month is not None:
        query = query.where(Question.month == month)
    if employee is not None:
        query = query.where(Question.employee == employee)
    if overdue is not None:
        late = repository.overdue(call.now)
        query = query.where(late if overdue else ~late)
    rows, following = await paginate(call.session, query, [Question.id.expression], wish, descending=True)
    items = [read_of(told, call.store.currency, call.now) for told in await questions.tell(call.session, rows)]
    return Page(items=items, limit=wish.limit, next=following)


@router.get(_OF_ONE, operation_id="read_question", dependencies=[allow(ANYONE)])
async def read_question(question: UUID, call: CurrentCall, response: Response) -> QuestionRead:
    return await _detail(call, await _seen(call, question), response)


@router.post(f"{_OF_ONE}/answer", operation_id="answer_question", dependencies=[allow(*PAY_ROLES)])
async def answer_question(
    question: UUID, body: QuestionAnswer, expected: IfMatch, call: CurrentCall, response: Response
) -> QuestionRead:
    """Why it stands, or what is wrong and when it is corrected; nobody answers his own."""
    return await _detail(call, await questions.answer(call, question, expected, _answer(body)), response)


@router.post(f"{_OF_ONE}/decide", operation_id="decide_question", dependencies=[allow(*MANAGERS)])
async def decide_question(
    question: UUID, body: QuestionDecision, expected: IfMatch, call: CurrentCall, response: Response
) -> QuestionRead:
    """What was asked again, by another person than who answered it; that is the end of it."""
    alone = "administrator" in call.principal.roles
    look = Look(call.person, body.text, body.alone_because, may_act_alone=alone)
    return await _detail(call, await questions.decide(call, question, expected, _answer(body), look), response)


@router.post(f"{_OF_ONE}/accept", operation_id="accept_question", dependencies=[allow(ANYONE)])
async def accept_question(question: UUID, expected: IfMatch, call: CurrentCall, response: Response) -> QuestionRead:
    """By who asked it: the answer will do."""
    await _seen(call, question)
    return await _detail(call, await questions.accept(questions.asker_of(call), question, expected), response)


@router.post(f"{_OF_ONE}/ask-again", operation_id="ask_question_again", dependencies=[allow(ANYONE)])
async def ask_question_again(
    question: UUID, body: QuestionWords, expected: IfMatch, call: CurrentCall, response: Response
) -> QuestionRead:
    """By who asked it, once: now somebody else decides."""
    await _seen(call, question)
    asker = questions.asker_of(call)
    return await _detail(call, await questions.ask_again(asker, question, expected, body.text), response)


@router.post(f"{_OF_ONE}/withdraw", operation_id="withdraw_question", dependencies=[allow(ANYONE)])
async def withdraw_question(question: UUID, expected: IfMatch, call: CurrentCall, response: Response) -> QuestionRead:
    """By who asked it, while nobody has answered."""
    await _seen(call, question)
    return await _detail(call, await questions.withdraw(questions.asker_of(call), question, expected), response)


async def _seen(call: Call, question: UUID) -> Question:
    found = await repository.question_of(call.session, question)
    if found is None or pay_seen_by(call.principal) not in {None, found.employee}:
        raise NotFound("There is no such question")
    return found


def _answer(body: QuestionAnswer) -> questions.Answer:
    repair = None if body.repair is None else (str(body.repair.kind), body.repair.key)
    return questions.Answer(Finding(body.finding), body.text, repair, body.expected_month)


async def _detail(call: Call, row: Question, response: Response) -> QuestionRead:
    set_etag(response, row.version)
    (told,) = await questions.tell(call.session, [row])
    return read_of(told, call.store.currency, call.now)


def read_of(told: Told, currency: str, now: datetime) -> QuestionRead:
    state, settled_by = told.rule.standing(now)
    names = (
        "id", "month", "revision", "employee", "line", "name", "english", "of_month", "amount", "answer_until",
        "escalates_at", "settles_at", "expected_month", "version", "created_at", "updated_at",
    )  # fmt: skip
    return QuestionRead(
        state=state.value, settled_by=None if settled_by is None else settled_by.value, currency=currency,
        overdue=told.rule.is_overdue(now), escalated=told.rule.is_escalated(now),
        allowed=[str(move) for move in told.rule.allowed(now)], repair=_repair(told.row),
        corrections=[CorrectionRead.model_validate(dict(each)) for each in told.corrections],
        messages=[_message(each) for each in told.messages], **{name: getattr(told.row, name) for name in names},
    )  # fmt: skip


def _message(message: QuestionMessage) -> QuestionMessageRead:
    names = ("what", "person", "text", "finding", "expected_month", "alone_because", "at")
    return QuestionMessageRead(repair=_repair(message), **{name: getattr(message, name) for name in names})


def _repair(of: Question | QuestionMessage) -> RepairRead | None:
    return None if of.repair_kind is None else RepairRead.model_validate({"kind": of.repair_kind, "key": of.repair_key})
