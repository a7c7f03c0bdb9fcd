"""Decisions on a quote, at the desk and by link: locked in the order order → link → quote's upsells, all or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import enter_store
from chassis.errors import Invalid, NotFound, field_error
from services.workorder.domain.orders.line import Authorisation, AuthorisationMethod
from services.workorder.domain.upsells.approval import (
    Choice,
    ShownItem,
    Standing,
    require_as_shown,
    require_call_time,
    require_unquoted,
    require_usable,
    require_visible,
    store_of,
    take_decisions,
    token_hash,
)
from services.workorder.domain.upsells.upsell import require_open_to_work
from services.workorder.models import ApprovalLink, Quote, RepairOrder, Upsell
from services.workorder.repository.orders import orders
from services.workorder.repository.upsells import decisions
from services.workorder.repository.upsells import quotes as repository
from services.workorder.schemas.upsells.approvals import ApprovalDecisions
from services.workorder.schemas.upsells.quotes import QuoteDecisions
from services.workorder.service.desk import Desk
from services.workorder.service.files.files import require_signature
from services.workorder.service.orders.progress import progress_of
from services.workorder.service.upsells.decisions import Said, enter_decisions
from services.workorder.service.upsells.links import link_of
from services.workorder.service.upsells.quotes import decision_of, quoted_lines, shown_lines


@dataclass(frozen=True)
class Taken:
    """How a decision on a quote came: by a link, or taken by an employee, who was called perhaps."""

    said: Said
    today: date | None = None
    taken_by: str | None = None
    called_at: datetime | None = None
    link_id: UUID | None = None
    signature_id: UUID | None = None


async def decide_at_desk(desk: Desk, quote_id: UUID, body: QuoteDecisions) -> Quote:
    order_id = await repository.order_of(desk.session, desk.store_id, quote_id)
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    quote = await repository.quote_by_id(desk.session, desk.store_id, quote_id)
    if body.called_at is not None:
        require_call_time(body.called_at, quote.created_at, desk.now)
    await require_signature(desk, order.id, body.signature_id, quote.id)
    said = Said(AuthorisationMethod(body.method), body.decided_by, desk.now)
    taken = Taken(
        said, desk.today, taken_by=desk.person, called_at=body.called_at, signature_id=body.signature_id
    )  # fmt: skip
    choices = [
        Choice(each.upsell_id, Authorisation(each.decision), each.reason, each.priority, each.follow_up_on)
        for each in body.items
    ]
    await take(desk.session, order, quote, choices, taken)
    return await repository.quote_by_id(desk.session, desk.store_id, quote_id)


async def take(
    session: AsyncSession, order: RepairOrder, quote: Quote, choices: Sequence[Choice], taken: Taken
) -> None:
    """The order is locked, and the quote was read after that."""
    if any(choice.decision is Authorisation.APPROVED for choice in choices):
        require_open_to_work(progress_of(order))
    take_decisions(await _standing(session, quote), choices, taken.said.at, taken.today)
    await decisions.keep_decisions(session, [_kept(quote, choice, taken) for choice in choices])
    await enter_decisions(session, order, choices, taken.said)


def _kept(quote: Quote, choice: Choice, taken: Taken) -> dict[str, object]:
    return {
        "store_id": quote.store_id, "quote_id": quote.id, "upsell_id": choice.upsell_id, "decision": choice.decision,
        "method": taken.said.method, "decided_by": taken.said.decided_by, "taken_by": taken.taken_by,
        "link_id": taken.link_id, "decided_at": taken.said.at, "called_at": taken.called_at, "reason": choice.reason,
        "priority": choice.priority, "follow_up_on": choice.follow_up_on,
        "signature_id": taken.signature_id,
    }  # fmt: skip


async def _standing(session: AsyncSession, quote: Quote) -> Standing:
    shown = {item.upsell_id: item for item in quote.items}
    await repository.lock_upsells(session, quote.store_id, quote.order_id)
    present = await repository.lock_lines(session, quote.store_id, quote.order_id, list(shown))
    items = {
        upsell_id: ShownItem(shown_lines(item.lines), quoted_lines(present[upsell_id]), decision_of(item.upsell))
        for upsell_id, item in shown.items()
    }
    return Standing(quote.number, quote.newest, quote.valid_until, items)


async def link_of_token(session: AsyncSession, token: str) -> ApprovalLink:
    """The token says in which store to look; nothing is found there unless its hash is one of that store's links."""
    store_id = store_of(token)
    if store_id is None:
        raise NotFound("There is no such link")
    await enter_store(session, store_id)
    return await repository.link_by_hash(session, store_id, token_hash(token))


async def read_by_link(session: AsyncSession, token: str, now: datetime) -> tuple[ApprovalLink, Quote]:
    link = await link_of_token(session, token)
    require_visible(link_of(link, link.quote), link.quote.newest, now)
    return link, await repository.quote_by_id(session, link.store_id, link.quote_id)


async def decide_by_link(
    session: AsyncSession, token: str, body: ApprovalDecisions, now: datetime
) -> tuple[ApprovalLink, Quote]:
    """One link decides once; what its decision leaves out stays proposed."""
    found = await link_of_token(session, token)
    order = await orders.lock_order(session, found.store_id, found.quote.order_id)
    link = await repository.link_by_id(session, found.store_id, found.id, lock=True)
    require_usable(link_of(link, link.quote), link.quote.newest, now)
    quote = await repository.quote_by_id(session, link.store_id, link.quote_id)
    require_as_shown(quote.number, quote.content_hash, body.quote_number, body.content_hash)
    require_open_to_work(progress_of(order))
    choices = [Choice(each.upsell_id, Authorisation(each.decision), each.reason) for each in body.items]
    said = Said(AuthorisationMethod.SMS_LINK, body.name, now)
    await take(session, order, quote, choices, Taken(said, link_id=link.id))
    link.used_at = now
    link.version += 1
    await session.flush()
    return link, await repository.quote_by_id(session, link.store_id, link.quote_id)


async def quote_of_upsell(desk: Desk, upsell: Upsell, quote_id: UUID | None) -> Quote | None:
    """The quote that a decision on one upsell is bound to; None when the order's newest does not show it.

    Whoever decides has to name that quote, so that nobody approves a price that he has not seen.
    """
    if quote_id is None:
        require_unquoted(await repository.newest_showing(desk.session, desk.store_id, upsell))
        return None
    quote = await repository.find_quote(desk.session, desk.store_id, quote_id)
    if quote is None or upsell.id not in {item.upsell_id for item in quote.items}:
        unknown = field_error("/quote_id", "quote-unknown", "no quote that shows this upsell")
        raise Invalid("There is no such quote of this upsell", errors=[unknown])
    return quote
