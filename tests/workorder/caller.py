"""The smallest valid bodies to vary."""

from typing import Any

from tests.calls import Caller


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


BY_CONTRACT = {"method": "contract", "decided_by": "王先生"}
"""How the customer agreed to an order."""


def asked_by(verb: str) -> dict[str, Any] | None:
    """The body of a move."""
    return BY_CONTRACT if verb == "approve" else None


async def make_order(caller: Caller, until: str = "checked_in", **overrides: Any) -> dict[str, Any]:
    """An order moved by hand up to a state, with one line of its own."""
    order = await caller.make("/v1/repair-orders", order_body(**overrides))
    address = f"/v1/repair-orders/{order['id']}"
    await caller.make(f"{address}/lines", {"lines": [line_body()]})
    for verb in ("diagnose", "quote", "approve", "start", "inspect", "make-ready"):
        if order["state"] == until:
            break
        order = await caller.make(f"{address}/{verb}", asked_by(verb), If_Match=f'"{order["version"]}"')
    assert order["state"] == until
    return order
