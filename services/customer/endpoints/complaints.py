"""Complaints and their decision."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, QueryText, set_etag
from services.customer.domain.complaint import ALLOWED_MOVES, ComplaintState
from services.customer.endpoints.access import COMPLAINT_READERS, MERGERS, RECEPTION, CurrentContext
from services.customer.schemas.complaints import (
    ComplaintCreate,
    ComplaintMoves,
    ComplaintRead,
    ComplaintReject,
    ComplaintVerify,
    StateName,
)
from services.customer.service import complaints

router = Router(prefix="/v1/complaints", tags=["complaints"])
Filter = QueryText | None


async def _read(context: CurrentContext, complaint_id: UUID, response: Response) -> ComplaintRead:
    found = ComplaintRead.model_validate(await complaints.read(context, complaint_id))
    set_etag(response, found.version)
    return found


@router.post("", status_code=201, operation_id="open_complaint", dependencies=[allow(*RECEPTION)])
async def open_complaint(context: CurrentContext, body: ComplaintCreate, response: Response) -> ComplaintRead:
    complaint_id = await complaints.open_complaint(context, body.model_dump())
    response.headers["Location"] = f"/v1/complaints/{complaint_id}"
    return await _read(context, complaint_id, response)


@dataclass(frozen=True)
class ComplaintFilter:
    """What to look for; `since` and `until` are days of the complaint, both included."""

    state: StateName | None = None
    employee: Filter = None
    order_number: Filter = None
    number: Filter = None
    since: date | None = None
    until: date | None = None


@router.get("", operation_id="list_complaints", dependencies=[allow(*COMPLAINT_READERS)])
async def list_complaints(
    context: CurrentContext, page: PageOf, wanted: Annotated[ComplaintFilter, Depends()]
) -> Page[ComplaintRead]:
    """Newest first."""
    equal = asdict(wanted)
    days = equal.pop("since"), equal.pop("until")
    found, following = await complaints.find(context, page, days, equal)
    return Page(items=[ComplaintRead.model_validate(each) for each in found], limit=page.limit, next=following)


@router.get("/{complaint_id}", operation_id="read_complaint", dependencies=[allow(*COMPLAINT_READERS)])
async def read_complaint(context: CurrentContext, complaint_id: UUID, response: Response) -> ComplaintRead:
    return await _read(context, complaint_id, response)


@router.get("/{complaint_id}/transitions", operation_id="read_moves", dependencies=[allow(*COMPLAINT_READERS)])
async def read_moves(context: CurrentContext, complaint_id: UUID) -> ComplaintMoves:
    state = ComplaintState((await complaints.read(context, complaint_id)).state)
    return ComplaintMoves(state=state.value, allowed=list(ALLOWED_MOVES[state]))


@router.post("/{complaint_id}/verify", operation_id="verify_complaint", dependencies=[allow(*MERGERS)])
async def verify_complaint(
    context: CurrentContext, complaint_id: UUID, body: ComplaintVerify, version: IfMatch, response: Response
) -> ComplaintRead:
    """Found true: it reaches the pay of the person responsible."""
    await complaints.verify_complaint(context, complaint_id, body.model_dump(), version)
    return await _read(context, complaint_id, response)


@router.post("/{complaint_id}/reject", operation_id="reject_complaint", dependencies=[allow(*MERGERS)])
async def reject_complaint(
    context: CurrentContext, complaint_id: UUID, body: ComplaintReject, version: IfMatch, response: Response
) -> ComplaintRead:
    await complaints.reject_complaint(context, complaint_id, body.finding, version)
    return await _read(context, complaint_id, response)
