"""Entries of orders' timelines: added, and listed with the newest first."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workorder.models import OrderEntry


async def add_entry(session: AsyncSession, store_id: UUID, order_id: UUID, entry: Mapping[str, Any]) -> None:
    await session.execute(insert(OrderEntry).values(store_id=store_id, order_id=order_id, **entry))


def entries(store_id: UUID, order_id: UUID) -> Select[Any]:
    return select(OrderEntry).where(OrderEntry.store_id == store_id, OrderEntry.order_id == order_id)
