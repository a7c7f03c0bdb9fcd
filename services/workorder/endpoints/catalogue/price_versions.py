"""Labour rates, hours by model, list prices and menus over HTTP: each a list of dated versions, its history."""

from typing import TypeVar
from uuid import UUID

from fastapi import Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, QueryText
from services.workorder.domain.catalogue.catalogue_entries import Basis
from services.workorder.domain.orders.order import OrderKind
from services.workorder.endpoints.desk import CurrentDesk, document, page
from services.workorder.endpoints.roles import MANAGERS, READERS, STOREROOM
from services.workorder.models import LabourRate, Menu, OperationHours, OperationPrice
from services.workorder.models.catalogue import DatedVersion
from services.workorder.repository.catalogue.pricing import versions
from services.workorder.schemas.catalogue.price_versions import (
    LabourRateCreate,
    LabourRateRead,
    MenuCreate,
    MenuRead,
    OperationHoursCreate,
    OperationHoursRead,
    OperationPriceCreate,
    OperationPriceRead,
    VersionRead,
)
from services.workorder.service.catalogue import price_versions as service
from services.workorder.service.desk import Desk

router = Router(tags=["prices"])
Body = TypeVar("Body", bound=VersionRead)


def _read(body: type[Body], desk: Desk, row: DatedVersion, response: Response | None = None, **members: str) -> Body:
    return document(body, row, response, currency=desk.store.currency, **members)


def _keys(model: type[DatedVersion]) -> list[object]:
    """The latest day first."""
    return [model.valid_from, model.id]


@router.post("/v1/labour-rates", status_code=201, dependencies=[allow(*MANAGERS)])
async def create_labour_rate(body: LabourRateCreate, desk: CurrentDesk, response: Response) -> LabourRateRead:
    return _read(LabourRateRead, desk, await service.add_labour_rate(desk, body), response)


@router.get("/v1/labour-rates", dependencies=[allow(*READERS)])
async def list_labour_rates(
    desk: CurrentDesk, wish: PageOf, basis: Basis | None = None, order_kind: OrderKind | None = None
) -> Page[LabourRateRead]:
    query = versions(LabourRate, desk.store_id, basis=basis, order_kind=order_kind)
    return await page(desk, wish, query, _keys(LabourRate), lambda row: _read(LabourRateRead, desk, row))


@router.post("/v1/labour-rates/{version_id}/withdraw", dependencies=[allow(*MANAGERS)])
async def withdraw_labour_rate(
    version_id: UUID, expected: IfMatch, desk: CurrentDesk, response: Response
) -> LabourRateRead:
    """Only before its day."""
    return _read(LabourRateRead, desk, await service.withdraw(desk, LabourRate, version_id, expected), response)


@router.post("/v1/operation-hours", status_code=201, dependencies=[allow(*STOREROOM)])
async def create_operation_hours(
    body: OperationHoursCreate, desk: CurrentDesk, response: Response
) -> OperationHoursRead:  # fmt: skip
    hours = await service.add_operation_hours(desk, body)
    return _read(OperationHoursRead, desk, hours, response, operation=body.operation)


@router.get("/v1/operation-hours", dependencies=[allow(*READERS)])
async def list_operation_hours(
    desk: CurrentDesk, wish: PageOf, operation: QueryText | None = None, model: QueryText | None = None
) -> Page[OperationHoursRead]:
    query = versions(OperationHours, desk.store_id, operation=operation, model=model)
    return await page(desk, wish, query, _keys(OperationHours), lambda row: _hours(desk, row))


@router.post("/v1/operation-hours/{version_id}/withdraw", dependencies=[allow(*STOREROOM)])
async def withdraw_operation_hours(
    version_id: UUID, expected: IfMatch, desk: CurrentDesk, response: Response
) -> OperationHoursRead:
    """Only before their day."""
    return _hours(desk, await service.withdraw(desk, OperationHours, version_id, expected), response)


def _hours(desk: Desk, row: OperationHours, response: Response | None = None) -> OperationHoursRead:
    return _read(OperationHoursRead, desk, row, response, operation=row.operation.code)


@router.post("/v1/operation-prices", status_code=201, dependencies=[allow(*STOREROOM)])
async def create_operation_price(
    body: OperationPriceCreate, desk: CurrentDesk, response: Response
) -> OperationPriceRead:  # fmt: skip
    price = await service.add_operation_price(desk, body)
    return _read(OperationPriceRead, desk, price, response, operation=body.operation)


@router.get("/v1/operation-prices", dependencies=[allow(*READERS)])
async def list_operation_prices(
    desk: CurrentDesk, wish: PageOf, operation: QueryText | None = None
) -> Page[OperationPriceRead]:
    query = versions(OperationPrice, desk.store_id, operation=operation)
    return await page(desk, wish, query, _keys(OperationPrice), lambda row: _price(desk, row))


@router.post("/v1/operation-prices/{version_id}/withdraw", dependencies=[allow(*STOREROOM)])
async def withdraw_operation_price(
    version_id: UUID, expected: IfMatch, desk: CurrentDesk, response: Response
) -> OperationPriceRead:
    """Only before its day."""
    return _price(desk, await service.withdraw(desk, OperationPrice, version_id, expected), response)


def _price(desk: Desk, row: OperationPrice, response: Response | None = None) -> OperationPriceRead:
    return _read(OperationPriceRead, desk, row, response, operation=row.operation.code)


@router.post("/v1/menus", status_code=201, dependencies=[allow(*MANAGERS)])
async def create_menu(body: MenuCreate, desk: CurrentDesk, response: Response) -> MenuRead:
    """A version of the menu of this code, for a model or for all."""
    return _read(MenuRead, desk, await service.add_menu(desk, body), response)


@router.get("/v1/menus", dependencies=[allow(*READERS)])
async def list_menus(
    desk: CurrentDesk, wish: PageOf, code: QueryText | None = None, model: QueryText | None = None
) -> Page[MenuRead]:
    query = versions(Menu, desk.store_id, code=code, model=model)
    return await page(desk, wish, query, _keys(Menu), lambda row: _read(MenuRead, desk, row))


@router.post("/v1/menus/{version_id}/withdraw", dependencies=[allow(*MANAGERS)])
async def withdraw_menu(version_id: UUID, expected: IfMatch, desk: CurrentDesk, response: Response) -> MenuRead:
    """Only before its day."""
    return _read(MenuRead, desk, await service.withdraw(desk, Menu, version_id, expected), response)
