"""Bodies about responses: one answer sheet, its history, and the bulk form of a month's export."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from chassis.representation import ExactDecimal, RequestBody, ResponseBody

Channel = Literal["dms", "sms", "wechat", "qr", "phone", "paper"]
Outcome = Literal["created", "updated", "unchanged", "duplicate", "rejected"]
Number = Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True, pattern=r"^\P{C}+$")]
Instant = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2100, 1, 1, tzinfo=UTC))]
Remark = Annotated[str, StringConstraints(max_length=10000)]


class AnswerSheetBody(RequestBody):
    """`comment` is the answer to the questionnaire's first free-text question; answers are codes, never labels."""

    questionnaire: Number
    order_number: Number
    submitted_at: Instant
    answers: dict[str, Any] = Field(max_length=200)
    comment: Remark | None = None


class ResponseCreate(AnswerSheetBody):
    questionnaire_version: Annotated[int | None, Field(ge=1, description="none: the one in force at that time")] = None
    channel: Channel
    agent: Annotated[Number | None, Field(description="the employee who asked and wrote down the answers")] = None


class ResponseRow(AnswerSheetBody):
    row: int


class ResponseRead(ResponseBody):
    id: UUID
    version: int
    questionnaire: str
    questionnaire_version: int
    source: str
    order_number: str
    order_known: bool
    order_kind: str | None
    advisor: str | None
    customer_number: str | None
    submitted_at: datetime
    submitted_on: date
    channel: Channel
    agent: str | None
    answers: dict[str, Any]
    comment: str | None
    csi: ExactDecimal | None
    nps: int | None
    created_at: datetime
    updated_at: datetime


class FormerState(ResponseBody):
    version: int
    replaced_at: datetime
    state: dict[str, Any]


class BulkBody(RequestBody):
    source: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    import_id: UUID | None = None
    rows: list[dict[str, Any]] = Field(min_length=1, max_length=5000)


class RowRemark(ResponseBody):
    field: str
    code: str
    detail: str


class RowResult(ResponseBody):
    row: int
    outcome: Outcome
    warnings: list[RowRemark]
    errors: list[RowRemark]


class BulkResult(ResponseBody):
    results: list[RowResult]
    counts: dict[Outcome, int]
