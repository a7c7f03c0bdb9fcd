"""Approval links: issue one for the quote that holds, and withdraw it. Whoever has one may decide."""

import secrets
from uuid import UUID

from chassis.representation import check_version
from services.workorder.domain.upsells.approval import (
    SECRET_BYTES,
    Link,
    link_expiry,
    require_withdrawable,
    token_hash,
    token_of,
)
from services.workorder.domain.upsells.quote import (
    QuoteDecided,
    QuoteExpired,
    QuoteState,
    quote_state,
    require_newest,
)
from services.workorder.domain.upsells.upsell import require_open_to_work
from services.workorder.models import ApprovalLink, Quote
from services.workorder.repository.orders import orders
from services.workorder.repository.upsells import quotes as repository
from services.workorder.schemas.upsells.approvals import LinkCreate
from services.workorder.service.desk import Desk
from services.workorder.service.orders.progress import progress_of
from services.workorder.service.orders.timeline import note
from services.workorder.service.upsells.quotes import decision_of


def link_of(link: ApprovalLink, quote: Quote) -> Link:
    return Link(quote.number, link.expires_at, link.revoked_at, link.used_at)


async def issue_link(desk: Desk, quote_id: UUID, body: LinkCreate) -> tuple[ApprovalLink, str]:
    """The link, and its token, which nobody is told again."""
    order_id = await repository.order_of(desk.session, desk.store_id, quote_id)
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    quote = await repository.quote_by_id(desk.session, desk.store_id, quote_id)
    require_open_to_work(progress_of(order))
    _require_decidable(desk, quote)
    token = token_of(desk.store_id, secrets.token_bytes(SECRET_BYTES))
    link = ApprovalLink(
        store_id=desk.store_id, quote_id=quote.id, token_hash=token_hash(token), made_by=desk.person,
        expires_at=link_expiry(body.expires_at, quote.valid_until, desk.now), created_at=desk.now,
    )  # fmt: skip
    desk.session.add(link)
    await desk.session.flush()
    await note(desk, order.id, "link.issued", quote=quote.number, expires_at=link.expires_at.isoformat())
    return await repository.link_by_id(desk.session, desk.store_id, link.id), token


def _require_decidable(desk: Desk, quote: Quote) -> None:
    require_newest(quote.number, quote.newest)
    decisions = [decision_of(item.upsell) for item in quote.items]
    state = quote_state(quote.number, quote.newest, quote.valid_until, decisions, desk.now)
    if state is QuoteState.EXPIRED:
        raise QuoteExpired(f"It was valid until {quote.valid_until.isoformat()}")
    if state is QuoteState.DECIDED:
        raise QuoteDecided("There is nothing left that a link could ask")


async def revoke_link(desk: Desk, link_id: UUID, expected: int) -> ApprovalLink:
    """Also a used one, which then shows nothing any more: the decision stands."""
    found = await repository.link_by_id(desk.session, desk.store_id, link_id)
    await orders.lock_order(desk.session, desk.store_id, found.quote.order_id)
    link = await repository.link_by_id(desk.session, desk.store_id, link_id, lock=True)
    check_version(link.version, expected)
    require_withdrawable(link_of(link, link.quote))
    link.revoked_at, link.revoked_by = desk.now, desk.person
    link.version += 1
    await desk.session.flush()
    await note(desk, found.quote.order_id, "link.revoked", quote=link.quote.number)
    return link
