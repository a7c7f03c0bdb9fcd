"""A caller of the service, and the smallest valid bodies to vary."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import httpx

VIN = "LSGPBVL31NJ220930"
OTHER_VIN = "LSGGGP49XJS051995"
ID_NUMBER = "31010119920109998X"
OTHER_ID_NUMBER = "330106197104277285"


@dataclass(frozen=True)
class Caller:
    client: httpx.AsyncClient
    headers: dict[str, str]

    async def get(self, path: str, **parameters: Any) -> httpx.Response:
        return await self.client.get(path, params=parameters or None, headers=self.headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self._send("POST", path, body, headers)

    async def patch(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return await self._send("PATCH", path, body, headers)

    async def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        told = body if body is not None else {}
        return await self.client.request(method, path, json=told, headers={**self.headers, **named})

    async def read(self, path: str, **parameters: Any) -> Any:
        response = await self.get(path, **parameters)
        assert response.status_code == 200, response.text
        return response.json()

    async def make(self, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        response = await self.post(path, body, **headers)
        assert response.status_code in {200, 201}, response.text
        made: dict[str, Any] = response.json()
        return made

    async def take_in(self, resource: str, *rows: dict[str, Any], **members: Any) -> dict[str, Any]:
        """The report of a bulk call; rows without a row number get one."""
        numbered = [{"row": number, **row} for number, row in enumerate(rows, start=2)]
        return await self.make(f"/v1/bulk/{resource}", {"source": "dms", "rows": numbered, **members})

    async def outcomes(self, resource: str, *rows: dict[str, Any], **members: Any) -> list[str]:
        report = await self.take_in(resource, *rows, **members)
        return [result["outcome"] for result in report["results"]]


def tally(events: list[dict[str, Any]]) -> dict[str, int]:
    return dict(Counter(event["type"] for event in events))


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
