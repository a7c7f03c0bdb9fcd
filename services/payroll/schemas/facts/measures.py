"""Bodies for measures entered by hand."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from chassis.representation import ExactDecimal, Money, RequestBody
from services.payroll.domain.bounds import MAX_FACT_DECIMALS
from services.payroll.schemas.people.people import Word
from services.payroll.schemas.plans.plans import DecidedRead, Saying

Number = Annotated[ExactDecimal, Field(gt=-(10**15), lt=10**15, decimal_places=MAX_FACT_DECIMALS)]
"""What a fact may hold: any other would stop the run of the store."""


class MeasureEnter(RequestBody):
    """`measure` is the word that the plan asks for, `document` where the figure stands, `reason` why it is needed."""

    measure: Word
    occurred_on: date
    employee: Word | None = None
    team: Word | None = None
    document: Word
    number: Number | None = None
    amount: Money | None = None
    hours: Number | None = None
    reason: Saying

    @model_validator(mode="after")
    def has_a_value(self) -> "MeasureEnter":
        if self.number is None and self.amount is None and self.hours is None:
            raise ValueError("写数值、金额或工时 / give a number, an amount or hours")
        return self


class MeasureCorrect(RequestBody):
    """Only what is sent is changed; why always is."""

    occurred_on: date | None = None
    employee: Word | None = None
    team: Word | None = None
    document: Word | None = None
    number: Number | None = None
    amount: Money | None = None
    hours: Number | None = None
    reason: Saying

    @model_validator(mode="after")
    def keeps_its_day_and_document(self) -> "MeasureCorrect":
        for name in ("occurred_on", "document"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} 不能清空 / {name} cannot be emptied")
        return self


class MeasureRead(DecidedRead):
    """`counted_version` is the version that runs count: null before the first approval and after a withdrawal."""

    id: UUID
    measure: str
    occurred_on: date
    employee: str | None
    team: str | None
    document: str
    number: ExactDecimal | None
    amount: Money | None
    hours: ExactDecimal | None
    reason: str
    entered_by: str
    counted_version: int | None
    created_at: datetime
    updated_at: datetime
