"""The smallest valid bodies to vary."""

from collections import Counter
from typing import Any

VIN = "LSGPBVL31NJ220930"
OTHER_VIN = "LSGGGP49XJS051995"
ID_NUMBER = "31010119920109998X"
OTHER_ID_NUMBER = "330106197104277285"


def customer_row(**overrides: Any) -> dict[str, Any]:
    return {"number": "C1", "name": "王磊", "mobile": "13800001111", "occupation": "医生", **overrides}


def vehicle_row(**overrides: Any) -> dict[str, Any]:
    return {
        "vin": VIN,
        "customer_number": "C1",
        "plate": "苏B12345",
        "model": "别克英朗",
        "use": "private",
        **overrides,
    }


def complaint_row(**overrides: Any) -> dict[str, Any]:
    return {
        "number": "T1", "occurred_on": "2026-09-12", "order_number": "W1", "employee": "SA01", "cause": "work_error",
        **overrides,
    }  # fmt: skip


def visit_data(**overrides: Any) -> dict[str, Any]:
    return {
        "id": "0199a000-0000-7000-8000-000000000001", "number": "W1", "source": "dms", "kind": "repair",
        "state": "in_progress", "cancelled": False, "opened_on": "2026-09-08", "odometer_km": 63370,
        "vehicle": {"source": "dms", "number": VIN, "id": None},
        "customer": {"source": "dms", "number": "C1", "id": None},
        **overrides,
    }  # fmt: skip


def codes(report: dict[str, Any], kind: str = "warnings") -> dict[str, int]:
    return dict(Counter(finding["code"] for result in report["results"] for finding in result[kind]))
