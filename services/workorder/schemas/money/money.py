"""Bodies of receipts, reimbursements, approvals, accessory sales, consumables and deducted hours."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.representation import Money, RequestBody, ResponseBody
from services.workorder.domain.money.accessory import Department
from services.workorder.domain.money.settlement import PaymentMethod
from services.workorder.schemas.text import Hours, Key, Name, Price, Prose, Told, Trimmed

NotNegative = Price
Positive = Annotated[Price, Field(gt=0)]


class Stored(ResponseBody):
    id: UUID
    source: str
    version: int
    created_at: datetime
    updated_at: datetime


class PaymentCreate(RequestBody):
    """Without a date it was paid today, by the store's calendar. A deposit secures work that is not settled yet."""

    amount: Money
    method: PaymentMethod
    paid_on: date | None = None
    deposit: bool = False


class PaymentRead(Stored):
    order_id: UUID
    order_number: str
    paid_on: date
    amount: Money
    currency: str
    method: PaymentMethod
    ordinal: int
    deposit: bool
    refunded: Money
    taken_by: str | None


class ReimbursementCreate(RequestBody):
    amount: Positive
    paid_on: date


class ReimbursementRead(Stored):
    order_id: UUID
    order_number: str
    claim_id: UUID | None
    paid_on: date
    amount: Money
    currency: str
    ordinal: int


class InsurerApprovalCreate(RequestBody):
    """`approved_amount` is without the owner's share."""

    approved_on: date
    approved_amount: NotNegative
    owner_share: NotNegative


class InsurerApprovalRead(Stored):
    order_id: UUID
    order_number: str
    approved_on: date
    approved_amount: Money
    owner_share: Money
    currency: str


class AccessorySaleCreate(RequestBody):
    """Without a number the next one of the day is given. Below 80% of the list price a reason is needed.
    `method` is how it was paid: needed where anything was."""

    number: Key | None = None
    sold_on: date
    item: Name
    list_price: NotNegative
    amount: NotNegative
    department: Department
    seller: Key | None = None
    given_away: bool = False
    installed: bool
    generic: bool = False
    price_reason: Prose | None = None
    method: PaymentMethod | None = None


class AccessorySaleRead(Stored):
    number: str
    sold_on: date
    item: str
    list_price: Money
    amount: Money
    currency: str
    department: Department
    seller: str | None
    given_away: bool
    installed: bool
    generic: bool
    price_reason: str | None
    method: PaymentMethod | None
    taken_by: str | None
    returned_on: date | None
    return_reason: str | None
    returned_by: str | None
    return_method: PaymentMethod | None


class AccessoryReturn(RequestBody):
    """Without a date the goods came back today. They come back whole, and the money the way it came or by `method`."""

    reason: Told
    returned_on: date | None = None
    method: PaymentMethod | None = None


class ConsumableCreate(RequestBody):
    team: Name
    used_on: date
    item: Name
    amount: NotNegative


class ConsumableRead(Stored):
    team: str
    used_on: date
    item: str
    amount: Money
    currency: str
    ordinal: int


class HoursDeductionCreate(RequestBody):
    """Hours taken from the person whose unpaid work had a fault that was found later."""

    number: Key | None = None
    employee: Key
    hours: Annotated[Hours, Field(gt=0)]
    reason: Prose
    occurred_on: date
    order_number: Key | None = None


class HoursDeductionRead(Stored):
    number: str
    employee: str
    hours: Trimmed
    reason: str
    occurred_on: date
    order_number: str | None
