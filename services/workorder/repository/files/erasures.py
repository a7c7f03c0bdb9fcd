"""Which files are of a customer, and that they were erased."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.workorder.models import File, FileErasure, RepairOrder
from services.workorder.repository.orders.orders import of_customer


async def files_of_customers(session: AsyncSession, store_id: UUID, numbers: Sequence[str]) -> Sequence[Any]:
    """Id, purpose, and the day on which its order was settled; of orders under any number of these people."""
    query = (
        select(File.id, File.purpose, RepairOrder.settled_on)
        .join(RepairOrder, and_(RepairOrder.store_id == File.store_id, RepairOrder.id == File.order_id))
        .where(
            File.store_id == store_id,
            RepairOrder.store_id == store_id,
            or_(*(of_customer(store_id, number) for number in numbers)),
        )
    )
    return (await session.execute(query)).all()


async def erase(session: AsyncSession, store_id: UUID, due: Mapping[UUID, date], asked_at: datetime) -> None:
    """What was erased before stays so, from the day that was said then."""
    rows = [{"store_id": store_id, "file_id": each, "asked_at": asked_at, "due_on": day} for each, day in due.items()]
    if rows:
        await session.execute(insert(FileErasure).on_conflict_do_nothing(), rows)
