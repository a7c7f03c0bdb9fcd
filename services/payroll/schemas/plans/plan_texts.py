"""Bodies for what is told of plan texts: canonical forms, and the difference of two plans in words."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field, model_validator

from chassis.representation import RequestBody, ResponseBody

PlanLanguage = Literal["zh", "en"]


class PlanFormat(RequestBody):
    """A plan's text in either language, or its JSON form; `language` is that of the answer."""

    text: str | None = Field(default=None, min_length=1, max_length=200_000)
    document: dict[str, Any] | None = None
    language: PlanLanguage = "zh"

    @model_validator(mode="after")
    def one_form(self) -> "PlanFormat":
        if (self.text is None) == (self.document is None):
            raise ValueError("text 与 document 写其中一个 / give either a text or a document")
        return self


class PlanForms(ResponseBody):
    """The plan in one layout, in Chinese or English words, and as JSON; `hash` is SHA-256 of this text."""

    language: PlanLanguage
    text: str
    document: dict[str, Any]
    hash: str


class PlanChange(ResponseBody):
    """One difference in words. `changes_pay`: whether an amount can be another, or only names and clauses are.

    `since`: the day from which a parameter's value holds; null for what holds as long as the newer plan does.
    """

    what: Literal["plan", "parameter", "step", "payment", "reminder"]
    kind: Literal["added", "removed", "changed", "renamed"]
    name: str
    clause: str
    since: date | None
    changes_pay: bool
    chinese: str
    english: str


class PlanDifference(ResponseBody):
    """What `newer` changes of `older`; `effective_from` is the newer plan's day, null for a draft."""

    older: UUID
    newer: UUID
    effective_from: date | None
    changes_pay: bool
    changes: list[PlanChange]
