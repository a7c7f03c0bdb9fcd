"""What a customer with a link may do without an account: see the quote, and decide on it once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from fastapi import Response

from chassis.auth import allow
from chassis.http import Clock, CurrentSession, Router
from services.workorder.domain.files.file import Variant
from services.workorder.domain.files.file_address import PAGE_MINUTES, Address
from services.workorder.domain.orders.order import IN_THE_SHOP
from services.workorder.domain.upsells.quote import may_be_decided
from services.workorder.endpoints.desk import document
from services.workorder.endpoints.files.files import CurrentCabinet
from services.workorder.endpoints.orders.orders import read_order_approval
from services.workorder.endpoints.upsells.quotes import read_lines
from services.workorder.models import ApprovalLink, Quote, QuoteItem
from services.workorder.schemas.upsells.approvals import (
    ApprovalDecisions,
    ApprovalItem,
    ApprovalPhoto,
    ApprovalQuote,
    ApprovalRead,
    ApprovalVehicle,
)
from services.workorder.service.files.files import Cabinet, address_of
from services.workorder.service.upsells import approvals
from services.workorder.service.upsells.quotes import decision_of, revision_of

router = Router(tags=["approvals"])


@router.get("/v1/approvals/{token}", dependencies=[allow()])
async def read_approval(
    token: str, session: CurrentSession, cabinet: CurrentCabinet, now: Clock, response: Response
) -> ApprovalRead:
    """The token is all that is needed. Void links are refused with what has become of them: 404, 409 or 410."""
    response.headers["Cache-Control"] = "no-store"
    return _read(*await approvals.read_by_link(session, token, now), partial(_photo, cabinet, now))


@router.post("/v1/approvals/{token}/decisions", dependencies=[allow()])
async def decide_by_approval_link(
    *, token: str, body: ApprovalDecisions, session: CurrentSession, cabinet: CurrentCabinet, now: Clock,
    response: Response,
) -> ApprovalRead:  # fmt: skip
    """All of it or nothing, and by one link once; items that are left out stay proposed."""
    response.headers["Cache-Control"] = "no-store"
    return _read(*await approvals.decide_by_link(session, token, body, now), partial(_photo, cabinet, now))


def _photo(cabinet: Cabinet, now: datetime, store_id: UUID, file_id: UUID) -> ApprovalPhoto:
    whole = Address(store_id, file_id, Variant.WHOLE, now + timedelta(minutes=PAGE_MINUTES))
    preview = replace(whole, variant=Variant.PREVIEW)
    return ApprovalPhoto(
        id=file_id, address=address_of(cabinet, whole), preview_address=address_of(cabinet, preview)
    )  # fmt: skip


def _read(link: ApprovalLink, quote: Quote, photo: Callable[[UUID, UUID], ApprovalPhoto]) -> ApprovalRead:
    order, revision = quote.order, revision_of(quote)
    shown = document(
        ApprovalQuote,
        quote,
        items=[_item(link, quote, item, [photo(item.store_id, each) for each in item.photos]) for item in quote.items],
        total=revision.total,
        customer_share=revision.customer_share,
    )
    return document(
        ApprovalRead,
        link,
        order_number=order.number,
        vehicle=document(ApprovalVehicle, order.vehicle) if order.vehicle else None,
        advisor=order.advisor,
        order_approval=read_order_approval(order),
        quote=shown,
        currency=quote.currency,
        state=_state(link, quote),
    )


def _item(link: ApprovalLink, quote: Quote, item: QuoteItem, photos: list[ApprovalPhoto]) -> ApprovalItem:
    said = [each.reason for each in quote.decisions if each.upsell_id == item.upsell_id and each.link_id == link.id]
    return document(
        ApprovalItem,
        item,
        photos=photos,
        lines=read_lines(item),
        decision=item.upsell.decision,
        decided_by_method=item.upsell.decided_by_method,
        decided_by=item.upsell.decided_by,
        decided_at=item.upsell.decided_at,
        reason=said[-1] if said else None,
    )


def _state(link: ApprovalLink, quote: Quote) -> str:
    if link.used_at is not None:
        return "used"
    if not any(may_be_decided(decision_of(item.upsell)) for item in quote.items):
        return "decided"
    return "open" if quote.order.state in IN_THE_SHOP else "closed"
