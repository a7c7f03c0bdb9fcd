"""Parts of the gateway's overviews: hot reads whose JSON the database builds."""

from collections.abc import Mapping
from typing import Any

from chassis.http import HotRead
from services.customer.endpoints.access import COMPLAINT_READERS, CUSTOMER_READERS, READERS
from services.customer.repository import overviews

_TEXT: Mapping[str, Any] = {"type": ["string", "null"]}
_DAY: Mapping[str, Any] = {"type": ["string", "null"], "format": "date"}
_COUNT: Mapping[str, Any] = {"type": "integer"}
_COUNTS: Mapping[str, Any] = {
    "type": "object",
    "properties": {"opened": _COUNT, "verified": _COUNT, "rejected": _COUNT},
}
_COMPLAINTS: Mapping[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            **dict.fromkeys(("number", "order_number", "employee", "cause", "state"), _TEXT),
            "occurred_on": _DAY,
        },
    },
}
_VEHICLE: Mapping[str, Any] = {
    "type": ["object", "null"],
    "properties": {
        **dict.fromkeys(("id", "vin", "plate", "model", "use", "vehicle_class"), _TEXT),
        **dict.fromkeys(("purchase_date", "last_visit_on"), _DAY),
        "last_odometer_km": {"type": ["integer", "null"]},
    },
}
_CUSTOMER: Mapping[str, Any] = {
    "type": ["object", "null"],
    "properties": dict.fromkeys(("id", "number", "source", "kind", "name", "mobile", "id_number"), _TEXT),
}


def _object(**properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


HOT_READS = (
    HotRead(
        "/v1/overview-parts/customers/{number}",
        "read_customer_part",
        CUSTOMER_READERS,
        overviews.CUSTOMER,
        "A customer by any number that means it: profile (masked), vehicles, complaints, notes",
        _object(
            customer=_CUSTOMER,
            aliases={"type": "array", "items": {"type": "string"}},
            vehicles={"type": "array", "items": _VEHICLE},
            complaints=_COUNTS,
            notes=_COUNT,
            last_visit_on=_DAY,
        ),
    ),
    HotRead(
        "/v1/overview-parts/repair-orders/{number}",
        "read_repair_order_part",
        READERS,
        overviews.REPAIR_ORDER,
        "Customer, vehicle and complaints of a repair order",
        _object(order_number=_TEXT, customer=_CUSTOMER, vehicle=_VEHICLE, complaints=_COMPLAINTS),
    ),
    HotRead(
        "/v1/overview-parts/employees/{number}",
        "read_employee_part",
        COMPLAINT_READERS,
        overviews.EMPLOYEE,
        "Complaints that name an employee, counted by state, and the latest of them",
        _object(employee=_TEXT, complaints=_COUNTS, latest=_COMPLAINTS),
    ),
    HotRead(
        "/v1/overview-parts/stores/{month}",
        "read_store_part",
        READERS,
        overviews.MONTH,
        "Customers and vehicles of the store today, and complaints of the month by state",
        _object(month=_TEXT, customers=_COUNT, merged=_COUNT, vehicles=_COUNT, complaints=_COUNTS),
    ),
)
