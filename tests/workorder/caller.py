"""A caller of the service, and the smallest valid bodies to vary."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Caller:
    client: httpx.AsyncClient
    headers: dict[str, str]

    async def get(self, path: str, **parameters: Any) -> httpx.Response:
        return await self.client.get(path, params=parameters or None, headers=self.headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(path, json=body if body is not None else {}, headers={**self.headers, **named})

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


def order_row(**overrides: Any) -> dict[str, Any]:
    return {
        "number": "W1", "vin": "LSGXEGX97MY815823", "customer_number": "C1", "kind": "repair", "advisor": "SA01",
        "opened_at": "2026-09-08T13:58:00+08:00", "odometer_km": 63370, "status": "in_work", **overrides,
    }  # fmt: skip


def settled_row(**overrides: Any) -> dict[str, Any]:
    leaving = {"left_at": "2026-09-08T16:00:00+08:00", "settled_on": "2026-09-08", "status": "settled"}
    return order_row(**{**leaving, **overrides})


def line_row(**overrides: Any) -> dict[str, Any]:
    return {
        "order_number": "W1", "line_number": 1, "kind": "labour", "code": "ME04", "name": "更换蓄电池",
        "standard_hours": "0.50", "quantity": "1", "list_price": "75.00", "amount": "67.50", "payer": "customer",
        "is_upsell": False, "team": "机电一组", **overrides,
    }  # fmt: skip


def upsell_row(**overrides: Any) -> dict[str, Any]:
    found = {"is_upsell": True, "upsell_source": "incidental", "stage": "road_test", "finder": "J104"}
    return line_row(**{**found, "line_number": 7, "decision": "approved", **overrides})


def part_row(**overrides: Any) -> dict[str, Any]:
    part = {"kind": "part", "code": "PME04", "name": "蓄电池件", "standard_hours": None, "amount": "684.00"}
    return upsell_row(**{**part, "line_number": 8, **overrides})


def order_body(**overrides: Any) -> dict[str, Any]:
    return {"kind": "repair", "advisor": "SA01", "vin": "LSGXEGX97MY815823", "customer_number": "C1", **overrides}


def line_body(**overrides: Any) -> dict[str, Any]:
    return {
        "kind": "labour", "code": "ME04", "name": "更换蓄电池", "standard_hours": "0.50", "quantity": "1",
        "list_price": "75.00", "amount": "75.00", "payer": "customer", "team": "机电一组", **overrides,
    }  # fmt: skip


def upsell_body(**overrides: Any) -> dict[str, Any]:
    part = line_body(kind="part", code="PME04", name="蓄电池件", standard_hours=None, amount="684.00")
    return {"source": "incidental", "stage": "road_test", "finder": "J104", "lines": [line_body(), part], **overrides}


async def make_order(caller: Caller, until: str = "checked_in", **overrides: Any) -> dict[str, Any]:
    """An order moved by hand up to a state, with one line of its own."""
    order = await caller.make("/v1/repair-orders", order_body(**overrides))
    address = f"/v1/repair-orders/{order['id']}"
    await caller.make(f"{address}/lines", {"lines": [line_body()]})
    for verb in ("diagnose", "quote", "approve", "start", "inspect", "make-ready"):
        if order["state"] == until:
            break
        order = await caller.make(f"{address}/{verb}", If_Match=f'"{order["version"]}"')
    assert order["state"] == until
    return order
