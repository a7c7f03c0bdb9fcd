"""Items and attendance in their newest versions, people with their base pay, and slips as they were locked."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, Select, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.payroll.domain.month import Month
from services.payroll.models import Attendance, PayItem, Slip


def newest_items() -> Select[Any]:
    newer = aliased(PayItem)
    replaced = select(newer.id).where(
        newer.store_id == PayItem.store_id, newer.id == PayItem.id, newer.version > PayItem.version
    )
    return select(PayItem).where(~replaced.exists())


def items_in(month: str) -> Select[Any]:
    """Items that are paid or deducted in a month."""
    query = newest_items().where(PayItem.withdrawn.is_(False), PayItem.from_month <= month)
    return query.where(PayItem.until_month.is_(None) | (PayItem.until_month >= month))


def versions(item: UUID) -> Select[Any]:
    return select(PayItem).where(PayItem.id == item)


async def newest_version(session: AsyncSession, item: UUID, *, lock: bool = False) -> PayItem | None:
    """Locked by its first version, so that of two changes at once the second sees the first's."""
    if lock:
        await session.execute(select(PayItem.id).where(PayItem.id == item, PayItem.version == 1).with_for_update())
    newest: PayItem | None = await session.scalar(versions(item).order_by(PayItem.version.desc()).limit(1))
    return newest


async def items_before(session: AsyncSession, months: Collection[str]) -> Sequence[PayItem]:
    """In their newest versions, withdrawn ones first: items that begin in one of the months. Nobody else changes them
    until the transaction ends."""
    first = select(PayItem.id).where(PayItem.from_month.in_(months), PayItem.version == 1)
    await session.execute(first.order_by(PayItem.id).with_for_update())
    query = newest_items().where(PayItem.from_month.in_(months)).order_by(PayItem.withdrawn.desc(), PayItem.id)
    return (await session.scalars(query)).all()


async def put_items(session: AsyncSession, store: UUID, rows: Sequence[Mapping[str, Any]]) -> Sequence[PayItem]:
    """Each as its next version; new ones, with the first, have no id yet."""
    given = [{"store_id": store, **row} for row in rows]
    new, next_ones = [row for row in given if "id" not in row], [row for row in given if "id" in row]
    stored: list[PayItem] = []
    for group in filter(None, (new, next_ones)):
        stored += await session.scalars(insert(PayItem).returning(PayItem), group)
    return stored


async def people_of(session: AsyncSession, month: Month) -> Sequence[RowMapping]:
    """Everybody who ever had terms by the month's last day, with those that hold then and the days he attended."""
    rows = await session.execute(_PEOPLE, {"month": str(month), "day": month.last_day})
    return rows.mappings().all()


_PEOPLE = text("""
    SELECT e.number, e.hired_on, e.left_on, t.post, t.team, t.base_pay, a.days AS attended
    FROM employee e
    JOIN LATERAL (
        SELECT * FROM employee_terms t
        WHERE t.store_id = e.store_id AND t.employee = e.number AND t.valid_from <= :day
        ORDER BY t.valid_from DESC LIMIT 1
    ) t ON true
    LEFT JOIN LATERAL (
        SELECT * FROM attendance a
        WHERE a.store_id = e.store_id AND a.month = :month AND a.employee = e.number
        ORDER BY a.version DESC LIMIT 1
    ) a ON true
    ORDER BY e.number
""")


def newest_attendance() -> Select[Any]:
    newer = aliased(Attendance)
    replaced = select(newer.employee).where(
        newer.store_id == Attendance.store_id, newer.month == Attendance.month,
        newer.employee == Attendance.employee, newer.version > Attendance.version,
    )  # fmt: skip
    return select(Attendance).where(~replaced.exists())


async def attendance_before(session: AsyncSession, months: Collection[str]) -> Sequence[Attendance]:
    return (await session.scalars(newest_attendance().where(Attendance.month.in_(months)))).all()


async def put_attendance(
    session: AsyncSession, store: UUID, by: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Each as the next version; `by` says who, from which source and import."""
    told = orjson.dumps(list(rows), default=str).decode()
    await session.execute(_PUT_ATTENDANCE, {"store": store, **by, "rows": told})


_PUT_ATTENDANCE = text("""
    INSERT INTO attendance (store_id, month, employee, version, days, recorded_by, source, import_id)
    SELECT :store, month, employee, version, days, :by, :source, :import_id
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(month text, employee text, version integer, days numeric)
""")


async def changed_months(session: AsyncSession, month: str, since: str) -> Sequence[RowMapping]:
    """Closed months before a month whose slips rest on something that is not what it was: people, terms, attendance.

    From a little before each was locked: what was under way then has an earlier time and was not seen.
    """
    return (await session.execute(_CHANGED, {"month": month, "since": since})).mappings().all()


_CHANGED = text("""
    SELECT m.month, m.run_id FROM pay_month m
    CROSS JOIN LATERAL (
        SELECT max(s.at) - interval '1 minute' AS at FROM pay_month_step s
        WHERE s.store_id = m.store_id AND s.month = m.month AND s.what = 'locked') l
    WHERE m.state = 'closed' AND m.month < :month AND m.month >= :since
      AND EXISTS (SELECT FROM slip k WHERE k.store_id = m.store_id AND k.run_id = m.run_id)
      AND (EXISTS (SELECT FROM employee e WHERE e.store_id = m.store_id AND e.updated_at > l.at)
        OR EXISTS (SELECT FROM employee_terms t WHERE t.store_id = m.store_id AND t.updated_at > l.at)
        OR EXISTS (
            SELECT FROM attendance a WHERE a.store_id = m.store_id AND a.month = m.month AND a.recorded_at > l.at))
    ORDER BY m.month
""")


async def items_kept(session: AsyncSession, run: UUID) -> Sequence[PayItem]:
    """The versions of items that somebody's slip of a run holds."""
    return (await session.scalars(select(PayItem).from_statement(_KEPT), {"run": run})).all()


_KEPT = text("""
    SELECT p.* FROM pay_item p
    WHERE (p.id, p.version) IN (
        SELECT CAST(i ->> 'id' AS uuid), CAST(i ->> 'version' AS integer)
        FROM slip k CROSS JOIN LATERAL jsonb_array_elements(k.body -> 'items') i
        WHERE k.run_id = :run AND i ->> 'of_month' IS NULL)
    ORDER BY p.id
""")


async def paid_for(session: AsyncSession, month: str) -> Mapping[str, Decimal]:
    """What slips paid everybody for a month: its own, and corrections of it in those of other closed months."""
    rows = await session.execute(_PAID, {"month": month})
    return {row.employee: row.amount for row in rows}


_PAID = text("""
    SELECT employee, sum(amount) AS amount FROM (
        SELECT k.employee, k.body -> 'base_pay' ->> 'amount' AS told, m.month AS of_month
        FROM pay_month m JOIN slip k ON k.store_id = m.store_id AND k.run_id = m.run_id
        WHERE m.state = 'closed'
        UNION ALL
        SELECT k.employee, i ->> 'amount', coalesce(i ->> 'of_month', m.month)
        FROM pay_month m JOIN slip k ON k.store_id = m.store_id AND k.run_id = m.run_id
        CROSS JOIN LATERAL jsonb_array_elements(k.body -> 'items') i
        WHERE m.state = 'closed'
    ) paid CROSS JOIN LATERAL (SELECT CAST(told AS numeric) AS amount) n
    WHERE of_month = :month AND told IS NOT NULL
    GROUP BY employee
""")


async def slips_of(session: AsyncSession, run: UUID) -> Sequence[Slip]:
    """As they were locked, by employee number."""
    return (await session.scalars(select(Slip).where(Slip.run_id == run).order_by(Slip.place))).all()
