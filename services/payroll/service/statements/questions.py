"""Questions about closed statements: asked, answered, accepted, asked again, decided; and told of when late."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import Database
from chassis.errors import Conflict, Forbidden, Invalid, NotFound, field_error
from chassis.feed import publish
from chassis.jobs import enqueue
from chassis.representation import check_version
from services.payroll.domain.four_eyes import Look
from services.payroll.domain.month import Month
from services.payroll.domain.statements.question import (
    WAITING,
    Due,
    Finding,
    QuestionMove,
    QuestionState,
    SettledBy,
    check_in_time,
    check_promise,
    due_for,
)
from services.payroll.domain.statements.question import Question as Rule
from services.payroll.domain.statements.statement_part import part_of
from services.payroll.events import question_changed, question_late
from services.payroll.models import Question, QuestionMessage, Statement
from services.payroll.repository.months import months
from services.payroll.repository.statements import questions
from services.payroll.service.call import Call
from services.payroll.service.statements.question_clocks import clock_at, is_working_day

LATE_JOB = "payroll.question-late"
_LATE = {"overdue": "answer_until", "escalated": "escalates_at"}
_TOLD = (
    "id", "employee", "month", "revision", "line", "component", "of_month", "state", "settled_by", "asked_again",
    "answer_until", "escalates_at", "settles_at", "repair_kind", "repair_key", "expected_month",
)  # fmt: skip


@dataclass(frozen=True)
class Asker:
    """The employee himself, in his store's zone: by his token, or by a link that was given to him."""

    session: AsyncSession
    store: UUID
    zone: ZoneInfo
    employee: str
    now: datetime


@dataclass(frozen=True)
class Asked:
    """About a line of the statement by its id, `base_pay`, an item by its id, or (None) all of it."""

    month: str
    line: str | None
    text: str


@dataclass(frozen=True)
class Answer:
    """`repair` is (kind, key) of what was changed, `expected_month` where the correction will be paid."""

    finding: Finding
    text: str
    repair: tuple[str, str] | None
    expected_month: str | None


@dataclass(frozen=True)
class Told:
    """A question with what was said, the rule of where it stands, and what closed months correct of it."""

    row: Question
    rule: Rule
    messages: Sequence[QuestionMessage]
    corrections: Sequence[RowMapping]


def asker_of(call: Call) -> Asker:
    if call.principal.employee is None or call.principal.kind != "staff":
        raise Forbidden("A statement is questioned by the person whom it pays", slug="pay-not-yours")
    return Asker(call.session, call.store.id, ZoneInfo(call.store.time_zone), call.principal.employee, call.now)


async def tell(session: AsyncSession, rows: Sequence[Question]) -> list[Told]:
    """In a fixed number of queries."""
    ids = [row.id for row in rows]
    messages = await questions.messages_of(session, ids)
    corrections = await questions.corrections_of(session, ids)
    broken = await questions.broken_of(session, ids)
    return [
        Told(row, _rule(row, messages[row.id], bool(corrections[row.id]), row.id in broken), messages[row.id],
             corrections[row.id])
        for row in rows
    ]  # fmt: skip


def _rule(row: Question, messages: Sequence[QuestionMessage], corrected: bool, broken: bool) -> Rule:
    return Rule(
        QuestionState(row.state), None if row.settled_by is None else SettledBy(row.settled_by), row.employee,
        row.asked_again, frozenset(each.person for each in messages if each.what == "answered"), row.answer_until,
        row.escalates_at, row.settles_at, corrected, broken,
    )  # fmt: skip


async def ask(asker: Asker, asked: Asked) -> Question:
    """About his statement of the month's last closing, once for each line."""
    session = asker.session
    closed_at, statement = await _statement(session, asked.month, asker.employee)
    clock = await clock_at(session, asker.now, asker.zone)
    check_in_time(clock, closed_at, asker.now)
    part = part_of(json.loads(statement.document), asked.line)
    row = Question(
        store_id=asker.store, month=asked.month, revision=statement.revision, employee=asker.employee,
        line=part.key, component=part.component, of_month=part.of_month, name=part.name, english=part.english,
        amount=part.amount, state=QuestionState.ASKED, asked_again=False, version=0, created_at=asker.now,
    )  # fmt: skip
    _start_clock(row, due_for(clock, asker.now, asker.zone, is_working_day))
    session.add(row)
    try:
        await session.flush()
    except IntegrityError as error:
        raise Conflict("The line is asked about already", slug="question-exists") from error
    await _saved(session, row, asker.now, what="asked", person=asker.employee, text=asked.text)
    await _ask_when_late(session, row, asker.now)
    return row


async def _statement(session: AsyncSession, month: str, employee: str) -> tuple[datetime, Statement]:
    found = await months.month_of(session, month)
    if found is None or found.state != "closed":
        raise Conflict("Only what is closed is questioned", slug="month-not-closed")
    statement = await session.scalar(months.statements(month, found.revision, employee))
    if statement is None:
        raise NotFound("There is no such statement")
    return found.updated_at, statement


async def accept(asker: Asker, question: UUID, expected: int) -> Question:
    told = await _own(asker, question, expected, QuestionMove.ACCEPT)
    _enter(told.row, QuestionState.SETTLED, settled_by=SettledBy.ACCEPTANCE)
    return await _saved(asker.session, told.row, asker.now, what="accepted", person=asker.employee)


async def ask_again(asker: Asker, question: UUID, expected: int, text: str) -> Question:
    """Once; what was promised until then is decided anew, by another person and on a new clock."""
    told = await _own(asker, question, expected, QuestionMove.ASK_AGAIN)
    clock = await clock_at(asker.session, asker.now, asker.zone)
    _enter(told.row, QuestionState.ASKED_AGAIN)
    told.row.asked_again = True
    _start_clock(told.row, due_for(clock, asker.now, asker.zone, is_working_day))
    await _saved(asker.session, told.row, asker.now, what="asked_again", person=asker.employee, text=text)
    await _ask_when_late(asker.session, told.row, asker.now)
    return told.row


async def withdraw(asker: Asker, question: UUID, expected: int) -> Question:
    told = await _own(asker, question, expected, QuestionMove.WITHDRAW)
    _enter(told.row, QuestionState.WITHDRAWN)
    return await _saved(asker.session, told.row, asker.now, what="withdrawn", person=asker.employee)


async def answer(call: Call, question: UUID, expected: int, given: Answer) -> Question:
    """By anybody who prepares pay but the asker; until it is settled the answer may be replaced."""
    told = await _to_change(call.session, question, expected, QuestionMove.ANSWER, call.now)
    told.rule.check_answerer(call.person)
    await _put_answer(call, told.row, given)
    if given.finding is Finding.AS_PAID:
        clock = await clock_at(call.session, call.now, ZoneInfo(call.store.time_zone))
        told.row.state, told.row.settles_at = QuestionState.ANSWERED, clock.settles_at(call.now)
    return await _saved(call.session, told.row, call.now, what="answered", person=call.person, **_answer_told(given))


async def decide(call: Call, question: UUID, expected: int, given: Answer, look: Look) -> Question:
    """By another person than who answered; as paid it is settled by that."""
    told = await _to_change(call.session, question, expected, QuestionMove.DECIDE, call.now)
    told.rule.check_decider(look)
    await _put_answer(call, told.row, given)
    if given.finding is Finding.AS_PAID:
        told.row.state, told.row.settled_by = QuestionState.SETTLED, SettledBy.DECISION
    return await _saved(
        call.session, told.row, call.now, what="decided", person=call.person, alone_because=look.alone_because,
        **_answer_told(given),
    )  # fmt: skip


async def tell_late(database: Database, store: UUID, question: UUID, what: str, until: datetime) -> None:
    """Publish once that it is overdue, or escalated, unless it was answered, or asked again, in between."""
    async with database.transaction(store) as session:
        row = await questions.question_of(session, question, lock=True)
        told, due = f"told_{what}", _LATE[what]
        if row is None or row.state not in WAITING or getattr(row, told) or getattr(row, due) != until:
            return
        setattr(row, told, True)
        await publish(session, store, question_late(what, _state(row), row.version))


async def _own(asker: Asker, question: UUID, expected: int, move: QuestionMove) -> Told:
    found = await questions.question_of(asker.session, question)
    if found is not None and found.employee != asker.employee:
        raise Forbidden("Only who asked it does that", slug="question-not-yours")
    return await _to_change(asker.session, question, expected, move, asker.now)


async def _to_change(
    session: AsyncSession, question: UUID, expected: int, move: QuestionMove, now: datetime
) -> Told:  # fmt: skip
    row = await questions.question_of(session, question, lock=True)
    if row is None:
        raise NotFound("There is no such question")
    check_version(row.version, expected)
    (told,) = await tell(session, [row])
    told.rule.require(move, now)
    return told


async def _put_answer(call: Call, row: Question, given: Answer) -> None:
    """A correction is promised by what repairs it, which must be there, and for a month that is still to be closed, and
    is not being closed at the same time."""
    _enter(row, QuestionState.TO_CORRECT)
    row.answered_at = call.now
    if given.repair is None or given.expected_month is None:
        return
    await months.months_apart(call.session, call.store.id)
    closed = await questions.closed_months(call.session, given.expected_month)
    check_promise(Month.parse(row.month), Month.parse(given.expected_month), closed)
    kind, key = given.repair
    if not await questions.is_there(call.session, kind, key, row.employee):
        detail = f"没有 / there is no {kind} {key}"
        raise Invalid(
            detail, errors=[field_error("/repair/key", "repair-unknown", detail)], slug="repair-unknown"
        )  # fmt: skip
    row.repair_kind, row.repair_key, row.expected_month = kind, key, given.expected_month


def _enter(row: Question, state: QuestionState, *, settled_by: SettledBy | None = None) -> None:
    """What was said before of how it ends no longer holds."""
    row.state, row.settled_by = state, settled_by
    row.settles_at = row.repair_kind = row.repair_key = row.expected_month = None


def _start_clock(row: Question, due: Due) -> None:
    row.answer_until, row.escalates_at = due.answer_until, due.escalates_at
    row.told_overdue = row.told_escalated = False


def _answer_told(given: Answer) -> Mapping[str, Any]:
    kind, key = given.repair or (None, None)
    return {"text": given.text, "finding": given.finding, "repair_kind": kind, "repair_key": key,
            "expected_month": given.expected_month}  # fmt: skip


async def _saved(session: AsyncSession, row: Question, now: datetime, **message: Any) -> Question:  # noqa: ANN401
    """With its message and its event."""
    row.version, row.updated_at = row.version + 1, now
    session.add(QuestionMessage(store_id=row.store_id, question_id=row.id, version=row.version, at=now, **message))
    await session.flush()
    await publish(session, row.store_id, question_changed(_state(row), row.version))
    return row


def _state(row: Question) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _TOLD}


async def _ask_when_late(session: AsyncSession, row: Question, now: datetime) -> None:
    for what, due in _LATE.items():
        until = getattr(row, due)
        payload = {"store": str(row.store_id), "question": str(row.id), "what": what, "until": until.isoformat()}
        await enqueue(session, LATE_JOB, payload, after=until - now)
