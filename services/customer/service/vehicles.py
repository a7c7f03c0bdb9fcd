"""Creating and changing vehicles one at a time, and what is known of them over time."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.errors import Invalid, NotFound, field_error
from chassis.representation import PageWish, check_version
from services.customer.context import Context
from services.customer.domain.identity import clean_text, normal_plate
from services.customer.domain.odometer import Reading, judge_readings
from services.customer.domain.refusals import NumberTaken
from services.customer.domain.vin import parse_vin
from services.customer.events import VEHICLES
from services.customer.repository import customers as customers_repository
from services.customer.repository import records, visits
from services.customer.repository import vehicles as repository
from services.customer.repository.records import Change, Record, next_version
from services.customer.schemas.vehicles import (
    OdometerReading,
    OwnerPeriod,
    OwnerRead,
    PlatePeriod,
    VehicleFields,
    VehicleRead,
    VehicleVersion,
    WaitingFact,
)
from services.customer.service.customers import OWN_SOURCE
from services.customer.service.resources import VEHICLE_FIELDS, vehicle_values


async def create(context: Context, told: Mapping[str, Any]) -> UUID:
    vin = parse_vin(told["vin"])
    await records.lock_intake(context.session, context.store, VEHICLES)
    if await records.load(context.session, VEHICLES, context.store, "vin", [vin.value]):
        raise NumberTaken(f"There is a vehicle {vin.value} already.")
    row = records.new_ids(1, context.now)[0]
    record = {
        **records.blank(VEHICLES, context.store, row, context.now),
        **dict.fromkeys(VEHICLE_FIELDS),
        **await _values(context, told),
        "vin": vin.value,
        "check_digit_holds": vin.check_digit_holds,
        "source": OWN_SOURCE,
    }
    await _write(context, Change(record, "customer.vehicle.created"))
    return row


async def update(context: Context, vehicle: UUID, told: Mapping[str, Any], expected: int) -> None:
    rows = await records.load(context.session, VEHICLES, context.store, "id", [vehicle])
    if not rows:
        raise NotFound("There is no such vehicle")
    check_version(rows[0]["version"], expected)
    values = await _values(context, told)
    changed = {name: value for name, value in values.items() if value != rows[0][name]}
    if changed:
        await _write(context, Change(next_version(rows[0], changed, context.now), "customer.vehicle.changed"))


async def _values(context: Context, told: Mapping[str, Any]) -> Record:
    """A person names an owner that exists; an import may name one that is still to come."""
    values = vehicle_values({**told, "owner_number": told["customer_number"]} if "customer_number" in told else told)
    owner = values.get("owner_number")
    if owner and not await customers_repository.meant_by(context.session, context.store, number=owner):
        detail = f"There is no customer {owner}."
        raise Invalid(detail, errors=[field_error("/customer_number", "customer-unknown", detail)])
    return values


async def _write(context: Context, change: Change) -> None:
    await records.write(context.session, VEHICLES, [change])
    await repository.keep_periods(context.session, context.now)


async def read(context: Context, *, id_: UUID | None = None, vin: str = "") -> VehicleRead:
    row = await repository.one_vehicle(context.session, context.store, id_=id_, vin=clean_text(vin).upper())
    if row is None:
        raise NotFound("There is no such vehicle")
    return shown(row)


async def find(
    context: Context, wish: PageWish, vin: str | None, plate: str | None, owner: str | None
) -> tuple[list[VehicleRead], str | None]:
    rows, following = await repository.find_vehicles(
        context.session,
        context.store,
        wish,
        vin=None if vin is None else clean_text(vin).upper(),
        plate=None if plate is None else normal_plate(plate),
        owner=None if owner is None else clean_text(owner),
    )
    return [shown(row) for row in rows], following


def shown(row: Row[Any]) -> VehicleRead:
    owner = None
    if row.owner_number is not None:
        owner = OwnerRead(
            source=row.owner_source, number=row.owner_now or row.owner_number, id=row.owner_id, name=row.owner_name
        )
    return VehicleRead(
        **{name: getattr(row, name) for name in VehicleFields.model_fields},
        id=row.id,
        owner=owner,
        last_visit_on=row.last_visit_on,
        last_odometer_km=row.last_odometer_km,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


async def history(context: Context, vehicle: UUID, wish: PageWish) -> tuple[list[VehicleVersion], str | None]:
    await read(context, id_=vehicle)
    rows, following = await customers_repository.former_states(context.session, context.store, VEHICLES, vehicle, wish)
    return [VehicleVersion(**{name: row[name] for name in VehicleVersion.model_fields}) for row in rows], following


async def owners(context: Context, vehicle: UUID) -> list[OwnerPeriod]:
    await read(context, id_=vehicle)
    periods = await repository.owners_over_time(context.session, context.store, vehicle)
    return [OwnerPeriod.model_validate(period) for period in periods]


async def plates(context: Context, vehicle: UUID) -> list[PlatePeriod]:
    await read(context, id_=vehicle)
    periods = await repository.plates_over_time(context.session, context.store, vehicle)
    return [PlatePeriod.model_validate(period) for period in periods]


async def odometer(context: Context, vehicle: UUID) -> list[OdometerReading]:
    vin = (await read(context, id_=vehicle)).vin
    found = await visits.odometer_visits(context.session, context.store, vin)
    judged = judge_readings(Reading(visit.opened_on, visit.odometer_km or 0) for visit in found)
    return [
        OdometerReading(read_on=reading.read_on, km=reading.km, verdict=reading.verdict.value, order_number=order)
        for reading, order in zip(judged, (visit.order_number for visit in found), strict=True)
    ]


async def waiting(context: Context, wish: PageWish) -> tuple[list[WaitingFact], str | None]:
    """Each counts by itself as soon as what it waits for arrives."""
    rows, following = await visits.waiting_facts(context.session, context.store, wish)
    return [WaitingFact.model_validate(row) for row in rows], following
