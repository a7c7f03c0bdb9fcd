"""Bodies of the day at the till."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from chassis.representation import Money, RequestBody, ResponseBody
from services.workorder.domain.money.settlement import PaymentMethod
from services.workorder.schemas.text import Told


class CountCreate(RequestBody):
    """`reason` is needed where the count differs from what should be there."""

    method: PaymentMethod
    counted: Money
    reason: Told | None = None


class CloseBody(RequestBody):
    """Each method by which money moved on the day, once; a day without any is closed without a count."""

    counts: Annotated[tuple[CountCreate, ...], Field(max_length=len(PaymentMethod))] = ()


class TakingsRead(ResponseBody):
    """`net` is received and deposits less refunds."""

    received: Money
    deposits: Money
    refunds: Money
    net: Money


class CashierTakings(TakingsRead):
    """`cashier` is null for what another system told."""

    cashier: str | None


class MethodTakings(TakingsRead):
    """What was expected, counted and found to differ when the day was closed; null before."""

    method: PaymentMethod
    expected: Money | None
    counted: Money | None
    difference: Money | None
    reason: str | None


class CashReportRead(ResponseBody):
    """`changed_since` is what an import has added to, or taken from, the day after it was closed."""

    day: date
    currency: str
    total: TakingsRead
    methods: list[MethodTakings]
    cashiers: list[CashierTakings]
    closed_by: str | None
    closed_at: datetime | None
    changed_since: Money | None
