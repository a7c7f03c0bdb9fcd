"""Warranty claims over HTTP: draft, send, the maker's answers, and where each stands."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from fastapi import Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf
from services.workorder.domain.money.claim import WITH_THE_MAKER, ClaimMove, ClaimState, allowed_claim_moves
from services.workorder.endpoints.desk import CurrentDesk, document, page
from services.workorder.endpoints.money.order_money import OrderNumber
from services.workorder.endpoints.roles import DESK, MANAGERS, READERS, TILL
from services.workorder.models import Claim
from services.workorder.repository.money import claims as repository
from services.workorder.repository.money.money import of_order_number
from services.workorder.schemas.money.claims import (
    ClaimCreate,
    ClaimEnded,
    ClaimLineRead,
    ClaimPaid,
    ClaimRead,
    ClaimSent,
)
from services.workorder.service.desk import Desk
from services.workorder.service.money import claims

router = Router(tags=["warranty claims"])


def _lines(claim: Claim) -> list[ClaimLineRead]:
    read = []
    for line in claim.lines:
        answers = [each for each in claim.answers if each.line_id == line.line_id]
        paid = sum((each.paid for each in answers), Decimal(0))
        reasons = [each.reason for each in answers if each.reason]
        members = {"paid": paid, "left": line.claimed - paid, "reason": reasons[-1] if reasons else None}
        read.append(document(ClaimLineRead, line, None, **members))
    return read


def _read(desk: Desk, claim: Claim, response: Response | None = None) -> ClaimRead:
    state, lines = ClaimState(claim.state), _lines(claim)
    since = claim.sent_on if state in WITH_THE_MAKER else None
    sums = {name: sum((getattr(line, name) for line in lines), Decimal(0)) for name in ("claimed", "paid", "left")}
    return document(
        ClaimRead, claim, response, order_number=claim.order.number, currency=desk.store.currency, lines=lines,
        allowed=list(allowed_claim_moves(state)), age_days=None if since is None else (desk.today - since).days, **sums,
    )  # fmt: skip


@router.post("/v1/repair-orders/{order_id}/claims", status_code=201, dependencies=[allow(*DESK)])
async def draft_claim(order_id: UUID, body: ClaimCreate, desk: CurrentDesk, response: Response) -> ClaimRead:
    """Of lines with a part that the maker pays; each line is in one claim."""
    return _read(desk, await claims.draft_claim(desk, order_id, body), response)


@router.get("/v1/claims", dependencies=[allow(*READERS)])
async def list_claims(
    desk: CurrentDesk,
    wish: PageOf,
    state: ClaimState | None = None,
    sent_before: date | None = None,
    order: OrderNumber = None,
) -> Page[ClaimRead]:
    """The newest first; by state, and by how long ago they were last sent."""
    query = of_order_number(repository.claims(desk.store_id, state, sent_before), Claim, order)
    return await page(desk, wish, query, [Claim.id], lambda row: _read(desk, row))


@router.get("/v1/claims/{claim_id}", dependencies=[allow(*READERS)])
async def read_claim(claim_id: UUID, desk: CurrentDesk, response: Response) -> ClaimRead:
    return _read(desk, await repository.claim_by_id(desk.session, desk.store_id, claim_id), response)


@router.post("/v1/claims/{claim_id}/send", dependencies=[allow(*DESK)])
async def send_claim(
    claim_id: UUID, body: ClaimSent, expected: IfMatch, desk: CurrentDesk, response: Response
) -> ClaimRead:
    """Once the work is done."""
    return _read(desk, await claims.send_claim(desk, claim_id, expected, body), response)


@router.post("/v1/claims/{claim_id}/resubmit", dependencies=[allow(*DESK)])
async def resubmit_claim(
    claim_id: UUID, body: ClaimSent, expected: IfMatch, desk: CurrentDesk, response: Response
) -> ClaimRead:
    """What was refused or is still short, once more."""
    return _read(desk, await claims.resubmit_claim(desk, claim_id, expected, body), response)


@router.post("/v1/claims/{claim_id}/pay", dependencies=[allow(*TILL)])
async def pay_claim(
    claim_id: UUID, body: ClaimPaid, expected: IfMatch, desk: CurrentDesk, response: Response
) -> ClaimRead:
    """The maker's money came: it becomes one reimbursement of the order."""
    return _read(desk, await claims.pay_claim(desk, claim_id, expected, body), response)


@router.post("/v1/claims/{claim_id}/refuse", dependencies=[allow(*DESK)])
async def refuse_claim(
    claim_id: UUID, body: ClaimEnded, expected: IfMatch, desk: CurrentDesk, response: Response
) -> ClaimRead:
    """The maker pays nothing this time."""
    return _read(desk, await claims.end_claim(desk, claim_id, expected, ClaimMove.REFUSE, body.reason), response)


@router.post("/v1/claims/{claim_id}/withdraw", dependencies=[allow(*DESK)])
async def withdraw_claim(
    claim_id: UUID, body: ClaimEnded, expected: IfMatch, desk: CurrentDesk, response: Response
) -> ClaimRead:
    """A draft that is not sent; its lines may be claimed anew."""
    return _read(desk, await claims.end_claim(desk, claim_id, expected, ClaimMove.WITHDRAW, body.reason), response)


@router.post("/v1/claims/{claim_id}/write-off", dependencies=[allow(*MANAGERS)])
async def write_off_claim(
    claim_id: UUID, body: ClaimEnded, expected: IfMatch, desk: CurrentDesk, response: Response
) -> ClaimRead:
    """What the maker did not pay becomes our own cost."""
    return _read(desk, await claims.end_claim(desk, claim_id, expected, ClaimMove.WRITE_OFF, body.reason), response)
