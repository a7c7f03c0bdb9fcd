"""Approval links over HTTP: issue, read and withdraw one."""

from datetime import datetime
from uuid import UUID

from fastapi import Request, Response

from chassis.auth import allow
from chassis.database import Database
from chassis.http import Handler, Router, TransactionalRoute, remaining_seconds
from chassis.representation import IfMatch, set_etag
from services.workorder.domain.upsells.approval import link_state
from services.workorder.endpoints.desk import CurrentDesk, document
from services.workorder.endpoints.roles import DESK, READERS
from services.workorder.models import ApprovalLink, Quote
from services.workorder.repository.upsells import quotes as repository
from services.workorder.schemas.upsells.approvals import LinkCreate, LinkIssued
from services.workorder.schemas.upsells.quotes import LinkRead
from services.workorder.service.desk import Desk
from services.workorder.service.upsells import links


class UnkeptRoute(TransactionalRoute):
    """No answer is kept for a repetition: it holds a token, of which only the hash may be stored."""

    async def run(self, request: Request, handler: Handler) -> Response:
        principal, database = request.state.principal, request.app.state.database
        store = principal.store.id if principal.store else None
        assert isinstance(database, Database)
        async with database.transaction(store, seconds=remaining_seconds(request)) as session:
            request.state.session = session
            return await handler(request)


router = Router(tags=["approval links"])
issuing = Router(tags=["approval links"])
issuing.route_class = UnkeptRoute


def read_link(link: ApprovalLink, quote: Quote, now: datetime) -> LinkRead:
    return document(LinkRead, link, state=link_state(links.link_of(link, quote), quote.newest, now))


def _read(desk: Desk, link: ApprovalLink, response: Response) -> LinkRead:
    set_etag(response, link.version)
    return read_link(link, link.quote, desk.now)


@issuing.post("/v1/quotes/{quote_id}/links", status_code=201, dependencies=[allow(*DESK)])
async def issue_approval_link(quote_id: UUID, body: LinkCreate, desk: CurrentDesk, response: Response) -> LinkIssued:
    """For the customer, to decide on this revision once. The token is told here only; sent again, another is issued."""
    link, token = await links.issue_link(desk, quote_id, body)
    response.headers["Cache-Control"] = "no-store"
    told = dict(_read(desk, link, response))
    return LinkIssued(**told, token=token, path=f"/a/{token}")


@router.get("/v1/approval-links/{link_id}", dependencies=[allow(*READERS)])
async def read_approval_link(link_id: UUID, desk: CurrentDesk, response: Response) -> LinkRead:
    return _read(desk, await repository.link_by_id(desk.session, desk.store_id, link_id), response)


@router.post("/v1/approval-links/{link_id}/revoke", dependencies=[allow(*DESK)])
async def revoke_approval_link(link_id: UUID, expected: IfMatch, desk: CurrentDesk, response: Response) -> LinkRead:
    return _read(desk, await links.revoke_link(desk, link_id, expected), response)
