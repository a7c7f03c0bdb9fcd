"""Questions with what was said to them, the clock of a day, and the corrections that closed months hold of them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Numeric,
    RowMapping,
    Select,
    Text,
    Uuid,
    and_,
    column,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.domain.statements.question import WAITING, QuestionState
from services.payroll.models import (
    Adjustment,
    Attendance,
    EmployeeTerms,
    Fact,
    Measure,
    OrderCopy,
    PayItem,
    PayMonth,
    PlanParameter,
    Question,
    QuestionClock,
    QuestionMessage,
    ReviewScore,
    Target,
)

_CORRECTIONS = (
    text("""
    SELECT q.id AS question_id, m.month, m.revision, sum(p.amount) - CASE m.month WHEN q.month THEN q.amount ELSE 0 END
               AS amount
    FROM question q
    JOIN pay_month m ON m.store_id = q.store_id AND m.state = 'closed'
        AND (m.month = q.expected_month OR m.updated_at > q.answered_at)
        AND (m.month > q.month OR m.month = q.month AND m.revision > q.revision)
    JOIN statement s ON s.store_id = m.store_id AND s.month = m.month AND s.revision = m.revision
        AND s.employee = q.employee
    CROSS JOIN LATERAL (
        SELECT q.component AS component, q.of_month AS of_month, 0.00 AS amount, false AS corrects_slip
        UNION ALL
        SELECT l ->> 'line', coalesce(l ->> 'of_month', s.month), CAST(l ->> 'amount' AS numeric), false
        FROM jsonb_array_elements(CAST(s.document AS jsonb) -> 'lines') l
        UNION ALL
        SELECT i ->> 'id', coalesce(i ->> 'of_month', s.month), CAST(i ->> 'amount' AS numeric),
            (i ->> 'of_month') IS NOT NULL
        FROM jsonb_array_elements(CAST(s.document AS jsonb) -> 'items') i
        UNION ALL
        SELECT 'base_pay', s.month, CAST(b ->> 'amount' AS numeric), false
        FROM jsonb_path_query(CAST(s.document AS jsonb), '$.base_pay ? (@ != null)') b
    ) p
    WHERE q.state = 'to_correct' AND (
        (q.component IS NULL OR p.component = q.component) AND (p.of_month = q.of_month OR q.line IS NULL
            AND m.month = q.month)
        OR m.month > q.month AND q.repair_kind = 'pay_item' AND p.component = q.repair_key
        OR m.month > q.month AND q.component = q.line AND p.corrects_slip AND p.of_month = q.of_month)
    GROUP BY q.id, m.month, m.revision, q.month, q.amount
    HAVING sum(p.amount) <> CASE m.month WHEN q.month THEN q.amount ELSE 0 END
    """)
    .columns(column("question_id", Uuid), column("month", Text), column("revision"), column("amount", Numeric))
    .subquery("correction")
)
"""What months that were closed since the answer pay otherwise than was paid (the promised one was open when it was).

Later ones by lines of the same month and component, of base pay and items by an item of that month, or by the item that
was named; the month itself, closed once more, by another amount."""


def _is_corrected() -> ColumnElement[bool]:
    return select(_CORRECTIONS.c.question_id).where(_CORRECTIONS.c.question_id == Question.id).exists()


def _is_broken() -> ColumnElement[bool]:
    """The promised month was closed, or one after it since."""
    later = and_(PayMonth.month > Question.expected_month, PayMonth.updated_at > Question.answered_at)
    closed = select(PayMonth.month).where(
        PayMonth.store_id == Question.store_id, PayMonth.state == "closed",
        or_(PayMonth.month == Question.expected_month, later),
    )  # fmt: skip
    return and_(Question.state == QuestionState.TO_CORRECT, closed.exists())


def standing_in(state: QuestionState, now: datetime) -> ColumnElement[bool]:
    """Those whose `Question.standing` it is."""
    silent = and_(Question.state == QuestionState.ANSWERED, Question.settles_at <= now)
    corrected = and_(Question.state == QuestionState.TO_CORRECT, _is_corrected())
    own = Question.state == state
    if state is QuestionState.SETTLED:
        return or_(own, silent, corrected)
    if state is QuestionState.ANSWERED:
        return and_(own, Question.settles_at > now)
    return and_(own, ~_is_corrected()) if state is QuestionState.TO_CORRECT else own


def overdue(now: datetime) -> ColumnElement[bool]:
    """Those of which `Question.is_overdue` says so."""
    late = and_(Question.state.in_(sorted(WAITING)), Question.answer_until <= now)
    return or_(late, and_(_is_broken(), ~_is_corrected()))


def questions() -> Select[Any]:
    return select(Question)


async def questions_of_statement(session: AsyncSession, month: str, employee: str) -> Sequence[Question]:
    """About any closing of the month, the oldest first."""
    query = select(Question).where(Question.month == month, Question.employee == employee)
    return (await session.scalars(query.order_by(Question.id))).all()


async def question_of(session: AsyncSession, question: UUID, *, lock: bool = False) -> Question | None:
    query = select(Question).where(Question.id == question)
    query = query.with_for_update().execution_options(populate_existing=True) if lock else query
    return await session.scalar(query)


async def messages_of(session: AsyncSession, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[QuestionMessage]]:
    query = select(QuestionMessage).where(QuestionMessage.question_id.in_(ids)).order_by(QuestionMessage.version)
    found: dict[UUID, list[QuestionMessage]] = {each: [] for each in ids}
    for message in await session.scalars(query):
        found[message.question_id].append(message)
    return found


async def corrections_of(session: AsyncSession, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[RowMapping]]:
    found: dict[UUID, list[RowMapping]] = {each: [] for each in ids}
    query = select(_CORRECTIONS).where(_CORRECTIONS.c.question_id.in_(ids)).order_by(_CORRECTIONS.c.month)
    for row in (await session.execute(query)).mappings():
        found[row["question_id"]].append(row)
    return found


async def broken_of(session: AsyncSession, ids: Sequence[UUID]) -> frozenset[UUID]:
    """Those whose promised month was closed since; whether with the correction, the corrections tell."""
    return frozenset(await session.scalars(select(Question.id).where(Question.id.in_(ids), _is_broken())))


async def clock_on(session: AsyncSession, day: date) -> QuestionClock | None:
    query = select(QuestionClock).where(QuestionClock.valid_from <= day)
    return await session.scalar(query.order_by(QuestionClock.valid_from.desc()).limit(1))


async def closed_months(session: AsyncSession, month: str) -> frozenset[str]:
    query = select(PayMonth.month).where(PayMonth.month == month, PayMonth.state == "closed")
    return frozenset(await session.scalars(query))


async def is_there(session: AsyncSession, kind: str, key: str, employee: str) -> bool:
    """Whether what an answer names is known: an order by its number, the employee's terms by their day and attendance
    by its month, all else by its id."""
    match kind:
        case "order":
            known = OrderCopy.number == key
        case "terms":
            known = and_(EmployeeTerms.employee == employee, func.to_char(EmployeeTerms.valid_from, _DAY) == key)
        case "attendance":
            known = and_(Attendance.employee == employee, Attendance.month == key)
        case _:
            known = _BY_ID[kind] == _uuid(key)
    return await session.scalar(select(literal(value=True)).where(known).limit(1)) is not None


_DAY = "YYYY-MM-DD"
_BY_ID = {
    "fact": Fact.id, "target": Target.id, "review_score": ReviewScore.id, "measure": Measure.id, "pay_item": PayItem.id,
    "parameter": PlanParameter.id, "adjustment": Adjustment.id,
}  # fmt: skip


def _uuid(key: str) -> UUID | None:
    try:
        return UUID(key)
    except ValueError:
        return None
