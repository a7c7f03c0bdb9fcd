"""Months of pay, what was done to them, and statements."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, false, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.domain.month import Month
from services.payroll.models import (
    ApprovalChain,
    LinkWithdrawal,
    MonthStep,
    PayLine,
    PayMonth,
    Slip,
    Statement,
)
from services.payroll.repository.people.imports import take_turn


async def months_apart(session: AsyncSession, store: UUID) -> None:
    """From here to the end of the transaction nobody else locks, closes or reopens a month of the store."""
    await take_turn(session, store, "pay-months")


async def month_of(session: AsyncSession, month: str) -> PayMonth | None:
    return await session.scalar(select(PayMonth).where(PayMonth.month == month))


async def lock_month(session: AsyncSession, store: UUID, month: str, chain: Sequence[str]) -> PayMonth:
    """The month for a change; one that nothing was done to yet is open, in version 0."""
    fresh = {"store_id": store, "month": month, "state": "open", "chain": list(chain), "revision": 0, "version": 0}
    await session.execute(insert(PayMonth).values(fresh).on_conflict_do_nothing())
    query = select(PayMonth).where(PayMonth.month == month).with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(query)).one()


async def chain_on(session: AsyncSession, day: date) -> ApprovalChain | None:
    query = select(ApprovalChain).where(ApprovalChain.valid_from <= day)
    return await session.scalar(query.order_by(ApprovalChain.valid_from.desc()).limit(1))


async def steps_of(session: AsyncSession, wanted: Sequence[str]) -> Sequence[MonthStep]:
    """Everything that was done to some months, the oldest first."""
    query = select(MonthStep).where(MonthStep.month.in_(wanted))
    return (await session.scalars(query.order_by(MonthStep.at, MonthStep.id))).all()


async def last_settled_at(session: AsyncSession) -> datetime | None:
    """When a month of the store was last closed or opened again: a run from before rests on another past."""
    query = select(func.max(MonthStep.at)).where(MonthStep.what.in_(["closed", "reopened"]))
    return await session.scalar(query)


async def closed_at(session: AsyncSession, month: str, revision: int) -> datetime | None:
    """When a month was closed for the first time, the second, …"""
    query = select(MonthStep.at).where(MonthStep.month == month, MonthStep.what == "closed")
    return await session.scalar(query.order_by(MonthStep.at).offset(revision - 1).limit(1))


async def basis_of(session: AsyncSession, month: Month) -> str:
    """How many plans have begun or ended, and values of their parameters hold, by a month's last day. None is ever
    taken back, so equal numbers are the same ones: a run with other numbers was calculated by other rules."""
    return str(await session.scalar(_BASIS, {"day": month.last_day}))


_BASIS = text("""
    SELECT concat_ws('/',
        (SELECT count(*) FILTER (WHERE effective_from <= :day) + count(*) FILTER (WHERE ended_from <= :day)
         FROM plan WHERE status = 'active'),
        (SELECT count(*) FROM plan_parameter v JOIN plan p ON p.store_id = v.store_id AND p.id = v.plan_id
         WHERE v.status = 'approved' AND v.valid_from <= :day AND p.status = 'active'))
""")


async def run_lines(session: AsyncSession, run: UUID) -> Sequence[PayLine]:
    return (await session.scalars(select(PayLine).where(PayLine.run_id == run).order_by(PayLine.ordinal))).all()


def statements(month: str, revision: int, employee: str | None) -> Select[Any]:
    query = select(Statement).where(Statement.month == month, Statement.revision == revision)
    return query if employee is None else query.where(Statement.employee == employee)


async def totals_until(session: AsyncSession, month: str, revision: int) -> Sequence[Mapping[str, Decimal]]:
    """What each closing up to one gave everybody, the oldest first."""
    query = select(Statement.revision, Statement.employee, Statement.total)
    query = query.where(Statement.month == month, Statement.revision <= revision)
    found: list[dict[str, Decimal]] = [{} for _ in range(revision)]
    for at, employee, total in await session.execute(query):
        found[at - 1][employee] = total
    return found


async def links_withdrawn_at(session: AsyncSession, month: str, employee: str) -> datetime | None:
    """When links to a statement were last withdrawn, by hand or because the month was opened again."""
    by_hand = select(func.max(LinkWithdrawal.at)).where(
        LinkWithdrawal.month == month, LinkWithdrawal.employee == employee
    )
    opened = select(func.max(MonthStep.at)).where(MonthStep.month == month, MonthStep.what == "reopened")
    return await session.scalar(select(func.greatest(by_hand.scalar_subquery(), opened.scalar_subquery())))


async def leaves_of(session: AsyncSession, month: str, revision: int) -> Sequence[bytes]:
    query = select(Statement.leaf).where(Statement.month == month, Statement.revision == revision)
    return [bytes.fromhex(leaf) for leaf in await session.scalars(query.order_by(Statement.place))]


async def paid_for(session: AsyncSession, month: str) -> Mapping[tuple[str, str], tuple[Decimal, str, str]]:
    """Amount, name and clause of what was paid for a month by person and line: by itself, and by corrections since."""
    rows = await session.execute(_PAID, {"month": month})
    return {(row.employee, row.component): (row.amount, row.name, row.clause) for row in rows}


_PAID = text("""
    SELECT l.employee, l.component, sum(l.amount) AS amount, min(l.name) AS name, min(l.clause) AS clause
    FROM pay_month m JOIN pay_line l ON l.store_id = m.store_id AND l.run_id = m.run_id
    WHERE m.state = 'closed' AND (l.of_month = :month OR (m.month = :month AND l.of_month IS NULL))
    GROUP BY l.employee, l.component
""")


async def correcting(session: AsyncSession, month: str) -> Sequence[str]:
    """Months that are locked, approved or closed on a run, or with slips, that hold corrections of this month."""
    lines = select(PayLine.run_id).where(PayLine.of_month == month)
    holding = PayMonth.run_id.in_(lines) | PayMonth.run_id.in_(_slips_correcting([month]))
    query = select(PayMonth.month).where(PayMonth.state != "open", holding)
    return (await session.scalars(query.order_by(PayMonth.month))).all()


async def correcting_too(session: AsyncSession, run: UUID) -> Sequence[str]:
    """Months that are locked or approved on a run with corrections of a month that this run corrects."""
    corrected = select(PayLine.of_month).where(PayLine.run_id == run, PayLine.of_month.is_not(None))
    lines = select(PayLine.run_id).where(PayLine.of_month.in_(corrected))
    query = select(PayMonth.month).where(PayMonth.state.in_(["locked", "approved"]), PayMonth.run_id.in_(lines))
    return (await session.scalars(query.order_by(PayMonth.month))).all()


async def slips_correcting_too(session: AsyncSession, corrected: Collection[str]) -> Sequence[str]:
    """Months that are locked or approved with slips that hold corrections of one of these."""
    query = select(PayMonth.month).where(PayMonth.state.in_(["locked", "approved"]))
    query = query.where(PayMonth.run_id.in_(_slips_correcting(corrected)))
    return (await session.scalars(query.order_by(PayMonth.month))).all()


def _slips_correcting(corrected: Collection[str]) -> Select[Any]:
    told = [Slip.body.contains({"items": [{"of_month": month}]}) for month in sorted(corrected)]
    return select(Slip.run_id).where(or_(false(), *told))
