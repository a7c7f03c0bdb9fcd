"""Plans activated for posts, or for all that no plan names: which holds a post on a day, and what is refused."""

import asyncio
from typing import Any

import asyncpg
import pytest

from tests.harness import Clone
from tests.payroll.test_api_plans import SMALL, draft, small_example
from tests.payroll.test_pay_months import refused
from tests.payroll.test_plan_life import Desk, desk, said

__all__ = ["desk"]
PASSING = {"text": SMALL, "examples": [small_example("20.00")]}


async def reviewed(desk: Desk) -> dict[str, Any]:
    plan = await draft(desk.client, desk.who("wang"), **PASSING)
    found: dict[str, Any] = (await desk.act(plan, "review", desk.who("li"), note="ok")).json()
    return found


async def active(desk: Desk, **body: Any) -> dict[str, Any]:
    answer = await desk.act(await reviewed(desk), "activate", desk.who("li"), **body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def now(desk: Desk, plan: dict[str, Any]) -> tuple[list[str] | None, list[str], bool]:
    listed = (await desk.client.get("/v1/plans", headers=desk.who("li"))).json()["items"]
    (read,) = [each for each in listed if each["id"] == plan["id"]]
    alone = (await desk.client.get(f"/v1/plans/{plan['id']}", headers=desk.who("li"))).json()
    assert {name: alone[name] for name in read} == read
    return read["posts"], read["posts_in_force"], read["in_force"]


async def test_plans_are_in_force_beside_each_other_until_a_later_one_names_their_posts(desk: Desk) -> None:
    everybody = await active(desk)
    workshop = await active(desk, effective_from="2026-03-01", posts=["mechanic", "钣喷技师"])
    assert (everybody["posts"], everybody["in_force"]) == (None, True)
    assert await now(desk, workshop) == (["body_technician", "mechanic"], ["body_technician", "mechanic"], True)
    body = await active(desk, effective_from="2026-04-01", posts=["body_technician"])
    assert await now(desk, workshop) == (["body_technician", "mechanic"], ["mechanic"], True)
    later = await active(desk, effective_from="2026-05-01")
    assert (await now(desk, everybody), await now(desk, later)) == ((None, [], False), (None, [], True))
    await active(desk, effective_from="2026-06-01", posts=["mechanic"])
    assert await now(desk, workshop) == (["body_technician", "mechanic"], [], False)
    await active(desk, effective_from="2099-01-01", posts=["body_technician"])
    assert await now(desk, body) == (["body_technician"], ["body_technician"], True)


@pytest.mark.parametrize(
    ("first", "second", "named"),
    [(None, None, []), (["mechanic"], ["业务接待", "机电技师"], ["mechanic"]), (["mechanic"], None, None),
     (["mechanic"], ["parts_clerk"], None)],
)  # fmt: skip
async def test_two_plans_from_one_day_for_the_same_people_are_refused_others_are_not(
    desk: Desk, first: list[str] | None, second: list[str] | None, named: list[str] | None
) -> None:
    day = {"effective_from": "2026-03-01"}
    await active(desk, **day, posts=first)
    answer = await desk.act(await reviewed(desk), "activate", desk.who("li"), **day, posts=second)
    assert said(answer) == ((200, "active") if named is None else (409, "plan-date-taken"))
    assert named is None or answer.json()["posts"] == named


async def test_of_two_plans_activated_at_once_for_one_post_one_is_taken(desk: Desk) -> None:
    rivals = [await reviewed(desk) for _ in range(2)]
    posts = (["mechanic", "parts_clerk"], ["body_technician", "mechanic"])
    answers = await asyncio.gather(
        *(desk.act(plan, "activate", desk.who("li"), effective_from="2026-03-01", posts=each)
          for plan, each in zip(rivals, posts, strict=True))
    )  # fmt: skip
    assert sorted(map(said, answers)) == [(200, "active"), (409, "plan-date-taken")]


async def test_the_database_itself_keeps_one_plan_for_a_post_and_day_and_what_was_assigned(
    desk: Desk, payroll_database: Clone
) -> None:
    plan = await active(desk, effective_from="2026-03-01", posts=["mechanic"])
    connection = await asyncpg.connect(payroll_database.app_url)
    await connection.execute("SELECT set_config('app.store', $1, false)", str(desk.store.id))
    again = (
        "INSERT INTO plan_post (store_id, post, since, plan_id) SELECT store_id, post, since, plan_id FROM plan_post"
    )
    for change in (
        again, "UPDATE plan_post SET post = ''", "DELETE FROM plan_post",
        "UPDATE plan SET effective_from = '2026-01-01'", "UPDATE plan SET text = text || ' '",
        "UPDATE plan SET ended_from = '2026-03-01', ended_by = 'x', ended_at = now(), ended_because = 'x'",
        "UPDATE plan SET ended_from = '2026-04-01'",
    ):  # fmt: skip
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await connection.execute(change)
    await connection.close()
    assert await now(desk, plan) == (["mechanic"], ["mechanic"], True)


@pytest.mark.parametrize(
    ("posts", "status", "slug", "pointer"),
    [
        (["mechanic", "机电师"], 422, "plan-post-unknown", "/posts/1"),
        ([], 422, "invalid", "/posts"),
        ([" "], 422, "invalid", "/posts/0"),
        ("mechanic", 422, "invalid", "/posts"),
        (["mechanic"] * 51, 422, "invalid", "/posts"),
    ],
)  # fmt: skip
async def test_posts_that_nobody_can_have_are_refused_and_the_plan_stays_a_draft(
    *, desk: Desk, posts: object, status: int, slug: str, pointer: str
) -> None:
    plan = await reviewed(desk)
    answer = await desk.act(plan, "activate", desk.who("li"), posts=posts)
    assert said(answer) == (status, slug)
    assert answer.json()["errors"][0]["pointer"] == pointer
    read = await desk.client.get(f"/v1/plans/{plan['id']}", headers=desk.who("li"))
    assert (read.json()["status"], read.json()["posts"], read.json()["in_force"]) == ("reviewed", None, False)


async def test_an_ended_plan_gives_its_posts_back_and_ends_once(desk: Desk) -> None:
    plan = await active(desk, effective_from="2026-03-01", posts=["mechanic"])
    why = {"because": "试行结束"}
    early = await desk.act(plan, "end", desk.who("wang"), effective_from="2026-03-01", **why)
    assert said(early) == (409, "plan-end-too-early")
    stale = {"If-Match": '"1"'} | desk.who("wang")
    body = {"effective_from": "2026-05-01", **why}
    assert (await desk.client.post(f"/v1/plans/{plan['id']}/end", json=body, headers=stale)).status_code == 412
    ended = (await desk.act(plan, "end", desk.who("wang"), **body)).json()
    assert (ended["ended_from"], ended["ended_by"], ended["ended_because"]) == ("2026-05-01", "wang", "试行结束")
    assert (ended["status"], ended["in_force"], ended["version"]) == ("active", False, plan["version"] + 1)
    assert said(await desk.act(plan, "end", desk.who("wang"), **body)) == (409, "plan-not-in-force")
    assert said(await desk.act(await reviewed(desk), "end", desk.who("wang"), **body)) == (409, "plan-not-in-force")
    seller = desk.who("x", "accessory_seller")
    refused(await desk.client.post(f"/v1/plans/{plan['id']}/end", json=body, headers=seller | {"If-Match": '"1"'}), 403,
            "role-missing")  # fmt: skip
