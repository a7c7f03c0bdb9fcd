"""Customers and the notes about them."""

from dataclasses import asdict, dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from chassis.auth import CurrentPrincipal, allow
from chassis.errors import Forbidden
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, QueryText, set_etag
from services.customer.endpoints.access import CUSTOMER_READERS, PERSONAL_READERS, RECEPTION, CurrentContext
from services.customer.schemas.customers import (
    CustomerCreate,
    CustomerRead,
    CustomerUpdate,
    CustomerVersion,
    NoteCreate,
    NoteRead,
)
from services.customer.service import customers

router = Router(prefix="/v1/customers", tags=["customers"])


def _may_reveal(principal: CurrentPrincipal, reveal: bool = False) -> bool:
    """Whether mobile and ID number were asked for in full, by somebody who may see them."""
    if reveal and not PERSONAL_READERS & principal.roles:
        raise Forbidden("Personal values are shown to those who serve the customer only", slug="personal-values-hidden")
    return reveal


@dataclass(frozen=True)
class CustomerFilter:
    """`name` is a name, two or more letters of it in a row, or its first; the others are exact."""

    name: QueryText | None = None
    mobile: QueryText | None = None
    id_number: QueryText | None = None
    number: QueryText | None = None


Reveal = Annotated[bool, Depends(_may_reveal)]


@router.post("", status_code=201, operation_id="create_customer", dependencies=[allow(*RECEPTION)])
async def create_customer(context: CurrentContext, body: CustomerCreate, response: Response) -> CustomerRead:
    created = await customers.read(context, id_=await customers.create(context, body.model_dump()))
    set_etag(response, created.version)
    response.headers["Location"] = f"/v1/customers/{created.id}"
    return created


@router.get("", operation_id="list_customers", dependencies=[allow(*CUSTOMER_READERS)])
async def list_customers(
    context: CurrentContext,
    page: PageOf,
    wanted: Annotated[CustomerFilter, Depends()],
) -> Page[CustomerRead]:
    """Standing customers; what a merged record says finds the customer it was merged into. Always masked."""
    items, following = await customers.find(context, page, **asdict(wanted))
    return Page(items=items, limit=page.limit, next=following)


@router.get("/by-number/{number}", operation_id="read_customer_by_number", dependencies=[allow(*CUSTOMER_READERS)])
async def read_customer_by_number(
    context: CurrentContext, number: str, response: Response, reveal: Reveal
) -> CustomerRead:
    found = await customers.read(context, number=number, reveal=reveal)
    set_etag(response, found.version)
    return found


@router.get("/{customer_id}", operation_id="read_customer", dependencies=[allow(*CUSTOMER_READERS)])
async def read_customer(context: CurrentContext, customer_id: UUID, response: Response, reveal: Reveal) -> CustomerRead:
    """The id of a merged record answers with the customer it means now."""
    found = await customers.read(context, id_=customer_id, reveal=reveal)
    set_etag(response, found.version)
    return found


@router.patch("/{customer_id}", operation_id="update_customer", dependencies=[allow(*RECEPTION)])
async def update_customer(
    context: CurrentContext, customer_id: UUID, body: CustomerUpdate, version: IfMatch, response: Response
) -> CustomerRead:
    await customers.update(context, customer_id, body.model_dump(exclude_unset=True), version)
    changed = await customers.read(context, id_=customer_id)
    set_etag(response, changed.version)
    return changed


@router.get("/{customer_id}/history", operation_id="read_customer_history", dependencies=[allow(*CUSTOMER_READERS)])
async def read_customer_history(context: CurrentContext, customer_id: UUID, page: PageOf) -> Page[CustomerVersion]:
    """Former states of this very record, newest first."""
    former, following = await customers.history(context, customer_id, page)
    return Page(items=former, limit=page.limit, next=following)


@router.post(
    "/{customer_id}/notes", status_code=201, operation_id="create_customer_note", dependencies=[allow(*RECEPTION)]
)
async def create_customer_note(context: CurrentContext, customer_id: UUID, body: NoteCreate) -> NoteRead:
    return NoteRead.model_validate(await customers.add_note(context, customer_id, body.text, body.noted_on))


@router.get("/{customer_id}/notes", operation_id="list_customer_notes", dependencies=[allow(*RECEPTION)])
async def list_customer_notes(context: CurrentContext, customer_id: UUID, page: PageOf) -> Page[NoteRead]:
    """Newest first, under whichever of the customer's numbers they were written."""
    notes, following = await customers.notes(context, customer_id, page)
    return Page(items=[NoteRead.model_validate(note) for note in notes], limit=page.limit, next=following)
