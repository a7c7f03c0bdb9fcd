"""Bodies of findings and of the work related to their proposals."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from chassis.representation import RequestBody, ResponseBody
from services.workorder.domain.inspections.inspection import Result
from services.workorder.domain.upsells.finding import FaultKind, Priority
from services.workorder.domain.upsells.related_work import RelatedOperation, RelatedState
from services.workorder.domain.upsells.upsell import Stage, UpsellSource
from services.workorder.schemas.files.files import Photos
from services.workorder.schemas.text import Code, Instant, Line, Told


class _PartShown(RequestBody):
    """Whether the customer was shown the faulty part; without a time it was now."""

    part_shown: bool | None = None
    part_shown_at: Instant | None = None

    @model_validator(mode="after")
    def _a_time_is_that_of_showing(self) -> Self:
        if self.part_shown_at is not None and not self.part_shown:
            raise ValueError("part_shown_at is told of a part that was shown")
        return self


class FindingCreate(_PartShown):
    """By itself or from a yellow or red item of an inspection of the order. Left out, the finder is who answered the
    item, else who records it, evidence and photos are the item's, and the source is targeted where a check asked for
    the item, else incidental."""

    inspection_item_id: UUID | None = None
    source: UpsellSource | None = None
    fault_kind: FaultKind
    stage: Stage
    finder: Code | None = None
    description: Told
    evidence: Told | None = None
    photos: Photos | None = None
    priority: Priority


class FindingUpdate(_PartShown):
    """What is left out stays as it is. Where it came from does not change: upsells have taken it over."""

    fault_kind: FaultKind | None = None
    description: Told | None = None
    evidence: Told | None = None
    photos: Photos | None = None
    priority: Priority | None = None


class RelatedWorkRead(ResponseBody):
    """`because_of` is the proposed operation that calls for it; `needed` is the result of an assessment."""

    id: UUID
    finding_id: UUID
    because_of: str
    code: str
    name: str
    reason: str | None
    state: RelatedState
    needed: bool | None
    decision_note: str | None
    decided_by: str | None
    decided_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class FindingRead(ResponseBody):
    id: UUID
    order_id: UUID
    order_number: str
    inspection_item_id: UUID | None
    item_code: str | None
    item_result: Result | None
    source: UpsellSource
    fault_kind: FaultKind
    stage: Stage
    finder: str
    description: str
    evidence: str | None
    photos: list[UUID]
    priority: Priority
    part_shown: bool
    part_shown_at: datetime | None
    related_work: list[RelatedWorkRead]
    version: int
    created_at: datetime
    updated_at: datetime


class AssessBody(RequestBody):
    needed: bool
    note: Told | None = None


class WaiveBody(RequestBody):
    reason: Told


class RelatedOperationBody(RequestBody):
    code: Code
    name: Line
    reason: Told | None = None

    def operation(self) -> RelatedOperation:
        return RelatedOperation(self.code, self.name, self.reason)


class RelatedWorkRuleUpdate(RequestBody):
    """What has to be assessed from now on; nothing when the list is empty."""

    related: Annotated[list[RelatedOperationBody], Field(max_length=50)]

    @model_validator(mode="after")
    def _each_operation_once(self) -> Self:
        codes = [operation.code for operation in self.related]
        if repeated := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"each operation once: {', '.join(repeated)}")
        return self


class RelatedWorkRuleCreate(RelatedWorkRuleUpdate):
    """When `operation_code` is proposed, the related operations have to be assessed."""

    operation_code: Code

    @model_validator(mode="after")
    def _not_with_itself(self) -> Self:
        if self.operation_code in {operation.code for operation in self.related}:
            raise ValueError("an operation is not related to itself")
        return self


class RelatedWorkRuleRead(ResponseBody):
    id: UUID
    operation_code: str
    related: list[RelatedOperationBody]
    version: int
    created_at: datetime
    updated_at: datetime
