"""Rows of the bulk resources; each is checked on its own, so that a wrong one costs itself only."""

from datetime import date
from typing import Annotated, Any, Literal, NotRequired, Required
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool, StringConstraints, TypeAdapter, with_config
from typing_extensions import TypedDict

from chassis.representation import RequestBody, ResponseBody

MOST_ROWS = 5000
Number = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]
ShortText = Annotated[str, StringConstraints(max_length=500)]
LongText = Annotated[str, StringConstraints(max_length=5000)]
Sex = Literal["male", "female"]
Use = Literal["private", "official", "for_hire"]
CauseName = Literal["work_error", "service_manner", "price_dispute", "other"]
Kilometres = Annotated[int, Field(ge=0, le=9_999_999)]

_STRICT = ConfigDict(extra="forbid")


@with_config(_STRICT)
class CustomerRow(TypedDict, total=False):
    row: int
    number: Required[Number]
    name: Required[Annotated[ShortText, StringConstraints(min_length=1)]]
    mobile: ShortText | None
    id_number: ShortText | None
    sex: Sex | None
    birth_date: date | None
    occupation: ShortText | None
    home_address: ShortText | None
    hobbies: ShortText | None
    education: ShortText | None
    income: ShortText | None
    employer: ShortText | None
    employer_address: ShortText | None
    services_of_interest: ShortText | None
    payment_method: ShortText | None


@with_config(_STRICT)
class VehicleRow(TypedDict, total=False):
    row: int
    vin: Required[Annotated[str, StringConstraints(max_length=64)]]
    customer_number: Number | None
    plate: ShortText | None
    model: ShortText | None
    engine_number: ShortText | None
    gearbox_number: ShortText | None
    colour: ShortText | None
    purchase_date: date | None
    first_service_date: date | None
    first_service_km: Kilometres | None
    use: Use | None
    vehicle_class: ShortText | None


@with_config(_STRICT)
class ComplaintRow(TypedDict):
    row: NotRequired[int]
    number: Number
    occurred_on: date
    order_number: NotRequired[Number | None]
    employee: NotRequired[Number | None]
    cause: CauseName
    cause_text: NotRequired[LongText | None]
    verified: NotRequired[StrictBool | None]


CUSTOMER_ROW: TypeAdapter[CustomerRow] = TypeAdapter(CustomerRow)
VEHICLE_ROW: TypeAdapter[VehicleRow] = TypeAdapter(VehicleRow)
COMPLAINT_ROW: TypeAdapter[ComplaintRow] = TypeAdapter(ComplaintRow)


class BulkRows(RequestBody):
    """Rows as another system tells them; `import_id` ties the calls of one import together."""

    source: Annotated[str, Field(min_length=1, max_length=64, examples=["dms"])]
    import_id: UUID | None = None
    rows: Annotated[list[dict[str, Any]], Field(max_length=MOST_ROWS)]


class RowFinding(ResponseBody):
    field: str
    code: str
    detail: str


class RowOutcome(ResponseBody):
    row: int
    outcome: Literal["created", "updated", "unchanged", "duplicate", "rejected"]
    warnings: list[RowFinding]
    errors: list[RowFinding]


class BulkOutcome(ResponseBody):
    """One result per row in their order; `merged` counts the customers found to be certain duplicates."""

    results: list[RowOutcome]
    counts: dict[str, int]
    merged: int
