"""Bodies of months, their approval, adjustments inside pools, and statements as they were closed."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from chassis.representation import LEGIBLE, Money, Page, RequestBody, ResponseBody
from services.payroll.schemas.statements.questions import QuestionRead

Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True), LEGIBLE]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100), LEGIBLE]
Role = Literal[
    "desk_supervisor", "workshop_manager", "payroll_clerk", "service_manager", "administrator"
]  # fmt: skip


class LockBody(RequestBody):
    run: UUID


class ApproveBody(RequestBody):
    """`alone_because` is why an administrator approves what he himself recorded: he alone may, and it is kept."""

    alone_because: Reason | None = None


class ReopenBody(RequestBody):
    reason: Reason


class ChainCreate(RequestBody):
    """Whose approvals a month needs, in their order."""

    roles: Annotated[list[Role], Field(min_length=1, max_length=5)]
    valid_from: date | None = None


class ChainRead(ResponseBody):
    roles: list[str]
    valid_from: date | None
    set_by: str | None


class MonthStepRead(ResponseBody):
    what: str
    role: str | None
    person: str
    reason: str | None
    run_id: UUID | None
    at: datetime


class PayMonthRead(ResponseBody):
    """`run_id` is what it is, or was last, locked on; `root` is its statements', `revision` counts its closings."""

    month: str
    state: str
    run_id: UUID | None
    chain: list[str]
    approval_due: str | None
    allowed: list[str]
    revision: int
    root: str | None
    total: Money | None
    currency: str
    version: int


class PayMonthDetail(PayMonthRead):
    """`told_since_run` is of a month that waits to be closed: whether facts, people, targets or scores that it rests on
    have changed since its run. Closed as it is, a later month corrects it."""

    told_since_run: bool | None
    steps: list[MonthStepRead]


class PoolShareRead(ResponseBody):
    pool: str
    owner: str
    employee: str
    name: str
    clause: str
    share: Money
    now: Money


class PoolSharesRead(Page[PoolShareRead]):
    """What the run gives each person of a team's pool, and what he gets with the adjustments that were approved."""

    month: str
    run_id: UUID
    currency: str


class ShareChange(RequestBody):
    employee: Name
    amount: Money


class AdjustmentCreate(RequestBody):
    """More for some and less for others of one pool: the amounts sum to zero."""

    pool: Name
    owner: Name
    reason: Reason
    shares: Annotated[list[ShareChange], Field(min_length=1, max_length=100)]


class AdjustmentDecision(RequestBody):
    note: Reason | None = None


class AdjustmentRefusal(RequestBody):
    """Who proposed it reads why."""

    note: Reason


class AdjustedShareRead(ResponseBody):
    employee: str
    amount: Money


class AdjustmentRead(ResponseBody):
    id: UUID
    month: str
    run_id: UUID
    pool: str
    owner: str
    state: str
    reason: str
    proposed_by: str
    decided_by: str | None
    decided_at: datetime | None
    note: str | None
    shares: list[AdjustedShareRead]
    version: int
    created_at: datetime


class ClosedStatementRead(ResponseBody):
    """`document` is what was closed, byte for byte; its `leaf` and `path` lead to the month's `root`.

    `total` is base pay, items and the bonus (一.1).
    """

    month: str
    revision: int
    employee: str
    bonus: Money
    total: Money
    currency: str
    document: str
    leaf: str
    place: int


class StatementProof(ClosedStatementRead):
    """With his questions about the month, and until when he may ask (null: the time is over)."""

    count: int
    path: list[str]
    root: str
    questions: list[QuestionRead]
    ask_until: datetime | None
