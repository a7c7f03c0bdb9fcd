"""What this service adds to the overviews of the gateway."""

from typing import Any

from chassis.http import HotRead
from services.survey.endpoints.roles import READERS, STAFF
from services.survey.repository import overviews

_TEXT: dict[str, Any] = {"type": "string"}
_DECIMAL: dict[str, Any] = {"type": ["string", "null"], "examples": ["865.1485"]}
_COUNT: dict[str, Any] = {"type": "integer"}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _list(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": _object(**properties)}


_NULLABLE = {"type": ["string", "null"]}
_SCORE = {"type": ["integer", "null"], "minimum": 0, "maximum": 10}
_TIME = {"type": "string", "format": "date-time"}
_MAP = {"type": "object", "additionalProperties": {"type": "integer"}}
_NPS = _object(n=_COUNT, promoters=_COUNT, passives=_COUNT, detractors=_COUNT, score=_DECIMAL)
_ANSWER = {
    "id": _TEXT, "questionnaire": _TEXT, "advisor": _NULLABLE, "submitted_at": _TIME, "csi": _DECIMAL,
    "nps": _SCORE, "comment": _NULLABLE,
}  # fmt: skip

HOT_READS = (
    HotRead(
        path="/v1/overview-parts/customers/{number}",
        name="read_customer_satisfaction_part",
        roles=STAFF,
        sql=overviews.CUSTOMER,
        summary="The answers about a customer's orders, those of merged customers among them",
        schema=_object(
            customer_number=_TEXT, n=_COUNT, csi_mean=_DECIMAL, answers=_list(order_number=_TEXT, **_ANSWER)
        ),
    ),
    HotRead(
        path="/v1/overview-parts/repair-orders/{number}",
        name="read_repair_order_satisfaction_part",
        roles=STAFF,
        sql=overviews.REPAIR_ORDER,
        summary="What the customer answered about this order",
        schema=_object(
            order_number=_TEXT,
            answers=_list(questionnaire_version=_COUNT, channel=_TEXT, factors=_MAP, expectations=_MAP, **_ANSWER),
        ),
    ),
    HotRead(
        path="/v1/overview-parts/employees/{number}",
        name="read_employee_satisfaction_part",
        roles=READERS,
        sql=overviews.EMPLOYEE,
        summary="What customers answered about the orders of an advisor, altogether and by month",
        schema=_object(
            employee=_TEXT,
            n=_COUNT,
            csi_mean=_DECIMAL,
            nps=_NPS,
            factors={"type": "object", "additionalProperties": _object(n=_COUNT, mean=_DECIMAL)},
            months=_list(month=_TEXT, n=_COUNT, csi_mean=_DECIMAL, nps=_NPS),
        ),
    ),
    HotRead(
        path="/v1/overview-parts/stores/{month}",
        name="read_store_satisfaction_part",
        roles=READERS,
        sql=overviews.STORE,
        summary="The satisfaction of one month of the store",
        schema=_object(
            month=_TEXT,
            n=_COUNT,
            csi_mean=_DECIMAL,
            nps=_NPS,
            waiting_for_order=_COUNT,
            orders_delivered=_COUNT,
            orders_answered=_COUNT,
        ),
    ),
)
