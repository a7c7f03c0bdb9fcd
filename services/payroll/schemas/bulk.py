"""Rows of the bulk resources, and the report that answers them row by row."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chassis.representation import ExactDecimal, RequestBody, ResponseBody
from services.payroll.domain.month import Month
from services.payroll.schemas.facts.measures import MeasureEnter
from services.payroll.schemas.payouts.slips import PayItemCreate
from services.payroll.schemas.people.people import (
    BasePay,
    Coefficient,
    EmployeeNumber,
    MonthText,
    Score,
    TargetScope,
    TargetValue,
    Word,
)

Outcome = Literal["created", "updated", "unchanged", "duplicate", "rejected"]


class BulkRequest(RequestBody):
    """Up to 5000 rows; each is checked on its own, so that a wrong one is reported and the others are kept."""

    source: Word
    import_id: UUID | None = None
    rows: list[dict[str, Any]] = Field(max_length=5000)


class Remark(ResponseBody):
    field: str
    code: str
    detail: str


class RowResult(ResponseBody):
    row: int
    outcome: Outcome
    warnings: list[Remark]
    errors: list[Remark]


class BulkReport(ResponseBody):
    results: list[RowResult]
    counts: dict[Outcome, int]


class BulkRow(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    row: int


class EmployeeRow(BulkRow):
    """`effective_from` dates a change of post, team, coefficient, probation, base pay; else it is today."""

    number: EmployeeNumber
    name: Word
    post: Word
    team: Word | None = None
    coefficient: Coefficient | None = None
    hired_on: date | None = None
    probation_until: date | None = None
    base_pay: BasePay | None = None
    effective_from: date | None = None


class TargetRow(BulkRow):
    """Without a `scope` it is that of the one employee or team that is called so."""

    month: MonthText
    scope: TargetScope | None = None
    subject: Word
    metric: Word
    value: TargetValue
    weight: Coefficient | None = None
    signed_on: date | None = None
    signed_by: Word | None = None


class ReviewScoreRow(BulkRow):
    month: MonthText
    employee: Word
    score: Score


class MeasureRow(MeasureEnter, BulkRow):
    """As it is entered singly; the same document's figure of the same day for the same person or team is one."""


class AttendanceRow(BulkRow):
    month: MonthText
    employee: Word
    days: Annotated[ExactDecimal, Field(ge=0)]

    @model_validator(mode="after")
    def is_within_the_month(self) -> "AttendanceRow":
        if self.days > (last := Month.parse(self.month).last_day.day):
            raise ValueError(f"该月只有 {last} 天 / the month has {last} days")
        return self


class PayItemRow(PayItemCreate, BulkRow):
    """As it is entered singly; what has no English name is told by the Chinese one.

    The same name for the same person or post from the same month on, added or deducted, is one item.
    """

    @model_validator(mode="before")
    @classmethod
    def has_an_english_name(cls, given: object) -> object:
        if isinstance(given, dict) and given.get("name_en") is None:
            return {**given, "name_en": given.get("name_zh")}
        return given
