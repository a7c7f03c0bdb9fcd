"""Bodies of proposals of targets."""

from typing import Any

from chassis.representation import ExactDecimal, RequestBody, ResponseBody
from services.payroll.schemas.people.people import MonthText, Word


class ProposalWish(RequestBody):
    """`step` is the English name of the plan's step that is what was reached; without it that of the metric."""

    month: MonthText
    metric: Word
    subject: Word | None = None
    step: Word | None = None


class Reached(ResponseBody):
    month: str
    value: str


class TargetProposal(ResponseBody):
    """`value` is `exact` (`p/q`) rounded half-up to a multiple of `rounded_to`; what it comes from are `numbers`."""

    subject: str
    metric: str
    rule: str
    formula: str
    numbers: list[Reached]
    exact: str
    rounded_to: int
    value: ExactDecimal


class TargetNotProposed(ResponseBody):
    """Whose target cannot be proposed, and why: a problem document, without the address it was asked at."""

    subject: str
    metric: str
    problem: dict[str, Any]


class TargetProposals(ResponseBody):
    month: str
    step: str
    proposals: list[TargetProposal]
    not_proposed: list[TargetNotProposed]
