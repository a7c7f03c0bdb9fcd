"""Bodies of a statement as its owner reads it: lines with the steps and facts that they rest on, bounded."""

from datetime import date, datetime
from uuid import UUID

from chassis.representation import ExactDecimal, Money, ResponseBody
from services.payroll.schemas.statements.questions import QuestionRead


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


class LinkedFact(ResponseBody):
    """As it was counted; `why` says by which days it is in the month, `superseded` that it is another by now."""

    kind: str
    english: str
    order_number: str | None
    occurred_on: date | None
    amount: ExactDecimal | None
    hours: ExactDecimal | None
    why: list[str]
    superseded: bool


class LinkedStep(ResponseBody):
    """A step in the reader's language; one that it rests on comes behind it, a `depth` further, or is `left_off`."""

    depth: int
    title: str
    text: str
    formula: str
    notes: list[str]
    facts: list[LinkedFact]
    facts_left_off: int
    left_off: list[str]


class LinkedLine(ResponseBody):
    """`key` names it in a question. `adjusted` is why an adjustment was made and who decided it, `of_month` the closed
    month of a correction, `note` how base pay or an item came to its amount."""

    key: str
    name: str
    english: str
    clause: str
    amount: Money
    of_month: str | None
    adjusted: str | None
    note: str | None
    steps: list[LinkedStep]
    questions: list[QuestionRead]


class LinkedUnpaid(ResponseBody):
    """What the plan pays and did not pay him, and why; `withheld` is what a condition kept from him."""

    name: str
    english: str
    clause: str
    withheld: Money | None
    text: str
    steps: list[LinkedStep]


class LinkedStatement(ResponseBody):
    """`state` is the month's: `open` again when its closing was taken back. `questions` are about all of it.

    `may_ask`: he had the link issued himself, so that he may go on with his questions by it; `ask_until`: and may ask.
    """

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
    unpaid: list[LinkedUnpaid]
    leaf: str
    root: str
    place: int
    count: int
    questions: list[QuestionRead]
    may_ask: bool
    ask_until: datetime | None
    expires_at: datetime
