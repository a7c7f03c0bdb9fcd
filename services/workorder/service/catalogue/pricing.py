"""What something costs, by the catalogue of the store, with the reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chassis.errors import Invalid, field_error
from services.workorder.domain.catalogue.catalogue_entries import Car, Catalogue
from services.workorder.domain.catalogue.pricing import (
    Asked,
    PricedWork,
    PricingRefusal,
    UnknownMenu,
    price_menu,
    price_operation,
    published_amount,
)
from services.workorder.domain.orders.line import Payer
from services.workorder.domain.orders.order import OrderKind
from services.workorder.domain.orders.vin import model_year
from services.workorder.models import RepairOrder
from services.workorder.repository.catalogue import pricing as repository
from services.workorder.schemas.orders.orders import LineCreate
from services.workorder.service.desk import Desk


@dataclass(frozen=True)
class CarWish:
    """Told of, or known by its VIN."""

    model: str | None
    vin: str | None
    year: int | None
    engine: str | None


@dataclass(frozen=True)
class PriceWish:
    operation: str | None
    menu: str | None
    car: CarWish
    kind: OrderKind
    payer: Payer
    day: date | None
    quantity: Decimal


async def price(desk: Desk, wish: PriceWish) -> tuple[Asked, Sequence[PricedWork]]:
    if (wish.operation is None) == (wish.menu is None):
        detail = "Name either an operation or a menu"
        raise Invalid(detail, errors=[field_error("/query/operation", "one-of-two", detail)])
    car = await _car(desk, wish.car)
    asked = Asked(wish.day or desk.today, wish.kind, wish.payer, car, wish.quantity)
    catalogue = await repository.load_catalogue(
        desk.session, desk.store_id, [wish.operation] if wish.operation else [], [wish.menu] if wish.menu else []
    )
    try:
        return asked, priced(catalogue, wish.operation, wish.menu, asked)
    except PricingRefusal as refusal:
        raise refusal.at("/query/menu" if wish.menu else "/query/operation") from None


def priced(catalogue: Catalogue, operation: str | None, menu: str | None, asked: Asked) -> Sequence[PricedWork]:
    if operation is not None:
        return [price_operation(catalogue, operation, asked)]
    if menu is None:
        raise UnknownMenu("No menu is named")
    return price_menu(catalogue, menu, asked)


async def published_amounts(desk: Desk, order: RepairOrder, lines: Sequence[LineCreate]) -> list[Decimal | None]:
    """What the customer would pay by the catalogue, on the day the order was opened, for lines whose price somebody
    sets: whoever types a list price does not choose what his discount is measured against."""
    codes = {line.code for line in lines}
    catalogue = await repository.load_catalogue(desk.session, desk.store_id, codes) if codes else Catalogue({}, [])
    if not catalogue.operations:
        return [None] * len(lines)
    vehicle = order.vin and await repository.vehicle_by_vin(desk.session, desk.store_id, order.vin)
    car = Car(vehicle.model if vehicle else None, model_year(order.vin or "", order.opened_on))
    kind = OrderKind(order.kind)
    return [
        published_amount(catalogue, line.code, Asked(order.opened_on, kind, Payer.CUSTOMER, car, line.quantity))
        for line in lines
    ]


async def _car(desk: Desk, wish: CarWish) -> Car:
    if wish.vin is None:
        return Car(wish.model, wish.year, wish.engine)
    if wish.model is not None:
        detail = "A VIN tells its model"
        raise Invalid(detail, errors=[field_error("/query/model", "one-of-two", detail)])
    vehicle = await repository.vehicle_by_vin(desk.session, desk.store_id, wish.vin)
    if vehicle is None:
        detail = f"No vehicle {wish.vin} is known here"
        raise Invalid(detail, slug="vehicle-unknown", errors=[field_error("/query/vin", "vehicle-unknown", detail)])
    return Car(vehicle.model, wish.year or model_year(wish.vin, desk.today), wish.engine)
