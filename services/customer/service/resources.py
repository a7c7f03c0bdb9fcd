"""The three things other systems tell of: how their rows are read, stored and announced."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from chassis.field_words import field_words
from services.customer.context import Context
from services.customer.domain.complaint import state_told
from services.customer.domain.identity import Normalised, clean_text, normal_plate
from services.customer.domain.refusals import VinInvalid
from services.customer.domain.vin import Vin, parse_vin
from services.customer.events import COMPLAINTS, CUSTOMERS, VEHICLES
from services.customer.repository.records import Record
from services.customer.schemas.rows import COMPLAINT_ROW, CUSTOMER_ROW, VEHICLE_ROW
from services.customer.service import profiles
from services.customer.service.intake import Finding, RowRefused, Stated

_DOUBTS = {
    "mobile": Finding("mobile", "mobile-not-11-digits", "Not a mainland mobile of 11 digits; kept as it is."),
    "id_number": Finding("id_number", "id-number-check-digit", "The ID number's check digit or date is wrong."),
}
VIN_DOUBT = Finding("vin", "vin-check-digit", "The check digit in position 9 does not hold.")


def checked(adapter: TypeAdapter[Any], row: Mapping[str, Any]) -> dict[str, Any]:
    try:
        valid: dict[str, Any] = adapter.validate_python(row)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise RowRefused(*(_finding(each["loc"], each["type"], field_words(each)) for each in found)) from None
    return valid


def _finding(place: Sequence[int | str], kind: str, message: str) -> Finding:
    code = {"missing": "required", "extra_forbidden": "unknown-field"}.get(kind, kind.replace("_", "-"))
    return Finding(str(place[0]) if place else "", code, message)


class CustomerResource:
    kind = CUSTOMERS

    def __init__(self, context: Context) -> None:
        self._privacy, self._store = context.privacy, context.store

    def read(self, row: Mapping[str, Any]) -> Stated:
        told = checked(CUSTOMER_ROW, row)
        number = clean_text(told["number"])
        values = dict.fromkeys(profiles.FIELDS) | profiles.normalised(told)
        missing = [name for name, value in (("number", number), ("name", values["name"])) if not value]
        if missing:
            raise RowRefused(*(Finding(name, "required", "There is no text in it.") for name in missing))
        return Stated(number, values, profiles.stated(values, self._privacy, self._store), doubts(values))

    def columns(self, stated: Stated, names: Sequence[str], row: UUID) -> Record:
        return profiles.columns(stated.values, names, self._privacy, self._store, row)

    def complete(self, record: Record) -> Record:
        return {**record, "canonical_id": record["canonical_id"] or record["id"]}

    def event(self, record: Record) -> str:
        return "customer.customer.created" if record["version"] == 1 else "customer.customer.changed"


def doubts(values: Mapping[str, Any]) -> tuple[Finding, ...]:
    return tuple(
        finding
        for name, finding in _DOUBTS.items()
        if isinstance(value := values.get(name), Normalised) and not value.valid
    )


VEHICLE_TEXTS = ("model", "engine_number", "gearbox_number", "colour", "vehicle_class")
VEHICLE_FIELDS = (
    "owner_number", "plate", *VEHICLE_TEXTS, "purchase_date", "first_service_date", "first_service_km", "use",
)  # fmt: skip


class VehicleResource:
    kind = VEHICLES

    def read(self, row: Mapping[str, Any]) -> Stated:
        told = checked(VEHICLE_ROW, row)
        try:
            vin = parse_vin(told["vin"])
        except VinInvalid as refused:
            raise RowRefused(Finding("vin", refused.slug, str(refused))) from None
        values = vehicle_values({**told, "owner_number": told.get("customer_number")})
        values = dict.fromkeys(VEHICLE_FIELDS) | values | {"vin": vin}
        warnings = () if vin.check_digit_holds else (VIN_DOUBT,)
        return Stated(vin.value, values, json_fields(values, VEHICLE_FIELDS), warnings)

    def columns(self, stated: Stated, names: Sequence[str], _row: UUID) -> Record:
        vin: Vin = stated.values["vin"]
        return {"check_digit_holds": vin.check_digit_holds, **{name: stated.values[name] for name in names}}

    def complete(self, record: Record) -> Record:
        return record

    def event(self, record: Record) -> str:
        return "customer.vehicle.created" if record["version"] == 1 else "customer.vehicle.changed"


def vehicle_values(told: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a vehicle that were told, in normal form; empty text is nothing."""
    values = {name: told[name] for name in VEHICLE_FIELDS if name in told}
    for name in {"owner_number", *VEHICLE_TEXTS} & set(values):
        values[name] = clean_text(values[name] or "") or None
    if "plate" in values:
        values["plate"] = normal_plate(values["plate"] or "") or None
    return values


COMPLAINT_FIELDS = ("occurred_on", "order_number", "employee", "cause", "cause_text", "verified")


class ComplaintResource:
    kind = COMPLAINTS

    def read(self, row: Mapping[str, Any]) -> Stated:
        told = checked(COMPLAINT_ROW, row)
        values = {name: told.get(name) for name in COMPLAINT_FIELDS}
        for name in ("order_number", "employee", "cause_text"):
            values[name] = clean_text(values[name] or "") or None
        number = clean_text(told["number"])
        if not number:
            raise RowRefused(Finding("number", "required", "There is no text in it."))
        return Stated(number, values, json_fields(values, COMPLAINT_FIELDS))

    def columns(self, stated: Stated, names: Sequence[str], _row: UUID) -> Record:
        """A finding told by another system comes without its day: none is invented."""
        record = {name: stated.values[name] for name in names if name != "verified"}
        if "verified" in names:
            record |= {"state": state_told(stated.values["verified"]).value, "verified_on": None}
        return record

    def complete(self, record: Record) -> Record:
        if record["state"] == "verified" and not record["employee"]:
            raise RowRefused(Finding("employee", "required", "A verified complaint names the person responsible."))
        return record

    def event(self, record: Record) -> str:
        return f"customer.complaint.{record['state']}"


def json_fields(values: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    told = ((name, values[name]) for name in names)
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in told}
