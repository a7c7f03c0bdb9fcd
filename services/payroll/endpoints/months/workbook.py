"""A month's pay over HTTP as a workbook for a spreadsheet."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from chassis.auth import CurrentPrincipal, CurrentStore, allow
from chassis.database import Database
from chassis.http import AuthenticatedRoute, Clock
from services.payroll.domain.month import Month
from services.payroll.endpoints.access import PAY_ROLES
from services.payroll.endpoints.spreadsheet import WORKBOOK_TYPE, workbook_file
from services.payroll.repository.runs.inputs import begin_snapshot
from services.payroll.schemas.people.people import MonthText
from services.payroll.service.call import Call
from services.payroll.service.months.workbook import book_of

router = APIRouter(
    route_class=AuthenticatedRoute, tags=["months"], generate_unique_id_function=lambda route: route.name
)
"""What is read in one snapshot is written once its transaction is over."""
_WORKBOOK: dict[int | str, dict[str, Any]] = {
    200: {"description": "the workbook", "content": {WORKBOOK_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get(
    "/v1/pay-months/{month}/workbook", operation_id="read_pay_workbook", dependencies=[allow(*PAY_ROLES)],
    response_class=Response, responses=_WORKBOOK,
)  # fmt: skip
async def read_pay_workbook(
    month: MonthText, store: CurrentStore, principal: CurrentPrincipal, now: Clock, request: Request
) -> Response:
    """Excel: everybody's sums, lines, slips, pools with shares, and entries. Of a month that is not closed a preview,
    and every sheet says so: the run that it is locked on, else the latest."""
    database: Database = request.app.state.database
    async with database.transaction(store.id) as session:
        await begin_snapshot(session)
        book = await book_of(Call(session, store, principal, now), Month.parse(month))
    return await asyncio.to_thread(workbook_file, book)
