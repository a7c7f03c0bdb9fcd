"""Bodies of risk reviews and of the flags they raise."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.representation import Money, RequestBody, ResponseBody
from services.workorder.domain.orders.line import Authorisation
from services.workorder.domain.orders.order import OrderKind
from services.workorder.domain.risk.risk import FlagKind
from services.workorder.domain.risk.risk_review import FlagState, ReviewOutcome, ReviewState
from services.workorder.schemas.text import Person, Told, Trimmed


class RiskReviewRead(ResponseBody):
    """`today` is the last day of the window. Completed: `orders` were looked at, `flags` found, `raised` are new."""

    id: UUID
    asked_by: str
    state: ReviewState
    today: date
    window_from: date | None
    policy_version: int | None
    orders: int | None
    flags: int | None
    raised: int | None
    completed_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class RiskFlagRead(ResponseBody):
    """A reason to look, not a verdict. Of a person (`period`, a month): `bound`, the cautious end of `measure`, is past
    `threshold`, where peers show `expected`; `n` trials or estimates. Of an order or an upsell there is what was
    counted, if anything, and its threshold. `stands`: the last review still found it."""

    id: UUID
    kind: FlagKind
    period: str | None
    advisor: str | None
    finders: list[str]
    order_id: UUID | None
    order_number: str | None
    upsell_id: UUID | None
    upsell_number: str | None
    measure: Trimmed | None
    expected: Trimmed | None
    bound: Trimmed | None
    n: int | None
    threshold: Trimmed | None
    window_from: date
    window_to: date
    raised_on: date
    policy_version: int
    stands: bool
    state: FlagState
    assigned_to: str | None
    assigned_by: str | None
    outcome: ReviewOutcome | None
    note: str | None
    closed_by: str | None
    closed_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class OrderBehind(ResponseBody):
    id: UUID
    number: str
    kind: OrderKind
    advisor: str | None
    opened_on: date


class UpsellBehind(ResponseBody):
    id: UUID
    number: str
    order_number: str
    operation_code: str
    operation_name: str
    finder: str | None
    amount: Money
    decision: Authorisation | None


class RiskFlagComment(ResponseBody):
    id: UUID
    made_by: str
    text: str
    created_at: datetime


class FormerRiskFlag(ResponseBody):
    """What was, until `superseded_at`."""

    version: int
    state: FlagState
    stands: bool
    measure: str | None
    n: int | None
    assigned_to: str | None
    superseded_at: datetime


class RiskFlagWithEvidence(RiskFlagRead):
    """`truncated`: more orders or upsells are behind it than are shown, which are the latest."""

    currency: str
    truncated: bool
    orders: list[OrderBehind]
    upsells: list[UpsellBehind]
    comments: list[RiskFlagComment]
    former: list[FormerRiskFlag]


class AssignBody(RequestBody):
    assignee: Annotated[Person, Field(description="the employee's number")]


class CloseBody(RequestBody):
    outcome: ReviewOutcome
    note: Told


class CommentBody(RequestBody):
    text: Told
