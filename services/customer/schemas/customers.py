"""Bodies about customers, their notes and merges."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from chassis.representation import RequestBody, ResponseBody
from services.customer.domain.merge import Keep
from services.customer.schemas.rows import LongText, Number, Sex, ShortText

NonEmpty = Annotated[ShortText, StringConstraints(min_length=1)]


class CustomerProfile(RequestBody):
    """What can be told of a customer besides number and name; null takes a value away."""

    mobile: ShortText | None = None
    id_number: ShortText | None = None
    sex: Sex | None = None
    birth_date: date | None = None
    occupation: ShortText | None = None
    home_address: ShortText | None = None
    hobbies: ShortText | None = None
    education: ShortText | None = None
    income: ShortText | None = None
    employer: ShortText | None = None
    employer_address: ShortText | None = None
    services_of_interest: ShortText | None = None
    payment_method: ShortText | None = None


class CustomerCreate(CustomerProfile):
    number: Annotated[Number, Field(examples=["C01001"])]
    name: Annotated[NonEmpty, Field(examples=["王磊"])]


class CustomerUpdate(CustomerProfile):
    name: NonEmpty = Field(default="", validate_default=False)


class CustomerState(ResponseBody):
    """A customer's fields; mobile and ID number are masked unless they were asked for by a role that may."""

    number: str
    source: str
    kind: Literal["person", "company"]
    name: str
    mobile: str | None
    mobile_valid: bool | None
    id_number: str | None
    id_number_valid: bool | None
    sex: Sex | None
    birth_date: date | None
    occupation: str | None
    home_address: str | None
    hobbies: str | None
    education: str | None
    income: str | None
    employer: str | None
    employer_address: str | None
    services_of_interest: str | None
    payment_method: str | None
    version: int


class CustomerRead(CustomerState):
    """`aliases` are all numbers that mean this customer, its own among them."""

    id: UUID
    aliases: list[str]
    created_at: datetime
    updated_at: datetime


class CustomerVersion(CustomerState):
    replaced_at: datetime


class NoteCreate(RequestBody):
    text: Annotated[LongText, StringConstraints(min_length=1)]
    noted_on: date | None = None


class NoteRead(ResponseBody):
    id: UUID
    customer_id: UUID
    text: str
    author: str
    noted_on: date
    created_at: datetime


class MergeCreate(RequestBody):
    """The customer of the address stays; a field not chosen is taken from the duplicate only where it is missing."""

    duplicate_id: UUID
    choose: dict[str, Keep] = Field(default_factory=dict, examples=[{"home_address": "duplicate"}])


class LikelyDuplicate(ResponseBody):
    id: UUID
    number: str
    other_id: UUID
    other_number: str
    name: str
    home_address: str


class MergeRead(ResponseBody):
    """`fields` are those that the survivor took over; their values are in the customer's history."""

    id: UUID
    version: int
    survivor_id: UUID
    survivor_number: str
    duplicate_id: UUID
    duplicate_number: str
    reason: Literal["certain", "chosen"]
    fields: list[str]
    merged_by: str
    merged_at: datetime
    undone_by: str | None
    undone_at: datetime | None


def merge_read(row: Any) -> MergeRead:  # noqa: ANN401 - a row of the query, whatever it selects besides
    named = {name: getattr(row, name) for name in MergeRead.model_fields if name != "fields"}
    return MergeRead(**named, fields=[change["field"] for change in row.changes])
