"""What payroll tells and hears agrees with the published schemas of events; its models agree with its tables."""

import json
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from fastapi import FastAPI
from jsonschema_rs import Draft202012Validator

from services.payroll.events import SHAPES, SUBSCRIPTIONS
from services.payroll.models import Base
from tests.harness import Clone, Keys, feed_of
from tests.payroll import makers
from tests.payroll.small_month import SmallMonth

CONTRACT = json.loads((Path(__file__).parents[2] / "contracts" / "events.schema.json").read_text(encoding="utf-8"))


def faults_of(type_: str, data: dict[str, Any]) -> list[str]:
    shape = Draft202012Validator({**CONTRACT["properties"][type_], "$defs": CONTRACT["$defs"]})
    return [f"{type_}: {error.message}" for error in shape.iter_errors(data)]


async def test_what_payroll_tells_has_the_published_shape(
    small: SmallMonth, client: httpx.AsyncClient, keys: Keys
) -> None:
    await small.prepare()
    await small.tell()
    assert (await small.run())["status"] == "completed"
    events = await feed_of(client, keys, "payroll")
    assert {e["type"] for e in events} == {
        "payroll.employee.changed", "payroll.target.signed", "payroll.plan.changed", "payroll.run.completed",
    }  # fmt: skip
    for event in events:
        assert not faults_of(event["type"], event["data"])


def test_the_events_of_these_tests_have_the_published_shape(store: Any) -> None:
    events = [
        makers.order_event(store.id, "W1"), makers.payment_event(store.id, "W1", "1.00"),
        makers.labour_event(store.id, "W1", 1, "1.50"), makers.upsell_event(store.id, "W1", 3),
        makers.sale_event(store.id, "B1", "663.00"), makers.complaint_event(store.id, "TS1"),
        makers.customer_event(store.id, "C1"), makers.response_event(store.id, "W1"),
        makers.claim_event(store.id, "W1", "12.00"), makers.refund_event(store.id, "W1", "1.00"),
    ]  # fmt: skip
    for event in events:
        assert not faults_of(event.type, json.loads(json.dumps(event.data)))


def test_every_field_that_payroll_reads_of_an_event_is_in_its_published_shape() -> None:
    optional = {"number", "verified_on", "order_number"}
    for type_, shape in SHAPES.items():
        if type_ not in CONTRACT["properties"]:
            continue
        known = set(CONTRACT["properties"][type_]["properties"])
        read = {shape.day, shape.amount, shape.hours, shape.person, shape.team, *shape.attributes} - {""}
        assert read - known <= optional, type_


def test_payroll_follows_the_three_services_whose_facts_it_pays_by(payroll: FastAPI) -> None:
    assert [s.source for s in payroll.state.parts.subscriptions] == ["workorder", "customer", "survey"]
    published = {name for name in CONTRACT["properties"] if name.split(".")[0] == "workorder"}
    heard = {type_ for s in SUBSCRIPTIONS for type_ in s.types}
    assert published - heard == {
        "workorder.claim.changed",
        "workorder.insurer.paid",
        "workorder.line.changed",
        "workorder.package.refunded",
        "workorder.package.sold",
        "workorder.till.closed",
    }


async def test_models_have_the_columns_of_their_tables(payroll_database: Clone) -> None:
    connection = await asyncpg.connect(payroll_database.owner_url)
    try:
        rows = await connection.fetch(
            "SELECT table_name, column_name, is_nullable = 'YES' AS nullable FROM information_schema.columns"
            " WHERE table_schema = 'public'"
        )
    finally:
        await connection.close()
    tables: dict[str, dict[str, bool]] = {}
    for row in rows:
        tables.setdefault(row["table_name"], {})[row["column_name"]] = row["nullable"]
    for table in Base.metadata.tables.values():
        assert {column.name: column.nullable for column in table.columns} == tables[table.name], table.name
