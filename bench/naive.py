"""The overview as it is usually built, to measure ours against: ORM objects, response models, one call after another.

The same databases, the same data, the same process count: four part processes and one that asks them with httpx.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from services.customer import models as customer_models
from services.payroll.models import facts as payroll_models
from services.survey import models as survey_models
from services.workorder.models import money as money_models
from services.workorder.models import orders as order_models

PARTS = ("customer", "workorder", "survey", "payroll")


class Model(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Vehicle(Model):
    vin: str
    model: str | None


class CustomerPart(Model):
    number: str
    name: str
    kind: str
    mobile_masked: str | None
    vehicles: list[Vehicle]
    complaints: int


class Line(Model):
    line_number: int
    kind: str
    code: str
    name: str
    amount: Decimal
    authorisation: str | None


class Upsell(Model):
    number: str
    operation_name: str
    amount: Decimal
    decision: str | None


class Order(Model):
    number: str
    kind: str
    state: str
    opened_at: datetime
    settled_on: date | None
    lines: list[Line]
    upsells: list[Upsell]
    paid: Decimal


class WorkorderPart(Model):
    orders: list[Order]


class Answer(Model):
    order_number: str
    submitted_at: datetime
    answers: dict[str, Any]
    comment: str | None


class SurveyPart(Model):
    answers: list[Answer]


class Fact(Model):
    kind: str
    order_number: str | None
    amount: Decimal | None
    hours: Decimal | None


class PayrollPart(Model):
    facts: list[Fact]


class Overview(Model):
    customer: CustomerPart
    workorder: WorkorderPart
    survey: SurveyPart
    payroll: PayrollPart


async def _customer(session: AsyncSession, number: str) -> CustomerPart:
    found = customer_models.Customer
    customer = (await session.scalars(select(found).where(found.number == number))).one()
    owners = select(customer_models.VehicleOwner.vehicle_id).where(
        customer_models.VehicleOwner.owner_number == customer.number
    )
    vehicles = await session.scalars(select(customer_models.Vehicle).where(customer_models.Vehicle.id.in_(owners)))
    complaints = await session.scalar(select(func.count()).select_from(customer_models.Complaint)) or 0
    return CustomerPart(
        number=customer.number,
        name=customer.name,
        kind=customer.kind,
        mobile_masked=customer.mobile_masked,
        vehicles=[Vehicle.model_validate(v) for v in vehicles],
        complaints=complaints,
    )


async def _order(session: AsyncSession, order: order_models.RepairOrder) -> Order:
    line, upsell, payment = order_models.RepairOrderLine, order_models.Upsell, money_models.Payment
    lines = await session.scalars(select(line).where(line.order_id == order.id).order_by(line.line_number))
    upsells = await session.scalars(select(upsell).where(upsell.order_id == order.id))
    payments = await session.scalars(select(payment).where(payment.order_id == order.id))
    return Order(
        number=order.number,
        kind=order.kind,
        state=order.state,
        opened_at=order.opened_at,
        settled_on=order.settled_on,
        lines=[Line.model_validate(each) for each in lines],
        upsells=[Upsell.model_validate(each) for each in upsells],
        paid=sum((each.amount for each in payments), Decimal(0)),
    )


async def _workorder(session: AsyncSession, number: str) -> WorkorderPart:
    order = order_models.RepairOrder
    wanted = select(order).where(order.customer_number == number).order_by(order.opened_at.desc()).limit(20)
    return WorkorderPart(orders=[await _order(session, each) for each in await session.scalars(wanted)])


async def _survey(session: AsyncSession, number: str) -> SurveyPart:
    response = survey_models.Response
    found = await session.scalars(select(response).where(response.customer_number == number))
    return SurveyPart(answers=[Answer.model_validate(each) for each in found])


async def _payroll(session: AsyncSession, number: str) -> PayrollPart:
    order, fact = payroll_models.OrderCopy, payroll_models.Fact
    orders = (await session.scalars(select(order.number).where(order.customer == number))).all()
    found = await session.scalars(select(fact).where(fact.order_number.in_(orders)))
    return PayrollPart(facts=[Fact.model_validate(each) for each in found])


def create_part() -> FastAPI:
    """One of the four: which one, its database and its store come from the environment."""
    name = os.environ["NAIVE_PART"]
    url = os.environ["NAIVE_DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://")
    engine = create_async_engine(url, pool_size=5, max_overflow=0)
    sessions = async_sessionmaker(engine)
    store = UUID(os.environ["NAIVE_STORE"])
    app = FastAPI()
    build = {"customer": _customer, "workorder": _workorder, "survey": _survey, "payroll": _payroll}[name]
    model = {"customer": CustomerPart, "workorder": WorkorderPart, "survey": SurveyPart, "payroll": PayrollPart}[name]

    @app.get("/parts/{number}", response_model=model)
    async def part(number: str) -> Any:  # noqa: ANN401 - one of four models
        async with sessions() as session, session.begin():
            await session.execute(text("SELECT set_config('app.store', :store, true)"), {"store": str(store)})
            return await build(session, number)

    return app


def create_gateway() -> FastAPI:
    ports = [int(port) for port in os.environ["NAIVE_PORTS"].split(",")]

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with httpx.AsyncClient() as client:
            app.state.client = client
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/overview/{number}", response_model=Overview)
    async def overview(number: str, request: Request) -> Overview:
        parts = {}
        for name, port in zip(PARTS, ports, strict=True):
            answer = await request.app.state.client.get(f"http://127.0.0.1:{port}/parts/{number}")
            parts[name] = answer.raise_for_status().json()
        return Overview.model_validate(parts)

    return app
