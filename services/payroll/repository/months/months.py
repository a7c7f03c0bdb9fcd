"""Months of pay, what was done to them, adjustments, statements."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Numeric, RowMapping, Select, Text, column, false, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.domain.month import Month
from services.payroll.models import (
    AdjustedShare,
    Adjustment,
    ApprovalChain,
    LinkWithdrawal,
    MonthStep,
    PayLine,
    PayMonth,
    Slip,
    Statement,
)


async def months_apart(session: AsyncSession, store: UUID) -> None:
    """From here to the end of the transaction nobody else locks, closes or reopens a month of the store."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))"), {"what": f"pay-months {store}"}
    )


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


async def pool_shares(
    session: AsyncSession, run: UUID, pool: str | None = None, owners: Collection[str] | None = None
) -> Sequence[RowMapping]:
    query, keys = pool_shares_listed(run, pool, owners)
    shares: Sequence[RowMapping] = (await session.execute(query.order_by(*keys))).mappings().all()
    return shares


def pool_shares_listed(
    run: UUID, pool: str | None = None, owners: Collection[str] | None = None
) -> tuple[Select[Any], list[Any]]:
    """What each person of the pools of teams gets now, approved adjustments included; and the keys of the list.

    Who has no share is there with nothing, if he is in the team on the month's last day and not on probation, in which
    nobody is paid commission (一.4). `owners` are the teams.
    """
    asked = _POOL_SHARES.bindparams(run=run, pool=pool, owners=None if owners is None else list(owners))
    words = (column(name, Text) for name in ("pool", "owner", "employee", "name", "clause"))
    rows = asked.columns(*words, column("share", Numeric), column("now", Numeric)).subquery("shares")
    return select(rows), [rows.c.pool, rows.c.owner, rows.c.employee]


_POOL_SHARES = text("""
    WITH paid AS (
        SELECT n.step AS pool, s.input ->> 'reference' AS owner, l.employee, l.name, l.clause, l.amount
        FROM pay_line l
        JOIN (SELECT *, left(node, -1 - length(body ->> 'subject')) AS step FROM trace_node WHERE run_id = :run) n
            ON n.store_id = l.store_id AND n.node = l.node
        CROSS JOIN LATERAL (
            SELECT input FROM jsonb_array_elements(n.body -> 'inputs') input
            WHERE input ->> 'source' = 'split' AND input ->> 'name' = 'pool') s
        WHERE l.run_id = :run AND l.of_month IS NULL AND s.input ->> 'reference' <> ''
          AND (CAST(:pool AS text) IS NULL OR n.step = :pool)
          AND (CAST(:owners AS text[]) IS NULL OR s.input ->> 'reference' = ANY (:owners))
    ), last AS (
        SELECT (to_date(month, 'YYYY-MM') + interval '1 month - 1 day')::date AS day FROM run WHERE id = :run
    ), member AS (
        SELECT e.number, t.team FROM last
        JOIN employee e ON last.day BETWEEN coalesce(e.hired_on, last.day) AND coalesce(e.left_on, last.day)
        JOIN LATERAL (
            SELECT team, probation_until FROM employee_terms t
            WHERE t.store_id = e.store_id AND t.employee = e.number AND t.valid_from <= last.day
            ORDER BY t.valid_from DESC LIMIT 1
        ) t ON t.team IN (SELECT owner FROM paid) AND (t.probation_until >= last.day) IS NOT TRUE
    ), sharer AS (
        SELECT * FROM paid
        UNION ALL
        SELECT DISTINCT p.pool, p.owner, m.number, p.name, p.clause, 0.00 FROM paid p JOIN member m ON m.team = p.owner
        WHERE NOT EXISTS (SELECT FROM paid q WHERE (q.pool, q.owner, q.employee) = (p.pool, p.owner, m.number))
    )
    SELECT pool, owner, employee, name, clause, amount AS share, amount + coalesce((
            SELECT sum(a.amount) FROM adjustment d
            JOIN adjusted_share a ON a.store_id = d.store_id AND a.adjustment_id = d.id
            WHERE d.run_id = :run AND d.state = 'approved' AND (d.pool, d.owner) = (sharer.pool, sharer.owner)
              AND a.employee = sharer.employee), 0) AS now
    FROM sharer
""")


def adjustments(month: str, owners: Collection[str] | None) -> Select[Any]:
    """Of all pools, or those of some teams."""
    query = select(Adjustment).where(Adjustment.month == month)
    return query if owners is None else query.where(Adjustment.owner.in_(owners))


async def adjustment_of(session: AsyncSession, adjustment: UUID, *, lock: bool = False) -> Adjustment | None:
    query = select(Adjustment).where(Adjustment.id == adjustment)
    query = query.with_for_update().execution_options(populate_existing=True) if lock else query
    return await session.scalar(query)


async def shares_of(session: AsyncSession, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[AdjustedShare]]:
    query = select(AdjustedShare).where(AdjustedShare.adjustment_id.in_(ids)).order_by(AdjustedShare.employee)
    found: dict[UUID, list[AdjustedShare]] = {each: [] for each in ids}
    for share in await session.scalars(query):
        found[share.adjustment_id].append(share)
    return found


async def adjustments_of_run(session: AsyncSession, run: UUID, *states: str) -> Sequence[Adjustment]:
    query = select(Adjustment).where(Adjustment.run_id == run, Adjustment.state.in_(states))
    return (await session.scalars(query.order_by(Adjustment.id))).all()


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
