"""Bodies for employees, targets and review scores."""

import json
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from chassis.representation import LEGIBLE, ExactDecimal, Money, RequestBody, ResponseBody

Word = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00]*$"), LEGIBLE
]


def _stands_in_an_address(number: str) -> str:
    if "/" in number or number in {".", ".."}:
        raise ValueError("工号不能有斜杠,不能只是点 / a number stands in addresses: no slash, and more than dots")
    if any(unicodedata.category(sign) == "Cf" for sign in number):
        raise ValueError("工号中有看不见的字符 / the number has a character that nobody sees")
    return number


EmployeeNumber = Annotated[Word, AfterValidator(_stands_in_an_address)]
MonthText = Annotated[str, Field(pattern=r"^[12][0-9]{3}-(0[1-9]|1[0-2])$", examples=["2026-09"])]
Coefficient = Annotated[ExactDecimal, Field(ge=0, le=1000)]
Score = Annotated[ExactDecimal, Field(ge=0, le=100)]
TargetScope = Literal["person", "team"]
TargetValue = Annotated[ExactDecimal, Field(ge=0)]
BasePay = Annotated[Money, Field(ge=0, lt=Decimal(10) ** 10)]


class TermsWrite(RequestBody):
    """What holds for an employee from a day on; a post is a code such as `service_advisor`, or the shop's own word."""

    post: Word
    team: Word | None = None
    coefficient: Coefficient | None = None
    probation_until: date | None = None
    base_pay: BasePay | None = None


class EmployeeCreate(TermsWrite):
    number: EmployeeNumber
    name: Word
    hired_on: date | None = None


class EmployeeUpdate(RequestBody):
    """Only what is sent is changed."""

    name: Word | None = None
    hired_on: date | None = None
    left_on: date | None = None


class TermsRead(ResponseBody):
    """`valid_from` is null for terms that hold from the beginning."""

    valid_from: date | None
    post: str
    team: str | None
    coefficient: ExactDecimal | None
    probation_until: date | None
    base_pay: Money | None
    recorded_by: str


class EmployeeRead(ResponseBody):
    """An employee and the terms that hold on the day asked for; null when none had begun."""

    id: UUID
    number: str
    name: str
    hired_on: date | None
    left_on: date | None
    version: int
    terms: TermsRead | None


_EXACT = frozenset({"base_pay", "coefficient", "number", "amount", "hours"})
"""Fields of kept states that are numbers, and so texts outside."""


class EmployeeTermsRead(ResponseBody):
    employee: str
    version: int
    terms: list[TermsRead]


def _told_exactly(state: str) -> dict[str, object]:
    """A kept state comes as its text: read as JSON's own numbers, money would be floats."""

    def told(pairs: list[tuple[str, object]]) -> dict[str, object]:
        return {name: str(value) if name in _EXACT and value is not None else value for name, value in pairs}

    read: dict[str, object] = json.loads(state, parse_float=str, object_pairs_hook=told)
    return read


class FormerState(ResponseBody):
    """Of a record that has changed since."""

    version: int
    replaced_at: datetime
    state: Annotated[dict[str, object], BeforeValidator(_told_exactly)]


class TargetCreate(RequestBody):
    """`scope` is whose it is: the person's whose number the `subject` is, or the team's that is called so."""

    month: MonthText
    scope: TargetScope
    subject: Word
    metric: Word
    value: TargetValue
    weight: Coefficient = Decimal(1)


class TargetUpdate(RequestBody):
    """Only what is sent is changed. It waits for a signature of its own; what was signed counts until then."""

    value: TargetValue | None = None
    weight: Coefficient | None = None

    @model_validator(mode="after")
    def has_a_number(self) -> "TargetUpdate":
        if not self.model_fields_set or any(getattr(self, name) is None for name in self.model_fields_set):
            raise ValueError("写目标值、系数,或两者 / give a value, a weight or both")
        return self


class TargetSigned(ResponseBody):
    version: int
    value: ExactDecimal
    weight: ExactDecimal
    signed_on: date
    signed_by: str


class TargetRead(ResponseBody):
    """`weight` (考核系数) is what the target counts beside others in a plan that asks for it.

    `in_force` is the version that was signed last, which is what counts; null while none was ever signed.
    """

    id: UUID
    month: str
    scope: TargetScope
    subject: str
    metric: str
    value: ExactDecimal
    weight: ExactDecimal
    signed_on: date | None
    signed_by: str | None
    version: int
    in_force: TargetSigned | None


class ReviewScoreCreate(RequestBody):
    month: MonthText
    employee: Word
    score: Score


class ReviewScoreUpdate(RequestBody):
    score: Score


class ReviewScoreRead(ResponseBody):
    id: UUID
    month: str
    employee: str
    score: ExactDecimal
    version: int
