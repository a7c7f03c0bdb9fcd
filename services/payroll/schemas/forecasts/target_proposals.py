"""Bodies of proposals of targets."""

from typing import Any, Self
from uuid import UUID

from pydantic import model_validator

from chassis.representation import ExactDecimal, RequestBody, ResponseBody
from services.payroll.schemas.people.people import MonthText, TargetScope, Word


class ProposalWish(RequestBody):
    """`step` is the English name of the plan's step that is what was reached; without it that of the metric.

    For one person or team with `scope` and `subject`, else for all that had a target of the metric. `until` is the last
    month that is read; without it that is the last one that is over.
    """

    month: MonthText
    metric: Word
    scope: TargetScope | None = None
    subject: Word | None = None
    step: Word | None = None
    until: MonthText | None = None

    @model_validator(mode="after")
    def names_one_or_all(self) -> Self:
        if (self.scope is None) != (self.subject is None):
            raise ValueError("give scope and subject, or neither")
        return self


class Reached(ResponseBody):
    """By the run that the month is locked on, or else its latest."""

    month: str
    value: str
    run_id: UUID


class TargetProposal(ResponseBody):
    """`value` is `exact` (`p/q`) rounded half-up to a multiple of `rounded_to`; what it comes from are `numbers`."""

    scope: TargetScope
    subject: str
    metric: str
    rule: str
    formula: str
    numbers: list[Reached]
    exact: str
    rounded_to: ExactDecimal
    value: ExactDecimal


class TargetNotProposed(ResponseBody):
    """Whose target cannot be proposed, and why: a problem document, without the address it was asked at."""

    scope: TargetScope
    subject: str
    metric: str
    problem: dict[str, Any]


class TargetProposals(ResponseBody):
    month: str
    step: str
    proposals: list[TargetProposal]
    not_proposed: list[TargetNotProposed]
