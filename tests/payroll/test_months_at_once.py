"""Several people on the months of one store at once: one is heard, the others are told, nobody is paid twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import asyncpg
import httpx
import pytest

from tests.harness import AStore, Clone, Keys, bearer, deliver, feed_of
from tests.payroll import makers
from tests.payroll.small_month import TARGETS
from tests.payroll.test_pay_months import SEPTEMBER, Office, lines_of, office, refused
from tests.workorder.at_once import queued

__all__ = ["office"]
OCTOBER, NOVEMBER = "/v1/pay-months/2026-10", "/v1/pay-months/2026-11"
Act = Callable[[], Coroutine[Any, Any, httpx.Response]]


@asynccontextmanager
async def months_held(clone: Clone, store: AStore) -> AsyncIterator[Any]:
    """While it lasts nobody changes a month of the store: whoever wants to has begun, and waits."""
    holder = await asyncpg.connect(clone.app_url)
    try:
        async with holder.transaction():
            await holder.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"pay-months:{store.id}")
            yield holder
    finally:
        await holder.close()


@pytest.fixture
def at_once(payroll_database: Clone, store: AStore) -> Callable[..., Coroutine[Any, Any, list[tuple[int, str]]]]:
    """Both are under way before the first goes on; what each is answered."""

    async def both(*acts: Act) -> list[tuple[int, str]]:
        tasks = []
        async with months_held(payroll_database, store) as holder:
            for count, act in enumerate(acts, start=1):
                tasks.append(asyncio.create_task(act()))
                await queued(holder, count)
        answers = [await task for task in tasks]
        return [(each.status_code, each.json().get("type", "").rpartition(":")[2]) for each in answers]

    return both


ONE = [(200, ""), (412, "version-stale")]


async def test_of_two_at_once_one_is_heard_and_the_other_told_at_every_step(
    *, office: Office, client: httpx.AsyncClient, at_once: Any, keys: Keys
) -> None:
    def by(headers: dict[str, str], move: str, version: int, body: object = None) -> Act:
        return lambda: office.send(f"{SEPTEMBER}/{move}", headers, body, version)

    def other(role: str, number: str) -> dict[str, str]:
        return office.small.person(number, role)

    first, second = [{"run": (await office.small.run())["id"]} for _ in range(2)]
    clerk, workshop, manager = other("payroll_clerk", "CL02"), other("workshop_manager", "WM02"), office.manager
    assert await at_once(by(office.clerk, "lock", 0, first), by(clerk, "lock", 0, second)) == ONE
    assert (await office.small.read(SEPTEMBER))["run_id"] == first["run"]
    assert await at_once(by(office.workshop, "approve", 1), by(workshop, "approve", 1)) == ONE
    because = {"reason": "工时录错"}
    assert await at_once(by(manager, "approve", 2), by(other("service_manager", "SM02"), "reopen", 2, because)) == ONE
    assert await at_once(by(office.clerk, "close", 3), by(clerk, "close", 3)) == ONE
    closed = await office.small.read(SEPTEMBER)
    paid = await lines_of(office, "2026-09")
    assert (closed["revision"], closed["total"]) == (1, str(sum(paid.values())))
    assert await at_once(by(manager, "reopen", 4, because), by(manager, "reopen", 4, because)) == ONE
    done = [step["what"] for step in (await office.small.read(SEPTEMBER))["steps"]]
    assert done == ["locked", "approved", "approved", "closed", "reopened"]
    told = [e for e in await feed_of(client, keys, "payroll") if e["type"] == "payroll.month.changed"]
    assert [e["entityversion"] for e in told] == [1, 2, 3, 4, 5]


async def test_of_two_chains_set_for_one_day_at_once_one_holds(office: Office, at_once: Any) -> None:
    def chain(*roles: str) -> Act:
        return lambda: office.send("/v1/approval-chains", office.manager, {"roles": roles})

    told = await at_once(chain("service_manager"), chain("desk_supervisor", "service_manager"))
    assert told == [(201, ""), (409, "exists-already")]
    assert (await office.small.read("/v1/approval-chains/current"))["roles"] == ["service_manager"]


async def test_of_a_closing_and_an_opening_at_once_the_first_is_what_happened(office: Office, at_once: Any) -> None:
    at = await office.lock()
    for who in (office.workshop, office.manager):
        at = await office.done(f"{SEPTEMBER}/approve", who, at["version"])

    def close() -> Coroutine[Any, Any, httpx.Response]:
        return office.send(f"{SEPTEMBER}/close", office.clerk, None, at["version"])

    def reopen() -> Coroutine[Any, Any, httpx.Response]:
        return office.send(f"{SEPTEMBER}/reopen", office.manager, {"reason": "x"}, at["version"])

    assert await at_once(reopen, close) == ONE
    assert ((await office.small.read(SEPTEMBER))["state"], await lines_of(office, "2026-09")) == ("open", {})


async def test_of_two_who_decide_on_an_adjustment_at_once_one_is_heard(
    *, office: Office, keys: Keys, store: AStore
) -> None:
    await office.lock()
    pool = (await office.small.read(f"{SEPTEMBER}/pools"))["items"][0]["pool"]
    shares = [{"employee": "J101", "amount": "-5.00"}, {"employee": "J102", "amount": "5.00"}]
    asked = {"pool": pool, "owner": "机电一组", "reason": "x", "shares": shares}
    address = f"/v1/adjustments/{(await office.send(f'{SEPTEMBER}/adjustments', office.workshop, asked)).json()['id']}"
    other = bearer(keys, "payroll", "service_manager", stores=[store], employee="SM02")
    answers = await asyncio.gather(
        office.send(f"{address}/approve", office.manager, {}, 1),
        office.send(f"{address}/refuse", other, {"note": "x"}, 1),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    states = [each["state"] for each in (await office.small.read(f"{SEPTEMBER}/adjustments"))["items"]]
    assert states == [answer.json()["state"] for answer in answers if answer.status_code == 200]


async def with_targets(office: Office, month: str) -> None:
    signed = {"month": month, "signed_on": "2026-10-29", "signed_by": "SA01"}
    body = {"source": "dms", "rows": [{**each, **signed} for each in TARGETS]}
    await office.small.client.post("/v1/bulk/targets", json=body, headers=office.small.headers)


async def corrections(office: Office, *addresses: str) -> Counter[str]:
    """What was paid of September by statements of other months, by employee."""
    found: Counter[str] = Counter()
    for address in addresses:
        month = await office.small.read(address)
        if month["state"] == "closed":
            for line in (await office.small.read(f"/v1/runs/{month['run_id']}/lines"))["items"]:
                found[line["employee"]] += int(Decimal(line["amount"]) * 100) if line["of_month"] == "2026-09" else 0
    return found


async def test_two_months_that_are_locked_at_the_same_time_do_not_both_pay_a_correction(office: Office) -> None:
    small = office.small
    await with_targets(office, "2026-11")
    await office.close()
    late = makers.payment_event(small.store.id, "W1", "150.00", ordinal=2)
    await deliver(small.app, "workorder", small.store.id, late)
    october, november = [await small.run(month) for month in ("2026-10", "2026-11")]
    assert (october["status"], november["status"]) == ("completed", "completed")
    await office.done(f"{OCTOBER}/lock", office.clerk, 0, {"run": october["id"]})
    second = await office.send(f"{NOVEMBER}/lock", office.clerk, {"run": november["id"]}, 0)
    refused(second, 409, "month-corrected-elsewhere")
    await office.done(f"{OCTOBER}/reopen", office.manager, 1, {"reason": "先关十一月"})
    await office.close("2026-11")
    await office.close("2026-10", version=2)
    again = await small.run("2026-09")
    due = {each["employee"]: Decimal(each["total"]) for each in
           (await small.read(f"/v1/runs/{again['id']}/statements"))["items"]}  # fmt: skip
    paid, added = await lines_of(office, "2026-09"), await corrections(office, OCTOBER, NOVEMBER)
    assert {employee: paid[employee] + Decimal(added[employee]) / 100 for employee in paid} == due


async def test_a_run_that_is_asked_for_while_a_month_is_being_opened_has_seen_it_open(
    *, office: Office, payroll_database: Clone, store: AStore
) -> None:
    """Had it seen the month closed, it would pay corrections of it, which another run of the month pays too."""
    small = office.small
    closed = await office.close()
    await deliver(small.app, "workorder", store.id, makers.payment_event(store.id, "W1", "150.00", ordinal=2))
    opened = {"reason": "工时录错"}
    async with months_held(payroll_database, store) as holder:
        opening = asyncio.create_task(office.send(f"{SEPTEMBER}/reopen", office.manager, opened, closed["version"]))
        await queued(holder, 1)
        october = asyncio.create_task(small.run("2026-10"))
        await queued(holder, 2)
    run = await october
    assert (await opening).status_code == 200
    lines = (await small.read(f"/v1/runs/{run['id']}/lines"))["items"]
    assert (run["status"], [line for line in lines if line["of_month"]]) == ("completed", [])
    assert (await office.send(f"{OCTOBER}/lock", office.clerk, {"run": run["id"]}, 0)).status_code == 200
