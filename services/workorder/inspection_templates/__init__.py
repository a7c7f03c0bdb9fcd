"""The inspection templates that come with the product, as data: one JSON file for each kind of order."""

from functools import cache
from pathlib import Path

from services.workorder.domain.orders.order import OrderKind
from services.workorder.schemas.inspections.inspections import InspectionTemplateCreate


@cache
def shipped(kind: OrderKind) -> InspectionTemplateCreate:
    return InspectionTemplateCreate.model_validate_json(Path(__file__).with_name(f"{kind}.json").read_bytes())
