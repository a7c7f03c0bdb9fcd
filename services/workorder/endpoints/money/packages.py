"""Packages over HTTP: sell, draw down by a line, undo, pay back what is unused."""

from uuid import UUID

from fastapi import Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, QueryText
from services.workorder.endpoints.desk import CurrentDesk, document, page
from services.workorder.endpoints.roles import DESK, MANAGERS, READERS, TILL
from services.workorder.models import Package, PackageDraw
from services.workorder.repository.money import packages as repository
from services.workorder.schemas.money.packages import (
    ContentRead,
    DrawDown,
    DrawRead,
    PackageRead,
    PackageRefund,
    PackageSale,
)
from services.workorder.service.desk import Desk
from services.workorder.service.money import packages

router = Router(tags=["packages"])


def _draw(desk: Desk, draw: PackageDraw, response: Response | None = None) -> DrawRead:
    return document(DrawRead, draw, response, order_number=draw.order.number, currency=desk.store.currency)


def _read(desk: Desk, package: Package, response: Response | None = None) -> PackageRead:
    used = [draw.code for draw in package.draws if not draw.undone]
    items = [document(ContentRead, each, None, left=each.times - used.count(each.code)) for each in package.items]
    draws = [_draw(desk, each) for each in package.draws]
    return document(PackageRead, package, response, currency=desk.store.currency, items=items, draws=draws)


@router.post("/v1/packages", status_code=201, dependencies=[allow(*TILL)])
async def sell_package(body: PackageSale, desk: CurrentDesk, response: Response) -> PackageRead:
    """The money is taken now; it counts for pay as the package is drawn down."""
    return _read(desk, await packages.sell_package(desk, body), response)


@router.get("/v1/packages", dependencies=[allow(*READERS)])
async def list_packages(
    desk: CurrentDesk, wish: PageOf, customer: QueryText | None = None, vin: QueryText | None = None
) -> Page[PackageRead]:
    query = repository.packages(desk.store_id, customer, vin)
    return await page(desk, wish, query, [Package.id], lambda row: _read(desk, row))


@router.get("/v1/packages/{package_id}", dependencies=[allow(*READERS)])
async def read_package(package_id: UUID, desk: CurrentDesk, response: Response) -> PackageRead:
    return _read(desk, await repository.package_by_id(desk.session, desk.store_id, package_id), response)


@router.post("/v1/packages/{package_id}/refund", dependencies=[allow(*MANAGERS)])
async def refund_package(
    package_id: UUID, body: PackageRefund, expected: IfMatch, desk: CurrentDesk, response: Response
) -> PackageRead:
    """What was not used, at its worth; the package ends."""
    return _read(desk, await packages.refund_package(desk, package_id, expected, body), response)


@router.post("/v1/repair-orders/{order_id}/draw-down", status_code=201, dependencies=[allow(*DESK, "cashier")])
async def draw_down_package(order_id: UUID, body: DrawDown, desk: CurrentDesk, response: Response) -> DrawRead:
    """The customer owes nothing for the line any more."""
    return _draw(desk, await packages.draw_down(desk, order_id, body), response)


@router.post("/v1/package-draws/{draw_id}/undo", dependencies=[allow(*DESK, "cashier")])
async def undo_package_draw(draw_id: UUID, expected: IfMatch, desk: CurrentDesk, response: Response) -> DrawRead:
    """Until the order is settled; the time is there again."""
    return _draw(desk, await packages.undo_draw(desk, draw_id, expected), response)
