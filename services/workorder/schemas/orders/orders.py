"""Bodies of repair orders, their lines and their moves."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.representation import Money, RequestBody, ResponseBody
from services.workorder.domain.orders.line import Authorisation, LineKind, Origin, Payer
from services.workorder.domain.orders.order import EarlyDeliveryReason, Hold, Move, OrderKind, State
from services.workorder.domain.upsells.upsell import Stage, UpsellSource
from services.workorder.schemas.inspections.checks import OpenCheckRead
from services.workorder.schemas.orders.approval import OrderApprovalRead
from services.workorder.schemas.text import (
    Hours,
    Instant,
    JobNumber,
    Key,
    Line,
    Name,
    Price,
    Prose,
    Told,
    Trimmed,
    Units,
)


class Reference(ResponseBody):
    """A thing of another service; `id` is empty until that service has told of it."""

    source: str
    number: str
    id: UUID | None


class LineCreate(RequestBody):
    """`list_price` is that of one unit, `amount` what the whole line brings in. `shares` splits it among payers, of
    whom `payer` is one; without it all is his. `job_number` is one of the order's jobs."""

    kind: LineKind
    code: Key
    name: Name
    standard_hours: Hours | None = None
    quantity: Units
    list_price: Price
    amount: Price
    payer: Payer
    shares: Annotated[dict[Payer, Money], Field(min_length=1)] | None = None
    origin: Origin | None = None
    job_number: JobNumber | None = None
    team: Name | None = None
    technician: Key | None = None


class JobCreate(RequestBody):
    """`complaint` is what the customer said, in his own words."""

    complaint: Told


class RepairOrderCreate(RequestBody):
    """Without a number the next one of the day is given. A booked order is for a car that is not here yet.

    Who brings the car, who owns it, who pays and whose name is on the invoice need not be one and the same. Jobs are
    numbered from 1 in their order; lines may name them.
    """

    number: Key | None = None
    kind: OrderKind
    vin: Key | None = None
    customer_number: Key | None = None
    advisor: Key | None = None
    opened_at: Instant | None = None
    odometer_km: Annotated[int, Field(ge=0, le=99_999_999)] | None = None
    complaint: Prose | None = None
    promised_at: Instant | None = None
    drop_off_person: Line | None = None
    owner_number: Key | None = None
    payer_number: Key | None = None
    invoice_title: Line | None = None
    booked: bool = False
    jobs: Annotated[tuple[JobCreate, ...], Field(max_length=50)] = ()
    lines: Annotated[tuple[LineCreate, ...], Field(max_length=100)] = ()


class RepairOrderRead(ResponseBody):
    """`approval` is null as long as the customer has not agreed to the order."""

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
    approval: OrderApprovalRead | None
    advisor: str | None
    vehicle: Reference | None
    customer: Reference | None
    opened_at: datetime
    opened_on: date
    odometer_km: int | None
    complaint: str | None
    promised_at: datetime | None
    drop_off_person: str | None
    owner_number: str | None
    payer_number: str | None
    invoice_title: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class Transitions(ResponseBody):
    """Where the order stands and what may be done next; each move is an address under the order. `open_checks` are
    made or waived before its final check."""

    state: State
    hold: Hold | None
    settled: bool
    delivered: bool
    allowed: list[Move]
    open_checks: list[OpenCheckRead]


class HoldBody(RequestBody):
    hold: Hold


class CancelBody(RequestBody):
    reason: Prose


class DeliverBody(RequestBody):
    """`left_at` is now unless told, and never to come. `reason` is needed when the car leaves before the order is
    settled. On credit it leaves within the payer's terms, or by a manager's `credit_override`, which says why."""

    left_at: Instant | None = None
    reason: EarlyDeliveryReason | None = None
    credit_override: Told | None = None


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
    shares: dict[Payer, Money] | None
    agreed_amount: Money | None
    origin: Origin | None
    job_id: UUID | None
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
    """What the customer owes for the work that is his to pay, what he has paid, what he got back, and what is open:
    below zero where more is held of him than he owes. `version` counts what moved its money, settlements and
    reversals."""

    order_id: UUID
    currency: str
    owed: Money
    paid: Money
    refunded: Money
    open: Money
    version: int
