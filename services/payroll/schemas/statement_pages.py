"""Bodies of a statement as its owner reads it: lines with the steps and facts that they rest on, bounded."""

from datetime import date, datetime
from uuid import UUID

from chassis.representation import ExactDecimal, Money, ResponseBody


class StatementLinkRead(ResponseBody):
    """`path` is the page's; whoever has it reads this one statement until it expires."""

    path: str
    token: str
    expires_at: datetime


class LinksWithdrawn(ResponseBody):
    """Links to this statement that were given out until then open nothing."""

    month: str
    employee: str
    withdrawn_at: datetime


class LinkedValue(ResponseBody):
    """`value` as people read it: decimals, ≈ where they do not say all."""

    name: str
    english: str
    value: str


class LinkedSelection(ResponseBody):
    text: str
    count: int
    value: str


class LinkedFact(ResponseBody):
    kind: str
    english: str
    order_number: str | None
    occurred_on: date | None
    amount: ExactDecimal | None
    hours: ExactDecimal | None


class LinkedStep(ResponseBody):
    name: str
    english: str
    clause: str
    formula: str
    value: str
    inputs: list[LinkedValue]
    selections: list[LinkedSelection]
    facts: list[LinkedFact]
    facts_left_off: int


class LinkedLine(ResponseBody):
    """`adjusted` is why an adjustment was made and who decided it, `of_month` the closed month of a correction, `note`
    how base pay or an item came to its amount."""

    name: str
    english: str
    clause: str
    amount: Money
    of_month: str | None
    adjusted: str | None
    note: str | None
    steps: list[LinkedStep]


class LinkedStatement(ResponseBody):
    """`state` is the month's: `open` again when its closing was taken back."""

    store_id: UUID
    shop: str
    month: str
    revision: int
    state: str
    employee: str
    name: str | None
    total: Money
    currency: str
    lines: list[LinkedLine]
    leaf: str
    root: str
    place: int
    count: int
    expires_at: datetime
