"""Bodies of refunds and of the limits within which a role gives money back."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from chassis.representation import Money, RequestBody, ResponseBody
from services.workorder.domain.money.refund import RefundReason
from services.workorder.domain.money.settlement import PaymentMethod
from services.workorder.schemas.money.money import NotNegative
from services.workorder.schemas.text import Told

LimitedRole = Literal["cashier", "desk_supervisor"]


class RefundCreate(RequestBody):
    """Without a method it goes back the way it came, without a date today. A payment `entered_wrongly` goes whole."""

    amount: Money
    reason: RefundReason
    method: PaymentMethod | None = None
    refunded_on: date | None = None
    note: Told | None = None


class RefundRead(ResponseBody):
    id: UUID
    payment_id: UUID
    order_id: UUID
    order_number: str
    refunded_on: date
    amount: Money
    currency: str
    method: PaymentMethod
    reason: RefundReason
    note: str | None
    refunded_by: str
    refunded_at: datetime


class RefundLimitCreate(RequestBody):
    """How much of one payment the role gives back by itself."""

    role: LimitedRole
    amount: NotNegative


class RefundLimitRead(ResponseBody):
    """`set_by` and `set_at` are null for what holds where the store has set nothing."""

    role: LimitedRole
    amount: Money
    currency: str
    set_by: str | None
    set_at: datetime | None


class RefundLimitsRead(ResponseBody):
    items: list[RefundLimitRead]
