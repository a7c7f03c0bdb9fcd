"""Bodies of the catalogue."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from chassis.representation import Money, RequestBody, ResponseBody
from services.workorder.domain.catalogue.catalogue import OperationKind
from services.workorder.domain.orders.line import LineKind, Origin
from services.workorder.schemas.text import Code, Line, StandardHours, Trimmed


class OperationCreate(RequestBody):
    """Without a day the price holds from today on; the first price of all may be of a day that is over.

    The hours are those of every model that has none of its own. Labour that installs accessories (精品加装) says so:
    pay by hours may leave it out.
    """

    code: Code
    name: Line
    kind: OperationKind
    standard_hours: StandardHours | None = None
    part_number: Code | None = None
    origin: Origin | None = None
    accessory_installation: bool = False
    list_price: Annotated[Money, Field(ge=0)] | None = None
    valid_from: date | None = None

    @model_validator(mode="after")
    def only_labour_installs(self) -> Self:
        if self.accessory_installation and self.kind != "labour":
            raise ValueError("只有工时项目可以是精品加装 / only labour installs accessories")
        return self


class OperationUpdate(RequestBody):
    """What is left out stays as it is; its prices have addresses of their own."""

    name: Line | None = None
    standard_hours: StandardHours | None = None
    part_number: Code | None = None
    origin: Origin | None = None
    accessory_installation: bool | None = None


class PriceRead(ResponseBody):
    valid_from: date
    list_price: Money


class OperationRead(ResponseBody):
    """`list_price` is that of one unit today; `prices` are all that ever held or will."""

    id: UUID
    code: str
    name: str
    kind: LineKind
    standard_hours: Trimmed | None
    part_number: str | None
    origin: Origin | None
    accessory_installation: bool
    list_price: Money | None
    currency: str
    prices: list[PriceRead]
    source: str
    version: int
    created_at: datetime
    updated_at: datetime
