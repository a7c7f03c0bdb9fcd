"""The walk round a car over HTTP: record it, read it, and see its marks on a sketch."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from chassis.auth import allow
from chassis.http import Router
from services.workorder.domain.files.walk_round import Mark
from services.workorder.endpoints.desk import CurrentDesk, document
from services.workorder.endpoints.files.sketch import drawn
from services.workorder.endpoints.roles import FLOOR, READERS
from services.workorder.models import WalkRound
from services.workorder.repository.files import walk_rounds as repository
from services.workorder.schemas.files.walk_rounds import MarkRead, WalkRoundCreate, WalkRoundRead
from services.workorder.service.files import walk_rounds

router = Router(tags=["walk rounds"])
Revision = Annotated[int | None, Query(ge=1, le=10_000, description="of the order; the newest unless it is named")]


def _read(walked: WalkRound) -> WalkRoundRead:
    marks = [
        document(MarkRead, Mark.read(told), number=number, photos=list(told["photos"]))
        for number, told in enumerate(walked.marks, start=1)
    ]
    sketch = f"/v1/repair-orders/{walked.order_id}/walk-round/sketch.svg?number={walked.number}"
    return document(WalkRoundRead, walked, order_number=walked.order.number, marks=marks, sketch=sketch)


@router.post("/v1/repair-orders/{order_id}/walk-round", status_code=201, dependencies=[allow(*FLOOR)])
async def record_walk_round(order_id: UUID, body: WalkRoundCreate, desk: CurrentDesk) -> WalkRoundRead:
    """The order's next revision; the one before stays as it was signed."""
    return _read(await walk_rounds.record_walk_round(desk, order_id, body))


@router.get("/v1/repair-orders/{order_id}/walk-round", dependencies=[allow(*READERS)])
async def read_walk_round(order_id: UUID, desk: CurrentDesk, number: Revision = None) -> WalkRoundRead:
    return _read(await repository.walk_round(desk.session, desk.store_id, order_id, number))


@router.get(
    "/v1/repair-orders/{order_id}/walk-round/sketch.svg", dependencies=[allow(*READERS)], response_class=Response,
    responses={200: {"description": "the sketch", "content": {"image/svg+xml": {"schema": {"type": "string"}}}}},
)  # fmt: skip
async def read_walk_round_sketch(order_id: UUID, desk: CurrentDesk, number: Revision = None) -> Response:
    """Five views of a car with the numbered marks on them."""
    walked = await repository.walk_round(desk.session, desk.store_id, order_id, number)
    policy = "default-src 'none'; frame-ancestors 'none'; sandbox"
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return Response(drawn([Mark.read(told) for told in walked.marks]), media_type="image/svg+xml", headers=headers)
