import json
import time
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema_rs import Draft202012Validator

from tests.calls import Caller, tally
from tests.harness import Keys, feed_of
from tests.workorder.shop_export import EXPORT, month

EXPECTED: dict[str, Any] = json.loads((EXPORT / "expected.json").read_text(encoding="utf-8"))


async def import_month(caller: Caller) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for resource, rows in month().items():
        report = await caller.take_in(resource, *rows)
        counts[resource] = {outcome: n for outcome, n in report["counts"].items() if n}
    return counts


@pytest.fixture
async def imported(manager: Caller) -> dict[str, dict[str, int]]:
    return await import_month(manager)


def comparable(figure: dict[str, Any]) -> dict[str, Decimal]:
    return {name: Decimal(value) for name, value in figure.items()}


def team_hours(events: list[dict[str, Any]]) -> dict[str, Decimal]:
    hours: dict[str, Decimal] = defaultdict(Decimal)
    for event in events:
        data = event["data"]
        paid = event["type"] == "workorder.labour.completed" and data["order_kind"] not in {"pdi", "campaign"}
        if paid and (data["completed_on"] or "").startswith("2026-09"):
            hours[data["team"]] += Decimal(data["standard_hours"])
    return dict(hours)


async def test_every_row_of_the_month_gets_its_outcome(imported: dict[str, dict[str, int]]) -> None:
    assert imported == {
        "repair-orders": {"created": 620, "duplicate": 1},
        "repair-order-lines": {"created": 2835, "rejected": 1},
        "payments": {"created": 457},
        "reimbursements": {"created": 23},
        "insurer-approvals": {"created": 43},
        "accessory-sales": {"created": 150},
        "consumables": {"created": 18},
    }


async def test_the_months_figures_come_out_as_reported(
    imported: dict[str, dict[str, int]], manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    events = await feed_of(client, keys, "workorder")
    assert team_hours(events) == {team: Decimal(hours) for team, hours in EXPECTED["team_hours"].items()}
    orders = {e["data"]["number"]: e["data"] for e in events if e["type"].startswith("workorder.order.")}
    received = [o for o in orders.values() if o["opened_on"][:7] == "2026-09"]
    assert len([o for o in received if not o["cancelled"] and o["kind"] != "pdi"]) == EXPECTED["car_count"]
    figures = (await manager.read("/v1/upsell-figures"))["advisors"]
    assert {figure.pop("advisor"): comparable(figure) for figure in figures} == {
        advisor: comparable(figure) for advisor, figure in EXPECTED["upsells"].items()
    }
    assert (await manager.read("/v1/overview-parts/stores/2026-09"))["car_count"] == EXPECTED["car_count"]


async def test_every_event_of_the_month_keeps_to_the_contract(
    imported: dict[str, dict[str, int]], client: httpx.AsyncClient, keys: Keys
) -> None:
    schemas = json.loads((Path(__file__).parents[2] / "contracts" / "events.schema.json").read_text(encoding="utf-8"))
    validators = {
        name: Draft202012Validator({**schema, "$defs": schemas["$defs"]})
        for name, schema in schemas["properties"].items()
    }
    for event in await feed_of(client, keys, "workorder"):
        validators[event["type"]].validate(event["data"])


async def test_the_month_imported_again_changes_nothing_and_says_nothing(
    imported: dict[str, dict[str, int]], manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    before = await feed_of(client, keys, "workorder")
    began = time.perf_counter()
    again = await import_month(manager)
    assert time.perf_counter() - began < 10
    assert again["repair-orders"] == {"unchanged": 620, "duplicate": 1}
    assert again["repair-order-lines"] == {"unchanged": 2835, "rejected": 1}
    assert {tuple(counts) for resource, counts in again.items() if not resource.startswith("repair")} == {
        ("unchanged",)
    }
    assert tally(await feed_of(client, keys, "workorder")) == tally(before)
