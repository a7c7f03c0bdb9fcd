"""Bodies of refused work, its follow-up, and what became of it."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.representation import Money, RequestBody, ResponseBody
from services.workorder.domain.orders.line import Authorisation, AuthorisationMethod
from services.workorder.domain.upsells.finding import Priority
from services.workorder.domain.upsells.follow_up import ClosingReason
from services.workorder.domain.upsells.upsell import Stage, UpsellSource
from services.workorder.schemas.orders.order_details import Change
from services.workorder.schemas.orders.orders import LineCreate
from services.workorder.schemas.text import Key, Told
from services.workorder.schemas.upsells.upsells import UpsellRead


class DeferredWorkRead(ResponseBody):
    """Work that was declined or deferred, or never decided on an order that was cancelled (`decision` is null then).

    `quote_id` and what follows are of the revision on which it was refused, null for what was refused without one.
    `photos` are files that show what was found; `amount` is what it was to cost; `taken_by` is who entered the decision
    at the desk.
    """

    id: UUID
    number: str
    order_id: UUID
    order_number: str
    advisor: str | None
    vin: str | None
    plate: str | None
    model: str | None
    customer_number: str | None
    customer_name: str | None
    operation_code: str
    operation_name: str
    source: UpsellSource | None
    stage: Stage | None
    finder: str | None
    finding_id: UUID | None
    decision: Authorisation | None
    decided_by_method: AuthorisationMethod | None
    decided_by: str | None
    decided_at: datetime | None
    taken_by: str | None
    reason: str | None
    priority: Priority | None
    follow_up_on: date | None
    overdue: bool
    quote_id: UUID | None
    quote_number: int | None
    why: str | None
    if_not_done: str | None
    photos: list[UUID]
    amount: Money
    currency: str
    revived_from: UUID | None
    version: int


class FollowUpUpdate(Change):
    """What is left out stays as it is; a date of null is none."""

    priority: Priority | None = None
    follow_up_on: date | None = None


class CloseBody(RequestBody):
    reason: ClosingReason
    note: Told | None = None


class ReviveBody(RequestBody):
    """Offer it again on this order. Left out, the lines are those of before at their prices of before, and the finder
    and source are the former ones; a finding of the new order gives its own."""

    order_id: UUID
    finding_id: UUID | None = None
    stage: Stage | None = None
    finder: Key | None = None
    lines: Annotated[list[LineCreate], Field(min_length=1, max_length=50)] | None = None


class Lineage(ResponseBody):
    """The first offer first; each upsell is revived from the one before it."""

    items: list[UpsellRead]


class OutcomesOfReason(ResponseBody):
    """`came_again`: the car was here once more; `offered_again`: the work was, too; `converted`: it was taken."""

    decision: Authorisation
    reason: str | None
    refused: int
    amount: Money
    came_again: int
    offered_again: int
    converted: int
    converted_amount: Money
    closed: int
    open: int


class DeferredWorkFigures(ResponseBody):
    """Work refused on orders opened in the period, by what was said, the commonest reasons first."""

    from_: Annotated[date | None, Field(serialization_alias="from")]
    to: date | None
    currency: str
    reasons: list[OutcomesOfReason]
