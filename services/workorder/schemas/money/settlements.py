"""Bodies of settling and of settlements, of discount limits, and of the shop's description."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from chassis.representation import ExactDecimal, Money, RequestBody, ResponseBody
from services.workorder.domain.money.bill import OldParts
from services.workorder.domain.orders.line import LineKind, Origin, Payer
from services.workorder.schemas.text import Line, Told, Trimmed

Percent = Annotated[ExactDecimal, Field(ge=0, le=100, multiple_of=Decimal("0.01"))]
LineNumber = Annotated[int, Field(ge=1, le=1_000_000)]
Role = Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,40}$")]


class GuaranteeBody(RequestBody):
    """For so many days or kilometres, whichever ends first."""

    days: Annotated[int, Field(ge=1, le=36_500)]
    km: Annotated[int, Field(ge=1, le=10_000_000)]


class SettleBody(RequestBody):
    """Without a date the order is settled today, by the store's calendar. `reasons`, by line number, say why a line is
    not what it was estimated at, where its price changes do not say so. Without a guarantee that of the law holds."""

    settled_on: date | None = None
    reasons: dict[LineNumber, Told] = Field(default_factory=dict, max_length=1000)
    old_parts: OldParts | None = None
    guarantee: GuaranteeBody | None = None


class BillLineRead(ResponseBody):
    """`estimate` is what the customer agreed to; a line that he was never asked about has 0.00. `discount` is what is
    taken off the customer's list price."""

    line_number: int
    kind: LineKind
    code: str
    name: str
    origin: Origin | None
    standard_hours: Trimmed | None
    quantity: Trimmed
    list_price: Money
    list_amount: Money
    discount: Money
    estimate: Money
    amount: Money
    difference: Money
    reason: str | None
    payer: Payer
    shares: dict[Payer, Money] | None
    is_upsell: bool


class BillTotals(ResponseBody):
    """`payers` sum to `amount`; `owner_share` is the customer's own part of an insured repair, above his lines; `paid`
    is without what was given back."""

    payers: dict[Payer, Money]
    list_amount: Money
    discount: Money
    estimate: Money
    amount: Money
    difference: Money
    owner_share: Money
    paid: Money
    open: Money


class Hindrance(ResponseBody):
    """`pointer` is where it is mended: `/reasons/3` in the body of settling, `/lines/3` at the order's line 3."""

    pointer: str
    code: str
    detail: str


class SettlementPreview(BillTotals):
    order_id: UUID
    order_number: str
    number: int
    currency: str
    lines: list[BillLineRead]
    hindrances: list[Hindrance]


class SettlementContent(BillTotals):
    """As it was when the order was settled; the hash of the settlement is made of it."""

    number: int
    currency: str
    time_zone: str
    settled_on: date
    settled_by: str
    settled_at: datetime
    lines: list[BillLineRead]
    old_parts: OldParts | None
    guarantee: dict[str, int | str]
    shop: dict[str, str | None]
    order: dict[str, Any]
    customer: dict[str, str | None]
    vehicle: dict[str, str | None]
    times: dict[str, datetime | None]


class ReverseBody(RequestBody):
    """`paid` is what the customer has paid, without what was given back, as whoever reverses saw it; refused when it
    has become another amount."""

    reason: Told
    paid: Money


class ReversalRead(ResponseBody):
    number: int
    reason: str
    reversed_by: str
    reversed_at: datetime


class SettlementRead(ResponseBody):
    """`reversal` is there when it no longer holds."""

    id: UUID
    order_id: UUID
    number: int
    settled_on: date
    amount: Money
    content: SettlementContent
    content_hash: str
    settled_by: str
    created_at: datetime
    reversal: ReversalRead | None


class Percents(RequestBody):
    """Percent of the list price that may be taken off a line, and off the lines of an order together."""

    labour_line: Percent
    labour_order: Percent
    parts_line: Percent
    parts_order: Percent


class DiscountLimitCreate(Percents):
    """Without a day it holds from today on, until one that is dated later."""

    role: Role
    valid_from: date | None = None


class DiscountLimitUpdate(RequestBody):
    labour_line: Percent | None = None
    labour_order: Percent | None = None
    parts_line: Percent | None = None
    parts_order: Percent | None = None


class DiscountLimitRead(ResponseBody):
    id: UUID
    role: str
    valid_from: date
    labour_line: Trimmed
    labour_order: Trimmed
    parts_line: Trimmed
    parts_order: Trimmed
    changed_by: str
    version: int
    created_at: datetime
    updated_at: datetime


class LimitInForce(ResponseBody):
    """`id` is null for one that comes with the product."""

    role: str
    id: UUID | None
    labour_line: Trimmed
    labour_order: Trimmed
    parts_line: Trimmed
    parts_order: Trimmed


class LimitsInForce(ResponseBody):
    items: list[LimitInForce]


class ShopUpdate(RequestBody):
    """Replaces all of it."""

    name: Line
    address: Line | None = None
    phone: Line | None = None
    licence_number: Line | None = None
    tax_number: Line | None = None


class ShopRead(ResponseBody):
    name: str
    address: str | None
    phone: str | None
    licence_number: str | None
    tax_number: str | None
    version: int
