"""Bodies of packages: sold, drawn down, paid back."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.representation import Money, RequestBody, ResponseBody
from services.workorder.domain.money.settlement import PaymentMethod
from services.workorder.schemas.money.money import NotNegative, Positive, Stored
from services.workorder.schemas.text import Code, Line, Told


class PackageContent(RequestBody):
    """`value` is what one time is worth of the price; the times together are worth the price."""

    code: Code
    name: Line
    times: Annotated[int, Field(ge=1, le=1000)]
    value: NotNegative


class PackageSale(RequestBody):
    """Sold to a customer, for one car where it names one; without a date today."""

    name: Line
    customer_number: Code
    vin: Code | None = None
    price: Positive
    method: PaymentMethod
    sold_on: date | None = None
    valid_until: date
    items: Annotated[tuple[PackageContent, ...], Field(min_length=1, max_length=50)]


class ContentRead(ResponseBody):
    code: str
    name: str
    times: int
    left: int
    value: Money


class DrawRead(Stored):
    """`value` is what of the price counts as received with this use."""

    package_id: UUID
    order_id: UUID
    order_number: str
    line_number: int
    code: str
    value: Money
    currency: str
    drawn_on: date
    drawn_by: str
    undone: bool


class PackageRead(Stored):
    number: str
    name: str
    customer_number: str
    vin: str | None
    price: Money
    currency: str
    method: PaymentMethod
    sold_on: date
    sold_by: str
    valid_until: date
    refunded_on: date | None
    refunded_amount: Money | None
    refund_reason: str | None
    refunded_by: str | None
    items: list[ContentRead]
    draws: list[DrawRead]


class DrawDown(RequestBody):
    package_id: UUID
    line_number: Annotated[int, Field(ge=1, le=1_000_000)]


class PackageRefund(RequestBody):
    """Of every time that was not used, at its worth."""

    reason: Told
    refunded_on: date | None = None
