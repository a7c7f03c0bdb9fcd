"""Vehicles, and what is known of them over time."""

from uuid import UUID

from fastapi import Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, QueryText, set_etag
from services.customer.endpoints.access import READERS, RECEPTION, CurrentContext
from services.customer.schemas.vehicles import (
    OdometerLog,
    OwnerPeriods,
    PlatePeriods,
    VehicleCreate,
    VehicleRead,
    VehicleUpdate,
    VehicleVersion,
    WaitingFact,
)
from services.customer.service import vehicles

router = Router(prefix="/v1", tags=["vehicles"])


@router.post("/vehicles", status_code=201, operation_id="create_vehicle", dependencies=[allow(*RECEPTION)])
async def create_vehicle(context: CurrentContext, body: VehicleCreate, response: Response) -> VehicleRead:
    created = await vehicles.read(context, id_=await vehicles.create(context, body.model_dump()))
    set_etag(response, created.version)
    response.headers["Location"] = f"/v1/vehicles/{created.id}"
    return created


@router.get("/vehicles", operation_id="list_vehicles", dependencies=[allow(*READERS)])
async def list_vehicles(
    context: CurrentContext,
    page: PageOf,
    vin: QueryText | None = None,
    plate: QueryText | None = None,
    customer_number: QueryText | None = None,
) -> Page[VehicleRead]:
    """A customer's vehicles are found by any number that means the customer."""
    items, following = await vehicles.find(context, page, vin, plate, customer_number)
    return Page(items=items, limit=page.limit, next=following)


@router.get("/vehicles/by-vin/{vin}", operation_id="read_vehicle_by_vin", dependencies=[allow(*READERS)])
async def read_vehicle_by_vin(context: CurrentContext, vin: str, response: Response) -> VehicleRead:
    found = await vehicles.read(context, vin=vin)
    set_etag(response, found.version)
    return found


@router.get("/vehicles/{vehicle_id}", operation_id="read_vehicle", dependencies=[allow(*READERS)])
async def read_vehicle(context: CurrentContext, vehicle_id: UUID, response: Response) -> VehicleRead:
    found = await vehicles.read(context, id_=vehicle_id)
    set_etag(response, found.version)
    return found


@router.patch("/vehicles/{vehicle_id}", operation_id="update_vehicle", dependencies=[allow(*RECEPTION)])
async def update_vehicle(
    context: CurrentContext, vehicle_id: UUID, body: VehicleUpdate, version: IfMatch, response: Response
) -> VehicleRead:
    await vehicles.update(context, vehicle_id, body.model_dump(exclude_unset=True), version)
    changed = await vehicles.read(context, id_=vehicle_id)
    set_etag(response, changed.version)
    return changed


@router.get("/vehicles/{vehicle_id}/history", operation_id="read_vehicle_history", dependencies=[allow(*READERS)])
async def read_vehicle_history(context: CurrentContext, vehicle_id: UUID, page: PageOf) -> Page[VehicleVersion]:
    """Former states, newest first."""
    former, following = await vehicles.history(context, vehicle_id, page)
    return Page(items=former, limit=page.limit, next=following)


@router.get("/vehicles/{vehicle_id}/owners", operation_id="read_vehicle_owners", dependencies=[allow(*READERS)])
async def read_vehicle_owners(context: CurrentContext, vehicle_id: UUID) -> OwnerPeriods:
    return OwnerPeriods(items=await vehicles.owners(context, vehicle_id))


@router.get("/vehicles/{vehicle_id}/plates", operation_id="read_vehicle_plates", dependencies=[allow(*READERS)])
async def read_vehicle_plates(context: CurrentContext, vehicle_id: UUID) -> PlatePeriods:
    return PlatePeriods(items=await vehicles.plates(context, vehicle_id))


@router.get(
    "/vehicles/{vehicle_id}/odometer-readings", operation_id="read_odometer_log", dependencies=[allow(*READERS)]
)
async def read_odometer_log(context: CurrentContext, vehicle_id: UUID) -> OdometerLog:
    return OdometerLog(items=await vehicles.odometer(context, vehicle_id))


@router.get("/waiting-visits", operation_id="list_waiting_visits", dependencies=[allow(*RECEPTION, "auditor", "dms")])
async def list_waiting_visits(context: CurrentContext, page: PageOf) -> Page[WaitingFact]:
    """Visits of vehicles and vehicles of customers that nobody has told of yet."""
    found, following = await vehicles.waiting(context, page)
    return Page(items=found, limit=page.limit, next=following)
