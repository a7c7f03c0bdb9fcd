"""Quotes by hand: make the next revision of an order's quote, a snapshot that nothing changes afterwards."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from services.workorder.domain.orders.line import Authorisation, LineKind, Origin, Payer
from services.workorder.domain.orders.share import shares_read
from services.workorder.domain.upsells.quote import QuotedItem, QuotedLine, Revision, require_quotable, require_times
from services.workorder.domain.upsells.upsell import require_open_to_work
from services.workorder.models import Quote, QuoteItem, RepairOrder, RepairOrderLine, Upsell
from services.workorder.repository.orders import orders
from services.workorder.repository.upsells import quotes as repository
from services.workorder.repository.upsells.findings import photos_of_findings
from services.workorder.schemas.upsells.quotes import QuoteCreate, QuoteItemCreate
from services.workorder.service.desk import Desk
from services.workorder.service.inspections.inspections import require_related_settled
from services.workorder.service.orders.progress import progress_of
from services.workorder.service.orders.timeline import note


async def make_quote(desk: Desk, order_id: UUID, body: QuoteCreate) -> Quote:
    """The order is locked: revisions get their numbers, and replace each other, one after the other."""
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    require_open_to_work(progress_of(order))
    require_times(desk.now, body.valid_until, body.ready_by)
    upsells = {each.id: each for each in await repository.lock_upsells(desk.session, desk.store_id, order.id)}
    wanted = [item.upsell_id for item in body.items]
    require_quotable(wanted, {each.id: decision_of(each) for each in upsells.values()})
    findings = [found for each in wanted if (found := upsells[each].finding_id)]
    await require_related_settled(desk.session, desk.store_id, findings)
    lines = await repository.lock_lines(desk.session, desk.store_id, order.id, wanted)
    photos = await photos_of_findings(desk.session, desk.store_id, findings)
    items = [
        _item(upsells[item.upsell_id], lines[item.upsell_id], photos.get(upsells[item.upsell_id].finding_id, ()), item)
        for item in body.items
    ]
    number = 1 + await repository.newest_number(desk.session, desk.store_id, order.id)
    quote = await _stored(desk, order, _revision(desk, order, number, items, body))
    total = sum((item.amount for item in items), Decimal(0))
    await note(desk, order.id, "quote.made", id=quote.id, number=number, total=total)
    return quote


def decision_of(upsell: Upsell) -> Authorisation | None:
    return Authorisation(upsell.decision) if upsell.decision else None


def quoted_lines(lines: Iterable[RepairOrderLine]) -> tuple[QuotedLine, ...]:
    """Lines of an order as a quote would show them now."""
    return tuple(
        QuotedLine(
            line.line_number, LineKind(line.kind), line.code, line.name,
            quantity=line.quantity, amount=line.amount, payer=Payer(line.payer), shares=shares_read(line.shares),
            origin=Origin(line.origin) if line.origin else None,
        )
        for line in lines
    )  # fmt: skip


def shown_lines(lines: Iterable[Mapping[str, object]]) -> tuple[QuotedLine, ...]:
    """Lines as a stored quote shows them."""
    return tuple(QuotedLine.read(line) for line in lines)


def _item(
    upsell: Upsell, lines: Sequence[RepairOrderLine], photos: Sequence[UUID], told: QuoteItemCreate
) -> QuotedItem:  # fmt: skip
    return QuotedItem(
        upsell_id=upsell.id, upsell_number=upsell.number, name=upsell.operation_name, why=told.why,
        if_not_done=told.if_not_done, minutes=told.minutes, lines=quoted_lines(lines), photos=tuple(photos),
    )  # fmt: skip


def _revision(desk: Desk, order: RepairOrder, number: int, items: Sequence[QuotedItem], body: QuoteCreate) -> Revision:
    return Revision(
        order_number=order.number, number=number, currency=desk.store.currency, items=tuple(items),
        explained_by=tuple(body.explained_by), valid_until=body.valid_until, ready_by=body.ready_by, note=body.note,
    )  # fmt: skip


async def _stored(desk: Desk, order: RepairOrder, revision: Revision) -> Quote:
    quote = Quote(
        store_id=desk.store_id, order_id=order.id, number=revision.number, currency=revision.currency,
        explained_by=list(revision.explained_by), valid_until=revision.valid_until, ready_by=revision.ready_by,
        note=revision.note, content_hash=revision.content_hash(), made_by=desk.person, created_at=desk.now,
    )  # fmt: skip
    desk.session.add(quote)
    await desk.session.flush()
    desk.session.add_all(
        QuoteItem(
            store_id=desk.store_id, quote_id=quote.id, upsell_id=item.upsell_id, place=place,
            upsell_number=item.upsell_number, name=item.name, why=item.why, if_not_done=item.if_not_done,
            minutes=item.minutes, amount=item.amount, customer_share=item.customer_share,
            lines=[line.told() for line in item.lines], photos=list(item.photos),
        )
        for place, item in enumerate(revision.items, start=1)
    )  # fmt: skip
    await desk.session.flush()
    return await repository.quote_by_id(desk.session, desk.store_id, quote.id)


def revision_of(quote: Quote) -> Revision:
    """What a stored quote shows; its hash is that of the stored one."""
    items = tuple(
        QuotedItem(
            upsell_id=item.upsell_id, upsell_number=item.upsell_number, name=item.name, why=item.why,
            if_not_done=item.if_not_done, minutes=item.minutes, lines=shown_lines(item.lines),
            photos=tuple(item.photos),
        )
        for item in quote.items
    )  # fmt: skip
    return Revision(
        order_number=quote.order.number, number=quote.number, currency=quote.currency, items=items,
        explained_by=tuple(quote.explained_by), valid_until=quote.valid_until, ready_by=quote.ready_by,
        note=quote.note,
    )  # fmt: skip
