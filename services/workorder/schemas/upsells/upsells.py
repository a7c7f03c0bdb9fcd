"""Bodies of upsells and their figures."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from chassis.representation import Money, RequestBody, ResponseBody
from services.workorder.domain.orders.line import Authorisation, AuthorisationMethod
from services.workorder.domain.upsells.finding import Priority
from services.workorder.domain.upsells.follow_up import ClosingReason, Outcome
from services.workorder.domain.upsells.upsell import Stage, UpsellSource
from services.workorder.schemas.catalogue.line_prices import PricedLineCreate
from services.workorder.schemas.orders.orders import LineCreate
from services.workorder.schemas.text import Code, Key, Prose


class UpsellCreate(RequestBody):
    """One operation: its labour line first, then the parts it needs; either `lines` with their prices, or `items` that
    the catalogue prices, with an `engine` where hours depend on it. Where it came from is taken from the finding behind
    it, and need only be told when there is none."""

    finding_id: UUID | None = None
    source: UpsellSource | None = None
    stage: Stage | None = None
    finder: Key | None = None
    lines: Annotated[list[LineCreate], Field(min_length=1, max_length=50)] | None = None
    items: Annotated[list[PricedLineCreate], Field(min_length=1, max_length=50)] | None = None
    engine: Code | None = None

    @model_validator(mode="after")
    def _priced_in_one_way(self) -> Self:
        if (self.lines is None) == (self.items is None):
            raise ValueError("give either lines or items")
        if self.engine is not None and self.items is None:
            raise ValueError("an engine goes with items")
        return self


class DecisionBody(RequestBody):
    """How the customer said it, and who: without a name it is the employee who enters it.

    Work that the order's newest quote shows is decided on that quote, which `quote_id` then names; in person
    that is signed, and `signature_id` is the signature, a file of the order. `priority`, else that of the finding, and
    `follow_up_on` are for work that is not approved.
    """

    quote_id: UUID | None = None
    method: AuthorisationMethod
    decided_by: Key | None = None
    signature_id: UUID | None = None
    reason: Prose | None = None
    priority: Priority | None = None
    follow_up_on: date | None = None

    @model_validator(mode="after")
    def _a_quote_decided_on_in_person_is_signed(self) -> Self:
        in_person = self.quote_id is not None and self.method is AuthorisationMethod.IN_PERSON_SIGNATURE
        if (self.signature_id is None) == in_person:
            raise ValueError("signature_id goes with a quote that is decided on in person, and with nothing else")
        return self


class UpsellRead(ResponseBody):
    """`decision` is null as long as the work is only proposed. `amount` is that of all its lines. `outcome` is what
    became of work that was not taken, `revived_as` the upsell it became at a later visit."""

    id: UUID
    number: str
    order_id: UUID
    order_number: str
    advisor: str | None
    source: UpsellSource | None
    stage: Stage | None
    finder: str | None
    operation_code: str
    operation_name: str
    line_numbers: list[int]
    amount: Money
    currency: str
    decision: Authorisation | None
    decided_by_method: AuthorisationMethod | None
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    revived_from: UUID | None
    revived_as: UUID | None
    outcome: Outcome | None
    priority: Priority | None
    follow_up_on: date | None
    closed_reason: ClosingReason | None
    closed_note: str | None
    closed_by: str | None
    closed_at: datetime | None
    finding_id: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime


class AdvisorFigures(ResponseBody):
    advisor: str | None
    proposed: int
    approved: int
    approved_amount: Money


class UpsellFigures(ResponseBody):
    """Upsells of the orders that were in the shop on any day of the period, by the order's advisor."""

    from_: Annotated[date | None, Field(serialization_alias="from")]
    to: date | None
    currency: str
    advisors: list[AdvisorFigures]
