"""What the gateway's overviews get from this service."""

from typing import Any

import pytest
from fastapi import FastAPI

from services.customer.endpoints.overviews import HOT_READS
from tests.calls import Caller
from tests.customer.caller import ID_NUMBER, VIN, complaint_row, customer_row, vehicle_row, visit_data
from tests.harness import AStore, deliver, make_event


@pytest.fixture
async def shop(app: FastAPI, store: AStore, manager: Caller) -> Caller:
    await manager.take_in("customers", customer_row(id_number=ID_NUMBER), customer_row(number="C9"))
    await manager.take_in("vehicles", vehicle_row(customer_number="C9"))
    visited = visit_data(customer={"number": "C9"})
    await deliver(app, "workorder", store.id, make_event("workorder.order.opened", visited, store=store.id))
    await manager.take_in(
        "complaints", complaint_row(verified=True), complaint_row(number="T2", occurred_on="2026-10-01")
    )
    customer = await manager.read("/v1/customers/by-number/C1")
    await manager.make(f"/v1/customers/{customer['id']}/notes", {"text": "喜欢周末来"})
    return manager


@pytest.mark.parametrize("number", ["C1", "C9"])
async def test_a_customer_under_any_of_its_numbers(shop: Caller, number: str) -> None:
    part = await shop.read(f"/v1/overview-parts/customers/{number}")
    assert (part["customer"]["number"], part["aliases"]) == ("C1", ["C1", "C9"])
    assert (part["customer"]["mobile"], part["customer"]["id_number"]) == ("138****1111", "310*************8X")
    assert [(each["vin"], each["last_visit_on"], each["last_odometer_km"]) for each in part["vehicles"]] == [
        (VIN, "2026-09-08", 63370)
    ]
    assert part["complaints"] == {"opened": 1, "verified": 1, "rejected": 0}
    assert (part["notes"], part["last_visit_on"]) == (1, "2026-09-08")


async def test_an_order_with_its_customer_vehicle_and_complaints(shop: Caller) -> None:
    part = await shop.read("/v1/overview-parts/repair-orders/W1")
    assert (part["customer"]["number"], part["vehicle"]["vin"]) == ("C1", VIN)
    assert [(each["number"], each["state"]) for each in part["complaints"]] == [("T1", "verified"), ("T2", "opened")]


async def test_an_employees_complaints_by_state(shop: Caller) -> None:
    part = await shop.read("/v1/overview-parts/employees/SA01")
    assert part["complaints"] == {"opened": 1, "verified": 1, "rejected": 0}
    assert [each["number"] for each in part["latest"]] == ["T2", "T1"]
    assert (await shop.read("/v1/overview-parts/employees/SA99"))["latest"] == []


async def test_a_month_of_the_store(shop: Caller) -> None:
    assert await shop.read("/v1/overview-parts/stores/2026-09") == {
        "month": "2026-09", "customers": 1, "merged": 1, "vehicles": 1,
        "complaints": {"opened": 0, "verified": 1, "rejected": 0},
    }  # fmt: skip


@pytest.mark.parametrize("path", ["customers/C404", "repair-orders/W404", "stores/2026-13", "stores/september"])
async def test_what_is_not_known_is_not_found(shop: Caller, path: str) -> None:
    assert (await shop.get(f"/v1/overview-parts/{path}")).status_code == 404


def test_the_declared_shapes_name_what_the_parts_hold() -> None:
    declared: dict[str, Any] = {read.name: read.schema["required"] for read in HOT_READS}
    assert declared["read_store_part"] == ["complaints", "customers", "merged", "month", "vehicles"]
