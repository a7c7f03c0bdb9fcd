"""Months on their way to being paid: what was done to them, adjustments, and statements as they were closed."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from services.payroll.models.columns import Amount, Base, Key, NewId, Now, Stamp, UuidKey, Version, VersionKey


class PayMonth(Base):
    """`revision` counts how often it was closed; `run_id` is the run that it is, or was, locked on."""

    __tablename__ = "pay_month"

    store_id: Mapped[UuidKey]
    month: Mapped[Key]
    state: Mapped[str]
    run_id: Mapped[UUID | None]
    chain: Mapped[list[Any]] = mapped_column(ARRAY(TEXT))
    revision: Mapped[int]
    root: Mapped[str | None]
    total: Mapped[Amount | None]
    version: Mapped[Version]
    created_at: Mapped[Now]
    updated_at: Mapped[Now]


class MonthStep(Base):
    """What was done to a month, by whom and why. Never changed."""

    __tablename__ = "pay_month_step"

    id: Mapped[NewId]
    store_id: Mapped[UUID]
    month: Mapped[str]
    what: Mapped[str]
    role: Mapped[str | None]
    person: Mapped[str]
    reason: Mapped[str | None]
    run_id: Mapped[UUID | None]
    at: Mapped[Stamp]


class ApprovalChain(Base):
    """Whose approvals a month needs, in their order, from a day on. Never changed."""

    __tablename__ = "approval_chain"

    store_id: Mapped[UuidKey]
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    roles: Mapped[list[Any]] = mapped_column(ARRAY(TEXT))
    set_by: Mapped[str]
    created_at: Mapped[Now]


class Adjustment(Base):
    """Shares moved inside a pool of the run that the month is locked on; who proposed it does not decide it."""

    __tablename__ = "adjustment"

    id: Mapped[NewId]
    store_id: Mapped[UUID]
    month: Mapped[str]
    run_id: Mapped[UUID]
    pool: Mapped[str]
    owner: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str]
    proposed_by: Mapped[str]
    decided_by: Mapped[str | None]
    decided_at: Mapped[Stamp | None]
    note: Mapped[str | None]
    version: Mapped[Version]
    created_at: Mapped[Now]


class AdjustedShare(Base):
    __tablename__ = "adjusted_share"

    store_id: Mapped[UuidKey]
    adjustment_id: Mapped[UuidKey]
    employee: Mapped[Key]
    amount: Mapped[Amount]


class LinkWithdrawal(Base):
    """Links to somebody's statement of a month that were given out until then open nothing. Never changed."""

    __tablename__ = "link_withdrawal"

    store_id: Mapped[UuidKey]
    month: Mapped[Key]
    employee: Mapped[Key]
    at: Mapped[Stamp] = mapped_column(primary_key=True)
    withdrawn_by: Mapped[str]


class Statement(Base):
    """What one employee was paid for a month, as it was closed; the leaf is the document's hash. Never changed."""

    __tablename__ = "statement"

    store_id: Mapped[UuidKey]
    month: Mapped[Key]
    revision: Mapped[VersionKey]
    employee: Mapped[Key]
    place: Mapped[int]
    total: Mapped[Amount]
    document: Mapped[str]
    leaf: Mapped[str]
