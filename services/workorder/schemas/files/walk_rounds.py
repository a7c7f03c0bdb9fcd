"""Bodies of walks round a car."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from chassis.representation import ExactDecimal, RequestBody, ResponseBody
from services.workorder.domain.files.walk_round import MARKS_AT_MOST, Damage, Mark, View
from services.workorder.schemas.files.files import Photos
from services.workorder.schemas.text import Line, Person, Told

Part = Annotated[ExactDecimal, Field(ge=0, le=1, decimal_places=4)]
"""Of a view's width or height, from its left or its top."""


class MarkBody(RequestBody):
    view: View
    x: Part
    y: Part
    kind: Damage
    note: Told | None = None
    photos: Photos = Field(default_factory=list)

    def mark(self) -> Mark:
        return Mark(self.view, self.x, self.y, self.kind, self.note, photos=tuple(self.photos))


class WalkRoundCreate(RequestBody):
    """Signed by the customer (`signed_by`, and `signature_id`, a file of the order), or not, and why.

    `fuel_percent` is of the tank, or of the battery. A car without damage has no marks.
    """

    odometer_km: Annotated[int, Field(ge=0, le=10_000_000)]
    fuel_percent: Annotated[int, Field(ge=0, le=100)]
    belongings: Told | None = None
    warning_lights: Annotated[list[Line], Field(max_length=50, default_factory=list)]
    marks: Annotated[list[MarkBody], Field(max_length=MARKS_AT_MOST, default_factory=list)]
    photos: Photos = Field(default_factory=list)
    signed_by: Person | None = None
    signature_id: UUID | None = None
    refusal_reason: Told | None = None

    @model_validator(mode="after")
    def _signed_or_refused(self) -> Self:
        signed = (self.signed_by is not None, self.signature_id is not None)
        if signed not in {(True, True), (False, False)} or signed[0] == (self.refusal_reason is not None):
            raise ValueError("either signed_by with signature_id, or refusal_reason")
        return self


class MarkRead(ResponseBody):
    """`number` is what the sketch shows."""

    number: int
    view: View
    x: ExactDecimal
    y: ExactDecimal
    kind: Damage
    note: str | None
    photos: list[UUID]


class WalkRoundRead(ResponseBody):
    """A revision as it was recorded; `newest` is the order's newest number, `sketch` where its marks are drawn."""

    id: UUID
    order_id: UUID
    order_number: str
    number: int
    newest: int
    odometer_km: int
    fuel_percent: int
    belongings: str | None
    warning_lights: list[str]
    marks: list[MarkRead]
    photos: list[UUID]
    signed_by: str | None
    signature_id: UUID | None
    refusal_reason: str | None
    sketch: str
    recorded_by: str
    created_at: datetime
