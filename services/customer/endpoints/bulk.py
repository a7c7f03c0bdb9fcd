"""Taking in what other systems tell, up to 5,000 rows a call, with a result for each row."""

from typing import Any

import orjson
from fastapi import Response

from chassis.auth import allow
from chassis.http import Router
from services.customer.endpoints.access import IMPORTERS, CurrentContext
from services.customer.schemas.rows import BulkOutcome, BulkRows
from services.customer.service import bulk
from services.customer.service.intake import Batch

router = Router(prefix="/v1/bulk", tags=["bulk"], dependencies=[allow(*IMPORTERS)])


def _batch(body: BulkRows) -> Batch:
    return Batch(body.source, body.import_id, body.rows)


def _answer(outcome: dict[str, Any]) -> Response:
    return Response(orjson.dumps(outcome), media_type="application/json")


@router.post("/customers", operation_id="take_customers", response_model=BulkOutcome)
async def take_customers(context: CurrentContext, body: BulkRows) -> Response:
    """Certain duplicates are merged; the row of each says into whom."""
    return _answer(await bulk.take_customers(context, _batch(body)))


@router.post("/vehicles", operation_id="take_vehicles", response_model=BulkOutcome)
async def take_vehicles(context: CurrentContext, body: BulkRows) -> Response:
    return _answer(await bulk.take_vehicles(context, _batch(body)))


@router.post("/complaints", operation_id="take_complaints", response_model=BulkOutcome)
async def take_complaints(context: CurrentContext, body: BulkRows) -> Response:
    return _answer(await bulk.take_complaints(context, _batch(body)))
