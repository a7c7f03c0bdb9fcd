"""How long people have with questions, from a day on, and on which days they work."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import chinese_calendar
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import Conflict
from services.payroll.domain.statements.question import SHIPPED_CLOCK, QuestionClock
from services.payroll.models import QuestionClock as ClockRow
from services.payroll.repository.people.imports import take_turn
from services.payroll.repository.statements import questions
from services.payroll.service.call import Call


async def clock_at(session: AsyncSession, now: datetime, zone: ZoneInfo) -> QuestionClock:
    """The one in force on the day that it is in the store."""
    found = await questions.clock_on(session, now.astimezone(zone).date())
    if found is None:
        return SHIPPED_CLOCK
    return QuestionClock(found.answer_days, found.escalation_days, found.asking_days, found.settling_days)


async def set_clock(call: Call, clock: QuestionClock, valid_from: date) -> ClockRow:
    """For questions that are asked from then on; never changed, only followed by another."""
    if valid_from < call.today:
        raise Conflict("A clock begins today or later", slug="valid-from-past")
    await take_turn(call.session, call.store.id, "question-clocks")
    found = await questions.clock_on(call.session, valid_from)
    if found is not None and found.valid_from == valid_from:
        raise Conflict("There is a clock from that day on", slug="exists-already")
    row = ClockRow(
        store_id=call.store.id, valid_from=valid_from, answer_days=clock.answer_days,
        escalation_days=clock.escalation_days, asking_days=clock.asking_days, settling_days=clock.settling_days,
        set_by=call.person,
    )  # fmt: skip
    call.session.add(row)
    await call.session.flush()
    await call.session.refresh(row)
    return row


def is_working_day(day: date) -> bool:
    """By the State Council's holidays and the days worked instead; of a year not announced yet Monday to Friday."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.isoweekday() <= 5
