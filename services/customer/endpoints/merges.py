"""Merges: listed, made by a person, undone."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, set_etag
from services.customer.endpoints.access import CUSTOMER_READERS, MERGERS, CurrentContext
from services.customer.schemas.customers import LikelyDuplicate, MergeCreate, MergeRead, merge_read
from services.customer.service import merges

router = Router(prefix="/v1", tags=["merges"])


@router.post(
    "/customers/{customer_id}/merge", status_code=201, operation_id="merge_customers", dependencies=[allow(*MERGERS)]
)
async def merge_customers(
    context: CurrentContext, customer_id: UUID, body: MergeCreate, version: IfMatch, response: Response
) -> MergeRead:
    """The version is that of the customer who stays."""
    merge = await merges.merge_chosen(context, customer_id, body.duplicate_id, body.choose, version)
    set_etag(response, merge.version)
    response.headers["Location"] = f"/v1/merges/{merge.id}"
    return merge_read(await merges.read(context, merge.id))


@router.get("/likely-duplicates", operation_id="list_likely_duplicates", dependencies=[allow(*MERGERS)])
async def list_likely_duplicates(context: CurrentContext, page: PageOf) -> Page[LikelyDuplicate]:
    """Same name at the same address: for a person to decide."""
    found, following = await merges.likely(context, page)
    return Page(items=found, limit=page.limit, next=following)


@router.get("/merges", operation_id="list_merges", dependencies=[allow(*CUSTOMER_READERS)])
async def list_merges(
    context: CurrentContext,
    page: PageOf,
    standing: bool | None = None,
    customer_id: Annotated[UUID | None, Query(description="as survivor or as duplicate")] = None,
) -> Page[MergeRead]:
    """Newest first."""
    found, following = await merges.find(context, page, standing=standing, customer=customer_id)
    return Page(items=[merge_read(row) for row in found], limit=page.limit, next=following)


@router.get("/merges/{merge_id}", operation_id="read_merge", dependencies=[allow(*CUSTOMER_READERS)])
async def read_merge(context: CurrentContext, merge_id: UUID, response: Response) -> MergeRead:
    merge = merge_read(await merges.read(context, merge_id))
    set_etag(response, merge.version)
    return merge


@router.post("/merges/{merge_id}/undo", operation_id="undo_merge", dependencies=[allow(*MERGERS)])
async def undo_merge(context: CurrentContext, merge_id: UUID, version: IfMatch, response: Response) -> MergeRead:
    """The two stay apart afterwards: no import merges them again by itself."""
    await merges.undo(context, merge_id, version)
    merge = merge_read(await merges.read(context, merge_id))
    set_etag(response, merge.version)
    return merge
