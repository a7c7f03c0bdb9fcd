"""What moved at the till on a day, and whether the day is closed: money is not taken while somebody closes."""

from datetime import date
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.workorder.domain.money.cash import Flow, FlowKind
from services.workorder.domain.money.settlement import PaymentMethod
from services.workorder.models import CashClosing

_FLOWS = text("""
    SELECT CASE WHEN deposit THEN 'deposit' ELSE 'received' END AS kind, method, taken_by AS cashier,
        sum(amount) AS amount
    FROM payments WHERE store_id = :store AND paid_on = :day GROUP BY 1, method, taken_by
    UNION ALL
    SELECT 'refund', method, refunded_by, sum(amount)
    FROM refunds WHERE store_id = :store AND refunded_on = :day GROUP BY method, refunded_by
    UNION ALL
    SELECT 'received', method, sold_by, sum(price)
    FROM packages WHERE store_id = :store AND sold_on = :day GROUP BY method, sold_by
    UNION ALL
    SELECT 'refund', method, refunded_by, sum(refunded_amount)
    FROM packages WHERE store_id = :store AND refunded_on = :day GROUP BY method, refunded_by
    UNION ALL
    SELECT 'received', method, taken_by, sum(amount)
    FROM accessory_sales WHERE store_id = :store AND sold_on = :day AND method IS NOT NULL GROUP BY method, taken_by
    UNION ALL
    SELECT 'refund', return_method, returned_by, sum(amount)
    FROM accessory_sales WHERE store_id = :store AND returned_on = :day AND return_method IS NOT NULL
    GROUP BY return_method, returned_by
    ORDER BY method, cashier, kind
""")
_HOLD = text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:what, 0))")
_CLOSE = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))")


async def flows_of(session: AsyncSession, store_id: UUID, day: date) -> list[Flow]:
    rows = await session.execute(_FLOWS, {"store": store_id, "day": day})
    return [Flow(FlowKind(row.kind), PaymentMethod(row.method), row.cashier, row.amount) for row in rows]


async def closing_of(session: AsyncSession, store_id: UUID, day: date) -> CashClosing | None:
    query = select(CashClosing).where(CashClosing.store_id == store_id, CashClosing.day == day)
    return (await session.scalars(query)).one_or_none()


async def hold_day(session: AsyncSession, store_id: UUID, day: date) -> None:
    """Many may take money at once; nobody closes the day meanwhile."""
    await session.execute(_HOLD, {"what": f"till {store_id} {day}"})


async def lock_day(session: AsyncSession, store_id: UUID, day: date) -> None:
    await session.execute(_CLOSE, {"what": f"till {store_id} {day}"})
