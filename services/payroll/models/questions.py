"""Questions about closed statements, what was said to them, and the clock that they have."""

from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from services.payroll.models.columns import Amount, Base, Now, Stamp, UuidKey, Version, VersionKey


class Question(Base):
    """About one line of a statement as it was closed, or all of it; what it is about never changes."""

    __tablename__ = "question"

    store_id: Mapped[UuidKey]
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuidv7()"))
    month: Mapped[str]
    revision: Mapped[int]
    employee: Mapped[str]
    line: Mapped[str | None]
    component: Mapped[str | None]
    of_month: Mapped[str]
    name: Mapped[str]
    english: Mapped[str]
    amount: Mapped[Amount]
    state: Mapped[str]
    settled_by: Mapped[str | None]
    asked_again: Mapped[bool]
    answer_until: Mapped[Stamp]
    escalates_at: Mapped[Stamp]
    answered_at: Mapped[Stamp | None]
    settles_at: Mapped[Stamp | None]
    repair_kind: Mapped[str | None]
    repair_key: Mapped[str | None]
    expected_month: Mapped[str | None]
    told_overdue: Mapped[bool]
    told_escalated: Mapped[bool]
    version: Mapped[Version]
    created_at: Mapped[Now]
    updated_at: Mapped[Now]


class QuestionMessage(Base):
    """What was said or done, in the version of the question that it made. Never changed."""

    __tablename__ = "question_message"

    store_id: Mapped[UuidKey]
    question_id: Mapped[UuidKey]
    version: Mapped[VersionKey]
    what: Mapped[str]
    person: Mapped[str]
    text: Mapped[str | None]
    finding: Mapped[str | None]
    repair_kind: Mapped[str | None]
    repair_key: Mapped[str | None]
    expected_month: Mapped[str | None]
    alone_because: Mapped[str | None]
    at: Mapped[Stamp]


class QuestionClock(Base):
    """How long everybody has, from a day on. Never changed."""

    __tablename__ = "question_clock"

    store_id: Mapped[UuidKey]
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    answer_days: Mapped[int]
    escalation_days: Mapped[int]
    asking_days: Mapped[int]
    settling_days: Mapped[int]
    set_by: Mapped[str]
    created_at: Mapped[Now]
