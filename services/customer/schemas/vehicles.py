"""Bodies about vehicles."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from chassis.representation import RequestBody, ResponseBody
from services.customer.schemas.rows import Kilometres, Number, ShortText, Use


class VehicleProfile(RequestBody):
    """What can be told of a vehicle besides its VIN; null takes a value away."""

    customer_number: Number | None = None
    plate: ShortText | None = None
    model: ShortText | None = None
    engine_number: ShortText | None = None
    gearbox_number: ShortText | None = None
    colour: ShortText | None = None
    purchase_date: date | None = None
    first_service_date: date | None = None
    first_service_km: Kilometres | None = None
    use: Use | None = None
    vehicle_class: ShortText | None = None


class VehicleCreate(VehicleProfile):
    vin: Annotated[str, Field(max_length=64, examples=["LSGPBVL31NJ220930"])]


class VehicleUpdate(VehicleProfile):
    pass


class VehicleFields(ResponseBody):
    vin: str
    check_digit_holds: bool
    source: str
    plate: str | None
    model: str | None
    engine_number: str | None
    gearbox_number: str | None
    colour: str | None
    purchase_date: date | None
    first_service_date: date | None
    first_service_km: int | None
    use: Use | None
    vehicle_class: str | None
    version: int


class OwnerRead(ResponseBody):
    """The customer that the owner's number means today; `id` is empty until that customer is known."""

    source: str
    number: str
    id: UUID | None
    name: str | None


class VehicleRead(VehicleFields):
    id: UUID
    owner: OwnerRead | None
    last_visit_on: date | None
    last_odometer_km: int | None
    created_at: datetime
    updated_at: datetime


class VehicleVersion(VehicleFields):
    owner_number: str | None
    replaced_at: datetime


class OwnerPeriod(ResponseBody):
    owner_number: str
    known_since: datetime
    known_until: datetime | None


class OwnerPeriods(ResponseBody):
    items: list[OwnerPeriod]


class PlatePeriod(ResponseBody):
    plate: str
    known_since: datetime
    known_until: datetime | None


class PlatePeriods(ResponseBody):
    items: list[PlatePeriod]


class OdometerReading(ResponseBody):
    read_on: date
    km: int
    verdict: Literal["plausible", "lower_than_before", "too_far_in_the_time"]
    order_number: str


class OdometerLog(ResponseBody):
    """Oldest first, each reading held against the last plausible one before it."""

    items: list[OdometerReading]


class WaitingFact(ResponseBody):
    fact: Literal["visit", "vehicle"]
    number: str
    waits_for: Literal["vehicle", "customer"]
    waits_for_number: str
