"""Bodies of an explanation: sentences in the order of reading, and the facts that a step counted."""

from typing import Literal
from uuid import UUID

from chassis.representation import ResponseBody
from services.payroll.schemas.runs import PayLineRead


class ExplainedParameter(ResponseBody):
    """`version` names a value that was set beside the plan's text."""

    name: str
    title: str
    value: str
    since: str
    version: str | None


class ExplainedTarget(ResponseBody):
    metric: str
    subject: str
    value: str
    signed_by: str
    signed_on: str


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
    correction: ExplainedCorrection | None
    elsewhere: list[ExplainedElsewhere]
    trace: str


class ExplanationRead(ResponseBody):
    """The steps of a line, each once: below one stand those that it rests on, a `depth` further."""

    run: UUID
    month: str
    language: Literal["zh", "en"]
    currency: str
    line: PayLineRead | None
    sentences: list[SentenceRead]
