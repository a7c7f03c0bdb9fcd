import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from services.workorder.domain.risk.risk import FlagKind, RiskPolicy
from services.workorder.domain.risk.risk_facts import Role, tallies
from services.workorder.domain.risk.standing import rate_flags
from services.workorder.repository.risk import risk_facts, risk_flags
from services.workorder.repository.risk.risk_facts import Window
from services.workorder.service.risk import risk_reviews
from services.workorder.service.risk.risk_reviews import (
    NIGHTLY_JOB,
    REVIEW_JOB,
    give_up_nightly,
    give_up_review,
    next_night,
    review_nightly,
    review_risks,
)
from tests.calls import Caller, statements_of
from tests.harness import AStore, Clone, Keys, app_of, client_of, deliver, eventually, serving
from tests.workorder.caller import line_body, line_row, settled_row, upsell_body, upsell_row
from tests.workorder.quoting import revise
from tests.workorder.risk_queue import flags, odd_order, shop_of_decliners
from tests.workorder.shop_days import SHANGHAI, shop_time
from tests.workorder.test_feeds_heard import complaint_event, response_event
from tests.workorder.test_findings_api import RULE, SEEN, propose, record
from tests.workorder.test_inspections_api import answered, begin, photo_of


async def test_a_person_is_raised_with_the_numbers_of_the_rules(
    manager: Caller, chief: Caller, app: FastAPI, store: AStore, sweep: Callable[[], Any]
) -> None:
    await shop_of_decliners(manager)
    review = await sweep()
    assert (review["orders"], review["policy_version"], review["asked_by"]) == (210, 0, "M1")
    found = await flags(chief, kind="declined_proposals")
    assert {(each["advisor"], *each["finders"]) for each in found} == {("SA6",), (None, "J6")}
    [flag] = await flags(chief, kind="declined_proposals", person="SA6")
    window = Window(shop_time().date() - timedelta(days=90), shop_time().date())
    async with app.state.database.transaction(store.id) as session:
        orders = await risk_facts.facts(session, store.id, window, RiskPolicy())
    counted = tallies(FlagKind.DECLINED_PROPOSALS, Role.ADVISOR, orders, RiskPolicy(), shop_time().date())
    [rule] = rate_flags(FlagKind.DECLINED_PROPOSALS, [each.record for each in counted.values()], RiskPolicy())
    for name in ("measure", "expected", "bound", "threshold"):
        assert float(flag[name]) == pytest.approx(getattr(rule, name), abs=5e-5), name
    assert (flag["n"], flag["period"], flag["state"], flag["stands"]) == (30, f"{shop_time():%Y-%m}", "open", True)
    one = await chief.read(f"/v1/risk-flags/{flag['id']}")
    assert len(one["upsells"]) == 24
    assert {each["decision"] for each in one["upsells"]} == {"declined"}
    assert {each["advisor"] for each in one["orders"]} == {"SA6"}


async def test_a_sweep_that_is_repeated_changes_nothing_and_one_that_finds_more_keeps_what_was(
    manager: Caller, chief: Caller, app: FastAPI, store: AStore, sweep: Callable[[], Any]
) -> None:
    await shop_of_decliners(manager)
    first = await sweep()
    before = await flags(chief)
    again = await sweep()
    assert (again["flags"], again["raised"]) == (first["flags"], 0)
    assert await flags(chief) == before
    more = [upsell_row(order_number=f"W6-{n}", finder="J6", line_number=1, decision="declined") for n in range(24, 27)]
    await manager.take_in("repair-order-lines", *more)
    await sweep()
    [flag] = await flags(chief, kind="declined_proposals", person="SA6")
    one = await chief.read(f"/v1/risk-flags/{flag['id']}")
    assert (one["version"], len(one["upsells"])) == (2, 27)
    assert [(each["version"], each["state"]) for each in one["former"]] == [(1, "open")]
    fewer = [upsell_row(order_number=f"W6-{n}", finder="J6", line_number=1) for n in range(27)]
    await manager.take_in("repair-order-lines", *fewer)
    await sweep()
    [flag] = await flags(chief, kind="declined_proposals", person="SA6")
    assert (flag["stands"], flag["version"], flag["id"]) == (False, 3, one["id"])


async def test_of_very_many_orders_behind_a_flag_the_latest_are_shown_and_that_is_said(
    manager: Caller, chief: Caller, sweep: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop_of_decliners(manager)
    await sweep()
    [flag] = await flags(chief, kind="declined_proposals", person="SA6")
    whole = await chief.read(f"/v1/risk-flags/{flag['id']}")
    assert (len(whole["orders"]), len(whole["upsells"]), whole["truncated"]) == (24, 24, False)
    monkeypatch.setattr(risk_flags, "BEHIND_AT_MOST", 10)
    some = await chief.read(f"/v1/risk-flags/{flag['id']}")
    assert (len(some["orders"]), len(some["upsells"]), some["truncated"]) == (10, 10, True)
    assert {each["id"] for each in some["orders"]} <= {each["id"] for each in whole["orders"]}


async def test_an_odd_order_has_items_of_its_own(
    manager: Caller, chief: Caller, app: FastAPI, store: AStore, sweep: Callable[[], Any]
) -> None:
    order, upsell = await odd_order(manager, evidence=None)
    day = shop_time().date().isoformat()
    await deliver(app, "customer", store.id, complaint_event(store, order["number"], occurred_on=day))
    await deliver(app, "survey", store.id, response_event(store, order["number"]))
    await manager.make("/v1/repair-orders", {"kind": "repair", "vin": order["vehicle"]["number"], "advisor": "SA02"})
    review = await sweep()
    found = {each["kind"]: each for each in await flags(chief)}
    assert set(found) == {"evidence_missing", "complaint_after_upsell", "low_score_after_upsell"}
    assert review["raised"] == len(found)
    missing = found["evidence_missing"]
    assert (missing["upsell_id"], missing["upsell_number"]) == (upsell["id"], upsell["number"])
    low = found["low_score_after_upsell"]
    assert (low["measure"], low["threshold"], low["order_number"]) == ("61.5", "70", order["number"])
    for flag in found.values():
        assert (flag["advisor"], flag["finders"], flag["period"]) == ("SA01", ["J104"], None)
        one = await chief.read(f"/v1/risk-flags/{flag['id']}")
        assert [each["id"] for each in one["orders"]] == [order["id"]]
        assert [each["id"] for each in one["upsells"]] == [upsell["id"]]
    event = complaint_event(store, order["number"], "rejected", 2, occurred_on=day)
    await deliver(app, "customer", store.id, event)
    await sweep()
    [complaint] = await flags(chief, kind="complaint_after_upsell")
    assert (complaint["stands"], complaint["version"]) == (False, 2)


async def test_a_car_that_comes_back_is_found_with_the_order_it_came_back_with(
    manager: Caller, chief: Caller, sweep: Callable[[], Any]
) -> None:
    def visit(number: str, days_ago: int, **overrides: Any) -> dict[str, Any]:
        day = (shop_time() - timedelta(days=days_ago)).isoformat()
        return settled_row(number=number, opened_at=day, left_at=day, settled_on=day[:10], **overrides)

    await manager.take_in("repair-orders", visit("W1", 40), visit("W2", 30, kind="maintenance"), visit("W3", 5))
    await manager.take_in(
        "repair-order-lines", upsell_row(), line_row(order_number="W2", code="ME04"), upsell_row(order_number="W3")
    )
    await sweep()
    [flag] = await flags(chief, kind="comeback_after_upsell")
    assert (flag["order_number"], flag["measure"], flag["threshold"]) == ("W1", "10", "30")
    one = await chief.read(f"/v1/risk-flags/{flag['id']}")
    assert [each["number"] for each in one["orders"]] == ["W1", "W2"]


async def test_what_a_rule_relates_and_is_proposed_only_later_is_late(
    manager: Caller, chief: Caller, sweep: Callable[[], Any]
) -> None:
    await manager.make("/v1/related-work-rules", RULE)
    found = await record(manager)
    first = await propose(manager, found, "BR01")
    for work in (await manager.read(f"/v1/findings/{found['id']}"))["related_work"]:
        await manager.make(f"/v1/related-work/{work['id']}/waive", {"reason": "fine for now"}, If_Match='"1"')
    quote = await revise(manager, found["order_id"], first["id"])
    await sweep()
    assert await flags(chief, kind="related_work_late") == []
    later = await propose(manager, await record_again(manager, quote["order_id"]), "BR02")
    await sweep()
    [flag] = await flags(chief, kind="related_work_late")
    one = await chief.read(f"/v1/risk-flags/{flag['id']}")
    assert flag["upsell_id"] == first["id"]
    assert [each["id"] for each in one["upsells"]] == [first["id"], later["id"]]


async def record_again(manager: Caller, order_id: str) -> dict[str, Any]:
    return await manager.make(f"/v1/repair-orders/{order_id}/findings", SEEN)


async def test_work_that_the_inspection_found_in_order_or_nobody_found_is_asked_about(
    manager: Caller, chief: Caller, sweep: Callable[[], Any]
) -> None:
    inspection = await begin(manager)
    photos = [await photo_of(manager, inspection)]
    await answered(
        manager, inspection, {"code": "TY01", "value": "1", "photos": photos}, {"code": "TY02", "value": "5"}
    )
    address = f"/v1/repair-orders/{inspection['order_id']}/upsells"
    bald, fine = [
        await manager.make(address, upsell_body(lines=[line_body(code=code, name=code)])) for code in ("TY01", "TY02")
    ]
    await revise(manager, inspection["order_id"], bald["id"], fine["id"])
    await sweep()
    assert {(each["kind"], each["upsell_id"]) for each in await flags(chief)} == {
        ("green_item_quoted", fine["id"]), ("finding_missing", fine["id"]), ("finding_missing", bald["id"]),
    }  # fmt: skip


async def test_two_sweeps_at_once_raise_each_flag_once(
    manager: Caller, chief: Caller, app: FastAPI, store: AStore
) -> None:
    await odd_order(manager, evidence=None)
    asked = (await chief.post("/v1/risk-reviews/sweep")).json()["id"]
    night = next_night(datetime.now(UTC), SHANGHAI) - timedelta(days=1)
    await asyncio.gather(
        *(review_risks(app.state.database, store.id, UUID(asked)) for _ in range(2)),
        review_nightly(app.state.database, store.id, store.time_zone, night + timedelta(hours=1)),
    )
    reviews = (await chief.read("/v1/risk-reviews"))["items"]
    assert sorted(each["raised"] for each in reviews) == [0, 1]
    assert len(await flags(chief)) == 1


async def test_who_asks_while_a_review_is_queued_is_told_of_that_one(
    manager: Caller, chief: Caller, app: FastAPI, store: AStore, database: Clone
) -> None:
    answers = await asyncio.gather(*(each.post("/v1/risk-reviews/sweep") for each in (chief, manager) * 3))
    assert {each.status_code for each in answers} == {202}
    [asked] = {each.headers["location"].rpartition("/")[2] for each in answers}
    connection = await asyncpg.connect(database.app_url)
    queued = await connection.fetchval("SELECT count(*) FROM pgqueuer WHERE entrypoint = $1", REVIEW_JOB)
    await connection.close()
    assert queued == 1
    await review_risks(app.state.database, store.id, UUID(asked))
    assert (await chief.post("/v1/risk-reviews/sweep")).json()["id"] != asked


async def test_a_window_read_in_parts_is_the_same_window(
    manager: Caller, app: FastAPI, store: AStore, sweep: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop_of_decliners(manager)
    window = Window(shop_time().date() - timedelta(days=90), shop_time().date())
    async with app.state.database.transaction(store.id) as session:
        whole = await risk_facts.facts(session, store.id, window, RiskPolicy())
    first = await sweep()
    for size in (7, 70):
        monkeypatch.setattr(risk_facts, "ORDERS_IN_A_PART", size)
        async with app.state.database.transaction(store.id) as session:
            assert set(await risk_facts.facts(session, store.id, window, RiskPolicy())) == set(whole)
        again = await sweep()
        assert [again[name] for name in ("orders", "flags", "raised")] == [first["orders"], first["flags"], 0]


async def test_a_sweep_that_dies_in_the_middle_leaves_nothing_and_is_made_again(
    manager: Caller, chief: Caller, app: FastAPI, store: AStore, database: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    await odd_order(manager, evidence=None)
    asked = (await chief.post("/v1/risk-reviews/sweep")).json()["id"]
    put = risk_reviews._put_flags

    async def put_and_lose_the_database(session: Any, *given: Any) -> int:
        count = await put(session, *given)
        await session.flush()
        pid = (await session.connection()).sync_connection.connection.driver_connection.get_server_pid()
        killer = await asyncpg.connect(database.app_url)
        await killer.execute("SELECT pg_terminate_backend($1)", pid)
        await killer.close()
        return count

    with monkeypatch.context() as patched:
        patched.setattr(risk_reviews, "_put_flags", put_and_lose_the_database)
        with pytest.raises((SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await review_risks(app.state.database, store.id, UUID(asked))
    assert await flags(chief) == []
    assert (await chief.read(f"/v1/risk-reviews/{asked}"))["state"] == "queued"
    await review_risks(app.state.database, store.id, UUID(asked))
    assert len(await flags(chief)) == 1
    await review_risks(app.state.database, store.id, UUID(asked))
    assert (await chief.read(f"/v1/risk-reviews/{asked}"))["version"] == 2


@pytest.fixture
def statements(app: FastAPI) -> Iterator[list[str]]:
    with statements_of(app) as sent:
        yield sent


async def test_lists_details_and_sweeps_take_the_same_queries_however_much_there_is(
    manager: Caller, chief: Caller, app: FastAPI, store: AStore, sweep: Callable[[], Any], statements: list[str]
) -> None:
    await odd_order(manager, evidence=None)
    statements.clear()
    await sweep()
    few = len(statements)
    for _ in range(3):
        await odd_order(manager, evidence=None)
    await shop_of_decliners(manager)
    statements.clear()
    await sweep()
    assert len(statements) <= few
    statements.clear()
    found = await flags(chief)
    assert len(found) >= 6
    assert len(statements) == 1
    statements.clear()
    await chief.read(f"/v1/risk-flags/{found[0]['id']}")
    assert len(statements) == 5


@pytest.mark.parametrize(
    ("now", "night"),
    [
        ("2026-09-08T02:59:59+08:00", "2026-09-08T03:00:00+08:00"),
        ("2026-09-08T03:00:00+08:00", "2026-09-09T03:00:00+08:00"),
        ("2026-09-30T18:00:00+00:00", "2026-10-01T03:00:00+08:00"),
    ],
)
def test_the_next_night_is_that_of_the_store(now: str, night: str) -> None:
    assert next_night(datetime.fromisoformat(now), SHANGHAI) == datetime.fromisoformat(night)


async def planned(database: Clone) -> list[tuple[str, datetime]]:
    connection = await asyncpg.connect(database.app_url)
    try:
        rows = await connection.fetch(
            "SELECT dedupe_key, execute_after FROM pgqueuer WHERE entrypoint = $1 ORDER BY 2", NIGHTLY_JOB
        )
        return [(row["dedupe_key"], row["execute_after"]) for row in rows]
    finally:
        await connection.close()


async def test_a_store_in_which_something_happens_is_swept_in_the_night(
    manager: Caller, database: Clone, app: FastAPI, store: AStore, chief: Caller
) -> None:
    await odd_order(manager, evidence=None)
    await manager.take_in("repair-orders", settled_row())
    [(key, at)] = await planned(database)
    night = next_night(datetime.now(UTC), SHANGHAI)
    assert key.endswith(f":{night.date()}")
    assert abs(at - night) < timedelta(minutes=5)
    for _ in range(2):
        await review_nightly(app.state.database, store.id, store.time_zone, night)
    assert [key.rpartition(":")[2] for key, _ in await planned(database)] == [
        night.date().isoformat(), (night.date() + timedelta(days=1)).isoformat(),
    ]  # fmt: skip
    [review] = (await chief.read("/v1/risk-reviews"))["items"]
    assert (review["asked_by"], review["state"], review["today"]) == ("aftermile", "completed", str(night.date()))
    assert len(await flags(chief)) == 1


async def test_the_worker_makes_the_review_that_was_asked_for(
    database: Clone, keys: Keys, store: AStore, manager: Caller, chief: Caller
) -> None:
    await odd_order(manager, evidence=None)
    working = app_of("workorder", database.app_url, keys)
    async with serving(working, lifespan=True) as address, client_of(address) as client:
        caller = replace(chief, client=client)
        review = (await caller.post("/v1/risk-reviews/sweep")).headers["location"]

        async def completed() -> bool:
            return bool((await caller.read(review))["state"] == "completed")

        await eventually(completed)
        assert len(await flags(caller)) == 1


async def test_a_review_that_no_attempt_could_make_has_failed(chief: Caller, app: FastAPI, store: AStore) -> None:
    asked = (await chief.post("/v1/risk-reviews/sweep")).json()["id"]
    await give_up_review(app.state.database, store.id, UUID(asked))
    assert (await chief.read(f"/v1/risk-reviews/{asked}"))["state"] == "failed"
    await review_risks(app.state.database, store.id, UUID(asked))
    assert (await chief.read(f"/v1/risk-reviews/{asked}"))["state"] == "failed"


async def test_a_night_whose_review_no_attempt_could_make_leaves_none_queued(
    app: FastAPI, store: AStore, chief: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_facts(*_: object) -> None:
        raise TimeoutError

    night = next_night(datetime.now(UTC), SHANGHAI)
    with monkeypatch.context() as patched:
        patched.setattr(risk_facts, "facts_of_part", no_facts)
        with pytest.raises(TimeoutError):
            await review_nightly(app.state.database, store.id, store.time_zone, night)
    await give_up_nightly(app.state.database, store.id, store.time_zone, night)
    [review] = (await chief.read("/v1/risk-reviews"))["items"]
    assert (review["asked_by"], review["state"]) == ("aftermile", "failed")
