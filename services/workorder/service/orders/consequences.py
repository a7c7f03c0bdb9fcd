"""What follows from written orders and lines: upsells found again, labour completed or no longer so, events."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.workorder.domain.upsells.upsell import grouped
from services.workorder.events import published
from services.workorder.repository.bulk import Import, Written
from services.workorder.repository.catalogue import catalogue
from services.workorder.repository.orders.details import keep_told_promises
from services.workorder.repository.orders.labour import refresh_completed_labour
from services.workorder.repository.upsells import grouping
from services.workorder.service.inspections.checks import put_checks


async def of_orders(session: AsyncSession, run: Import, written: Written) -> None:
    await published.publish_states(session, published.ORDERS, written.ids)
    await keep_told_promises(session, written.ids)
    await put_checks(session, run.store_id, written.ids)
    await of_changed_labour(session, orders=written.updated)


async def of_lines(session: AsyncSession, run: Import, written: Written) -> None:
    """Whole orders are grouped anew, since a part may have come in an earlier chunk than its labour."""
    if not written.ids:
        return
    orders = await grouping.orders_of_lines(session, written.ids)
    lines = await grouping.imported_upsell_lines(session, orders)
    found = [(order, proposal) for order, its_lines in lines.items() for proposal in grouped(its_lines)]
    regrouped = await grouping.store_proposals(session, run, orders, found, written.ids)
    await catalogue.add_operations_of_lines(session, written.ids)
    await published.publish_states(session, published.LINES, list({*written.ids, *regrouped.lines}))
    await published.publish_states(session, published.UPSELLS, regrouped.upsells)
    await published.publish_states(session, published.LABOUR, written.created)
    await of_changed_labour(session, lines=written.updated)


async def of_changed_labour(session: AsyncSession, *, orders: Sequence[UUID] = (), lines: Sequence[UUID] = ()) -> None:
    """Say which labour of these orders and lines is completed work, or is so no longer."""
    if orders or lines:
        changed = await refresh_completed_labour(session, orders=orders, lines=lines)
        await published.publish_states(session, published.LABOUR, changed)
