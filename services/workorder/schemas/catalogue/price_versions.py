"""Bodies of what is dated in the catalogue: labour rates, hours by model, list prices, menus."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from chassis.representation import Money, RequestBody, ResponseBody
from services.workorder.domain.catalogue.catalogue_entries import Basis
from services.workorder.domain.orders.order import OrderKind
from services.workorder.schemas.text import Code, Line, Price, StandardHours, Trimmed, Units

Year = Annotated[int, Field(ge=1950, le=2100)]


class VersionCreate(RequestBody):
    """Without a day it holds from today on; a day that is over is refused."""

    valid_from: date | None = None


class LabourRateCreate(VersionCreate):
    """Of one hour. With a kind of order it holds for such orders only, and goes before the general rate."""

    basis: Basis
    order_kind: OrderKind | None = None
    rate: Annotated[Money, Field(ge=0, le=Decimal(100_000))]


class OperationHoursCreate(VersionCreate):
    """On cars of this model, and of this engine or these years (both included) where they are told."""

    operation: Code
    model: Line
    engine: Code | None = None
    year_from: Year | None = None
    year_to: Year | None = None
    hours: StandardHours

    @model_validator(mode="after")
    def _years_in_order(self) -> Self:
        if self.year_from is not None and self.year_to is not None and self.year_from > self.year_to:
            raise ValueError("year_from is after year_to")
        return self


class OperationPriceCreate(VersionCreate):
    """Of one unit."""

    operation: Code
    list_price: Price


class MenuComponent(RequestBody):
    operation: Code
    quantity: Units = Decimal(1)


class MenuCreate(VersionCreate):
    """With a model it is for that model only, and goes before the menu of the same code for all."""

    code: Code
    name: Line
    model: Line | None = None
    price: Price
    components: Annotated[list[MenuComponent], Field(min_length=1, max_length=50)]


class VersionRead(ResponseBody):
    """A withdrawn version never came into force."""

    id: UUID
    valid_from: date
    made_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    currency: str
    source: str
    version: int
    created_at: datetime
    updated_at: datetime


class LabourRateRead(VersionRead):
    basis: Basis
    order_kind: OrderKind | None
    rate: Money


class OperationHoursRead(VersionRead):
    operation: str
    model: str
    engine: str | None
    year_from: int | None
    year_to: int | None
    hours: Trimmed


class OperationPriceRead(VersionRead):
    operation: str
    list_price: Money


class MenuComponentRead(ResponseBody):
    operation: str
    quantity: Trimmed


class MenuRead(VersionRead):
    code: str
    name: str
    model: str | None
    price: Money
    components: list[MenuComponentRead]
