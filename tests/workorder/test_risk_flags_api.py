import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from services.workorder.service.risk.risk_reviews import review_risks
from tests.calls import Caller
from tests.harness import AStore
from tests.workorder.quoting import problem
from tests.workorder.risk_queue import OPEN, flags, odd_order
from tests.workorder.shop_days import shop_time


async def one_flag(manager: Caller, chief: Caller, sweep: Callable[[], Any]) -> dict[str, Any]:
    await odd_order(manager, evidence=None)
    await sweep()
    [flag] = await flags(chief)
    return flag


async def test_a_flag_is_taken_on_and_closed_with_an_outcome(
    manager: Caller, chief: Caller, sweep: Callable[[], Any]
) -> None:
    flag = await one_flag(manager, chief, sweep)
    address = f"/v1/risk-flags/{flag['id']}"
    for stale in ({}, {"If_Match": '"7"'}):
        refused = await chief.post(f"{address}/assign", {"assignee": "M2"}, **stale)
        assert refused.status_code == (412 if stale else 428)
    assigned = await chief.make(f"{address}/assign", {"assignee": "M2"}, **OPEN)
    assert (assigned["state"], assigned["assigned_to"], assigned["assigned_by"]) == ("assigned", "M2", "M1")
    outcome = {"outcome": "coached", "note": "photos are taken from now on"}
    closed = await chief.make(f"{address}/close", outcome, If_Match='"2"')
    assert (closed["state"], closed["outcome"], closed["note"], closed["closed_by"]) == (
        "closed", "coached", "photos are taken from now on", "M1",
    )  # fmt: skip
    for act, body in (("assign", {"assignee": "M2"}), ("close", outcome)):
        assert problem(await chief.post(f"{address}/{act}", body, If_Match='"3"')) == (409, "risk-flag-closed")
    former = (await chief.read(address))["former"]
    assert [(each["state"], each["assigned_to"]) for each in former] == [("open", None), ("assigned", "M2")]
    await sweep()
    assert (await chief.read(address))["version"] == 3
    assert await flags(chief, state="open") == []
    assert [each["id"] for each in await flags(chief, state="closed")] == [flag["id"]]


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("close", {"outcome": "forgotten", "note": "x"}),
        ("close", {"outcome": "confirmed", "note": " "}),
        ("close", {"outcome": "confirmed"}),
        ("assign", {"assignee": "a\x00"}),
        ("comment", {"text": "\u200b"}),
        ("comment", {"text": "a" * 1001}),
    ],
)
async def test_what_cannot_be_said_is_refused(
    manager: Caller, chief: Caller, sweep: Callable[[], Any], act: str, body: dict[str, str]
) -> None:
    flag = await one_flag(manager, chief, sweep)
    refused = await chief.post(f"/v1/risk-flags/{flag['id']}/{act}", body, **OPEN)
    assert problem(refused) == (422, "invalid")


async def test_nobody_reviews_his_own_flag(
    manager: Caller, chief: Caller, sweep: Callable[[], Any], caller_as: Callable[..., Caller]
) -> None:
    flag = await one_flag(manager, chief, sweep)
    address = f"/v1/risk-flags/{flag['id']}"
    outcome = {"outcome": "unfounded", "note": "I know it was right"}
    for own in (manager, caller_as("workshop_manager", employee="J104")):
        assert problem(await own.post(f"{address}/close", outcome, **OPEN)) == (409, "own-risk-flag")
        assert problem(await own.post(f"{address}/assign", {"assignee": "M2"}, **OPEN)) == (409, "own-risk-flag")
    assert problem(await chief.post(f"{address}/assign", {"assignee": "J104"}, **OPEN)) == (409, "own-risk-flag")
    assert (await chief.read(address))["version"] == 1


async def test_whom_a_flag_is_about_sees_it_and_may_answer_and_nobody_else_of_his_rank(
    manager: Caller, chief: Caller, sweep: Callable[[], Any], caller_as: Callable[..., Caller]
) -> None:
    flag = await one_flag(manager, chief, sweep)
    address = f"/v1/risk-flags/{flag['id']}"
    for role, employee in (("service_advisor", "SA01"), ("technician", "J104")):
        person = caller_as(role, employee=employee)
        assert await flags(person) == [flag]
        said = await person.make(f"{address}/comment", {"text": f"{employee} has kept the photo"})
        assert (said["made_by"], said["text"]) == (employee, f"{employee} has kept the photo")
        for act, body in (("assign", {"assignee": "M2"}), ("close", {"outcome": "confirmed", "note": "x"})):
            assert (await person.post(f"{address}/{act}", body, **OPEN)).status_code == 403
    for stranger in (caller_as("service_advisor", employee="SA02"), caller_as("technician")):
        assert await flags(stranger) == []
        assert await flags(stranger, person="SA01") == []
        assert (await stranger.get(address)).status_code == 404
        assert (await stranger.post(f"{address}/comment", {"text": "so"})).status_code == 404
    one = await chief.read(address)
    assert [each["made_by"] for each in one["comments"]] == ["SA01", "J104"]
    assert one["version"] == 1


async def test_who_may_review_and_who_may_not(
    manager: Caller, chief: Caller, sweep: Callable[[], Any], caller_as: Callable[..., Caller]
) -> None:
    flag = await one_flag(manager, chief, sweep)
    address = f"/v1/risk-flags/{flag['id']}"
    version = 1
    for role in ("administrator", "service_manager", "desk_supervisor", "workshop_manager"):
        reviewer = caller_as(role, employee="M3")
        await reviewer.make(f"{address}/assign", {"assignee": "M3"}, If_Match=f'"{version}"')
        assert (await reviewer.post("/v1/risk-reviews/sweep")).status_code == 202
        version += 1
    auditor = caller_as("auditor", employee="A1")
    assert (await auditor.get(address)).status_code == 200
    assert (await auditor.post(f"{address}/assign", {"assignee": "A1"}, If_Match='"5"')).status_code == 403
    assert (await auditor.post(f"{address}/comment", {"text": "x"})).status_code == 403
    for role in ("cashier", "parts_clerk", "customer_care", "payroll_clerk", "dms"):
        assert (await caller_as(role, employee="X").get("/v1/risk-flags")).status_code == 403, role
    for role in ("service_advisor", "technician"):
        assert (await caller_as(role, employee="X").post("/v1/risk-reviews/sweep")).status_code == 403
        assert (await caller_as(role, employee="X").get("/v1/risk-reviews")).status_code == 403


async def test_of_two_who_close_at_once_one_wins(manager: Caller, chief: Caller, sweep: Callable[[], Any]) -> None:
    flag = await one_flag(manager, chief, sweep)
    address = f"/v1/risk-flags/{flag['id']}/close"
    answers = await asyncio.gather(
        *(chief.post(address, {"outcome": each, "note": each}, **OPEN) for each in ("confirmed", "unfounded"))
    )
    assert sorted(each.status_code for each in answers) == [200, 412]
    [won] = [each.json()["outcome"] for each in answers if each.status_code == 200]
    assert [each["outcome"] for each in await flags(chief)] == [won]


async def test_one_store_sees_and_sweeps_nothing_of_another(
    manager: Caller, chief: Caller, stranger: Caller, app: FastAPI, other_store: AStore, sweep: Callable[[], Any]
) -> None:
    flag = await one_flag(manager, chief, sweep)
    [review] = (await chief.read("/v1/risk-reviews"))["items"]
    assert await flags(stranger) == []
    assert (await stranger.read("/v1/risk-reviews"))["items"] == []
    assert (await stranger.get(f"/v1/risk-reviews/{review['id']}")).status_code == 404
    address = f"/v1/risk-flags/{flag['id']}"
    assert (await stranger.get(address)).status_code == 404
    for act, body in (("assign", {"assignee": "M2"}), ("close", {"outcome": "confirmed", "note": "x"})):
        assert (await stranger.post(f"{address}/{act}", body, **OPEN)).status_code == 404
    assert (await stranger.post(f"{address}/comment", {"text": "x"})).status_code == 404
    asked = (await stranger.post("/v1/risk-reviews/sweep")).json()["id"]
    await review_risks(app.state.database, other_store.id, UUID(asked))
    assert await flags(stranger) == []


async def test_flags_are_found_by_the_day_they_were_raised_on(
    manager: Caller, chief: Caller, sweep: Callable[[], Any]
) -> None:
    flag = await one_flag(manager, chief, sweep)
    day = shop_time().date()
    assert flag["raised_on"] == day.isoformat()
    for first, last, seen in ((day, day, 1), (day + timedelta(days=1), None, 0), (None, day - timedelta(days=1), 0)):
        wanted = {name: value.isoformat() for name, value in (("from", first), ("to", last)) if value}
        assert len(await flags(chief, **wanted)) == seen
