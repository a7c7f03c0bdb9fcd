"""What ifs: months with the runs that they are compared with, and what each person would have been paid."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.models import PayLine, PayMonth, WhatIf, WhatIfMonth, WhatIfPay

PAY_COLUMNS = ("store_id", "what_if_id", "month", "employee", "now_amount", "then_amount")


async def what_if_of(session: AsyncSession, what_if: UUID, *, lock: bool = False) -> WhatIf | None:
    query = select(WhatIf).where(WhatIf.id == what_if)
    query = query.with_for_update().execution_options(populate_existing=True) if lock else query
    return await session.scalar(query)


async def count_under_way(session: AsyncSession) -> int:
    query = select(func.count()).select_from(WhatIf).where(WhatIf.status.in_(["queued", "running"]))
    return int(await session.scalar(query) or 0)


async def runs_of(session: AsyncSession, months: Sequence[str]) -> Mapping[str, UUID]:
    """The run of each month: the one that it is locked on, else the latest that was completed."""
    rows = await session.execute(_RUNS, {"months": list(months)})
    return {row.month: row.id for row in rows}


_RUNS = text("""
    SELECT DISTINCT ON (r.month) r.month, r.id
    FROM run r LEFT JOIN pay_month m ON m.store_id = r.store_id AND m.month = r.month AND m.state <> 'open'
    WHERE r.month = ANY (:months) AND r.status = 'completed' AND (m.run_id IS NULL OR m.run_id = r.id)
    ORDER BY r.month, r.completed_at DESC, r.id DESC
""")


async def start(session: AsyncSession, what_if: UUID, now: datetime) -> None:
    """Say that work has begun; what is taken over keeps its first start, and is counted from the first month."""
    mine = update(WhatIf).where(WhatIf.id == what_if, WhatIf.status.in_(["queued", "running"]))
    began = func.coalesce(WhatIf.started_at, now)
    await session.execute(mine.values(status="running", started_at=began, months_done=0))


async def tell_progress(session: AsyncSession, what_if: UUID, done: int) -> None:
    mine = update(WhatIf).where(WhatIf.id == what_if, WhatIf.status == "running")
    await session.execute(mine.values(months_done=done))


async def months_of(session: AsyncSession, what_ifs: Sequence[UUID]) -> Mapping[UUID, Sequence[WhatIfMonth]]:
    query = select(WhatIfMonth).where(WhatIfMonth.what_if_id.in_(what_ifs)).order_by(WhatIfMonth.month)
    found: dict[UUID, list[WhatIfMonth]] = {each: [] for each in what_ifs}
    for row in await session.scalars(query):
        found[row.what_if_id].append(row)
    return found


async def own_lines(session: AsyncSession, run: UUID) -> Mapping[tuple[str, str], Decimal]:
    """What a run gave for its month itself, by person and line: without corrections of other months."""
    query = select(PayLine.employee, PayLine.component, func.sum(PayLine.amount).label("amount"))
    query = query.where(PayLine.run_id == run, PayLine.of_month.is_(None))
    rows = await session.execute(query.group_by(PayLine.employee, PayLine.component))
    return {(row.employee, row.component): row.amount for row in rows}


async def paid_later(session: AsyncSession, month: str) -> Decimal:
    """What other months that are closed pay as corrections of this one."""
    query = select(func.coalesce(func.sum(PayLine.amount), Decimal("0.00")))
    query = query.join(PayMonth, (PayMonth.store_id == PayLine.store_id) & (PayMonth.run_id == PayLine.run_id))
    found = await session.scalar(query.where(PayMonth.state == "closed", PayLine.of_month == month))
    return found or Decimal("0.00")


def pay_of(what_if: UUID) -> Select[Any]:
    return select(WhatIfPay).where(WhatIfPay.what_if_id == what_if)


async def sums_of(session: AsyncSession, what_if: UUID) -> Sequence[Any]:
    """Per person, over all months."""
    query = select(
        WhatIfPay.employee, func.sum(WhatIfPay.now_amount).label("now"), func.sum(WhatIfPay.then_amount).label("then")
    )
    query = query.where(WhatIfPay.what_if_id == what_if).group_by(WhatIfPay.employee).order_by(WhatIfPay.employee)
    return (await session.execute(query)).all()
