"""Bodies for values of a plan's parameters that are set beside its text."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from chassis.representation import RequestBody, ResponseBody
from services.payroll.schemas.people.people import Word
from services.payroll.schemas.plans.plans import DecidedRead, Saying

ValueText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Since = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]


class ParameterValuePropose(RequestBody):
    """`name` in English or Chinese; `value` as the plan writes it: `0.6%`, `档位(<1: 0%; >=1: 5%)`, `按岗位(…)`."""

    plan: UUID
    name: Word
    value: ValueText
    valid_from: Since
    reason: Saying


class ParameterValueRead(DecidedRead):
    """`number` counts the values of one parameter; of two for one day the higher holds. `hash` is over all of it."""

    id: UUID
    plan_id: UUID
    name: str
    number: int
    valid_from: date
    value: str
    hash: str
    reason: str
    proposed_by: str
    created_at: datetime


class ParameterInForce(ResponseBody):
    """`id`, `number` and `hash` are null for a value of the plan's own text; `value` where there is none that day."""

    name: str
    chinese: str
    clause: str
    choices: list[str]
    value: str | None
    since: date | None
    id: UUID | None
    number: int | None
    hash: str | None


class ParametersInForce(ResponseBody):
    plan: UUID
    on: date
    parameters: list[ParameterInForce]
