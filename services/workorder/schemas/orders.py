"""Bodies of repair orders, their lines and their moves."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.representation import Money, RequestBody, ResponseBody
from services.workorder.domain.line import Authorisation, LineKind, Payer
from services.workorder.domain.order import EarlyDeliveryReason, Hold, Move, OrderKind, State
from services.workorder.domain.upsell import Stage, UpsellSource
from services.workorder.schemas.text import Hours, Instant, Key, Name, Prose, Quantity, Trimmed


class Reference(ResponseBody):
    """A thing of another service; `id` is empty until that service has told of it."""

    source: str
    number: str
    id: UUID | None


class RepairOrderCreate(RequestBody):
    """Without a number the next one of the day is given. A booked order is for a car that is not here yet."""

    number: Key | None = None
    kind: OrderKind
    vin: Key | None = None
    customer_number: Key | None = None
    advisor: Key | None = None
    opened_at: Instant | None = None
    odometer_km: Annotated[int, Field(ge=0, le=99_999_999)] | None = None
    complaint: Prose | None = None
    promised_at: Instant | None = None
    booked: bool = False


class RepairOrderRead(ResponseBody):
    id: UUID
    number: str
    source: str
    kind: OrderKind
    state: State
    hold: Hold | None
    settled: bool
    settled_on: date | None
    left_at: datetime | None
    left_on: date | None
    early_delivery_reason: EarlyDeliveryReason | None
    cancellation_reason: str | None
    advisor: str | None
    vehicle: Reference | None
    customer: Reference | None
    opened_at: datetime
    opened_on: date
    odometer_km: int | None
    complaint: str | None
    promised_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class Transitions(ResponseBody):
    """Where the order stands and what may be done next; each move is an address under the order."""

    state: State
    hold: Hold | None
    settled: bool
    delivered: bool
    allowed: list[Move]


class HoldBody(RequestBody):
    hold: Hold


class CancelBody(RequestBody):
    reason: Prose


class SettleBody(RequestBody):
    """Without a date the order is settled today, by the store's calendar."""

    settled_on: date | None = None


class DeliverBody(RequestBody):
    """`reason` is needed when the car leaves before the order is settled."""

    left_at: Instant | None = None
    reason: EarlyDeliveryReason | None = None


class LineCreate(RequestBody):
    """`list_price` is that of one unit, `amount` what the whole line brings in."""

    kind: LineKind
    code: Key
    name: Name
    standard_hours: Hours | None = None
    quantity: Quantity
    list_price: Money
    amount: Annotated[Money, Field(ge=0)]
    payer: Payer
    team: Name | None = None
    technician: Key | None = None


class LinesCreate(RequestBody):
    lines: Annotated[list[LineCreate], Field(min_length=1, max_length=100)]


class LineRead(ResponseBody):
    id: UUID
    line_number: int
    kind: LineKind
    code: str
    name: str
    standard_hours: Trimmed | None
    quantity: Trimmed
    list_price: Money
    amount: Money
    payer: Payer
    team: str | None
    technician: str | None
    is_upsell: bool
    upsell_id: UUID | None
    upsell_source: UpsellSource | None
    stage: Stage | None
    finder: str | None
    authorisation: Authorisation | None
    labour_completed_on: date | None
    source: str
    version: int


class LinesRead(ResponseBody):
    order_id: UUID
    currency: str
    items: list[LineRead]


class BalanceRead(ResponseBody):
    """What the customer owes for the work that is his to pay, what he has paid, and what is open."""

    order_id: UUID
    currency: str
    owed: Money
    paid: Money
    open: Money
