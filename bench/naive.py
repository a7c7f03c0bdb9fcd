"""The overview as it is usually built, to measure ours against: ORM objects, response models, one call after another.

The same databases, the same data in the answer, the same process count: four part processes and one that asks them
with httpx. It checks no tokens, keeps no budget of time and spares no request, all of which ours does.
"""

import os
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from services.customer import models as customer_models
from services.payroll.models import facts as payroll_models
from services.survey import models as survey_models
from services.workorder.models import copies as copy_models
from services.workorder.models import money as money_models
from services.workorder.models import orders as order_models

PARTS = ("customer", "workorder", "survey", "payroll")


class Model(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Profile(Model):
    id: UUID
    number: str
    source: str
    kind: str
    name: str
    mobile_masked: str | None
    id_number_masked: str | None
    sex: str | None
    birth_date: date | None
    occupation: str | None
    home_address: str | None
    hobbies: str | None
    education: str | None
    income: str | None
    employer: str | None
    services_of_interest: str | None
    payment_method: str | None
    version: int


class Vehicle(Model):
    id: UUID
    vin: str
    plate: str | None
    model: str | None
    use: str | None
    vehicle_class: str | None
    purchase_date: date | None
    last_visit_on: date | None = None
    last_odometer_km: int | None = None


class CustomerPart(Model):
    customer: Profile
    aliases: list[str]
    vehicles: list[Vehicle]
    complaints: dict[str, int]
    notes: int
    last_visit_on: date | None


class Upsells(Model):
    proposed: int
    approved: int
    approved_amount: Decimal


class Order(Model):
    id: UUID
    number: str
    kind: str
    state: str
    advisor: str | None
    vin: str | None
    opened_on: date
    left_on: date | None
    settled_on: date | None
    odometer_km: int | None
    complaint: str | None
    amount: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)


class WorkorderPart(Model):
    orders: int
    last_visit_on: date | None
    spent: Decimal
    upsells: Upsells
    latest_orders: list[Order]


class Answer(Model):
    id: UUID
    order_number: str
    questionnaire: str
    advisor: str | None
    submitted_at: datetime
    csi: Decimal | None
    nps: int | None
    comment: str | None


class SurveyPart(Model):
    customer_number: str
    n: int
    csi_mean: Decimal | None
    answers: list[Answer]


class Facts(Model):
    kind: str
    count: int
    amount: Decimal | None
    hours: Decimal | None


class PayrollPart(Model):
    number: str
    numbers: list[str]
    orders: int
    facts: list[Facts]
    as_of: date


class Overview(Model):
    customer: CustomerPart
    workorder: WorkorderPart
    survey: SurveyPart
    payroll: PayrollPart


async def _customer(session: AsyncSession, number: str) -> CustomerPart:
    found, visit = customer_models.Customer, customer_models.Visit
    told = (await session.scalars(select(found).where(found.number == number))).one()
    records = (await session.scalars(select(found).where(found.canonical_id == told.canonical_id))).all()
    numbers = [each.number for each in records]
    visits = (
        await session.scalars(select(visit).where(visit.customer_number.in_(numbers), visit.cancelled.is_(False)))
    ).all()
    complaint, note = customer_models.Complaint, customer_models.CustomerNote
    theirs = complaint.customer_number.in_(numbers) | complaint.order_number.in_([v.order_number for v in visits])
    states = Counter(each.state for each in await session.scalars(select(complaint).where(theirs)))
    notes = await session.scalars(select(note).where(note.customer_id.in_([each.id for each in records])))
    return CustomerPart(
        customer=Profile.model_validate(next(each for each in records if each.id == told.canonical_id)),
        aliases=sorted(numbers),
        vehicles=await _vehicles(session, numbers),
        complaints={state: states[state] for state in ("opened", "verified", "rejected")},
        notes=len(notes.all()),
        last_visit_on=max((each.opened_on for each in visits), default=None),
    )


async def _vehicles(session: AsyncSession, numbers: list[str]) -> list[Vehicle]:
    owned, visit = customer_models.Vehicle, customer_models.Visit
    vehicles = (await session.scalars(select(owned).where(owned.owner_number.in_(numbers)).order_by(owned.vin))).all()
    wanted = select(visit).where(visit.vin.in_([each.vin for each in vehicles]), visit.cancelled.is_(False))
    visits = (await session.scalars(wanted)).all()
    answer = []
    for each in vehicles:
        own = [(v.opened_on, v.odometer_km) for v in visits if v.vin == each.vin]
        read = Vehicle.model_validate(each)
        read.last_visit_on = max((day for day, _ in own), default=None)
        read.last_odometer_km = max(((day, km) for day, km in own if km is not None), default=(None, None))[1]
        answer.append(read)
    return answer


async def _workorder(session: AsyncSession, number: str) -> WorkorderPart:
    copy, order = copy_models.CustomerCopy, order_models.RepairOrder
    told = await session.scalar(select(copy).where(copy.number == number))
    survivor = told.survivor_number if told else number
    same = await session.scalars(select(copy.number).where(copy.survivor_number == survivor))
    wanted = select(order).where(order.customer_number.in_({number, survivor, *same}))
    orders = (await session.scalars(wanted.order_by(order.opened_at.desc(), order.id.desc()))).all()
    ids = [each.id for each in orders]
    line, upsell, payment = order_models.RepairOrderLine, order_models.Upsell, money_models.Payment
    lines = (await session.scalars(select(line).where(line.order_id.in_(ids[:20])))).all()
    payments = (await session.scalars(select(payment).where(payment.order_id.in_(ids)))).all()
    upsells = [u for u in await session.scalars(select(upsell).where(upsell.order_id.in_(ids))) if u.line_numbers]
    amount: dict[UUID, Decimal] = defaultdict(Decimal)
    paid: dict[UUID, Decimal] = defaultdict(Decimal)
    for work in lines:
        amount[work.order_id] += work.amount if work.authorisation in {None, "approved"} else 0
    for payment_made in payments:
        paid[payment_made.order_id] += payment_made.amount
    latest = [Order.model_validate(each) for each in orders[:20]]
    for read in latest:
        read.amount, read.paid = amount[read.id], paid[read.id]
    approved = [each.amount for each in upsells if each.decision == "approved"]
    return WorkorderPart(
        orders=len(orders),
        last_visit_on=max((each.opened_on for each in orders if each.state != "cancelled"), default=None),
        spent=sum(paid.values(), Decimal(0)),
        upsells=Upsells(
            proposed=len(upsells), approved=len(approved), approved_amount=sum(filter(None, approved), Decimal(0))
        ),
        latest_orders=latest,
    )


async def _family(session: AsyncSession, copy: Any, number: str) -> tuple[str, list[str]]:  # noqa: ANN401 - either model
    """The number that it means after all merges, and all numbers that mean the same."""
    survivor = await session.scalar(select(copy.survivor).where(copy.number == number)) or number
    found = await session.scalars(select(copy).where(copy.survivor == survivor).order_by(copy.number))
    return survivor, [each.number for each in found] or [number]


async def _survey(session: AsyncSession, number: str) -> SurveyPart:
    response = survey_models.Response
    survivor, family = await _family(session, survey_models.CustomerCopy, number)
    wanted = select(response).where(response.customer_number.in_(family))
    found = (await session.scalars(wanted.order_by(response.submitted_at.desc(), response.id.desc()))).all()
    scores = [each.csi for each in found if each.csi is not None]
    return SurveyPart(
        customer_number=survivor,
        n=len(found),
        csi_mean=round(sum(scores, Decimal(0)) / len(scores), 4) if scores else None,
        answers=[Answer.model_validate(each) for each in found[:20]],
    )


async def _payroll(session: AsyncSession, number: str) -> PayrollPart:
    order, fact = payroll_models.OrderCopy, payroll_models.Fact
    _, family = await _family(session, payroll_models.CustomerCopy, number)
    orders = (await session.scalars(select(order).where(order.customer.in_(family)))).all()
    found = await session.scalars(select(fact).where(fact.order_number.in_([each.number for each in orders])))
    kinds: dict[str, list[payroll_models.Fact]] = defaultdict(list)
    for each in found:
        kinds[each.kind].append(each)
    return PayrollPart(
        number=number,
        numbers=family,
        orders=len(orders),
        facts=[_summed(kind, kinds[kind]) for kind in sorted(kinds)],
        as_of=datetime.now(ZoneInfo("Asia/Shanghai")).date(),
    )


def _summed(kind: str, facts: list[payroll_models.Fact]) -> Facts:
    amounts = [each.amount for each in facts if each.amount is not None]
    hours = [each.hours for each in facts if each.hours is not None]
    return Facts(
        kind=kind,
        count=len(facts),
        amount=sum(amounts, Decimal(0)) if amounts else None,
        hours=sum(hours, Decimal(0)) if hours else None,
    )


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
