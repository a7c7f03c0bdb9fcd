"""Bodies about complaints."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from chassis.representation import RequestBody, ResponseBody
from services.customer.schemas.rows import CauseName, LongText, Number

StateName = Literal["opened", "verified", "rejected"]


class ComplaintCreate(RequestBody):
    number: Annotated[Number, Field(examples=["TS2609001"])]
    occurred_on: date
    order_number: Number | None = None
    customer_number: Number | None = None
    employee: Number | None = None
    cause: CauseName
    cause_text: LongText | None = None


class ComplaintVerify(RequestBody):
    """The person may be left out where the complaint names one; a cause given here corrects the one told before."""

    employee: Number | None = None
    cause: CauseName | None = None
    finding: LongText | None = None


class ComplaintReject(RequestBody):
    finding: Annotated[LongText, StringConstraints(min_length=1)]


class ComplaintRead(ResponseBody):
    id: UUID
    number: str
    source: str
    version: int
    state: StateName
    occurred_on: date
    order_number: str | None
    customer_number: str | None
    employee: str | None
    cause: CauseName
    cause_text: str | None
    verified_on: date | None
    finding: str | None
    decided_by: str | None
    created_at: datetime
    updated_at: datetime


class ComplaintMoves(ResponseBody):
    state: StateName
    allowed: list[str]
