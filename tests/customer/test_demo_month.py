"""The demo month comes in whole, and a second time changes nothing."""

import json
from time import process_time
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from tests.calls import Caller, statements_of, tally
from tests.customer.caller import codes
from tests.customer.shop_export import EXPORT, complaint_rows, customer_rows, vehicle_rows
from tests.harness import Keys, feed_of

EXPECTED = json.loads((EXPORT / "expected.json").read_text(encoding="utf-8"))["intake"]


@pytest.fixture
async def reports(manager: Caller) -> dict[str, dict[str, Any]]:
    return await bring_in(manager)


async def bring_in(manager: Caller) -> dict[str, dict[str, Any]]:
    members = {"import_id": str(uuid4())}
    return {
        "customers": await manager.take_in("customers", *customer_rows(), **members),
        "vehicles": await manager.take_in("vehicles", *vehicle_rows(), **members),
        "complaints": await manager.take_in("complaints", *complaint_rows(), **members),
    }


async def test_the_month_is_taken_in_as_expected(reports: dict[str, dict[str, Any]], manager: Caller) -> None:
    customers, vehicles = reports["customers"], reports["vehicles"]
    assert customers["counts"]["created"] == 918
    assert customers["counts"]["duplicate"] == EXPECTED["customers_repeated_rows"]
    assert customers["merged"] == EXPECTED["customers_duplicate_pairs"]
    assert codes(customers) == {
        "mobile-not-11-digits": EXPECTED["customers_bad_mobile"],
        "certain-duplicate": EXPECTED["customers_duplicate_pairs"],
    }
    assert vehicles["counts"]["rejected"] == EXPECTED["vehicles_vin_rejected"]
    assert codes(vehicles, "errors") == {"vin-invalid": EXPECTED["vehicles_vin_rejected"]}
    assert codes(vehicles) == {"vin-check-digit": EXPECTED["vehicles_vin_check_digit_warned"]}
    assert reports["complaints"]["counts"]["created"] == 5
    month = await manager.read("/v1/overview-parts/stores/2026-09")
    assert (month["customers"], month["merged"]) == (900, 18)
    assert month["vehicles"] == 988
    assert month["complaints"] == {"opened": 0, "verified": 3, "rejected": 2}


async def test_the_results_are_one_per_row_in_row_order(reports: dict[str, dict[str, Any]]) -> None:
    assert [result["row"] for result in reports["customers"]["results"]] == list(range(2, 925))
    assert [result["row"] for result in reports["vehicles"]["results"]] == list(range(2, 1000))


async def test_a_second_import_changes_nothing_and_publishes_nothing(
    reports: dict[str, dict[str, Any]], manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    before = await feed_of(client, keys, "customer")
    assert tally(before) == {
        "customer.customer.created": 918,
        "customer.customer.merged": 18,
        "customer.customer.changed": 18,
        "customer.vehicle.created": 988,
        "customer.complaint.verified": 3,
        "customer.complaint.rejected": 2,
    }
    again = await bring_in(manager)
    assert again["customers"]["counts"] == {"created": 0, "updated": 0, "unchanged": 918, "duplicate": 5, "rejected": 0}
    assert again["customers"]["merged"] == 0
    assert again["vehicles"]["counts"]["unchanged"] == 988
    assert again["complaints"]["counts"]["unchanged"] == 5
    assert len(await feed_of(client, keys, "customer")) == len(before)


async def test_no_event_carries_a_mobile_or_an_id_number(
    reports: dict[str, dict[str, Any]], client: httpx.AsyncClient, keys: Keys
) -> None:
    told = json.dumps(await feed_of(client, keys, "customer"), ensure_ascii=False)
    assert "13651141191" not in told
    assert "31010119920109998X" not in told


async def test_two_thousand_rows_are_taken_in_as_a_set(app: FastAPI, manager: Caller) -> None:
    """Processor time of caller and service together, so that a busy machine counts little: in sets it is 0.2 s."""
    rows = [
        {**row, "number": f"{row['number']}-{copy}", "id_number": None, "mobile": str(13000000000 + place)}
        for copy in range(3)
        for place, row in enumerate(customer_rows(), start=1000 * copy)
    ][:2000]
    await manager.take_in("customers", *rows[:1])
    with statements_of(app) as few:
        await manager.take_in("customers", *rows[1:2])
    began = process_time()
    with statements_of(app) as sent:
        report = await manager.take_in("customers", *rows)
    seconds = process_time() - began
    assert len(sent) == len(few)
    assert report["counts"]["created"] > 1900
    assert report["merged"] == 0
    assert seconds < 5
