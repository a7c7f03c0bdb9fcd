"""Lists that are put together from several tables, or from former states, page by page."""

from typing import Any

from fastapi import FastAPI

from tests.calls import Caller, statements_of
from tests.customer.caller import OTHER_VIN, VIN, customer_row, vehicle_row


async def walked(app: FastAPI, manager: Caller, address: str) -> tuple[list[Any], set[int]]:
    """A list one by one, and how many queries its pages took."""
    items: list[Any] = []
    counts: set[int] = set()
    following = f"{address}?limit=1"
    while following:
        with statements_of(app) as sent:
            page = await manager.read(following)
        items += page["items"]
        counts.add(len(sent))
        following = page["next"]
    return items, counts


async def test_lists_are_the_same_page_by_page_as_at_once(app: FastAPI, manager: Caller) -> None:
    home = {"home_address": "园区苏街383号", "id_number": None, "mobile": None}
    await manager.take_in("customers", *(customer_row(number=f"C{n}", **home) for n in (1, 2, 3)))
    vehicles = [vehicle_row(vin=vin, customer_number=f"D{n}") for n, vin in enumerate((VIN, OTHER_VIN))]
    await manager.take_in("vehicles", *vehicles)
    for told in ("律师", "医生"):
        await manager.take_in("customers", customer_row(number="C1", **home, occupation=told))
        await manager.take_in("vehicles", {**vehicles[0], "model": told})
    customer = (await manager.read("/v1/customers/by-number/C1"))["id"]
    vehicle = (await manager.read(f"/v1/vehicles/by-vin/{VIN}"))["id"]
    expected = {"/v1/likely-duplicates": 3, "/v1/waiting-visits": 2, f"/v1/customers/{customer}/history": 2,
                f"/v1/vehicles/{vehicle}/history": 2}  # fmt: skip
    for address, count in expected.items():
        items, counts = await walked(app, manager, address)
        assert (len(items), len(counts)) == (count, 1), address
        assert items == (await manager.read(address))["items"]
