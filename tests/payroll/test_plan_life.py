"""A plan's life: nobody puts his own in force, a withdrawn one is over, of two for one day one is taken."""

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest

from services.payroll.domain.four_eyes import Look, ReasonNotNeeded, SecondPersonNeeded, check_second_person
from tests.harness import AStore, Clone, Keys, bearer
from tests.payroll.test_api_plans import SMALL, draft, small_example

PASSING = {"text": SMALL, "examples": [small_example("20.00")]}


@pytest.mark.parametrize(
    ("look", "refused"),
    [
        (Look("li", "ok"), None),
        (Look("wang", "ok"), SecondPersonNeeded),
        (Look("wang", "ok", "nobody else"), SecondPersonNeeded),
        (Look("wang", "ok", None, may_act_alone=True), SecondPersonNeeded),
        (Look("wang", "ok", "nobody else", may_act_alone=True), None),
        (Look("li", "ok", "nobody else", may_act_alone=True), ReasonNotNeeded),
    ],
    ids=["another", "himself", "himself with a reason", "alone without a reason", "alone", "a reason for nothing"],
)
def test_who_may_look_at_what_wang_has_made(look: Look, refused: type[Exception] | None) -> None:
    if refused is None:
        check_second_person("wang", look)
    else:
        with pytest.raises(refused):
            check_second_person("wang", look)


class Desk:
    """People of one store at their plans; `say` is (status, kind of problem) of an answer."""

    def __init__(self, client: httpx.AsyncClient, keys: Keys, store: AStore) -> None:
        self.client, self.keys, self.store = client, keys, store

    def who(self, subject: str, role: str = "payroll_clerk") -> dict[str, str]:
        return bearer(self.keys, "payroll", role, stores=[self.store], subject=subject)

    async def act(self, plan: dict[str, Any], verb: str, who: dict[str, str], **body: Any) -> httpx.Response:
        address = f"/v1/plans/{plan['id']}"
        version = (await self.client.get(address, headers=who)).headers["ETag"]
        return await self.client.post(f"{address}/{verb}", json=body, headers=who | {"If-Match": version})


def said(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    return answer.status_code, body["status"] if answer.is_success else body["type"].rpartition(":")[2]


@pytest.fixture
def desk(client: httpx.AsyncClient, keys: Keys, store: AStore) -> Desk:
    return Desk(client, keys, store)


async def test_a_plan_is_put_in_force_by_two(desk: Desk) -> None:
    plan = await draft(desk.client, desk.who("wang"), **PASSING)
    assert said(await desk.act(plan, "activate", desk.who("li"))) == (409, "plan-not-reviewed")
    assert said(await desk.act(plan, "review", desk.who("wang"), note="ok")) == (409, "second-person-needed")
    reviewed = await desk.act(plan, "review", desk.who("li"), note="与原文一致")
    assert (reviewed.json()["reviewed_by"], reviewed.json()["review_note"]) == ("li", "与原文一致")
    assert said(await desk.act(plan, "review", desk.who("zhao"), note="ok")) == (409, "plan-reviewed")
    listed = (await desk.client.get("/v1/plans?status=reviewed", headers=desk.who("li"))).json()["items"]
    assert [each["id"] for each in listed] == [plan["id"]]
    assert said(await desk.act(plan, "activate", desk.who("wang"))) == (409, "second-person-needed")
    assert said(await desk.act(plan, "activate", desk.who("li"))) == (200, "active")
    assert said(await desk.act(plan, "withdraw", desk.who("wang"), because="x")) == (409, "plan-already-active")


async def test_only_an_administrator_who_says_why_reviews_his_own(desk: Desk) -> None:
    plan = await draft(desk.client, desk.who("wang"), **PASSING)
    alone = {"note": "ok", "alone_because": "新店只有我"}
    assert said(await desk.act(plan, "review", desk.who("wang"), **alone)) == (409, "second-person-needed")
    own = await desk.act(plan, "review", desk.who("wang", "administrator"), **alone)
    assert (own.json()["reviewed_by"], own.json()["alone_because"]) == ("wang", "新店只有我")
    assert said(await desk.act(plan, "activate", desk.who("wang", "administrator"))) == (200, "active")


async def test_a_plan_whose_example_fails_is_not_reviewed(desk: Desk) -> None:
    plan = await draft(desk.client, desk.who("wang"), text=SMALL, examples=[small_example("21.00")])
    refused = await desk.act(plan, "review", desk.who("li"), note="ok")
    assert said(refused) == (409, "plan-examples-fail")
    assert "1 个例题算不出" in (told := refused.json()["detail"])
    assert "应为 21.00,算得 20.00" in told
    assert "should be 21.00 and is 20.00" in told


async def test_a_withdrawn_draft_is_over_and_stays_to_be_read(desk: Desk) -> None:
    plan = await draft(desk.client, desk.who("wang"), **PASSING)
    await desk.act(plan, "review", desk.who("li"), note="ok")
    gone = await desk.act(plan, "withdraw", desk.who("wang"), because="算错了")
    assert (gone.json()["status"], gone.json()["withdrawn_because"]) == ("withdrawn", "算错了")
    for verb, body in (("activate", {}), ("withdraw", {"because": "x"}), ("review", {"note": "x"})):
        assert said(await desk.act(plan, verb, desk.who("li"), **body)) == (409, "plan-withdrawn")
    assert (await desk.client.get("/v1/plans?status=draft", headers=desk.who("li"))).json()["items"] == []


async def test_of_two_plans_activated_at_once_for_one_day_one_is_taken(desk: Desk) -> None:
    rivals = [await draft(desk.client, desk.who("wang"), **PASSING) for _ in range(2)]
    for plan in rivals:
        await desk.act(plan, "review", desk.who("li"), note="ok")
    day = {"effective_from": "2026-03-01"}
    answers = await asyncio.gather(*(desk.act(plan, "activate", desk.who("li"), **day) for plan in rivals))
    assert sorted(map(said, answers)) == [(200, "active"), (409, "plan-date-taken")]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE plan SET text = text || '#'", "UPDATE plan SET parameters = '[]'", "UPDATE plan SET created_by = 'x'",
        "UPDATE plan SET reviewed_by = 'x'", "DELETE FROM plan",
    ],
)  # fmt: skip
async def test_the_database_itself_keeps_a_reviewed_plan_as_it_is(
    desk: Desk, payroll_database: Clone, change: str
) -> None:
    plan = await draft(desk.client, desk.who("wang"), **PASSING)
    await desk.act(plan, "review", desk.who("li"), note="ok")
    connection = await asyncpg.connect(payroll_database.app_url)
    await connection.execute("SELECT set_config('app.store', $1, false)", str(desk.store.id))
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await connection.execute(change)
    await connection.close()


async def test_the_database_itself_refuses_what_nobody_reviewed(desk: Desk, payroll_database: Clone) -> None:
    await draft(desk.client, desk.who("wang"), **PASSING)
    connection = await asyncpg.connect(payroll_database.app_url)
    await connection.execute("SELECT set_config('app.store', $1, false)", str(desk.store.id))
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute("UPDATE plan SET status = 'active', effective_from = now(), activated_at = now()")
    await connection.close()
