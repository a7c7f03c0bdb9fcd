"""Two people who change one thing at once: who comes second is told, whatever he had read before."""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
import httpx

from tests.harness import AStore, Clone, Keys, bearer, feed_of
from tests.payroll.test_measures import Entries, entries
from tests.payroll.test_pay_months import office
from tests.payroll.test_questions import AS_PAID, TO_CORRECT, Desk, desk
from tests.workorder.at_once import Act, one_after_the_other, queued

__all__ = ["desk", "entries", "office"]


def told(answers: Sequence[httpx.Response]) -> list[tuple[int, str]]:
    return [(each.status_code, each.json().get("type", "").rpartition(":")[2]) for each in answers]


HEARD_AND_TOLD = [(200, ""), (412, "version-stale")]


async def test_a_measure_that_is_approved_is_not_withdrawn_by_who_read_it_before(
    entries: Entries, payroll_database: Clone
) -> None:
    wang, small = entries.who("wang"), entries.small
    measure = (await entries.enter(wang)).json()["id"]
    address = f"/v1/measures/{measure}"

    def move(verb: str, who: dict[str, str]) -> Act:
        headers = who | {"If-Match": '"1"'}
        return lambda: small.client.post(f"{address}/{verb}", json={"note": "ok"}, headers=headers)

    acts = [move("approve", entries.who("li")), move("withdraw", wang)]
    answers = await one_after_the_other(payroll_database, small.store, measure, acts, table="measure")
    assert told(answers) == HEARD_AND_TOLD
    assert ((await small.read(address, wang))["status"], await entries.total()) == ("approved", "-100.00")


async def test_an_answer_that_is_replaced_is_not_accepted_by_who_read_it_before(
    desk: Desk, payroll_database: Clone
) -> None:
    answered = await desk.done(await desk.asked(), "answer", desk.office.clerk, AS_PAID)
    acts: list[Act] = [
        lambda: desk.send(answered, "answer", desk.office.clerk, TO_CORRECT),
        lambda: desk.send(answered, "accept", desk.asker),
    ]
    answers = await one_after_the_other(payroll_database, desk.small.store, answered["id"], acts, table="question")
    assert told(answers) == HEARD_AND_TOLD
    assert (await desk.read(answered))["state"] == "to_correct"


async def test_of_two_clocks_set_for_one_day_at_once_one_holds(
    *, client: httpx.AsyncClient, keys: Keys, store: AStore, payroll_database: Clone
) -> None:
    manager = bearer(keys, "payroll", "service_manager", stores=[store])
    clock = {"answer_days": 1, "escalation_days": 3, "asking_days": 20, "settling_days": 5}
    holder = await asyncpg.connect(payroll_database.app_url)
    async with holder.transaction():
        await holder.execute("LOCK TABLE question_clock IN SHARE MODE")
        both = [asyncio.create_task(client.post("/v1/question-clocks", json=clock, headers=manager)) for _ in range(2)]
        await queued(holder, 2)
    await holder.close()
    assert sorted(told([await each for each in both])) == [(201, ""), (409, "exists-already")]


async def test_an_import_waits_for_a_change_and_takes_nothing_of_it_back(
    *, client: httpx.AsyncClient, keys: Keys, store: AStore, payroll_database: Clone
) -> None:
    manager = bearer(keys, "payroll", "service_manager", stores=[store])
    first: dict[str, Any] = {"number": "SA01", "name": "梁芳丽", "post": "业务接待", "team": "业务组"}
    made = await client.post("/v1/employees", json={**first, "base_pay": "3000.00"}, headers=manager)
    body = {"source": "dms", "rows": [{"row": 1, **first, "team": "二组", "effective_from": "0001-01-01"}]}
    terms = {"post": "业务接待", "team": "业务组", "base_pay": "5000.00"}
    acts: list[Act] = [
        lambda: client.put("/v1/employees/SA01/terms/0001-01-01", json=terms, headers=manager | {"If-Match": '"1"'}),
        lambda: client.post("/v1/bulk/employees", json=body, headers=manager),
    ]
    answers = await one_after_the_other(payroll_database, store, made.json()["id"], acts, table="employee")
    assert [each.status_code for each in answers] == [200, 200]
    read = (await client.get("/v1/employees/SA01", headers=manager)).json()
    assert (read["version"], read["terms"]["team"], read["terms"]["base_pay"]) == (3, "二组", "5000.00")
    events = [e for e in await feed_of(client, keys, "payroll") if e["type"] == "payroll.employee.changed"]
    assert [event["entityversion"] for event in events] == [1, 2, 3]
