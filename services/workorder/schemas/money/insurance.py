"""Bodies of the insurer's account: supplements and payments."""

from datetime import date, datetime
from uuid import UUID

from chassis.representation import Money, RequestBody, ResponseBody
from services.workorder.schemas.money.money import InsurerApprovalRead, NotNegative
from services.workorder.schemas.text import Code, Told


class SupplementCreate(RequestBody):
    """`amount` is added to what was approved, below zero taken from it; without `owner_share` that stays."""

    approved_on: date
    amount: Money
    owner_share: NotNegative | None = None
    reason: Told


class SupplementRead(ResponseBody):
    id: UUID
    approved_on: date
    amount: Money
    owner_share: Money
    reason: str
    made_by: str
    made_at: datetime


class InsurerAccountRead(InsurerApprovalRead):
    """`approved_amount` is the total with all supplements; `approved_on` stays the day of the first approval."""

    supplements: list[SupplementRead]
    received: Money
    open: Money


class InsurerPaymentCreate(RequestBody):
    amount: Money
    paid_on: date
    reference: Code | None = None


class InsurerPaymentTakeBack(RequestBody):
    reason: Told


class TakenBackRead(ResponseBody):
    reason: str
    taken_back_by: str
    taken_back_at: datetime


class InsurerPaymentRead(ResponseBody):
    """`back` is there when it no longer counts."""

    id: UUID
    order_id: UUID
    order_number: str
    paid_on: date
    amount: Money
    currency: str
    reference: str | None
    taken_by: str
    taken_at: datetime
    back: TakenBackRead | None
