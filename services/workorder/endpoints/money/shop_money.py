"""What is sold and used beside orders, over HTTP: accessory sales, consumables of teams, hours taken from people."""

from uuid import UUID

from fastapi import Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, QueryText
from services.workorder.domain.money.accessory import Department
from services.workorder.endpoints.desk import CurrentDesk, document, page
from services.workorder.endpoints.period import CurrentPeriod
from services.workorder.endpoints.roles import MANAGERS, READERS, SELLERS, STOREROOM, TILL
from services.workorder.models import AccessorySale, Consumable, HoursDeduction
from services.workorder.repository.money.money import dated
from services.workorder.schemas.money.money import (
    AccessoryReturn,
    AccessorySaleCreate,
    AccessorySaleRead,
    ConsumableCreate,
    ConsumableRead,
    HoursDeductionCreate,
    HoursDeductionRead,
)
from services.workorder.service.desk import Desk
from services.workorder.service.money import money

router = Router(tags=["sales and materials"])


def _sale(desk: Desk, row: AccessorySale) -> AccessorySaleRead:
    return document(AccessorySaleRead, row, currency=desk.store.currency)


def _consumable(desk: Desk, row: Consumable) -> ConsumableRead:
    return document(ConsumableRead, row, currency=desk.store.currency)


def _deduction(row: HoursDeduction) -> HoursDeductionRead:
    return document(HoursDeductionRead, row, order_number=row.order.number if row.order else None)


@router.post("/v1/accessory-sales", status_code=201, dependencies=[allow(*SELLERS)])
async def sell_accessory(body: AccessorySaleCreate, desk: CurrentDesk) -> AccessorySaleRead:
    """Never below 80% of the list price without a reason."""
    return _sale(desk, await money.sell_accessory(desk, body))


@router.post("/v1/accessory-sales/{sale_id}/return", dependencies=[allow(*TILL)])
async def return_accessory(
    sale_id: UUID, body: AccessoryReturn, expected: IfMatch, desk: CurrentDesk, response: Response
) -> AccessorySaleRead:
    """The goods come back whole; the sale counts for nobody any more."""
    sale = await money.return_accessory(desk, sale_id, expected, body)
    return document(AccessorySaleRead, sale, response, currency=desk.store.currency)


@router.get("/v1/accessory-sales", dependencies=[allow(*READERS)])
async def list_accessory_sales(
    desk: CurrentDesk,
    wish: PageOf,
    period: CurrentPeriod,
    department: Department | None = None,
    seller: QueryText | None = None,
) -> Page[AccessorySaleRead]:
    sale = AccessorySale
    query = dated(sale, sale.sold_on, desk.store_id, *period)
    if department is not None:
        query = query.where(sale.department == department)
    if seller is not None:
        query = query.where(sale.seller == seller)
    keys = [sale.sold_on, sale.id]
    return await page(
        desk, wish, query, keys, lambda row: document(AccessorySaleRead, row, currency=desk.store.currency)
    )


@router.post("/v1/consumables", status_code=201, dependencies=[allow(*STOREROOM)])
async def use_consumable(body: ConsumableCreate, desk: CurrentDesk) -> ConsumableRead:
    return _consumable(desk, await money.use_consumable(desk, body))


@router.get("/v1/consumables", dependencies=[allow(*READERS)])
async def list_consumables(
    desk: CurrentDesk, wish: PageOf, period: CurrentPeriod, team: QueryText | None = None
) -> Page[ConsumableRead]:
    query = dated(Consumable, Consumable.used_on, desk.store_id, *period)
    if team is not None:
        query = query.where(Consumable.team == team)
    keys = [Consumable.used_on, Consumable.id]
    return await page(desk, wish, query, keys, lambda row: _consumable(desk, row))


@router.post("/v1/hours-deductions", status_code=201, dependencies=[allow(*MANAGERS, "workshop_manager")])
async def deduct_hours(body: HoursDeductionCreate, desk: CurrentDesk) -> HoursDeductionRead:
    return _deduction(await money.deduct_hours(desk, body))


@router.get("/v1/hours-deductions", dependencies=[allow(*READERS)])
async def list_hours_deductions(
    desk: CurrentDesk, wish: PageOf, period: CurrentPeriod, employee: QueryText | None = None
) -> Page[HoursDeductionRead]:
    model = HoursDeduction
    query = dated(model, model.occurred_on, desk.store_id, *period)
    if employee is not None:
        query = query.where(model.employee == employee)
    keys = [model.occurred_on, model.id]
    return await page(desk, wish, query, keys, _deduction)
