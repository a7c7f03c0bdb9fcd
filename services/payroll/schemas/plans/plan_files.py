"""A plan as one file: what is exported is what is imported."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from chassis.representation import ResponseBody
from services.payroll.schemas.people.people import Word
from services.payroll.schemas.plans.parameters import Since, ValueText
from services.payroll.schemas.plans.plans import PlanDetail, Saying

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class PlanFileValue(BaseModel):
    """A value of a parameter that was set beside the text and approved."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(max_length=100)
    value: ValueText
    valid_from: Since
    reason: Saying
    hash: Digest


class PlanFile(BaseModel):
    """Hashes are SHA-256 in hex; `hash` is over those of the text, the examples and the parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["aftermile.plan-file/1"]
    chinese: str = Field(max_length=200)
    english: str = Field(max_length=200)
    template: Word | None
    text: str = Field(min_length=1, max_length=200_000)
    examples: Any
    parameters: list[PlanFileValue] = Field(max_length=1000)
    text_hash: Digest
    examples_hash: Digest
    hash: Digest


class ImportedValue(ResponseBody):
    id: UUID
    name: str
    value: str
    valid_from: date
    hash: str


class PlanImported(ResponseBody):
    """`created` is false where the same plan was there; `parameters` are the values that were proposed now."""

    created: bool
    plan: PlanDetail
    parameters: list[ImportedValue]
