"""Complaints by day, with the filters people look for them by."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.representation import PageWish, paginate
from services.customer.models import Complaint


async def find_complaints(
    session: AsyncSession, store: UUID, wish: PageWish, *, since: date | None, until: date | None, **equal: object
) -> tuple[list[Any], str | None]:
    """Newest first; `equal` maps a column to its value."""
    table = Complaint.__table__
    query = select(Complaint).where(Complaint.store_id == store)
    for column, value in equal.items():
        query = query.where(table.c[column] == value)
    if since is not None:
        query = query.where(Complaint.occurred_on >= since)
    if until is not None:
        query = query.where(Complaint.occurred_on <= until)
    return await paginate(session, query, [table.c.occurred_on, table.c.id], wish, descending=True)


async def one_complaint(session: AsyncSession, store: UUID, complaint: UUID) -> Complaint | None:
    return await session.get(Complaint, (store, complaint), populate_existing=True)
