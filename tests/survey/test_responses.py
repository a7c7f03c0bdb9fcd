"""One answer at a time, lists, and what leaves through the feed."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.harness import AStore, Keys, bearer, deliver, feed_of
from tests.survey.caller import DMS, Caller, make_order, make_row

SCHEMA = Path(__file__).parents[2] / "contracts" / "events.schema.json"


def sheet(order: str = "W1", **overrides: Any) -> dict[str, Any]:
    return {**make_row(order), "channel": "phone", **overrides}


async def adopt(caller: Caller, template: str = DMS) -> None:
    created = await caller.post("/v1/questionnaires", {"code": template, "template": template})
    tag = {"If-Match": created.headers["etag"]}
    assert (await caller.post(f"/v1/questionnaires/{template}/publish", None, **tag)).status_code == 200


def kind_of(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["type"].rpartition(":")[2]


async def test_a_submitted_answer_pins_the_published_version(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    await adopt(manager)
    created = await manager.post("/v1/responses", sheet(comment="谢谢"))
    assert created.status_code == 201, created.text
    body = created.json()
    assert (body["questionnaire_version"], body["csi"], body["nps"], body["comment"]) == (1, "900.0000", 10, "谢谢")
    assert (body["submitted_on"], body["order_known"], body["source"]) == ("2026-09-06", False, "aftermile")
    read = await manager.get(created.headers["location"])
    assert (read.json(), read.headers["etag"]) == (body, '"1"')
    (event,) = await feed_of(client, keys, "survey")
    assert (event["type"], event["subject"]) == ("survey.response.completed", body["id"])


async def test_an_event_keeps_its_contract(
    app: FastAPI, manager: Caller, client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    await adopt(manager)
    await deliver(app, "workorder", store.id, make_order(store, "W1"))
    await manager.post("/v1/responses", sheet())
    (event,) = await feed_of(client, keys, "survey")
    promised = json.loads(SCHEMA.read_text())["properties"]["survey.response.completed"]["properties"]
    assert promised.keys() <= event["data"].keys()
    assert (event["data"]["csi"], event["data"]["advisor"], event["data"]["submitted_on"]) == (
        "900.0000",
        "SA01",
        "2026-09-06",
    )


async def test_only_a_published_version_takes_answers(manager: Caller) -> None:
    assert kind_of(await manager.post("/v1/responses", sheet())) == (409, "questionnaire-not-published")
    await manager.post("/v1/questionnaires", {"code": DMS, "template": DMS})
    assert kind_of(await manager.post("/v1/responses", sheet())) == (409, "questionnaire-not-published")
    await manager.post(f"/v1/questionnaires/{DMS}/publish", None, **{"If-Match": '"1"'})
    later = await manager.post("/v1/responses", sheet(questionnaire_version=2))
    assert kind_of(later) == (409, "questionnaire-not-published")
    assert (await manager.post("/v1/responses", sheet(questionnaire_version=1))).status_code == 201


async def test_a_stored_answer_is_not_overwritten_by_another_one(manager: Caller) -> None:
    await adopt(manager)
    assert (await manager.post("/v1/responses", sheet())).status_code == 201
    for again in (sheet(), sheet(answers={"skill": 1})):
        assert kind_of(await manager.post("/v1/responses", again)) == (409, "order-already-answered")
    (kept,) = (await manager.read("/v1/responses"))["items"]
    assert (kept["version"], kept["answers"]["skill"]) == (1, 9)


async def test_the_same_call_with_the_same_key_is_one_answer(manager: Caller) -> None:
    await adopt(manager)
    first, again = [await manager.post("/v1/responses", sheet(), **{"Idempotency-Key": "k"}) for _ in range(2)]
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotent-replayed"] == "true"


async def test_answers_off_the_route_are_refused_with_their_place(manager: Caller) -> None:
    await adopt(manager, "after-service")
    answers = {"may_use": True, "attitude": 9, "had_upsell": "no", "promised_effect": 1, "colour": 1}
    refused = await manager.post("/v1/responses", sheet(questionnaire="after-service", answers=answers))
    assert kind_of(refused) == (422, "answers-refused")
    assert [(e["pointer"], e["code"]) for e in refused.json()["errors"]] == [
        ("/answers/colour", "unknown-question"),
        ("/answers/promised_effect", "off-route"),
    ]
    answers = {"may_use": True, "attitude": 5, "had_upsell": "yes", "promised_effect": 1, "low_reason": ["waiting"]}
    assert (
        await manager.post("/v1/responses", sheet(questionnaire="after-service", answers=answers))
    ).status_code == 201


async def test_an_advisor_never_asks_his_own_customers(app: FastAPI, manager: Caller, store: AStore) -> None:
    await adopt(manager)
    await deliver(app, "workorder", store.id, make_order(store, "W1", advisor="SA01"))
    assert kind_of(await manager.post("/v1/responses", sheet(agent="SA01"))) == (409, "advisor-asks-own-customer")
    assert (await manager.post("/v1/responses", sheet(agent="CC01"))).json()["agent"] == "CC01"


async def test_answers_are_listed_newest_first_page_by_page_and_filtered(
    app: FastAPI, manager: Caller, store: AStore
) -> None:
    await deliver(app, "workorder", store.id, make_order(store, "W3", advisor="SA02"))
    await manager.imports([make_row(f"W{n}", submitted_at=f"2026-09-0{n}T10:00:00+08:00") for n in range(1, 6)])
    page = await manager.read("/v1/responses", limit=2)
    seen = [item["order_number"] for item in page["items"]]
    while page["next"]:
        response = await manager.client.get(page["next"], headers=manager.headers)
        page = response.json()
        seen += [item["order_number"] for item in page["items"]]
    assert seen == ["W5", "W4", "W3", "W2", "W1"]

    async def found(**query: str) -> list[str]:
        return [item["order_number"] for item in (await manager.read("/v1/responses", **query))["items"]]

    assert await found(advisor="SA02") == ["W3"]
    assert await found(order="W4") == ["W4"]
    assert await found(**{"from": "2026-09-02", "to": "2026-09-03"}) == ["W3", "W2"]
    assert await found(questionnaire="another") == []


async def test_what_is_not_there_is_not_found(manager: Caller) -> None:
    for address in ("01a20525-f3fd-70fb-8f0d-1b995a77be8a", "01a20525-f3fd-70fb-8f0d-1b995a77be8a/history"):
        assert (await manager.get(f"/v1/responses/{address}")).status_code == 404


@pytest.mark.parametrize(
    ("role", "method", "path", "status"),
    [
        ("technician", "GET", "/v1/responses", 403),
        ("service_advisor", "GET", "/v1/scores", 403),
        ("service_advisor", "POST", "/v1/responses", 403),
        ("customer_care", "POST", "/v1/bulk/responses", 403),
        ("customer", "GET", "/v1/overview-parts/customers/C1", 403),
        ("desk_supervisor", "POST", "/v1/questionnaires", 403),
        ("technician", "GET", "/v1/questionnaires", 200),
    ],
)
async def test_a_role_may_do_its_own_work_only(
    client: httpx.AsyncClient, keys: Keys, store: AStore, role: str, method: str, path: str, status: int
) -> None:  # fmt: skip
    response = await client.request(method, path, headers=bearer(keys, "survey", role, stores=[store]))
    assert response.status_code == status
    assert (await client.request(method, path)).status_code == 401
