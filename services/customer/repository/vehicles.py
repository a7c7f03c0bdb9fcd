"""Vehicles with their present owner and last visit, and who owned and what plate they had over time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from chassis.representation import PageWish, paginate
from services.customer.models import Customer, Vehicle, VehicleOwner, VehiclePlate, Visit

_told_owner, _owner = aliased(Customer), aliased(Customer)


def vehicles_of(store: UUID) -> Select[Any]:
    """Each vehicle with the customer that its owner's number means today, and what its visits told last."""
    visits = select(Visit).where(Visit.store_id == Vehicle.store_id, Visit.vin == Vehicle.vin, ~Visit.cancelled)
    odometer = visits.where(Visit.odometer_km.is_not(None)).order_by(Visit.opened_on.desc(), Visit.odometer_km.desc())
    return (
        select(
            *Vehicle.__table__.columns,
            _owner.id.label("owner_id"),
            _owner.number.label("owner_now"),
            _owner.name.label("owner_name"),
            func.coalesce(_owner.source, Vehicle.source).label("owner_source"),
            visits.with_only_columns(func.max(Visit.opened_on)).scalar_subquery().label("last_visit_on"),
            odometer.with_only_columns(Visit.odometer_km).limit(1).scalar_subquery().label("last_odometer_km"),
        )
        .where(Vehicle.store_id == store)
        .outerjoin(
            _told_owner, (_told_owner.store_id == Vehicle.store_id) & (_told_owner.number == Vehicle.owner_number)
        )
        .outerjoin(_owner, (_owner.store_id == Vehicle.store_id) & (_owner.id == _told_owner.canonical_id))
    )


async def find_vehicles(
    session: AsyncSession, store: UUID, wish: PageWish, *, vin: str | None, plate: str | None, owner: str | None
) -> tuple[list[Row[Any]], str | None]:
    query = vehicles_of(store)
    if vin is not None:
        query = query.where(Vehicle.vin == vin)
    if plate is not None:
        query = query.where(Vehicle.plate == plate)
    if owner is not None:
        meant = select(Customer.canonical_id).where(Customer.store_id == store, Customer.number == owner)
        query = query.where(or_(Vehicle.owner_number == owner, _told_owner.canonical_id == meant.scalar_subquery()))
    return await paginate(session, query, [Vehicle.__table__.c.id], wish)


async def one_vehicle(session: AsyncSession, store: UUID, *, id_: UUID | None = None, vin: str = "") -> Row[Any] | None:
    query = vehicles_of(store)
    query = query.where(Vehicle.vin == vin) if id_ is None else query.where(Vehicle.id == id_)
    found: Row[Any] | None = (await session.execute(query)).one_or_none()
    return found


async def owners_over_time(session: AsyncSession, store: UUID, vehicle: UUID) -> Sequence[VehicleOwner]:
    query = select(VehicleOwner).where(VehicleOwner.store_id == store, VehicleOwner.vehicle_id == vehicle)
    return (await session.scalars(query.order_by(VehicleOwner.known_since))).all()


async def plates_over_time(session: AsyncSession, store: UUID, vehicle: UUID) -> Sequence[VehiclePlate]:
    query = select(VehiclePlate).where(VehiclePlate.store_id == store, VehiclePlate.vehicle_id == vehicle)
    return (await session.scalars(query.order_by(VehiclePlate.known_since))).all()


async def keep_periods(session: AsyncSession, now: datetime) -> None:
    """Ends and begins the periods of owners and plates that the vehicles just written have changed."""
    for statement in (_END_OWNERS, _END_PLATES, _BEGIN_OWNERS, _BEGIN_PLATES):
        await session.execute(statement, {"now": now})


_END_OWNERS = text("""
    UPDATE vehicle_owner p SET known_until = :now FROM staged_vehicle s
    WHERE p.store_id = s.store_id AND p.vehicle_id = s.id AND p.known_until IS NULL
      AND p.owner_number IS DISTINCT FROM s.owner_number
""")
_END_PLATES = text("""
    UPDATE vehicle_plate p SET known_until = :now FROM staged_vehicle s
    WHERE p.store_id = s.store_id AND p.vehicle_id = s.id AND p.known_until IS NULL
      AND p.plate IS DISTINCT FROM s.plate
""")
_BEGIN_OWNERS = text("""
    INSERT INTO vehicle_owner (store_id, vehicle_id, known_since, owner_number)
    SELECT s.store_id, s.id, :now, s.owner_number FROM staged_vehicle s
    WHERE s.owner_number IS NOT NULL AND NOT EXISTS (
        SELECT FROM vehicle_owner p
        WHERE p.store_id = s.store_id AND p.vehicle_id = s.id AND p.known_until IS NULL)
""")
_BEGIN_PLATES = text("""
    INSERT INTO vehicle_plate (store_id, vehicle_id, known_since, plate)
    SELECT s.store_id, s.id, :now, s.plate FROM staged_vehicle s
    WHERE s.plate IS NOT NULL AND NOT EXISTS (
        SELECT FROM vehicle_plate p
        WHERE p.store_id = s.store_id AND p.vehicle_id = s.id AND p.known_until IS NULL)
""")
