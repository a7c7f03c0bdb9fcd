"""Bodies of repair histories: visits with the work that was done, or put off, and its money."""

from datetime import date
from uuid import UUID

from chassis.representation import ExactDecimal, Money, ResponseBody
from services.workorder.domain.orders.line import Authorisation, LineKind, Payer
from services.workorder.domain.orders.order import OrderKind, State


class VisitLine(ResponseBody):
    """Work without an `authorisation` was agreed on when the order was opened."""

    line_number: int
    kind: LineKind
    code: str
    name: str
    standard_hours: ExactDecimal | None
    quantity: ExactDecimal
    amount: Money
    payer: Payer
    technician: str | None
    is_upsell: bool
    authorisation: Authorisation | None


class Visit(ResponseBody):
    """`amount` is that of the work that was agreed on, all payers."""

    id: UUID
    number: str
    kind: OrderKind
    state: State
    advisor: str | None
    customer_number: str | None
    vin: str | None
    plate: str | None
    model: str | None
    odometer_km: int | None
    complaint: str | None
    opened_on: date
    left_on: date | None
    settled_on: date | None
    lines: list[VisitLine]
    amount: Money
    paid: Money
