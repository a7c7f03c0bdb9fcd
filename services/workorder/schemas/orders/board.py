"""Bodies of the day's board and of the month's figures."""

from datetime import date, datetime
from uuid import UUID

from chassis.representation import ExactDecimal, Money, ResponseBody
from services.workorder.domain.orders.order import Hold, OrderKind, State


class BoardCounts(ResponseBody):
    """Of all orders on the board; `open_decisions` is the number of proposals that nobody has decided on."""

    orders: int
    opened: int
    promised: int
    left: int
    overdue: int
    held: int
    open_decisions: int


class BoardItem(ResponseBody):
    """`amount` is that of the work so far, all payers; `overdue`: promised for a time that has passed, not finished."""

    id: UUID
    number: str
    kind: OrderKind
    state: State
    hold: Hold | None
    settled: bool
    advisor: str | None
    complaint: str | None
    vin: str | None
    plate: str | None
    model: str | None
    customer_number: str | None
    customer_name: str | None
    opened_at: datetime
    promised_at: datetime | None
    left_at: datetime | None
    overdue: bool
    open_decisions: int
    amount: Money
    paid: Money
    version: int


class BoardRead(ResponseBody):
    """`more`: there are orders that are counted and not listed."""

    day: date
    as_of: datetime
    currency: str
    counts: BoardCounts
    states: dict[State, int]
    more: bool
    items: list[BoardItem]


class UpsellRate(ResponseBody):
    """Of orders whose car was here on any day of the month; `rate` is null when nothing was proposed."""

    proposed: int
    approved: int
    rate: ExactDecimal | None
    approved_amount: Money


class ShopFigures(ResponseBody):
    """Cars received without those of PDI; what was settled, and on average; what was paid in the month."""

    car_count: int
    orders_settled: int
    settled_amount: Money
    average_repair_order: Money | None
    receipts: Money
    upsells: UpsellRate


class AdvisorOrderFigures(ShopFigures):
    advisor: str | None


class OrderFigures(ResponseBody):
    month: str
    currency: str
    total: ShopFigures
    advisors: list[AdvisorOrderFigures]
