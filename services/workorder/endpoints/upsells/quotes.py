"""Quotes over HTTP: make the next revision, read them, and enter what the customer says of one."""

from uuid import UUID

from fastapi import Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import Page, PageOf
from services.workorder.domain.upsells.quote import quote_state
from services.workorder.endpoints.desk import CurrentDesk, document, page
from services.workorder.endpoints.roles import DESK, READERS
from services.workorder.endpoints.upsells.links import read_link
from services.workorder.models import Quote, QuoteItem
from services.workorder.repository.orders import orders
from services.workorder.repository.upsells import quotes as repository
from services.workorder.schemas.upsells.quotes import (
    QuoteCreate,
    QuoteDecisionRead,
    QuoteDecisions,
    QuotedLineRead,
    QuoteItemRead,
    QuoteRead,
)
from services.workorder.service.desk import Desk
from services.workorder.service.upsells import approvals, quotes
from services.workorder.service.upsells.quotes import decision_of, revision_of, shown_lines

router = Router(tags=["quotes"])


def _read(desk: Desk, quote: Quote) -> QuoteRead:
    revision = revision_of(quote)
    decisions = [decision_of(item.upsell) for item in quote.items]
    return document(
        QuoteRead,
        quote,
        order_number=quote.order.number,
        state=quote_state(quote.number, quote.newest, quote.valid_until, decisions, desk.now),
        items=[read_item(item) for item in quote.items],
        total=revision.total,
        customer_share=revision.customer_share,
        decisions=[document(QuoteDecisionRead, each) for each in quote.decisions],
        links=[read_link(each, quote, desk.now) for each in quote.links],
    )


def read_item(item: QuoteItem) -> QuoteItemRead:
    return document(QuoteItemRead, item, lines=read_lines(item), decision=item.upsell.decision)


def read_lines(item: QuoteItem) -> list[QuotedLineRead]:
    return [document(QuotedLineRead, line) for line in shown_lines(item.lines)]


@router.post("/v1/repair-orders/{order_id}/quotes", status_code=201, dependencies=[allow(*DESK)])
async def make_quote(order_id: UUID, body: QuoteCreate, desk: CurrentDesk, response: Response) -> QuoteRead:
    """The order's next revision. It replaces the one before, whose links are void from then on."""
    quote = await quotes.make_quote(desk, order_id, body)
    response.headers["Location"] = f"/v1/quotes/{quote.id}"
    return _read(desk, quote)


@router.get("/v1/repair-orders/{order_id}/quotes", dependencies=[allow(*READERS)])
async def list_quotes(order_id: UUID, desk: CurrentDesk, wish: PageOf) -> Page[QuoteRead]:
    """The newest revision first."""
    order = await orders.order_by_id(desk.session, desk.store_id, order_id)
    query = repository.quotes_of(desk.store_id, order.id)
    return await page(desk, wish, query, [Quote.number], lambda quote: _read(desk, quote))


@router.get("/v1/quotes/{quote_id}", dependencies=[allow(*READERS)])
async def read_quote(quote_id: UUID, desk: CurrentDesk) -> QuoteRead:
    return _read(desk, await repository.quote_by_id(desk.session, desk.store_id, quote_id))


@router.post("/v1/quotes/{quote_id}/decisions", dependencies=[allow(*DESK)])
async def decide_quote(quote_id: UUID, body: QuoteDecisions, desk: CurrentDesk) -> QuoteRead:
    """Enter what the customer said: all of it or nothing, and only on the order's newest revision."""
    return _read(desk, await approvals.decide_at_desk(desk, quote_id, body))
