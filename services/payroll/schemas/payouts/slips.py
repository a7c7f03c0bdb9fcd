"""Bodies for items of a slip, attendance days, and slips."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from chassis.representation import ExactDecimal, Money, Page, RequestBody, ResponseBody
from services.payroll.schemas.months.months import Name, Reason
from services.payroll.schemas.people.people import MonthText

BasisCode = Literal["month", "calendar_days", "attendance_days"]
Rate = Annotated[Money, Field(gt=0, lt=Decimal(10) ** 10)]


class PayItemCreate(RequestBody):
    """For one employee, or for everybody of a post, from a month on; `basis` is what the amount is paid for."""

    employee: Name | None = None
    post: Name | None = None
    name_zh: Name
    name_en: Name
    basis: BasisCode = "month"
    amount: Rate
    deducted: bool = False
    from_month: MonthText
    until_month: MonthText | None = None
    reason: Reason

    @model_validator(mode="after")
    def is_of_somebody_for_some_months(self) -> "PayItemCreate":
        if (self.employee is None) == (self.post is None):
            raise ValueError("员工与岗位写其中一个 / name an employee or a post, and not both")
        if self.until_month is not None and self.until_month < self.from_month:
            raise ValueError("结束不早于开始 / it ends in the month it begins, or later")
        return self


class PayItemChange(RequestBody):
    """Only what is sent is changed; why always is. Whose it is, and added or deducted, stays."""

    name_zh: Name | None = None
    name_en: Name | None = None
    basis: BasisCode | None = None
    amount: Rate | None = None
    from_month: MonthText | None = None
    until_month: MonthText | None = None
    reason: Reason

    @model_validator(mode="after")
    def empties_the_end_only(self) -> "PayItemChange":
        for name in self.model_fields_set - {"until_month"}:
            if getattr(self, name) is None:
                raise ValueError(f"{name} 不能清空 / {name} cannot be emptied")
        return self


class PayItemWithdrawal(RequestBody):
    reason: Reason


class PayItemRead(ResponseBody):
    """One version: versions never change, the highest holds. `recorded_by` and `reason` are that version's."""

    id: UUID
    version: int
    employee: str | None
    post: str | None
    name_zh: str
    name_en: str
    basis: BasisCode
    amount: Money
    deducted: bool
    from_month: str
    until_month: str | None
    withdrawn: bool
    reason: str
    recorded_by: str
    recorded_at: datetime


class AttendanceRead(ResponseBody):
    month: str
    employee: str
    days: ExactDecimal
    version: int
    recorded_by: str
    recorded_at: datetime


class SlipPart(ResponseBody):
    """`amount` is rate × days ÷ of_days (calendar days), rate × days (attendance days), or the rate (month)."""

    basis: BasisCode
    rate: Money
    days: ExactDecimal | None
    of_days: int | None
    amount: Money


class SlipItem(SlipPart):
    """Below zero when it is deducted. A correction names the closed month (`of_month`) whose slip it corrects."""

    id: UUID
    version: int
    name_zh: str
    name_en: str
    reason: str
    recorded_by: str
    of_month: str | None


class SlipRead(ResponseBody):
    """What a person gets of a month besides his bonus; post and team are those of its last day."""

    employee: str
    post: str
    team: str | None
    base_pay: SlipPart | None
    items: list[SlipItem]
    amount: Money


class SlipsRead(Page[SlipRead]):
    """`locked`: these are what the month was locked with; until then they are as things stand. `total` is of all."""

    month: str
    locked: bool
    currency: str
    total: Money
