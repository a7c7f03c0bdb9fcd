"""Bodies of an order's details: its people, jobs, promises, changes of lines, costs, and its timeline."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from chassis.representation import Money, RequestBody, ResponseBody
from services.workorder.domain.orders.line import LineKind, Origin, Payer
from services.workorder.domain.orders.order import Hold, Move, State
from services.workorder.schemas.orders.orders import JobCreate
from services.workorder.schemas.text import Instant, JobNumber, Key, Line, Name, Price, Told


class Change(RequestBody):
    """A body that names what it changes, and names something."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name what is to change")
        return self


class RepairOrderUpdate(Change):
    """What is left out stays; null empties."""

    advisor: Key | None = None
    odometer_km: Annotated[int, Field(ge=0, le=99_999_999)] | None = None
    drop_off_person: Line | None = None
    owner_number: Key | None = None
    payer_number: Key | None = None
    invoice_title: Line | None = None


class JobsCreate(RequestBody):
    jobs: Annotated[list[JobCreate], Field(min_length=1, max_length=50)]


class JobUpdate(Change):
    """What is left out stays. The complaint is the customer's: it is corrected before work starts only."""

    complaint: Told | None = None
    cause: Told | None = None
    correction: Told | None = None


class JobRead(ResponseBody):
    id: UUID
    order_id: UUID
    number: int
    complaint: str
    cause: str | None
    correction: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class JobsRead(ResponseBody):
    order_id: UUID
    items: list[JobRead]


class PromiseBody(RequestBody):
    """`reason` is needed when another time was promised before."""

    promised_at: Instant
    reason: Told | None = None


class PromiseRead(ResponseBody):
    promised_at: datetime
    reason: str | None
    made_by: str
    made_at: datetime


class LineUpdate(Change):
    """What is left out stays. `reason` is needed where the money changes; a new amount drops shares that are not told
    again."""

    amount: Price | None = None
    payer: Payer | None = None
    shares: Annotated[dict[Payer, Money], Field(min_length=1)] | None = None
    reason: Told | None = None
    origin: Origin | None = None
    job_number: JobNumber | None = None
    team: Name | None = None
    technician: Key | None = None


class PriceChangeRead(ResponseBody):
    """`shares` say who was to pay it, also where it was one payer only."""

    line_number: int
    former_amount: Money
    amount: Money
    former_shares: dict[Payer, Money] | None
    shares: dict[Payer, Money] | None
    reason: str
    changed_by: str
    changed_at: datetime


class PriceChangesRead(ResponseBody):
    order_id: UUID
    currency: str
    items: list[PriceChangeRead]


class LineCost(RequestBody):
    """`cost` is that of the whole line."""

    line_number: Annotated[int, Field(ge=1, le=1_000_000)]
    cost: Annotated[Money, Field(ge=0)]


class CostsBody(RequestBody):
    items: Annotated[list[LineCost], Field(min_length=1, max_length=200)]


class LineMargin(ResponseBody):
    line_number: int
    kind: LineKind
    code: str
    name: str
    amount: Money
    cost: Money | None
    gross_profit: Money | None


class MarginRead(ResponseBody):
    """Lines that are work. `uncosted` lines have no cost yet: the gross profit is too high by theirs."""

    order_id: UUID
    currency: str
    items: list[LineMargin]
    amount: Money
    cost: Money
    gross_profit: Money
    uncosted: int


class EntryRead(ResponseBody):
    """`text` is `what` in the reader's language; `detail` says which it was."""

    at: datetime
    who: str
    what: str
    text: str
    detail: dict[str, Any]


class Standing(ResponseBody):
    state: State
    hold: Hold | None
    settled: bool
    delivered: bool
    allowed: list[Move]


class OrderStates(ResponseBody):
    """The whole state machine: every standing an order can have, and what is allowed there."""

    items: list[Standing]
