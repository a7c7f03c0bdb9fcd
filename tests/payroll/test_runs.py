"""A run: what stops it, what it leaves, that it may be done twice or killed, and that stores are apart."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.payroll.repository.runs import runs as run_queries
from services.payroll.repository.runs.inputs import begin_snapshot
from tests.harness import AStore, Clone, Keys, deliver, feed_of
from tests.payroll import makers
from tests.payroll.plans_in_force import put_in_force
from tests.payroll.small_month import TARGETS, SmallMonth


async def left_behind(clone: Clone, store: AStore) -> tuple[int, int, int]:
    connection = await asyncpg.connect(clone.app_url)
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL app.store = '{store.id}'")
            counts = [
                await connection.fetchval(f"SELECT count(*) FROM {t}") for t in ("pay_line", "trace_node", "fact_use")
            ]
        return counts[0], counts[1], counts[2]
    finally:
        await connection.close()


async def test_what_is_settled_in_the_month_is_paid_and_what_is_not_goes_to_the_next(small: SmallMonth) -> None:
    await small.prepare()
    await small.tell()
    run = await small.run()
    assert run["status"] == "completed", run["problem"]
    figures = await small.read(f"/v1/runs/{run['id']}/figures")
    assert (figures["store"]["normal_receipts"], figures["store"]["car_count"]) == ("600", "2")
    assert figures["teams"]["team_hours"] == {"机电一组": "10"}
    body = await small.read(f"/v1/runs/{run['id']}/statements")
    assert {s["employee"]: s["total"] for s in body["items"]} == {
        "SA01": "0.90", "SA02": "0.90", "J101": "184.62",
    }  # fmt: skip
    assert (run["currency"], run["total"]) == ("CNY", "186.42")


async def test_a_completed_run_is_told_of_and_done_twice_it_stays_one(
    small: SmallMonth, client: httpx.AsyncClient, keys: Keys, payroll_database: Clone, store: AStore
) -> None:
    await small.prepare()
    await small.tell()
    run = await small.ask()
    await small.compute(run)
    once = await left_behind(payroll_database, store)
    await small.compute(run)
    assert await left_behind(payroll_database, store) == once
    events = [e for e in await feed_of(client, keys, "payroll") if e["type"] == "payroll.run.completed"]
    assert [(e["data"]["id"], e["data"]["month"], e["data"]["total"]) for e in events] == [(run, "2026-09", "186.42")]


async def test_two_workers_on_one_run_leave_one_result(
    small: SmallMonth, payroll_database: Clone, store: AStore
) -> None:
    await small.prepare()
    await small.tell()
    run = await small.ask()
    await asyncio.gather(small.compute(run), small.compute(run), small.compute(run))
    alone = await small.run()
    counts = await left_behind(payroll_database, store)
    assert all(count % 2 == 0 for count in counts)
    assert (await small.read(f"/v1/runs/{run}"))["hash"] == alone["hash"]


async def test_a_run_that_is_killed_while_it_writes_leaves_nothing_and_is_completed_by_the_next_try(
    small: SmallMonth, payroll_database: Clone, store: AStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await small.prepare()
    await small.tell()
    run = await small.ask()
    writing = run_queries.append_rows

    async def killed(session: Any, table: str, *rest: Any) -> None:
        if table == "fact_selection":
            raise ConnectionResetError("killed")
        await writing(session, table, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(run_queries, "append_rows", killed)
        with pytest.raises(ConnectionResetError):
            await small.compute(run)
    assert await left_behind(payroll_database, store) == (0, 0, 0)
    assert (await small.read(f"/v1/runs/{run}"))["status"] == "running"
    await small.compute(run)
    assert (await small.read(f"/v1/runs/{run}"))["status"] == "completed"


@pytest.mark.parametrize(
    ("targets", "slug", "named"),
    [
        (TARGETS[:1], "target-missing", "car_count"),
        (({**TARGETS[0], "value": "0"}, TARGETS[1]), "target-zero", "output"),
        (({**TARGETS[0], "signed_on": None, "signed_by": None}, TARGETS[1]), "target-unsigned", "业务组"),
        (({**TARGETS[0], "signed_by": "J101"}, TARGETS[1]), "target-unsigned", "业务组"),
        ((), "target-missing", "业务组"),
    ],
)
async def test_a_target_that_is_missing_zero_or_unsigned_stops_the_run_with_its_name(
    small: SmallMonth,
    payroll_database: Clone,
    store: AStore,
    targets: tuple[dict[str, Any], ...],
    slug: str,
    named: str,
) -> None:
    await small.prepare(targets=targets)
    await small.tell()
    run = await small.run()
    assert run["status"] == "failed"
    assert run["problem"]["type"] == f"urn:aftermile:problem:{slug}"
    assert named in run["problem"]["detail"]
    chinese, english = run["problem"]["title"].split(" / ")
    assert (english.isascii(), chinese.isascii()) == (True, False)
    assert await left_behind(payroll_database, store) == (0, 0, 0)
    refused = await small.client.get(f"/v1/runs/{run['id']}/statements", headers=small.headers)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:aftermile:problem:run-not-completed")


async def test_a_month_that_no_target_names_cannot_be_run(small: SmallMonth) -> None:
    await small.prepare()
    await small.tell()
    run = await small.run("2026-10")
    assert (run["status"], run["problem"]["type"]) == ("failed", "urn:aftermile:problem:target-missing")


async def test_a_month_without_a_plan_in_force_cannot_be_run(small: SmallMonth) -> None:
    run = await small.run()
    assert (run["status"], run["problem"]["type"]) == ("failed", "urn:aftermile:problem:plan-not-active")


async def test_a_run_waits_for_the_feeds_and_fails_by_name_when_one_stays_behind(small: SmallMonth) -> None:
    await small.prepare()
    await small.tell()
    database = small.app.state.database
    async with database.transaction() as session:
        await session.execute(text("INSERT INTO feed_cursor (source) VALUES ('survey'), ('workorder')"))
    run = await small.ask()
    await small.compute(run)
    failed = await small.read(f"/v1/runs/{run}")
    assert failed["problem"]["type"] == "urn:aftermile:problem:feeds-behind"
    assert failed["problem"]["feeds"] == ["survey", "workorder"]

    async def catch_up() -> None:
        await asyncio.sleep(0.3)
        async with database.transaction() as session:
            await session.execute(text("UPDATE feed_cursor SET caught_up_at = :now"), {"now": datetime.now(UTC)})

    later = await small.ask()
    await asyncio.gather(small.compute(later, wait_seconds=60), catch_up())
    assert (await small.read(f"/v1/runs/{later}"))["status"] == "completed"


async def test_facts_that_wait_are_not_counted_and_the_run_says_so(small: SmallMonth) -> None:
    await small.prepare()
    await small.tell()
    await deliver(small.app, "workorder", small.store.id, makers.payment_event(small.store.id, "W9", "900.00"))
    run = await small.run()
    assert "facts-waiting" in {warning["code"] for warning in run["warnings"]}
    figures = await small.read(f"/v1/runs/{run['id']}/figures")
    assert figures["store"]["normal_receipts"] == "600"
    await deliver(small.app, "workorder", small.store.id, makers.order_event(small.store.id, "W9"))
    again = await small.run()
    assert (await small.read(f"/v1/runs/{again['id']}/figures"))["store"]["normal_receipts"] == "1500"
    assert again["hash"] != run["hash"]


async def test_a_trace_shows_facts_as_the_run_counted_them_after_they_have_changed(small: SmallMonth) -> None:
    await small.prepare()
    await small.tell()
    run = await small.run()
    corrected = makers.payment_event(small.store.id, "W1", "650.00", version=2)
    reopened = makers.order_event(small.store.id, "W1", version=2, settled_on="2026-09-05")
    await deliver(small.app, "workorder", small.store.id, corrected, reopened)
    trace = await small.read(f"/v1/runs/{run['id']}/trace/normal_receipts")
    (fact,) = trace["facts"]
    assert (fact["version"], fact["amount"], fact["order"]["settled_on"]) == (1, "600.00", "2026-09-04")
    assert [upsell["decision"] for upsell in fact["upsells"]] == ["approved"]
    assert [response["csi"] for response in fact["responses"]] == ["905.1485"]
    assert trace["facts_left_off"] == 0


async def test_what_a_step_read_has_its_name_in_both_languages(small: SmallMonth) -> None:
    await small.prepare()
    await small.tell()
    run = await small.run()
    nodes = ("share/SA01", "output_completion", "returned_deductions_pool", "car_count")
    read: dict[str, str] = {}
    for node in nodes:
        trace = await small.read(f"/v1/runs/{run['id']}/trace/{node}")
        read |= {each["name"]: each["chinese"] for each in trace["node"]["inputs"]}
    assert {fact["kind_chinese"] for fact in trace["facts"]} == {"工单"}
    told = {"service_advisor_pool": "业务组奖金池", "coefficient": "系数", "on_probation": "试用期", "pool": "奖金池",
            "output:team:业务组": "产值目标:业务组", "deductions_stay_with_company": "扣罚归公司"}  # fmt: skip
    assert {name: read.get(name) for name in told} == told
    assert not [chinese for chinese in read.values() if chinese.isascii()]


async def test_an_upsell_that_was_revoked_is_not_shown_beside_what_it_was_counted_with(small: SmallMonth) -> None:
    await small.prepare()
    await small.tell()
    run = await small.run()
    gone = makers.upsell_event(small.store.id, "W1", 3, version=2, decision="revoked", line_numbers=[], amount="0.00")
    await deliver(small.app, "workorder", small.store.id, gone, makers.upsell_event(small.store.id, "W1", 5))
    (fact,) = (await small.read(f"/v1/runs/{run['id']}/trace/normal_receipts"))["facts"]
    assert [upsell["number"] for upsell in fact["upsells"]] == ["W1/5"]


async def test_what_nobody_shares_is_left_in_the_run_and_the_others_are_paid(small: SmallMonth) -> None:
    await small.prepare()
    await small.tell()
    probation = {"row": 2, "number": "J101", "name": "曾轩", "post": "mechanic", "team": "机电一组",
                 "coefficient": "1.2", "probation_until": "2026-12-31", "effective_from": "2026-09-01"}  # fmt: skip
    body = {"source": "dms", "rows": [probation]}
    await small.client.post("/v1/bulk/employees", json=body, headers=small.headers)
    run = await small.run()
    figures = await small.read(f"/v1/runs/{run['id']}/figures")
    (left,) = [pool for pool in figures["pools"] if pool["unassigned"] != "0.00"]
    assert (left["step"], left["owner"], left["paid"]) == ("mechanic_share", "机电一组", "0.00")
    assert left["unassigned"] == run["unassigned"] == "184.62"
    lines = (await small.read(f"/v1/runs/{run['id']}/lines"))["items"]
    assert {line["employee"] for line in lines} == {"SA01", "SA02"}
    paid = sum(Decimal(line["amount"]) for line in lines)
    assert paid == Decimal(run["total"]) == sum(Decimal(pool["paid"]) for pool in figures["pools"])
    assert [w["subject"] for w in run["warnings"] if w["code"] == "pool-unassigned"] == ["机电一组"]


async def test_terms_of_the_months_last_day_count(small: SmallMonth) -> None:
    await small.prepare()
    await small.tell()
    terms = {"post": "service_advisor", "team": "业务组", "coefficient": "0.4", "probation_until": "2026-12-31"}
    for day, version in (("2026-09-30", 1), ("2026-10-01", 2)):
        body = terms if day == "2026-09-30" else terms | {"probation_until": None, "coefficient": "0.8"}
        put = await small.client.put(
            f"/v1/employees/SA02/terms/{day}", json=body, headers=small.headers | {"If-Match": f'"{version}"'}
        )
        assert put.status_code == 200, put.text
    run = await small.run()
    found = await small.read(f"/v1/runs/{run['id']}/statements")
    totals = {s["employee"]: s["total"] for s in found["items"]}
    assert totals == {"SA01": "1.80", "J101": "184.62"}


async def test_stores_do_not_count_each_others_facts(
    small: SmallMonth, payroll: FastAPI, client: httpx.AsyncClient, keys: Keys, other_store: AStore
) -> None:
    await small.prepare()
    await small.tell()
    alone = await small.run()
    neighbour = SmallMonth(payroll, client, keys, other_store)
    await neighbour.prepare()
    await neighbour.tell()
    await deliver(payroll, "workorder", other_store.id, makers.payment_event(other_store.id, "W1", "7.00", ordinal=2))
    beside = await neighbour.run()
    again = await small.run()
    assert again["hash"] == alone["hash"] != beside["hash"]
    address = f"/v1/runs/{alone['id']}"
    assert (await client.get(address, headers=neighbour.headers)).status_code == 404
    assert (await client.get(f"{address}/lines", headers=neighbour.headers)).status_code == 404


LAST_MONTH = """计划 "上月方案" "a plan that looks back"
[甲] 参数 每单奖金 per_order = 10元 自 2026-01-01
[甲] 门店 上月单数 former_orders = 计数(工单; 月份(进厂日期) = 上月)
[甲] 个人(业务接待) 奖金 bonus = 上月单数 × 每单奖金
[甲] 发放 奖金
"""


async def test_a_plan_may_look_at_the_month_before(small: SmallMonth) -> None:
    example = {
        "name": {"zh": "上月一单", "en": "one order"}, "clause": "甲", "month": "2026-10",
        "people": [{"number": "SA01", "post": "业务接待"}],
        "facts": [{"kind": "order", "order_kind": "repair", "opened_on": "2026-09-30"}],
        "expect": {"totals": {"SA01": "10.00"}},
    }  # fmt: skip
    await small.prepare()
    await small.tell()
    created = await small.client.post(
        "/v1/plans", json={"text": LAST_MONTH, "examples": [example]}, headers=small.headers
    )
    await put_in_force(small.client, created.json(), small.keys, small.store, effective_from="2026-10-01")
    october = await small.run("2026-10")
    assert (october["total"], october["plan_id"]) == ("40.00", created.json()["id"])
    assert (await small.run("2026-09"))["total"] == "186.42"


async def test_who_left_before_the_months_last_day_has_no_share(small: SmallMonth) -> None:
    await small.prepare()
    await small.tell()
    left = await small.client.patch(
        "/v1/employees/SA02", json={"left_on": "2026-09-20"}, headers=small.headers | {"If-Match": '"1"'}
    )
    assert left.json()["left_on"] == "2026-09-20", left.text
    run = await small.run()
    found = await small.read(f"/v1/runs/{run['id']}/statements")
    assert {s["employee"] for s in found["items"]} == {"SA01", "J101"}


async def test_a_run_reads_everything_as_of_one_instant(small: SmallMonth) -> None:
    async with small.app.state.database.transaction(small.store.id) as session:
        await begin_snapshot(session)
        assert await session.scalar(text("SHOW transaction_isolation")) == "repeatable read"
    async with small.app.state.database.transaction(small.store.id) as session:
        assert await session.scalar(text("SHOW transaction_isolation")) == "read committed"
