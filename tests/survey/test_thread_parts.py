"""What the service tells of a thread: the answers about its orders."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI

from services.survey.repository import thread_parts
from tests.harness import AStore, Clone, deliver
from tests.plans import wide_scans
from tests.survey.caller import Caller, make_order, make_row

PART = "/v1/overview-parts/threads/"
ANCHOR = "/v1/overview-parts/thread-anchors/"
PROMISED = {"attitude": 9, "had_upsell": "yes", "promised_effect": -1}


async def part_of(caller: Caller, *orders: str) -> dict[str, Any]:
    part: dict[str, Any] = await caller.read(PART + quote(json.dumps({"orders": orders}), safe=""))
    return part


async def test_answers_stand_under_their_questions_in_both_languages(manager: Caller) -> None:
    await manager.imports([make_row("W1", comment="好"), make_row("W2"), make_row("W3")])
    part = await part_of(manager, "W1", "W2", "W9")
    assert [node["data"]["order_number"] for node in part["nodes"]] == ["W1", "W2"]
    first = part["nodes"][0]
    assert (first["kind"], first["href"]) == ("response", f"/v1/responses/{first['id']}")
    assert (first["data"]["csi"], first["data"]["comment"], part["truncated"]) == ("900.0000", "好", False)
    assert first["data"]["answers"][0] == {
        "question": "attitude", "type": "rating", "text": {"zh": "服务态度", "en": "Manner of service"}, "answer": 9,
    }  # fmt: skip
    assert part["edges"][0] == {"kind": "asked", "from": "order:W1", "to": first["key"]}
    assert set(part["kinds"]) == {"asked"}


async def test_what_came_of_the_promised_effect_is_told_apart(manager: Caller) -> None:
    await manager.imports([make_row("W1", questionnaire="after-service", answers={"may_use": True, **PROMISED})])
    (node,) = (await part_of(manager, "W1"))["nodes"]
    assert (node["data"]["promised_effect"]["question"], node["data"]["promised_effect"]["answer"]) == (
        "promised_effect", -1,
    )  # fmt: skip


async def test_a_response_or_an_order_is_known_for_what_it_is(app: FastAPI, manager: Caller, store: AStore) -> None:
    await manager.imports([make_row("W1")])
    await deliver(app, "workorder", store.id, make_order(store, "W1/2"))
    (node,) = (await part_of(manager, "W1"))["nodes"]
    (anchor,) = (await manager.read(ANCHOR + node["id"]))["anchors"]
    assert (anchor["kind"], anchor["keys"], anchor["orders"]) == ("response", [node["key"]], ["W1"])
    (anchor,) = (await manager.read(ANCHOR + "W1%2F2"))["anchors"]
    assert (anchor["kind"], anchor["keys"]) == ("order", ["order:W1/2"])
    assert (await manager.get(ANCHOR + "W2")).status_code == 404


async def test_more_answers_than_a_thread_has_are_cut_off_and_that_is_said(manager: Caller) -> None:
    await manager.imports([make_row(f"W{n}") for n in range(thread_parts.MOST_RESPONSES + 1)])
    part = await part_of(manager, *(f"W{n}" for n in range(thread_parts.MOST_RESPONSES + 1)))
    assert (len(part["nodes"]), part["truncated"]) == (thread_parts.MOST_RESPONSES, True)


async def test_a_thread_stays_in_its_store(manager: Caller, stranger: Caller) -> None:
    await manager.imports([make_row("W1")])
    (node,) = (await part_of(manager, "W1"))["nodes"]
    assert (await part_of(stranger, "W1"))["nodes"] == []
    assert (await stranger.get(ANCHOR + node["id"])).status_code == 404


@pytest.mark.parametrize("key", ["x", "[]", "5", "null", '{"orders": 5}', '{"orders": ["\\u0000"]}', "{}"])
async def test_a_key_that_means_nothing_finds_nothing(manager: Caller, key: str) -> None:
    part = await manager.read(PART + quote(key, safe=""))
    assert (part["nodes"], part["edges"]) == ([], [])


@pytest.mark.parametrize(
    ("sql", "key"), [(thread_parts.ANCHORS, "W1"), (thread_parts.THREAD, '{"orders": ["W1"]}')], ids=["anchors", "part"]
)
async def test_a_thread_is_read_by_indexes(manager: Caller, database: Clone, store: AStore, sql: str, key: str) -> None:
    assert await wide_scans(database.app_url, store, sql, key) == []
