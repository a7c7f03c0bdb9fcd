"""Bodies of inspection templates and inspections."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from chassis.representation import RequestBody, ResponseBody
from services.workorder.domain.inspections.inspection import Answer, Item, Measure, Result
from services.workorder.domain.orders.order import OrderKind
from services.workorder.schemas.files.files import Photos
from services.workorder.schemas.text import Code, Line, Quantity, Told, Trimmed

Measured = Annotated[Quantity, Field(decimal_places=4)]
"""No finer than it is stored: a rounded value could fall on the other side of a limit."""


class Bilingual(RequestBody):
    zh: Line
    en: Line


class MeasureBody(RequestBody):
    """The unit and the limits of a measure; a value at a limit is still on its good side."""

    unit: Annotated[Code, Field(max_length=20)]
    yellow_below: Measured | None = None
    red_below: Measured | None = None
    yellow_above: Measured | None = None
    red_above: Measured | None = None

    def measure(self) -> Measure:
        return Measure(self.unit, self.yellow_below, self.red_below, self.yellow_above, self.red_above)

    @model_validator(mode="after")
    def _limits_make_sense(self) -> Self:
        if faults := self.measure().faults():
            raise ValueError("; ".join(faults))
        return self


class TemplateItem(RequestBody):
    """`photo_on_red`: a red result needs a photo."""

    code: Code
    name: Bilingual
    group: Bilingual
    measure: MeasureBody | None = None
    photo_on_red: bool = False

    def item(self) -> Item:
        measure = self.measure.measure() if self.measure else None
        return Item(self.code, f"{self.name.zh} {self.name.en}", measure, self.photo_on_red)


def _require_unique(codes: list[str]) -> None:
    if repeated := sorted({code for code in codes if codes.count(code) > 1}):
        raise ValueError(f"each item once: {', '.join(repeated)}")


TemplateItems = Annotated[list[TemplateItem], Field(min_length=1, max_length=200)]


class InspectionTemplateUpdate(RequestBody):
    """What is left out stays as it is."""

    name: Bilingual | None = None
    items: TemplateItems | None = None

    @model_validator(mode="after")
    def _each_item_once(self) -> Self:
        _require_unique([item.code for item in self.items or ()])
        return self


class InspectionTemplateCreate(RequestBody):
    """A draft for a kind of order; inspections begin from it once it is published."""

    order_kind: OrderKind
    name: Bilingual
    items: TemplateItems

    @model_validator(mode="after")
    def _each_item_once(self) -> Self:
        _require_unique([item.code for item in self.items])
        return self


class InspectionTemplateRead(ResponseBody):
    """`revision` counts what is published of an order kind; a draft has none."""

    id: UUID
    order_kind: OrderKind
    revision: int | None
    name: Bilingual
    items: list[TemplateItem]
    published_at: datetime | None
    published_by: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class ShippedTemplates(ResponseBody):
    items: list[InspectionTemplateCreate]


class InspectionCreate(RequestBody):
    """Without a technician it is who begins it."""

    technician: Code | None = None


class AnswerBody(RequestBody):
    """The whole answer to one item, in place of what was answered before. A measured value alone gives the result;
    an answer of the code alone opens the item again."""

    code: Code
    result: Result | None = None
    value: Measured | None = None
    evidence: Told | None = None
    photos: Photos = Field(default_factory=list)
    note: Told | None = None

    def answer(self) -> Answer:
        return Answer(self.result, self.value, self.evidence, tuple(self.photos))


class AnswersBody(RequestBody):
    """Items that are not named stay as they are."""

    items: Annotated[list[AnswerBody], Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _each_item_once(self) -> Self:
        _require_unique([item.code for item in self.items])
        return self


class InspectionItemRead(ResponseBody):
    """`why` is that of each check of the order which asks for it; none where only the template does."""

    id: UUID
    code: str
    name: Bilingual
    group: Bilingual
    measure: MeasureBody | None
    photo_on_red: bool
    why: list[Bilingual]
    result: Result | None
    value: Trimmed | None
    evidence: str | None
    photos: list[UUID]
    note: str | None
    answered_by: str | None
    answered_at: datetime | None


class InspectionRead(ResponseBody):
    """`worst` is the worst result so far; `open` are the codes of the items that have none yet."""

    id: UUID
    order_id: UUID
    order_number: str
    template_id: UUID
    order_kind: OrderKind
    revision: int
    name: Bilingual
    technician: str
    completed_at: datetime | None
    completed_by: str | None
    worst: Result | None
    open: list[str]
    items: list[InspectionItemRead]
    version: int
    created_at: datetime
    updated_at: datetime
