"""Bodies for plans: templates, drafts, the check of their examples, activation and trials."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from chassis.representation import Money, RequestBody, ResponseBody
from services.payroll.schemas.people.people import MonthText, Word

PlanStatus = Literal["draft", "reviewed", "active", "withdrawn"]
DecisionStatus = Literal["proposed", "approved", "withdrawn"]
Saying = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000, pattern=r"^[^\x00]*$")]
"""Why, in somebody's own words."""


Posts = Annotated[list[Word], Field(min_length=1, max_length=50)]


class LookBody(RequestBody):
    """What a second person says. `alone_because` is why an administrator looks at his own work: he alone may."""

    note: Saying
    alone_because: Saying | None = None


class DecidedRead(ResponseBody):
    """What one person proposed, and another decided."""

    status: DecisionStatus
    decided_by: str | None
    decided_at: datetime | None
    note: str | None
    alone_because: str | None
    version: int


class BecauseBody(RequestBody):
    because: Saying


class PlanCreate(RequestBody):
    """Either the name of a template, or a text of one's own with its worked examples: `{"examples": [...]}`."""

    template: Word | None = None
    text: str | None = Field(default=None, min_length=1, max_length=200_000)
    examples: dict[str, Any] | list[dict[str, Any]] | None = None

    @model_validator(mode="after")
    def one_origin(self) -> "PlanCreate":
        if (self.template is None) == (self.text is None):
            raise ValueError("template 与 text 写其中一个 / give either a template or a text")
        if self.template is not None and self.examples is not None:
            raise ValueError("随附方案自带例题 / a template has examples of its own")
        return self


class PlanActivate(RequestBody):
    """Without a day: from the beginning for a store's first plan, else from the first of the present month. Without
    posts it pays everybody whose post no other plan in force names."""

    effective_from: date | None = None
    posts: Posts | None = None


class PlanEnd(RequestBody):
    """From that day on the plan pays nobody: its posts are the general plan's again."""

    effective_from: date
    because: Saying


class PlanTemplateRead(ResponseBody):
    name: str
    chinese: str
    english: str
    examples: int


class PlanTemplatesRead(ResponseBody):
    templates: list[PlanTemplateRead]


class PlanRead(ResponseBody):
    """`effective_from` is null for a draft, and for a plan in force from the beginning. `posts` are those that it was
    activated for, null for all whom no other plan pays; `posts_in_force` are those of them that it pays today, and
    `in_force` says whether it pays any."""

    id: UUID
    name: str
    template: str | None
    status: PlanStatus
    hash: str
    effective_from: date | None
    created_by: str
    created_at: datetime
    reviewed_by: str | None
    reviewed_at: datetime | None
    review_note: str | None
    alone_because: str | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    withdrawn_because: str | None
    activated_by: str | None
    activated_at: datetime | None
    posts: list[str] | None
    posts_in_force: list[str]
    in_force: bool
    ended_from: date | None
    ended_by: str | None
    ended_at: datetime | None
    ended_because: str | None
    version: int


class PlanDetail(PlanRead):
    """With the text as it was written, what it says in a canonical form, its dated parameters and its examples."""

    text: str
    canonical: dict[str, Any]
    parameters: list[dict[str, Any]]
    examples: Any


class PlanCheck(ResponseBody):
    """Every example with what it gave."""

    passed: bool
    examples: list[dict[str, Any]]


class TrialLine(ResponseBody):
    employee: str
    component: str
    name: str
    clause: str
    amount: Money
    node: str


class TrialRead(ResponseBody):
    """What the plan would pay for the given input; nothing is kept."""

    month: str
    plan_hash: str
    hash: str
    total: Money
    totals: dict[str, Money]
    lines: list[TrialLine]
    figures: dict[str, Any]
    pools: list[dict[str, Any]]
    warnings: list[dict[str, str]]
    nodes: dict[str, Any]


class PlanTrial(RequestBody):
    """Everything that a run depends on, written as in a worked example; people, targets and facts in any order.

    The plan pays the people of the `posts`; without, those that it was activated for, and as a draft everybody.
    """

    month: MonthText
    posts: Posts | None = None
    people: list[dict[str, Any]] = Field(max_length=5000)
    targets: list[dict[str, Any]] = Field(default=[], max_length=5000)
    review_scores: dict[str, Any] = Field(default={})
    facts: list[dict[str, Any]] = Field(default=[], max_length=20_000)
