"""Bodies of lines priced by the catalogue, of why a line costs what it does, and of what was charged otherwise."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from chassis.representation import Money, RequestBody, ResponseBody
from services.workorder.domain.catalogue.catalogue_entries import Basis
from services.workorder.domain.orders.line import Payer
from services.workorder.domain.orders.order import OrderKind
from services.workorder.schemas.catalogue.pricing import CarRead, StepRead
from services.workorder.schemas.text import Code, JobNumber, Key, Name, Quantity, Trimmed


class PricedLineCreate(RequestBody):
    """An operation, which makes one line, or a menu, which makes one of each of its items."""

    operation: Code | None = None
    menu: Code | None = None
    quantity: Quantity = Decimal(1)
    payer: Payer = Payer.CUSTOMER
    job_number: JobNumber | None = None
    team: Name | None = None
    technician: Key | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.operation is None) == (self.menu is None):
            raise ValueError("name either an operation or a menu")
        return self


class PricedLinesCreate(RequestBody):
    """`engine` where hours depend on it; model and year are those of the order's vehicle."""

    items: Annotated[list[PricedLineCreate], Field(min_length=1, max_length=50)]
    engine: Code | None = None


class PriceBasisRead(ResponseBody):
    """What the catalogue priced the line for, and its price then."""

    menu: str | None
    day: date
    kind: OrderKind
    payer: Payer
    basis: Basis
    car: CarRead
    amount: Money


class LinePriceRead(ResponseBody):
    """`basis` is null where the catalogue did not price the line. The amounts of the steps add up to `amount`."""

    order_id: UUID
    line_number: int
    code: str
    name: str
    quantity: Trimmed
    currency: str
    amount: Money
    basis: PriceBasisRead | None
    steps: list[StepRead]


class PriceDeviation(ResponseBody):
    """A line charged otherwise than published. `unpublished` says why there was no price to charge.

    `reason` and `changed_by` are of the last change of its amount, where there was one.
    """

    order_id: UUID
    order_number: str
    opened_on: date
    advisor: str | None
    line_number: int
    code: str
    name: str
    quantity: Trimmed
    payer: Payer
    by_catalogue: bool
    currency: str
    published: Money | None
    unpublished: str | None
    charged: Money
    difference: Money | None
    reason: str | None
    changed_by: str | None
