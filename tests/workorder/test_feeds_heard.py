"""What this service keeps of complaints and survey responses, and that the services that own them publish it."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from fastapi import FastAPI
from jsonschema_rs import Draft202012Validator

from chassis.consumer import FeedEvent
from tests.harness import AStore, Clone, deliver, make_event

CONTRACT = json.loads((Path(__file__).parents[2] / "contracts" / "events.schema.json").read_text(encoding="utf-8"))
COMPLAINT, RESPONSE = UUID(int=7), UUID(int=8)


def complaint_event(
    store: AStore, order: str | None = "W1", what: str = "opened", version: int = 1, **data: Any
) -> FeedEvent:
    state = {
        "id": str(COMPLAINT), "number": "TS1", "source": "dms", "occurred_on": "2026-09-10", "employee": "SA01",
        "order": order and {"source": "dms", "number": order, "id": None}, "cause": "price_dispute",
        "verified": {"verified": True, "rejected": False}.get(what), **data,
    }  # fmt: skip
    return make_event(f"customer.complaint.{what}", state, store=store.id, version=version)


def response_event(store: AStore, order: str = "W1", version: int = 1, **data: Any) -> FeedEvent:
    answers = {"attitude": 9, "promised_effect": -1, "remark": "brakes still squeal", "factors": ["price"], "yes": True}
    state = {
        "id": str(RESPONSE), "order_number": order, "advisor": "SA01", "questionnaire": "after-service",
        "questionnaire_version": 1, "submitted_at": "2026-09-12T08:00:00Z", "submitted_on": "2026-09-12",
        "answers": answers, "comment": None, "csi": "61.5000", **data,
    }  # fmt: skip
    return make_event("survey.response.completed", state, store=store.id, version=version)


async def kept(database: Clone, store: AStore, table: str) -> list[dict[str, Any]]:
    connection = await asyncpg.connect(database.app_url)
    try:
        await connection.execute(f"SET app.store = '{store.id}'")
        return [dict(row) for row in await connection.fetch(f"SELECT * FROM {table}")]
    finally:
        await connection.close()


@pytest.mark.parametrize("make", [complaint_event, response_event])
def test_what_is_heard_has_the_published_shape(store: AStore, make: Any) -> None:
    event = make(store)
    shape = Draft202012Validator({**CONTRACT["properties"][event.type], "$defs": CONTRACT["$defs"]})
    assert [error.message for error in shape.iter_errors(event.data)] == []


async def test_a_complaint_is_kept_with_what_became_of_it(app: FastAPI, database: Clone, store: AStore) -> None:
    told = [complaint_event(store), complaint_event(store, what="rejected", version=2)]
    await deliver(app, "customer", store.id, *told)
    [row] = await kept(database, store, "complaint_copy")
    assert (row["number"], row["order_number"], row["state"], row["version"]) == ("TS1", "W1", "rejected", 2)
    for again in (told, told[:1]):
        await deliver(app, "customer", store.id, *again)
        assert await kept(database, store, "complaint_copy") == [row]


async def test_of_a_complaint_about_no_order_none_is_known(app: FastAPI, database: Clone, store: AStore) -> None:
    await deliver(app, "customer", store.id, complaint_event(store, order=None))
    [row] = await kept(database, store, "complaint_copy")
    assert row["order_number"] is None


async def test_of_a_response_the_numbers_are_kept_and_no_words(app: FastAPI, database: Clone, store: AStore) -> None:
    await deliver(app, "survey", store.id, response_event(store), response_event(store, version=2, csi="64.2000"))
    [row] = await kept(database, store, "response_copy")
    assert json.loads(row["ratings"]) == {"attitude": 9, "promised_effect": -1}
    assert (str(row["csi"]), row["order_number"], row["version"]) == ("64.2000", "W1", 2)
    await deliver(app, "survey", store.id, response_event(store))
    assert await kept(database, store, "response_copy") == [row]


async def test_a_response_without_ratings_has_no_score(app: FastAPI, database: Clone, store: AStore) -> None:
    await deliver(app, "survey", store.id, response_event(store, csi=None, answers={}))
    [row] = await kept(database, store, "response_copy")
    assert (row["csi"], json.loads(row["ratings"])) == (None, {})
