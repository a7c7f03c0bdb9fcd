"""Quote revisions with what they show, the upsells behind them, approval links and decisions."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, joinedload, selectinload, with_expression

from chassis.errors import NotFound
from services.workorder.models import ApprovalLink, Quote, QuoteItem, RepairOrder, RepairOrderLine, Upsell

_other = aliased(Quote)
_NEWEST = (
    select(func.max(_other.number))
    .where(_other.store_id == Quote.store_id, _other.order_id == Quote.order_id)
    .correlate(Quote)
    .scalar_subquery()
)


def quotes(store_id: UUID) -> Select[Any]:
    """With all they show: five queries, however many quotes, items, decisions and links there are."""
    return (
        select(Quote)
        .where(Quote.store_id == store_id)
        .options(
            with_expression(Quote.newest, _NEWEST),
            joinedload(Quote.order).options(joinedload(RepairOrder.vehicle), joinedload(RepairOrder.approval)),
            selectinload(Quote.items).joinedload(QuoteItem.upsell),
            selectinload(Quote.decisions),
            selectinload(Quote.links),
        )
        .execution_options(populate_existing=True)
    )


def quotes_of(store_id: UUID, order_id: UUID) -> Select[Any]:
    return quotes(store_id).where(Quote.order_id == order_id)


async def find_quote(session: AsyncSession, store_id: UUID, quote_id: UUID) -> Quote | None:
    found: Quote | None = (await session.scalars(quotes(store_id).where(Quote.id == quote_id))).one_or_none()
    return found


async def quote_by_id(session: AsyncSession, store_id: UUID, quote_id: UUID) -> Quote:
    found = await find_quote(session, store_id, quote_id)
    if found is None:
        raise NotFound("There is no such quote")
    return found


async def order_of(session: AsyncSession, store_id: UUID, quote_id: UUID) -> UUID:
    found = await session.scalar(select(Quote.order_id).where(Quote.store_id == store_id, Quote.id == quote_id))
    if found is None:
        raise NotFound("There is no such quote")
    return found


async def newest_number(session: AsyncSession, store_id: UUID, order_id: UUID) -> int:
    """Zero before the first. With the order locked nobody makes another."""
    query = select(func.max(Quote.number)).where(Quote.store_id == store_id, Quote.order_id == order_id)
    return await session.scalar(query) or 0


async def newest_showing(session: AsyncSession, store_id: UUID, upsell: Upsell) -> int | None:
    """The number of the newest revision of the upsell's order, when the upsell is on it."""
    query = select(Quote.number).join(QuoteItem, QuoteItem.quote_id == Quote.id).where(
        Quote.store_id == store_id, Quote.order_id == upsell.order_id, Quote.number == _NEWEST,
        QuoteItem.store_id == store_id, QuoteItem.upsell_id == upsell.id,
    )  # fmt: skip
    return await session.scalar(query)


async def lock_upsells(session: AsyncSession, store_id: UUID, order_id: UUID) -> Sequence[Upsell]:
    """The order's upsells that have lines, held against imports and decisions."""
    query = (
        select(Upsell)
        .where(Upsell.store_id == store_id, Upsell.order_id == order_id, func.cardinality(Upsell.line_numbers) > 0)
        .order_by(Upsell.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(query)).all()


async def lock_lines(
    session: AsyncSession, store_id: UUID, order_id: UUID, upsell_ids: Sequence[UUID]
) -> dict[UUID, list[RepairOrderLine]]:
    """The lines of these upsells as they are now, held as they are."""
    query = (
        select(RepairOrderLine)
        .where(
            RepairOrderLine.store_id == store_id,
            RepairOrderLine.order_id == order_id,
            RepairOrderLine.upsell_id.in_(upsell_ids),
        )
        .order_by(RepairOrderLine.line_number)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found: dict[UUID, list[RepairOrderLine]] = {upsell_id: [] for upsell_id in upsell_ids}
    for line in await session.scalars(query):
        if line.upsell_id is not None:
            found[line.upsell_id].append(line)
    return found


async def link_by_id(session: AsyncSession, store_id: UUID, link_id: UUID, *, lock: bool = False) -> ApprovalLink:
    return await _link(session, store_id, ApprovalLink.id == link_id, lock=lock)


async def link_by_hash(session: AsyncSession, store_id: UUID, token_hash: bytes, *, lock: bool = False) -> ApprovalLink:
    return await _link(session, store_id, ApprovalLink.token_hash == token_hash, lock=lock)


async def _link(session: AsyncSession, store_id: UUID, which: Any, *, lock: bool) -> ApprovalLink:  # noqa: ANN401
    query = (
        select(ApprovalLink)
        .where(ApprovalLink.store_id == store_id, which)
        .options(joinedload(ApprovalLink.quote).options(with_expression(Quote.newest, _NEWEST)))
        .execution_options(populate_existing=True)
    )
    query = query.with_for_update(of=ApprovalLink) if lock else query
    found: ApprovalLink | None = (await session.scalars(query)).one_or_none()
    if found is None:
        raise NotFound("There is no such link")
    return found
