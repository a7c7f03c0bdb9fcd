"""The settlement list as PDF; printed without holding a transaction."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis.auth import CurrentStore, allow
from chassis.http import AuthenticatedRoute
from chassis.printing import Printer
from services.workorder.endpoints.money.settlements import SettlementNumber
from services.workorder.endpoints.roles import READERS
from services.workorder.repository.money.settlements import settlement_by_number
from services.workorder.service.money.settlement_list import TEMPLATE, list_of

router = APIRouter(
    route_class=AuthenticatedRoute, tags=["settlements"], generate_unique_id_function=lambda route: route.name
)
_PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "the list, in Chinese",
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get(
    "/v1/repair-orders/{order_id}/settlements/{number}/list.pdf",
    dependencies=[allow(*READERS)],
    response_class=Response,
    responses=_PDF,
)
async def print_settlement_list(
    order_id: UUID, number: SettlementNumber, store: CurrentStore, request: Request
) -> Response:
    """机动车维修费用结算清单, from what was kept when the order was settled; a reversed one says so."""
    async with request.app.state.database.transaction(store.id) as session:
        told = list_of(await settlement_by_number(session, store.id, order_id, number))
    printer: Printer = request.app.state.printer
    headers = {"Content-Disposition": f'inline; filename="settlement-{number}.pdf"', "Cache-Control": "no-store"}
    return Response(await printer.print_pdf(TEMPLATE, told), media_type="application/pdf", headers=headers)
