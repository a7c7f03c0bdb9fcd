"""Bodies of what ifs: what is asked, and what would have been paid."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from chassis.representation import LEGIBLE, Money, RequestBody, ResponseBody
from services.payroll.domain.forecasts.what_if import MAX_MONTHS, MAX_VALUES
from services.payroll.schemas.people.people import MonthText, Word
from services.payroll.schemas.plans.plans import Posts
from services.payroll.schemas.runs.runs import RunStatus

Written = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), LEGIBLE]


class ParameterValue(RequestBody):
    """A value as a plan writes it, `0.6%` or `档位(<1: 0%; >=1: 5%)`; the name is the Chinese or the English one."""

    name: Word
    value: Written


class WhatIfCreate(RequestBody):
    """Another plan, other values of parameters, or both; without a plan the values are of each month's own.

    The plan would take the place of what paid the `posts`; without any, of what paid those that it pays in the month,
    or was activated for, and a draft that of the plan for all whom no other names.
    """

    plan_id: UUID | None = None
    posts: Posts | None = None
    parameters: Annotated[list[ParameterValue], Field(max_length=MAX_VALUES, default_factory=list)]
    months: Annotated[list[MonthText], Field(min_length=1, max_length=MAX_MONTHS)]

    @model_validator(mode="after")
    def something_else(self) -> "WhatIfCreate":
        if self.plan_id is None and not self.parameters:
            raise ValueError("写一份方案,或参数的值 / give a plan, or values of parameters")
        if self.plan_id is None and self.posts is not None:
            raise ValueError("岗位只随方案写 / name posts for a plan only")
        if len(set(self.months)) < len(self.months):
            raise ValueError("每个月份只写一次 / name each month once")
        names = [each.name for each in self.parameters]
        if len(set(names)) < len(names):
            raise ValueError("每个参数只写一次 / name each parameter once")
        return self


class WhatIfMonthRead(ResponseBody):
    """`now` is what the plan of the run gives over the facts of `facts_as_of`, `then` what the other one gives over
    the same: the difference is the change's alone. `paid` is what the run itself gave; with `same_as_run` that is
    `now`, line by line. Else something became known since: `now` pays `corrected` people otherwise than the run did,
    and of `now - paid` later closings have paid `paid_later` as corrections of the month.
    """

    month: str
    run_id: UUID
    paid: Money | None
    now: Money | None
    then: Money | None
    difference: Money | None
    same_as_run: bool | None
    corrected: int | None
    paid_later: Money | None
    facts_as_of: datetime | None


class WhatIfRead(ResponseBody):
    """`problem` is a problem document, with the `month` that could not be calculated, once it has failed."""

    id: UUID
    status: RunStatus
    plan_id: UUID | None
    posts: list[str] | None
    parameters: list[ParameterValue]
    months: list[WhatIfMonthRead]
    months_done: int
    problem: dict[str, Any] | None
    currency: str
    requested_by: str
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None


class SideRead(ResponseBody):
    people: int
    sum: Money


class BandRead(ResponseBody):
    """People whose difference lies between two amounts, null without end; the nearer to nothing is outside."""

    lower: Money | None
    upper: Money | None
    people: int
    sum: Money


class SeriesRead(ResponseBody):
    """For a chart by month: the four lists have the same length."""

    months: list[str]
    now: list[Money]
    then: list[Money]
    difference: list[Money]


class WhatIfResult(ResponseBody):
    """Over all months: the cost, which is the store's, and of those whom the changed plan would pay, or whose pay is
    another because of it, who gains and who loses, and how far, each person counted once."""

    now: Money
    then: Money
    difference: Money
    winners: SideRead
    losers: SideRead
    unchanged: int
    series: SeriesRead
    distribution: list[BandRead]


class WhatIfDetail(WhatIfRead):
    result: WhatIfResult | None


class WhatIfPayRead(ResponseBody):
    """Of who is compared: whom the changed plan would pay, and whose pay is another because of it."""

    month: str
    employee: str
    now: Money
    then: Money
    difference: Money
