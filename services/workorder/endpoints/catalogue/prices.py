"""Prices with their explanations over HTTP."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import Depends

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import QueryText
from services.workorder.domain.catalogue.price_steps import Step
from services.workorder.domain.catalogue.pricing import Asked, PricedWork
from services.workorder.domain.orders.line import Payer
from services.workorder.domain.orders.order import OrderKind
from services.workorder.endpoints.desk import CurrentDesk, document
from services.workorder.endpoints.roles import READERS
from services.workorder.schemas.catalogue.price_versions import Year
from services.workorder.schemas.catalogue.pricing import CarRead, PricedItem, PriceExplanation, StepRead, Texts
from services.workorder.schemas.text import Quantity
from services.workorder.service.catalogue import pricing
from services.workorder.service.catalogue.pricing import CarWish, PriceWish

router = Router(tags=["prices"])


def _car(
    model: QueryText | None = None,
    vin: QueryText | None = None,
    year: Year | None = None,
    engine: QueryText | None = None,
) -> CarWish:
    return CarWish(model, vin, year, engine)


def _wish(
    car: Annotated[CarWish, Depends(_car)],
    *,
    operation: QueryText | None = None,
    menu: QueryText | None = None,
    kind: OrderKind = OrderKind.REPAIR,
    payer: Payer = Payer.CUSTOMER,
    day: date | None = None,
    quantity: Quantity = Decimal(1),
) -> PriceWish:
    return PriceWish(operation, menu, car, kind, payer, day, quantity)


@router.get("/v1/price", dependencies=[allow(*READERS)])
async def explain_price(desk: CurrentDesk, wish: Annotated[PriceWish, Depends(_wish)]) -> PriceExplanation:
    """What an operation or a menu costs on a day, and why: each step with its numbers and the version they are of.

    Without a day it is today's; without a model, or a VIN, the operation's own hours hold.
    """
    asked, works = await pricing.price(desk, wish)
    return _explanation(desk.store.currency, asked, works, wish.menu)


def _explanation(currency: str, asked: Asked, works: Sequence[PricedWork], menu: str | None) -> PriceExplanation:
    return document(
        PriceExplanation, asked, menu=menu, car=CarRead.model_validate(asked.car), currency=currency,
        amount=sum((work.amount for work in works), Decimal(0)), items=[_item(work) for work in works],
    )  # fmt: skip


def _item(work: PricedWork) -> PricedItem:
    return document(
        PricedItem, work.operation, operation=work.operation.code, quantity=work.quantity, hours=work.hours,
        list_price=work.unit_price, amount=work.amount, steps=[step_read(step) for step in work.steps],
    )  # fmt: skip


def step_read(step: Step) -> StepRead:
    return document(StepRead, step, text=Texts(zh=step.text("zh"), en=step.text("en")), inputs=dict(step.inputs))
