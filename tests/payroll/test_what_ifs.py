"""What if: months calculated by another plan or with other values, and nothing of what was paid is touched."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from services.payroll.service.forecasts import what_ifs
from services.payroll.service.forecasts.what_ifs import compute_what_if, give_up_what_if
from tests.harness import AStore, Clone, Keys, app_of, bearer, client_of, deliver, eventually, serving
from tests.payroll import makers
from tests.payroll.small_month import TARGETS, SmallMonth
from tests.payroll.test_pay_months import Office, office, refused

__all__ = ["office"]
HALF = {"name": "output_rate", "value": "0.25%"}
PAID = ("run", "pay_line", "trace_node", "fact_use", "pay_month", "pay_month_step", "adjustment", "statement", "fact")


async def ask(small: SmallMonth, **body: Any) -> httpx.Response:
    return await small.client.post("/v1/what-ifs", json={"months": ["2026-09"], **body}, headers=small.headers)


async def answered(small: SmallMonth, **body: Any) -> dict[str, Any]:
    asked = await ask(small, **body)
    assert asked.status_code == 202, asked.text
    await compute(small, asked.json()["id"])
    return await small.read(asked.headers["location"])


async def compute(small: SmallMonth, what_if: str) -> None:
    await compute_what_if(small.app.state.database, small.store.id, UUID(what_if))


async def contents(database: Clone) -> dict[str, str]:
    """A digest of every row of what was paid and what it rests on."""
    connection = await asyncpg.connect(database.owner_url)
    found = {}
    for table in PAID:
        query = f"SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) FROM {table} t"
        found[table] = await connection.fetchval(query)
    await connection.close()
    return found


async def test_another_value_over_a_closed_month_tells_who_would_have_lost_and_touches_nothing(
    office: Office, payroll_database: Clone
) -> None:
    """Output is W1's 600: of 1000 is 0.6, of two cars all, so 600 × 0.5% × 0.6 × 1 = 1.80, and with 0.25% 0.90."""
    small, closed = office.small, await office.close()
    before = await contents(payroll_database)
    found = await answered(small, parameters=[HALF])
    assert (found["status"], found["months_done"], found["problem"]) == ("completed", 1, None), found
    (month,) = found["months"]
    assert (month["paid"], month["now"], month["same_as_run"]) == (closed["total"], closed["total"], True)
    pay = {each["employee"]: each for each in (await small.read(f"/v1/what-ifs/{found['id']}/pay"))["items"]}
    assert [pay["SA01"][side] for side in ("now", "then", "difference")] == ["0.90", "0.45", "-0.45"]
    assert pay["J101"]["difference"] == "0.00"
    result = found["result"]
    assert (result["winners"], result["losers"]) == ({"people": 0, "sum": "0.00"}, {"people": 2, "sum": "-0.90"})
    assert (result["unchanged"], result["difference"], month["difference"]) == (2, "-0.90", "-0.90")
    assert result["series"]["months"] == ["2026-09"]
    assert {band["upper"]: band["people"] for band in result["distribution"] if band["lower"] == "-100.00"} == {
        "0.00": 2
    }
    assert await contents(payroll_database) == before


async def test_another_plan_over_several_months_is_told_month_by_month_and_as_csv(office: Office) -> None:
    small = office.small
    await office.close()
    await small.run("2026-10")
    made = await small.client.post("/v1/plans", json={"template": "4s-after-sales"}, headers=small.headers)
    plan = made.json()["id"]
    found = await answered(small, plan_id=plan, months=["2026-10", "2026-09"], parameters=[HALF])
    assert (
        [month["month"] for month in found["months"]] == found["result"]["series"]["months"] == ["2026-09", "2026-10"]
    )
    for side in ("now", "then", "difference"):
        series = found["result"]["series"][side]
        assert sum(map(Decimal, series)) == Decimal(found["result"][side])
        assert series == [month[side] for month in found["months"]]
    answer = await small.client.get(f"/v1/what-ifs/{found['id']}/csv", headers=small.headers)
    rows = [row.split(",") for row in answer.text.lstrip("\ufeff").splitlines()[1:]]
    assert ["2026-09", "SA01", "梁芳丽", "0.90", "0.45", "-0.45", "CNY"] in rows
    assert sum(Decimal(row[5]) for row in rows) == Decimal(found["result"]["difference"])
    same = await answered(small, plan_id=plan)
    assert {month["difference"] for month in same["months"]} == {"0.00"}


async def test_what_became_known_since_counts_on_both_sides_and_is_said(office: Office) -> None:
    small = office.small
    await office.close()
    store = small.store.id
    await deliver(small.app, "workorder", store, makers.payment_event(store, "W1", "400.00", ordinal=2))
    (month,) = (await answered(small, parameters=[HALF]))["months"]
    assert (month["same_as_run"], month["corrected"], month["paid_later"]) == (False, 2, "0.00")
    assert Decimal(month["now"]) - Decimal(month["paid"]) == Decimal("3.20"), "5.00 of the desk instead of 1.80"
    assert month["difference"] == "-2.50", "1000 × 0.5% × 1 × 1, and half of it"
    assert month["facts_as_of"] is not None


async def test_what_was_corrected_since_is_on_both_sides_and_no_part_of_the_difference(office: Office) -> None:
    """Closed, corrected and paid in the next month: the same plan again makes no difference to anybody, and the values
    make that which they would have made had everything been known before."""
    small, store = office.small, office.small.store.id
    await office.close()
    late = makers.payment_event(store, "W1", "400.00", ordinal=2), makers.labour_event(store, "W1", 7, "6.00")
    await deliver(small.app, "workorder", store, *late)
    template = await small.client.post("/v1/plans", json={"template": "4s-after-sales"}, headers=small.headers)
    same = await answered(small, plan_id=template.json()["id"])
    assert (same["months"][0]["difference"], same["months"][0]["corrected"]) == ("0.00", 4)
    assert (same["result"]["winners"]["people"], same["result"]["losers"]["people"]) == (0, 0)
    await office.close("2026-10")
    (month,) = (found := await answered(small, parameters=[HALF]))["months"]
    assert Decimal(month["paid_later"]) == Decimal(month["now"]) - Decimal(month["paid"]) > 0
    before = await small.read(f"/v1/what-ifs/{found['id']}/pay")
    opened = await small.read("/v1/pay-months/2026-10")
    await office.done("/v1/pay-months/2026-10/reopen", office.manager, opened["version"], {"reason": "x"})
    september = await small.read("/v1/pay-months/2026-09")
    at = await office.done("/v1/pay-months/2026-09/reopen", office.manager, september["version"], {"reason": "x"})
    await office.close(version=at["version"])
    (again,) = (found := await answered(small, parameters=[HALF]))["months"]
    assert (again["same_as_run"], again["corrected"], again["paid_later"]) == (True, 0, "0.00")
    assert (await small.read(f"/v1/what-ifs/{found['id']}/pay"))["items"] == before["items"]


async def test_a_plan_that_cannot_calculate_a_month_fails_it_with_its_own_problem(
    office: Office, payroll_database: Clone
) -> None:
    small = office.small
    await small.run()
    made = await small.client.post("/v1/plans", json={"template": "tiered-attainment"}, headers=small.headers)
    found = await answered(small, plan_id=made.json()["id"])
    assert (found["status"], found["result"], found["problem"]["month"]) == ("failed", None, "2026-09")
    assert found["problem"]["type"].startswith("urn:aftermile:problem:target-")
    refused(await small.client.get(f"/v1/what-ifs/{found['id']}/csv", headers=small.headers), 409,
            "what-if-not-completed")  # fmt: skip
    connection = await asyncpg.connect(payroll_database.owner_url)
    assert await connection.fetchval("SELECT count(*) FROM what_if_pay") == 0
    await connection.close()


@pytest.mark.parametrize(
    ("body", "status", "slug", "pointer"),
    [
        ({}, 422, "body-invalid", ""),
        ({"parameters": [HALF], "months": []}, 422, "body-invalid", "/months"),
        ({"parameters": [HALF], "months": ["2026-09"] * 2}, 422, "body-invalid", ""),
        ({"parameters": [HALF], "months": [f"2025-{n:02}" for n in range(1, 13)] + ["2026-09"]}, 422, "body-invalid",
         "/months"),
        ({"parameters": [HALF] * 2}, 422, "body-invalid", ""),
        ({"parameters": [HALF], "months": ["2026-09", "2026-12"]}, 409, "month-not-calculated", "/months"),
        ({"parameters": [{"name": "无此参数", "value": "1"}]}, 422, "parameter-unknown", "/parameters/0/name"),
        ({"parameters": [HALF, {"name": "机电提成比例", "value": "18元"}]}, 422, "parameter-value-invalid",
         "/parameters/1/value"),
        ({"parameters": [{"name": "vat_rate", "value": "13% 自 2001-01-01; 17%"}]}, 422, "parameter-value-invalid",
         "/parameters/0/value"),
        ({"plan_id": "01900000-0000-7000-8000-000000000001"}, 404, "not-found", None),
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_is_refused_by_name_and_leaves_nothing(
    *, small: SmallMonth, body: dict[str, Any], status: int, slug: str, pointer: str | None
) -> None:
    await small.prepare()
    await small.tell()
    await small.run()
    answer = await ask(small, **body)
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert slug == "body-invalid" or problem["type"] == f"urn:aftermile:problem:{slug}"
    if pointer is not None:
        assert problem["errors"][0]["pointer"].startswith(pointer)
    assert (await small.read("/v1/what-ifs"))["items"] == []


async def test_done_twice_at_once_or_again_it_is_one_and_what_was_killed_is_done_from_the_beginning(
    small: SmallMonth, monkeypatch: pytest.MonkeyPatch, payroll_database: Clone
) -> None:
    await small.prepare()
    await small.tell()
    await small.run()
    what_if = (await ask(small, parameters=[HALF])).json()["id"]
    calculate = what_ifs._complete

    async def killed(*_: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(what_ifs, "_complete", killed)
    with pytest.raises(asyncio.CancelledError):
        await compute(small, what_if)
    halfway = await small.read(f"/v1/what-ifs/{what_if}")
    assert (halfway["status"], halfway["months_done"], halfway["result"]) == ("running", 1, None)
    assert halfway["months"][0]["then"] is None
    monkeypatch.setattr(what_ifs, "_complete", calculate)
    await asyncio.gather(compute(small, what_if), compute(small, what_if))
    await compute(small, what_if)
    found = await small.read(f"/v1/what-ifs/{what_if}")
    assert found["status"] == "completed"
    await give_up_what_if(small.app.state.database, small.store.id, UUID(what_if))
    assert await small.read(f"/v1/what-ifs/{what_if}") == found


async def test_a_store_waits_for_a_few_at_a_time_and_what_was_given_up_waits_no_more(small: SmallMonth) -> None:
    await small.prepare()
    await small.tell()
    await small.run()
    asked = await asyncio.gather(*(ask(small, parameters=[HALF]) for _ in range(what_ifs.MAX_WAITING + 1)))
    assert sorted(answer.status_code for answer in asked) == [202] * what_ifs.MAX_WAITING + [409]
    first = next(answer.json()["id"] for answer in asked if answer.status_code == 202)
    await give_up_what_if(small.app.state.database, small.store.id, UUID(first))
    assert (await small.read(f"/v1/what-ifs/{first}"))["problem"]["type"].endswith(":run-given-up")
    assert (await ask(small, parameters=[HALF])).status_code == 202


async def test_what_others_would_earn_is_for_those_who_prepare_pay_and_for_their_store(
    small: SmallMonth, keys: Keys, other_store: AStore
) -> None:
    await small.prepare()
    await small.tell()
    await small.run()
    found = await answered(small, parameters=[HALF])
    stranger = bearer(keys, "payroll", "administrator", stores=[other_store])
    for address in (
        f"/v1/what-ifs/{found['id']}",
        f"/v1/what-ifs/{found['id']}/pay",
        f"/v1/what-ifs/{found['id']}/csv",
    ):
        refused(await small.client.get(address, headers=small.person("SA01")), 403, "role-missing")
        assert (await small.client.get(address, headers=stranger)).status_code == 404
    refused(await small.client.get("/v1/what-ifs", headers=small.person("WM01", "workshop_manager")), 403,
            "role-missing")  # fmt: skip
    assert (await small.client.get("/v1/what-ifs", headers=stranger)).json()["items"] == []
    body = {"parameters": [HALF], "months": ["2026-09"]}
    refused(await small.client.post("/v1/what-ifs", json=body, headers=small.person("SA01")), 403, "role-missing")


async def test_the_worker_takes_it_from_the_queue(
    payroll_database: Clone, small: SmallMonth, keys: Keys, store: AStore
) -> None:
    await small.prepare(targets=TARGETS)
    await small.tell()
    await small.run()
    address = (await ask(small, parameters=[HALF])).headers["location"]
    app = app_of("payroll", payroll_database.app_url, keys)
    async with serving(app, lifespan=True) as base, client_of(base) as client:

        async def completed() -> bool:
            return bool((await client.get(address, headers=small.headers)).json()["status"] == "completed")

        await eventually(completed)
        found = (await client.get(address, headers=small.headers)).json()
    assert [each["month"] for each in found["months"]] == ["2026-09"]
