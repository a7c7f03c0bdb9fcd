"""Tables of the customer service: columns only; every table belongs to one store and row security holds it there."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import DateTime, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

UuidKey = Annotated[UUID, mapped_column(primary_key=True)]
NewId = Annotated[UUID, mapped_column(primary_key=True, server_default=text("uuidv7()"))]
VersionKey = Annotated[int, mapped_column(primary_key=True, autoincrement=False)]
StampKey = Annotated[datetime, mapped_column(DateTime(timezone=True), primary_key=True)]
Stamp = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Json = Annotated[Any, mapped_column(JSONB)]


class Base(DeclarativeBase):
    """Strings are text without a length: what a limit is for belongs to the schemas."""

    type_annotation_map = {str: Text, bytes: LargeBinary}  # noqa: RUF012 - SQLAlchemy reads it from the class


class Recorded:
    """Columns of a thing that other systems tell of and people edit: version, and what its source said last."""

    store_id: Mapped[UuidKey]
    id: Mapped[NewId]
    source: Mapped[str]
    version: Mapped[int]
    import_id: Mapped[UUID | None]
    source_hash: Mapped[bytes | None]
    source_fields: Mapped[Json]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class Former:
    """A state that was replaced: the whole row as it was."""

    store_id: Mapped[UuidKey]
    id: Mapped[UuidKey]
    version: Mapped[VersionKey]
    state: Mapped[Json]
    replaced_at: Mapped[Stamp]


class Customer(Recorded, Base):
    """A record under its own number; `canonical_id` is the record that it means after all merges."""

    __tablename__ = "customer"

    number: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    name_key: Mapped[str]
    mobile_sealed: Mapped[bytes | None]
    mobile_index: Mapped[bytes | None]
    mobile_masked: Mapped[str | None]
    mobile_valid: Mapped[bool | None]
    id_number_sealed: Mapped[bytes | None]
    id_number_index: Mapped[bytes | None]
    id_number_masked: Mapped[str | None]
    id_number_valid: Mapped[bool | None]
    sex: Mapped[str | None]
    birth_date: Mapped[date | None]
    occupation: Mapped[str | None]
    home_address: Mapped[str | None]
    hobbies: Mapped[str | None]
    education: Mapped[str | None]
    income: Mapped[str | None]
    employer: Mapped[str | None]
    employer_address: Mapped[str | None]
    services_of_interest: Mapped[str | None]
    payment_method: Mapped[str | None]
    merged_into_id: Mapped[UUID | None]
    canonical_id: Mapped[UUID]


class CustomerHistory(Former, Base):
    __tablename__ = "customer_history"


class CustomerNameToken(Base):
    __tablename__ = "customer_name_token"

    store_id: Mapped[UuidKey]
    token: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[UuidKey]


class CustomerMerge(Base):
    """A merge and what it changed; an undone one keeps the two records apart from then on."""

    __tablename__ = "customer_merge"

    store_id: Mapped[UuidKey]
    id: Mapped[NewId]
    version: Mapped[int]
    survivor_id: Mapped[UUID]
    duplicate_id: Mapped[UUID]
    reason: Mapped[str]
    survivor_version: Mapped[int]
    changes: Mapped[Json]
    merged_by: Mapped[str]
    merged_at: Mapped[Stamp]
    undone_by: Mapped[str | None]
    undone_at: Mapped[Stamp | None]


class CustomerNote(Base):
    __tablename__ = "customer_note"

    store_id: Mapped[UuidKey]
    id: Mapped[NewId]
    customer_id: Mapped[UUID]
    text: Mapped[str]
    author: Mapped[str]
    noted_on: Mapped[date]
    created_at: Mapped[Stamp]


class Vehicle(Recorded, Base):
    __tablename__ = "vehicle"

    vin: Mapped[str]
    check_digit_holds: Mapped[bool]
    owner_number: Mapped[str | None]
    plate: Mapped[str | None]
    model: Mapped[str | None]
    engine_number: Mapped[str | None]
    gearbox_number: Mapped[str | None]
    colour: Mapped[str | None]
    purchase_date: Mapped[date | None]
    first_service_date: Mapped[date | None]
    first_service_km: Mapped[int | None]
    use: Mapped[str | None]
    vehicle_class: Mapped[str | None]


class VehicleHistory(Former, Base):
    __tablename__ = "vehicle_history"


class VehicleOwner(Base):
    """Who owned a vehicle from when we were told until we were told otherwise."""

    __tablename__ = "vehicle_owner"

    store_id: Mapped[UuidKey]
    vehicle_id: Mapped[UuidKey]
    known_since: Mapped[StampKey]
    known_until: Mapped[Stamp | None]
    owner_number: Mapped[str]


class VehiclePlate(Base):
    __tablename__ = "vehicle_plate"

    store_id: Mapped[UuidKey]
    vehicle_id: Mapped[UuidKey]
    known_since: Mapped[StampKey]
    known_until: Mapped[Stamp | None]
    plate: Mapped[str]


class Complaint(Recorded, Base):
    __tablename__ = "complaint"

    number: Mapped[str]
    state: Mapped[str]
    occurred_on: Mapped[date]
    order_number: Mapped[str | None]
    customer_number: Mapped[str | None]
    employee: Mapped[str | None]
    cause: Mapped[str]
    cause_text: Mapped[str | None]
    verified_on: Mapped[date | None]
    finding: Mapped[str | None]
    decided_by: Mapped[str | None]


class ComplaintHistory(Former, Base):
    __tablename__ = "complaint_history"


class Visit(Base):
    """The copy of a repair order that this service needs, fed by events; the newest version told wins."""

    __tablename__ = "visit"

    store_id: Mapped[UuidKey]
    order_id: Mapped[UuidKey]
    order_version: Mapped[int]
    order_number: Mapped[str]
    vin: Mapped[str | None]
    customer_number: Mapped[str | None]
    kind: Mapped[str | None]
    state: Mapped[str | None]
    cancelled: Mapped[bool]
    opened_on: Mapped[date]
    left_on: Mapped[date | None]
    odometer_km: Mapped[int | None]
