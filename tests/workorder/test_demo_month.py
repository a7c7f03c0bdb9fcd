import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from jsonschema_rs import Draft202012Validator

from tests.calls import Caller, statements_of, tally
from tests.harness import Keys, feed_of
from tests.workorder.shop_export import EXPORT, month

EXPECTED: dict[str, Any] = json.loads((EXPORT / "expected.json").read_text(encoding="utf-8"))


async def import_month(caller: Caller) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for resource, rows in month().items():
        tallied: Counter[str] = Counter()
        for batch in batches(rows):
            tallied.update((await caller.take_in(resource, *batch))["counts"])
        counts[resource] = dict(+tallied)
    return counts


def batches(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Some hundred rows at a time, as an import sends them; an order's own stay together."""
    batch: list[dict[str, Any]] = []
    for _, of_one_order in groupby(rows, lambda row: row.get("order_number")):
        batch += of_one_order
        if len(batch) >= 800:
            yield batch
            batch = []
    if batch:
        yield batch


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
    events = await feed_of(client, keys, "workorder")
    faults = [(e["type"], f.message) for e in events for f in validators[e["type"]].iter_errors(e["data"])]
    assert (len(events) > 4000, faults) == (True, [])


async def test_the_month_imported_again_changes_nothing_and_says_nothing(
    imported: dict[str, dict[str, int]], app: FastAPI, manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    before = await feed_of(client, keys, "workorder")
    with statements_of(app) as sent:
        again = await import_month(manager)
    assert len(sent) < 100, "in sets, not row by row"
    assert again["repair-orders"] == {"unchanged": 620, "duplicate": 1}
    assert again["repair-order-lines"] == {"unchanged": 2835, "rejected": 1}
    assert {tuple(counts) for resource, counts in again.items() if not resource.startswith("repair")} == {
        ("unchanged",)
    }
    assert tally(await feed_of(client, keys, "workorder")) == tally(before)
