"""Bodies for runs, their lines, statements, figures and traces."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from chassis.representation import ExactDecimal, Money, Page, RequestBody, ResponseBody
from services.payroll.schemas.people.people import MonthText

RunStatus = Literal["queued", "running", "completed", "failed"]


class RunCreate(RequestBody):
    month: MonthText


class RunWarning(ResponseBody):
    code: str
    subject: str
    chinese: str
    english: str


class RunPlanRead(ResponseBody):
    """A plan of a run with the posts that it pays: null for all that none of the others does. The names of its steps
    begin with `prefix`. `of_month` is a closed month that was calculated again by it, null for the run's own."""

    plan_id: UUID
    hash: str
    prefix: str
    posts: list[str] | None
    of_month: str | None


class RunRead(ResponseBody):
    """`problem` is a problem document once the run has failed; hash, total and plans stand once it is completed.

    `plan_id` and `plan_hash` are of the first of `plans`: of the only one, where one plan pays everybody.
    `unassigned` is what of its pools nobody had a weight for: it is in no line, and a warning names each.
    """

    id: UUID
    month: str
    status: RunStatus
    problem: dict[str, Any] | None
    plan_id: UUID | None
    plan_hash: str | None
    plans: list[RunPlanRead]
    hash: str | None
    total: Money | None
    unassigned: Money | None
    currency: str
    warnings: list[RunWarning]
    requested_by: str
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None


class PayLineRead(ResponseBody):
    """An amount with the clause it comes from; `node` is where its trace begins. A correction names the closed month
    (`of_month`) that it belongs to."""

    id: UUID
    ordinal: int
    employee: str
    component: str
    name: str
    clause: str
    amount: Money
    node: str
    of_month: str | None


class StatementRead(ResponseBody):
    employee: str
    name: str | None
    total: Money
    lines: list[PayLineRead]


class StatementsRead(Page[StatementRead]):
    """`total` is of all that the caller may see."""

    run: UUID
    month: str
    currency: str
    total: Money


class PoolRead(ResponseBody):
    """A pool: its exact size (`p/q`), what was shared out of it, and what is left where nobody has a weight in it."""

    step: str
    name: str
    clause: str
    owner: str
    pool: str
    paid: Money
    unassigned: Money


class FiguresRead(ResponseBody):
    """Exact values (`p/q`) by the name of the plan's step: of the store, by team, by person."""

    run: UUID
    month: str
    hash: str
    total: Money
    store: dict[str, Any]
    teams: dict[str, dict[str, Any]]
    people: dict[str, dict[str, Any]]
    pools: list[PoolRead]
    facts: int


class UpsellThread(ResponseBody):
    number: str
    source: str | None
    stage: str | None
    finder: str | None
    decision: str | None
    decided_by_method: str | None
    amount: ExactDecimal | None
    operation: str | None


class ResponseThread(ResponseBody):
    submitted_on: date
    questionnaire: str
    csi: ExactDecimal | None


class CountedFact(ResponseBody):
    """A fact as the run counted it, with the state that its order had, and what the customer approved and answered."""

    selection: int
    kind: str
    kind_chinese: str
    source: str
    subject: str
    version: int
    order_number: str | None
    person: str | None
    team: str | None
    occurred_on: date | None
    amount: ExactDecimal | None
    hours: ExactDecimal | None
    attributes: dict[str, Any]
    order: dict[str, Any] | None
    upsells: list[UpsellThread]
    responses: list[ResponseThread]


class TraceRead(ResponseBody):
    """One step for one subject: formula, clause, the values that it read (each leads on) and the facts it counted.

    A selection's `text` is the rule that put its facts into this month. `counted_facts` is where all of them are
    listed, `explain` where the step is told in words.
    """

    run: UUID
    month: str
    line: PayLineRead | None
    node: dict[str, Any]
    facts: list[CountedFact]
    facts_left_off: int
    counted_facts: str
    explain: str


class WaitingFact(ResponseBody):
    id: UUID
    kind: str
    subject: str
    order_number: str
    occurred_on: date | None
    amount: ExactDecimal | None
    hours: ExactDecimal | None
    received_at: datetime
