"""Repair histories over HTTP: what was done to a car, or for a customer, the newest visit first."""

from typing import Any

import orjson
from fastapi import Response
from sqlalchemy import Select

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import Page, PageOf, PageWish, paginate
from services.workorder.endpoints.desk import CurrentDesk
from services.workorder.endpoints.roles import READERS
from services.workorder.models import RepairOrder
from services.workorder.repository.orders.histories import visits_of_customer, visits_of_vehicle
from services.workorder.schemas.orders.histories import Visit
from services.workorder.service.desk import Desk

router = Router(tags=["repair histories"])


@router.get("/v1/repair-histories/customers/{number:path}", dependencies=[allow(*READERS)], response_model=Page[Visit])
async def read_customer_history(number: str, desk: CurrentDesk, wish: PageOf) -> Response:
    """Under all numbers that were merged into one; without any visit the list is empty."""
    return await _page(desk, wish, visits_of_customer(desk.store_id, number))


@router.get("/v1/repair-histories/vehicles/{vin}", dependencies=[allow(*READERS)], response_model=Page[Visit])
async def read_vehicle_history(vin: str, desk: CurrentDesk, wish: PageOf) -> Response:
    """Whoever owned it and brought it; without any visit the list is empty."""
    return await _page(desk, wish, visits_of_vehicle(desk.store_id, vin))


async def _page(desk: Desk, wish: PageWish, query: Select[Any]) -> Response:
    """The visits as the database wrote them, put together as text."""
    keys = [RepairOrder.opened_at, RepairOrder.id]
    visits, following = await paginate(desk.session, query, keys, wish, descending=True)
    items = ",".join([each.visit for each in visits])
    page = f'{{"items":[{items}],"limit":{wish.limit},"next":{orjson.dumps(following).decode()}}}'
    return Response(page, media_type="application/json")
