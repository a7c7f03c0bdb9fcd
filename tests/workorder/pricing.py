"""A small catalogue to vary: two kinds of labour, oil and a filter, with rates of today."""

from typing import Any

from tests.calls import Caller

GL8 = "别克 GL8"
VIN = "LSGXEGX97MY815823"


def operation_body(code: str = "ME05", **overrides: Any) -> dict[str, Any]:
    return {"code": code, "name": "更换前减震器", "kind": "labour", "standard_hours": "2.40", **overrides}


def part_body(code: str = "OIL", **overrides: Any) -> dict[str, Any]:
    return {"code": code, "name": "机油 5W-30", "kind": "part", "list_price": "80.00", **overrides}


def hours_body(**overrides: Any) -> dict[str, Any]:
    return {"operation": "ME05", "model": GL8, "hours": "3.15", **overrides}


def menu_body(**overrides: Any) -> dict[str, Any]:
    components = [{"operation": "ME01"}, {"operation": "OIL", "quantity": "4"}, {"operation": "FILTER"}]
    return {"code": "M1", "name": "小保养", "price": "399.00", "components": components, **overrides}


async def stock(manager: Caller) -> None:
    """Rates of 150.00 and 98.50; ME05 takes 2.4 hours, 3.15 on a GL8; ME99 has no hours; a menu of 399.00."""
    for basis, rate in (("retail", "150.00"), ("claims", "98.50")):
        await manager.make("/v1/labour-rates", {"basis": basis, "rate": rate})
    for body in (
        operation_body(),
        operation_body("ME01", name="更换机油", standard_hours="0.50"),
        operation_body("ME99", name="电池健康检测", standard_hours=None),
        part_body(),
        part_body("FILTER", name="机油滤清器", list_price="45.00", part_number="55588497", origin="genuine"),
    ):
        await manager.make("/v1/operations", body)
    await manager.make("/v1/operation-hours", hours_body())
    await manager.make("/v1/menus", menu_body())
