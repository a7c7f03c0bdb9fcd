"""Reading responses: one, its former states, and lists by what they are about."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.models import OrderCopy, Response, ResponseHistory


@dataclass(frozen=True)
class ResponseFilter:
    questionnaire: str | None = None
    order: str | None = None
    advisor: str | None = None
    first: date | None = None
    last: date | None = None
    waiting: bool = False


def matching(store_id: UUID, wanted: ResponseFilter) -> Select[Response]:
    query = select(Response).where(Response.store_id == store_id)
    equal = {
        Response.questionnaire: wanted.questionnaire,
        Response.order_number: wanted.order,
        Response.advisor: wanted.advisor,
    }
    for column, value in equal.items():
        query = query if value is None else query.where(column == value)
    if wanted.first is not None:
        query = query.where(Response.submitted_on >= wanted.first)
    if wanted.last is not None:
        query = query.where(Response.submitted_on <= wanted.last)
    return query.where(~Response.order_known) if wanted.waiting else query


async def find(session: AsyncSession, store_id: UUID, response_id: UUID) -> Response | None:
    return await session.scalar(select(Response).where(Response.store_id == store_id, Response.id == response_id))


def history(store_id: UUID, response_id: UUID) -> Select[ResponseHistory]:
    kept = ResponseHistory
    return select(kept).where(kept.store_id == store_id, kept.response_id == response_id)


async def advisor_of(session: AsyncSession, store_id: UUID, order_number: str) -> str | None:
    order = OrderCopy
    return await session.scalar(select(order.advisor).where(order.store_id == store_id, order.number == order_number))
