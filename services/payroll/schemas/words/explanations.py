"""Bodies of an explanation: sentences in the order of reading, and the facts that a step counted."""

from datetime import date
from typing import Literal
from uuid import UUID

from chassis.representation import ExactDecimal, Money, ResponseBody
from services.payroll.schemas.runs.runs import PayLineRead


class ExplainedParameter(ResponseBody):
    """`version` names a value that was set beside the plan's text."""

    name: str
    title: str
    value: str
    since: str
    version: str | None


class ExplainedTarget(ResponseBody):
    """What is to be reached; or, where it is the `weight`, what it counts beside other targets.

    `scope` is `person` or `team`; null in what was calculated before targets had one. `unsigned_version` was there
    already and did not count, since nobody whom it binds had signed it: `version` did.
    """

    metric: str
    scope: str | None
    subject: str
    value: str
    signed_by: str
    signed_on: str
    weight: bool
    version: int | None
    unsigned_version: int | None


class ExplainedSelection(ResponseBody):
    """`text` is the rule as the clerk wrote it, `why` what of it put the facts into the month, `besides` the rest."""

    place: int
    text: str
    kind: str
    count: int
    value: str
    why: list[str]
    besides: list[str]
    facts: str


class ExplainedSum(ResponseBody):
    """A figure summed over people or teams; `parts` lists what each adds, to whoever may see that."""

    place: int
    title: str
    value: str
    parts: str


class SummedPartRead(ResponseBody):
    """What one person or team (`scope`) adds to a sum: `value` is exact (`p/q`), `explain` tells the step."""

    node: str
    scope: Literal["person", "team"]
    subject: str
    title: str
    value: str
    figure: str
    explain: str


class ExplainedCorrection(ResponseBody):
    of_month: str
    due: str
    paid: str
    difference: str


class ExplainedElsewhere(ResponseBody):
    """A step that this one rests on: told `above`, or not here, and then at its `explain` address."""

    node: str
    title: str
    above: bool
    explain: str


class SentenceRead(ResponseBody):
    """One step: `text` says how it came to its `value` (exact, `p/q`), `notes` why each part of that is what it is."""

    node: str
    depth: int
    title: str
    subject: str
    clause: str
    formula: str
    value: str | bool | None
    figure: str
    text: str
    notes: list[str]
    parameters: list[ExplainedParameter]
    targets: list[ExplainedTarget]
    selections: list[ExplainedSelection]
    sums: list[ExplainedSum]
    correction: ExplainedCorrection | None
    elsewhere: list[ExplainedElsewhere]
    trace: str


class DecidingField(ResponseBody):
    """A field that the rule reads, as it was when the fact was counted; `now` where it has become another since."""

    name: str
    title: str
    value: str
    now: str | None


class CountedFactRead(ResponseBody):
    """A fact in the version that was counted, and why the rule (the clerk's text) put it into the month.

    `superseded` says that the fact or its order has a newer version, `counts_now` whether the rule would still take it.
    """

    selection: int
    id: UUID
    kind: str
    kind_title: str
    source: str
    subject: str
    version: int
    present_version: int
    order_number: str | None
    order_version: int | None
    present_order_version: int | None
    occurred_on: date | None
    amount: ExactDecimal | None
    hours: ExactDecimal | None
    rule: str
    why: list[str]
    fields: list[DecidingField]
    superseded: bool
    counts_now: bool | None
    thread: str
    order: str | None


class UnpaidRead(ResponseBody):
    """`withheld` is what a condition, which does not hold, kept from him; null where the step gave him nothing. `node`
    and `explain` lead to the step and its condition."""

    node: str
    name: str
    step: str
    clause: str
    withheld: Money | None
    text: str
    explain: str


class ExplainedUnpaid(ResponseBody):
    """Likewise on a statement; of what is withheld all steps are told, of what is nothing only the first."""

    name: str
    clause: str
    withheld: Money | None
    text: str
    sentences: list[SentenceRead]


class ExplainedLine(ResponseBody):
    """`text` says it whole where no step does: of base pay, items and adjustments; else it is the first sentence's."""

    title: str
    clause: str
    amount: Money
    of_month: str | None
    text: str
    sentences: list[SentenceRead]


class StatementExplanationRead(ResponseBody):
    month: str
    revision: int
    employee: str
    name: str | None
    run: UUID
    language: Literal["zh", "en"]
    currency: str
    total: Money
    lines: list[ExplainedLine]
    unpaid: list[ExplainedUnpaid]


class ExplanationRead(ResponseBody):
    """The steps of a line, each once: below one stand those that it rests on, a `depth` further."""

    run: UUID
    month: str
    language: Literal["zh", "en"]
    currency: str
    line: PayLineRead | None
    sentences: list[SentenceRead]
