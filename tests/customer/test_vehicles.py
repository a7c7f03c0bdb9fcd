"""Vehicles, their owners, plates and odometer over time."""

import runpy
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from services import customer
from services.customer.events import ORDER_EVENTS
from tests.calls import Caller
from tests.customer.caller import OTHER_VIN, VIN, customer_row, vehicle_row, visit_data
from tests.harness import AStore, Clone, Keys, deliver, feed_of, make_event

VERSIONS = Path(customer.__file__).parent / "migrations" / "versions"


@pytest.fixture
async def vehicle(manager: Caller) -> dict[str, Any]:
    await manager.make("/v1/customers", customer_row())
    return await manager.make("/v1/vehicles", vehicle_row(plate="苏b·12345"))


async def test_a_created_vehicle_knows_its_owner(
    vehicle: dict[str, Any], client: httpx.AsyncClient, keys: Keys
) -> None:
    assert (vehicle["vin"], vehicle["plate"], vehicle["owner"]["name"]) == (VIN, "苏B12345", "王磊")
    event = (await feed_of(client, keys, "customer"))[-1]
    assert event["type"] == "customer.vehicle.created"
    assert event["data"]["owner"] == {"source": "aftermile", "number": "C1", "id": vehicle["owner"]["id"]}
    assert event["data"]["plate"] == "苏B12345"


@pytest.mark.parametrize(
    ("overrides", "slug"),
    [
        ({"vin": "LSGPCZCL4SD70051"}, "vin-invalid"),
        ({"vin": OTHER_VIN, "customer_number": "C404"}, "invalid"),
        ({}, "number-taken"),
    ],
)
async def test_a_vehicle_that_cannot_be_is_refused(
    vehicle: dict[str, Any], manager: Caller, overrides: dict[str, str], slug: str
) -> None:
    refused = await manager.post("/v1/vehicles", vehicle_row(**overrides))
    assert refused.json()["type"] == f"urn:aftermile:problem:{slug}"


async def test_a_sold_car_keeps_its_former_owner_and_plate(vehicle: dict[str, Any], manager: Caller) -> None:
    await manager.make("/v1/customers", customer_row(number="C2", name="李静", mobile=None))
    path = f"/v1/vehicles/{vehicle['id']}"
    change = {"customer_number": "C2", "plate": "浙A1"}
    assert (await manager.patch(path, change)).status_code == 428
    changed = await manager.patch(path, change, If_Match='"1"')
    assert (changed.json()["owner"]["number"], changed.json()["version"]) == ("C2", 2)
    owners, plates = (await manager.read(f"{path}/owners"))["items"], (await manager.read(f"{path}/plates"))["items"]
    assert [(each["owner_number"], each["known_until"] is None) for each in owners] == [("C1", False), ("C2", True)]
    assert [(each["plate"], each["known_until"] is None) for each in plates] == [("苏B12345", False), ("浙A1", True)]
    [former] = (await manager.read(f"{path}/history"))["items"]
    assert (former["plate"], former["owner_number"]) == ("苏B12345", "C1")
    assert (await manager.patch(path, {"plate": "浙A1"}, If_Match='"2"')).json()["version"] == 2


@pytest.mark.parametrize("wanted", [{"vin": VIN.lower()}, {"plate": "苏B 12345"}, {"customer_number": "C1"}])
async def test_a_vehicle_is_found(vehicle: dict[str, Any], manager: Caller, wanted: dict[str, str]) -> None:
    await manager.take_in("vehicles", vehicle_row(vin=OTHER_VIN, customer_number=None, plate=None))
    assert [each["vin"] for each in (await manager.read("/v1/vehicles", **wanted))["items"]] == [VIN]
    assert len((await manager.read("/v1/vehicles"))["items"]) == 2
    assert (await manager.read(f"/v1/vehicles/by-vin/{VIN}"))["id"] == vehicle["id"]
    assert (await manager.get(f"/v1/vehicles/{uuid4()}")).status_code == 404


async def test_the_owner_is_whom_the_number_means_today(manager: Caller) -> None:
    await manager.take_in("vehicles", vehicle_row(customer_number="C9"))
    assert (await manager.read(f"/v1/vehicles/by-vin/{VIN}"))["owner"] == {
        "source": "dms", "number": "C9", "id": None, "name": None,
    }  # fmt: skip
    await manager.take_in("customers", customer_row(), customer_row(number="C9"))
    assert (await manager.read(f"/v1/vehicles/by-vin/{VIN}"))["owner"]["number"] == "C1"
    assert len((await manager.read("/v1/vehicles", customer_number="C1"))["items"]) == 1


async def test_visits_write_the_odometer_log(
    app: FastAPI, store: AStore, vehicle: dict[str, Any], manager: Caller
) -> None:
    def visit(number: int, day: int, km: int | None, version: int = 1, **overrides: Any) -> Any:
        data = visit_data(
            id=f"0199a000-0000-7000-8000-00000000000{number}", number=f"W{number}", opened_on=f"2026-09-{day:02}",
            odometer_km=km, **overrides,
        )  # fmt: skip
        return make_event(ORDER_EVENTS[0], data, store=store.id, version=version)

    late = visit(1, 1, 5000, 2)
    events = [visit(1, 1, 9999), late, visit(2, 10, 4000), visit(3, 20, 5200), visit(4, 25, None)]
    await deliver(app, "workorder", store.id, *events, visit(5, 28, 9000, cancelled=True))
    await deliver(app, "workorder", store.id, visit(1, 1, 7777), late)
    log = (await manager.read(f"/v1/vehicles/{vehicle['id']}/odometer-readings"))["items"]
    assert [(each["order_number"], each["km"], each["verdict"]) for each in log] == [
        ("W1", 5000, "plausible"), ("W2", 4000, "lower_than_before"), ("W3", 5200, "plausible"),
    ]  # fmt: skip
    found = await manager.read(f"/v1/vehicles/{vehicle['id']}")
    assert (found["last_visit_on"], found["last_odometer_km"]) == ("2026-09-25", 5200)


async def test_what_names_something_unknown_waits_visibly(app: FastAPI, store: AStore, manager: Caller) -> None:
    await deliver(app, "workorder", store.id, make_event(ORDER_EVENTS[0], visit_data(), store=store.id))
    await manager.take_in("vehicles", vehicle_row(vin=OTHER_VIN))
    waiting = (await manager.read("/v1/waiting-visits"))["items"]
    assert [(each["fact"], each["waits_for"], each["waits_for_number"]) for each in waiting] == [
        ("vehicle", "customer", "C1"), ("visit", "vehicle", VIN),
    ]  # fmt: skip
    await manager.take_in("customers", customer_row())
    await manager.take_in("vehicles", vehicle_row())
    assert (await manager.read("/v1/waiting-visits"))["items"] == []
    assert (await manager.read(f"/v1/vehicles/by-vin/{VIN}"))["last_odometer_km"] == 63370


async def test_vehicles_are_told_again_as_they_are(
    manager: Caller, client: httpx.AsyncClient, keys: Keys, database: Clone
) -> None:
    """What the migration does that tells of days of purchase; also a second time."""
    await manager.make("/v1/customers", customer_row())
    await manager.make("/v1/vehicles", vehicle_row(purchase_date="2021-05-01"))
    await manager.make("/v1/vehicles", vehicle_row(vin=OTHER_VIN))
    before = await feed_of(client, keys, "customer")
    migration = runpy.run_path(str(VERSIONS / "0002_purchase_dates_told_again.py"))
    owner = await asyncpg.connect(database.owner_url)
    try:
        for _ in range(2):
            async with owner.transaction():
                for table in ("vehicle", "customer"):
                    await owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
                await owner.execute(migration["TOLD_AGAIN"])
                for table in ("vehicle", "customer"):
                    await owner.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    finally:
        await owner.close()
    first, second = (await feed_of(client, keys, "customer"))[len(before) :]
    [told] = [event for event in before if event["data"].get("purchase_date")]
    for event in (first, second):
        assert (event["type"], event["subject"]) == ("customer.vehicle.changed", told["subject"])
        assert event["data"] == told["data"]
