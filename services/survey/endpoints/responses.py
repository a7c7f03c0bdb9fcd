"""Addresses of responses: one, many at once, lists, and those that wait for their order."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from chassis.auth import CurrentStore, Store, allow
from chassis.errors import NotFound
from chassis.http import Clock, CurrentSession, Router
from chassis.representation import Page, PageOf, PageWish, QueryText, paginate, set_etag
from services.survey import models
from services.survey.endpoints.roles import COLLECTORS, IMPORTERS, READERS
from services.survey.repository import responses as repository
from services.survey.repository.responses import ResponseFilter
from services.survey.schemas.responses import (
    BulkBody,
    BulkResult,
    FormerState,
    ResponseCreate,
    ResponseRead,
)
from services.survey.service import responses

router = Router(tags=["responses"])


def _filter(
    questionnaire: QueryText | None = None,
    order: Annotated[QueryText | None, Query(description="order number")] = None,
    advisor: Annotated[QueryText | None, Query(description="employee number")] = None,
    first: Annotated[
        date | None, Query(alias="from", description="submitted on this day of the store or later")
    ] = None,
    last: Annotated[date | None, Query(alias="to", description="submitted on this day of the store or earlier")] = None,
) -> ResponseFilter:
    return ResponseFilter(questionnaire, order, advisor, first, last)


WantedResponses = Annotated[ResponseFilter, Depends(_filter)]


@router.post("/v1/responses", operation_id="submit_response", status_code=201, dependencies=[allow(*COLLECTORS)])
async def submit(
    body: ResponseCreate, session: CurrentSession, store: CurrentStore, response: Response
) -> ResponseRead:
    """Stores one answer sheet against the published version in force; the route is computed again here."""
    submitted = await responses.submit(session, store, body)
    response.headers["Location"] = f"/v1/responses/{submitted.id}"
    set_etag(response, submitted.version)
    return ResponseRead.model_validate(submitted)


@router.get("/v1/responses", operation_id="list_responses", dependencies=[allow(*READERS)])
async def list_all(
    wanted: WantedResponses, session: CurrentSession, store: CurrentStore, wish: PageOf
) -> Page[ResponseRead]:
    """Newest first."""
    return await _page(session, store, wanted, wish)


@router.get("/v1/waiting-responses", operation_id="list_waiting_responses", dependencies=[allow(*READERS)])
async def list_waiting(session: CurrentSession, store: CurrentStore, wish: PageOf) -> Page[ResponseRead]:
    """Answers about an order that is not known yet; they count by advisor once it arrives."""
    return await _page(session, store, ResponseFilter(waiting=True), wish)


@router.get("/v1/responses/{response_id}", operation_id="read_response", dependencies=[allow(*READERS)])
async def read(response_id: UUID, session: CurrentSession, store: CurrentStore, response: Response) -> ResponseRead:
    found = await repository.find(session, store.id, response_id)
    if found is None:
        raise NotFound
    set_etag(response, found.version)
    return ResponseRead.model_validate(found)


@router.get("/v1/responses/{response_id}/history", operation_id="read_response_history", dependencies=[allow(*READERS)])
async def read_history(
    response_id: UUID, session: CurrentSession, store: CurrentStore, wish: PageOf
) -> Page[FormerState]:
    """Former states, oldest first; the present one is not among them."""
    if await repository.find(session, store.id, response_id) is None:
        raise NotFound
    query = repository.history(store.id, response_id)
    former, following = await paginate(session, query, [models.ResponseHistory.version], wish)
    return Page(items=[FormerState.model_validate(state) for state in former], limit=wish.limit, next=following)


@router.post(
    "/v1/bulk/responses", operation_id="import_responses", response_model=BulkResult, dependencies=[allow(*IMPORTERS)]
)
async def import_in_bulk(body: BulkBody, session: CurrentSession, store: CurrentStore, now: Clock) -> Response:
    """Up to 5,000 rows; each is created, updated, unchanged, duplicate or rejected with its reasons."""
    result = await responses.take_in_bulk(session, store, body, now)
    return Response(result.model_dump_json(), media_type="application/json")


async def _page(session: CurrentSession, store: Store, wanted: ResponseFilter, wish: PageWish) -> Page[ResponseRead]:
    keys = [models.Response.submitted_at, models.Response.id]
    query = repository.matching(store.id, wanted)
    found, following = await paginate(session, query, keys, wish, descending=True)
    return Page(items=[ResponseRead.model_validate(each) for each in found], limit=wish.limit, next=following)
