"""A month's answers arriving in bulk."""

import asyncio
import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI

from tests.harness import AStore, Keys, deliver, feed_of
from tests.survey.caller import FACTORS, Caller, make_order, make_row

EXPORT = Path(__file__).parents[2] / "demo" / "dms-export-2026-09" / "满意度答卷.csv"
COLUMNS = ("服务态度", "服务效率", "维修质量", "价格透明", "服务设施", "跟踪关怀")


def exported_rows() -> list[dict[str, Any]]:
    """The export as the gateway translates it."""
    rows = []
    for line in csv.DictReader(io.StringIO(EXPORT.read_bytes().decode("gb18030"))):
        at = line["提交时间"]
        form = "%Y/%m/%d %H:%M:%S" if "/" in at else "%Y-%m-%d %H:%M"
        moment = datetime.strptime(at, form).replace(tzinfo=ZoneInfo("Asia/Shanghai"))
        answers = {name: int(line[column]) for name, column in zip(FACTORS, COLUMNS, strict=True)}
        answers |= {"expectation": int(line["期望"]), "recommendation": int(line["推荐意愿"])}
        rows.append(make_row(line["派工单号"], submitted_at=moment.isoformat(), answers=answers, comment=line["意见"]))
    return rows


def outcomes(result: Any) -> list[str]:
    return [row["outcome"] for row in result["results"]]


async def test_a_months_export_is_taken_once_and_the_second_time_changes_nothing(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    first = await manager.imports(exported_rows(), import_id=str(uuid4()))
    assert first["counts"] == {"created": 186}
    assert [w["code"] for w in first["results"][0]["warnings"]] == ["template-adopted"]
    again = await manager.imports(exported_rows(), import_id=str(uuid4()))
    assert again["counts"] == {"unchanged": 186}
    assert again["results"][0]["warnings"] == []
    events = await feed_of(client, keys, "survey")
    assert len(events) == 186
    assert {event["entityversion"] for event in events} == {1}


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"answers": {"skill": 11}}, "answers.skill", "out-of-range"),
        ({"answers": {"colour": 3}}, "answers.colour", "unknown-question"),
        ({"answers": {"skill": "9"}}, "answers.skill", "wrong-type"),
        ({"answers": {}}, "answers", "no-answers"),
        ({"answers": None}, "answers", "dict-type"),
        ({"questionnaire": "another"}, "questionnaire", "questionnaire-unknown"),
        ({"order_number": ""}, "order_number", "string-too-short"),
        ({"submitted_at": "2026-09-06T19:13:00"}, "submitted_at", "timezone-aware"),
        ({"submitted_at": "yesterday"}, "submitted_at", "datetime-from-date-parsing"),
        ({"submitted_at": "0001-01-01T00:00:00+08:00"}, "submitted_at", "greater-than-equal"),
        ({"order_number": "W\0"}, "order_number", "string-pattern-mismatch"),
        ({"questionnaire": "a\0"}, "questionnaire", "string-pattern-mismatch"),
        ({"comment": "a\0"}, "answers.comment", "not-storable"),
        ({"mood": "good"}, "mood", "extra-forbidden"),
        ({"comment": "好", "answers": {"skill": 9, "comment": "坏"}}, "comment", "answered-twice"),
    ],
)
async def test_a_bad_row_is_rejected_with_its_field_and_the_others_are_kept(
    manager: Caller, change: dict[str, Any], field: str, code: str
) -> None:
    result = await manager.imports([make_row("W1") | change, make_row("W2")])
    assert outcomes(result) == ["rejected", "created"]
    assert [(e["field"], e["code"]) for e in result["results"][0]["errors"]] == [(field, code)]
    assert [row["row"] for row in result["results"]] == [2, 3]


async def test_a_row_without_its_number_is_still_answered_in_its_place(manager: Caller) -> None:
    response = await manager.post(
        "/v1/bulk/responses", {"source": "dms", "rows": [make_row(), {**make_row("W2"), "row": 9}]}
    )
    assert [(r["row"], r["outcome"]) for r in response.json()["results"]] == [(0, "rejected"), (9, "created")]


async def test_the_same_order_twice_in_one_import_is_a_duplicate_in_this_call_and_in_the_next(manager: Caller) -> None:
    import_id = str(uuid4())
    better = make_row("W1", answers={"skill": 10})
    assert outcomes(await manager.imports([make_row("W1"), better], import_id=import_id)) == ["created", "duplicate"]
    assert outcomes(await manager.imports([better], import_id=import_id)) == ["duplicate"]
    assert outcomes(await manager.imports([better], import_id=str(uuid4()))) == ["updated"]


async def test_a_repeat_within_an_import_stays_a_duplicate_when_the_first_changed_nothing(manager: Caller) -> None:
    await manager.imports([make_row("W1")], import_id=str(uuid4()))
    import_id = str(uuid4())
    assert outcomes(await manager.imports([make_row("W1")], import_id=import_id)) == ["unchanged"]
    changed = make_row("W1", answers={"skill": 1})
    assert outcomes(await manager.imports([changed], import_id=import_id)) == ["duplicate"]


async def test_a_changed_answer_moves_one_version_on_and_its_former_state_is_kept(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    await manager.imports([make_row("W1")])
    await manager.imports([make_row("W1", answers={"skill": 3}, comment="没修好")])
    (response,) = (await manager.read("/v1/responses", order="W1"))["items"]
    assert (response["version"], response["answers"], response["csi"]) == (
        2,
        {"skill": 3, "comment": "没修好"},
        "300.0000",
    )
    (former,) = (await manager.read(f"/v1/responses/{response['id']}/history"))["items"]
    assert (former["version"], former["state"]["answers"]["skill"]) == (1, 9)
    events = await feed_of(client, keys, "survey")
    assert [(e["entityversion"], e["data"]["csi"]) for e in events] == [(1, "900.0000"), (2, "300.0000")]


async def test_an_answer_about_an_unknown_order_waits_visibly_until_the_order_arrives(
    app: FastAPI, manager: Caller, client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    await manager.imports([make_row("W1"), make_row("W2")])
    waiting = (await manager.read("/v1/waiting-responses"))["items"]
    assert {(r["order_number"], r["order_known"], r["advisor"]) for r in waiting} == {
        ("W1", False, None),
        ("W2", False, None),
    }
    await deliver(app, "workorder", store.id, make_order(store, "W1"))
    assert [r["order_number"] for r in (await manager.read("/v1/waiting-responses"))["items"]] == ["W2"]
    events = await feed_of(client, keys, "survey")
    told = [(e["entityversion"], e["data"]["advisor"]) for e in events if e["data"]["order_number"] == "W1"]
    assert told == [(1, None), (2, "SA01")]
    assert events[-1]["data"]["customer"] == {"number": "C1"}


async def test_orders_that_came_before_are_shown_at_once_and_a_new_advisor_is_followed(
    app: FastAPI, manager: Caller, client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    await deliver(app, "workorder", store.id, make_order(store, "W1", 1), make_order(store, "W2", 1))
    await manager.imports([make_row("W1"), make_row("W2")])
    assert (await manager.read("/v1/waiting-responses"))["items"] == []
    newer = make_order(store, "W1", 3, advisor="SA02")
    for _ in range(2):
        await deliver(app, "workorder", store.id, newer, make_order(store, "W2", 2, state="closed"))
    await deliver(app, "workorder", store.id, make_order(store, "W1", 2, advisor="SA09"))
    (response,) = (await manager.read("/v1/responses", advisor="SA02"))["items"]
    assert (response["order_number"], response["version"]) == ("W1", 2)
    assert len(await feed_of(client, keys, "survey")) == 3


async def test_what_people_type_into_a_remark_leaves_without_mobile_and_id_number(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    remark = "请打13812345678或 138 1234 5678,身份证11010519491231002X,订单2026-09-06"
    await manager.imports([make_row("W1", comment=remark)])
    (event,) = await feed_of(client, keys, "survey")
    assert event["data"]["comment"] == "请打***或 ***,身份证***,订单2026-09-06"
    assert event["data"]["answers"]["comment"] == event["data"]["comment"]
    assert (await manager.read("/v1/responses"))["items"][0]["comment"] == remark


async def test_one_call_takes_five_thousand_rows_and_no_more(manager: Caller) -> None:
    rows = [make_row(f"W{number}", comment="服务很好") for number in range(5000)]
    assert (await manager.imports(rows))["counts"] == {"created": 5000}
    too_many = await manager.post("/v1/bulk/responses", {"source": "dms", "rows": [{"row": n} for n in range(5001)]})
    assert too_many.status_code == 422


async def test_half_a_surrogate_pair_spoils_its_row_only(manager: Caller) -> None:
    row = b'{"row":2,"questionnaire":"dms-after-sales","order_number":"W1","submitted_at":"2026-09-06T19:13:00+08:00",'
    rows = [b'"answers":{"comment":"a\\ud800"}}', b'"answers":{"a\\ud800":1}}', b'"answers":{"skill":9}}']
    body = b'{"source":"dms","rows":[' + b",".join(row + end for end in rows) + b"]}"
    headers = manager.headers | {"Content-Type": "application/json"}
    response = await manager.client.post("/v1/bulk/responses", content=body, headers=headers)
    assert outcomes(response.json()) == ["rejected", "rejected", "created"]


async def test_an_order_and_its_answer_that_cross_find_each_other(app: FastAPI, manager: Caller, store: AStore) -> None:
    await manager.imports([make_row("warm")])
    pairs = [f"W{number}" for number in range(20)]
    await asyncio.gather(
        *(manager.imports([make_row(number)]) for number in pairs),
        *(deliver(app, "workorder", store.id, make_order(store, number)) for number in pairs),
    )
    waiting = await manager.read("/v1/waiting-responses")
    assert [response["order_number"] for response in waiting["items"]] == ["warm"]


async def test_the_same_rows_at_the_same_time_are_taken_once(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    rows = [make_row(f"W{number}") for number in range(50)]
    results = await asyncio.gather(*(manager.imports(rows) for _ in range(4)))
    assert sorted(tuple(result["counts"].items()) for result in results) == [(("created", 50),)] + 3 * [
        (("unchanged", 50),)
    ]
    assert len(await feed_of(client, keys, "survey")) == 50
