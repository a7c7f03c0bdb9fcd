import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from services.workorder.domain.risk import FlagKind, RiskPolicy
from services.workorder.domain.risk_facts import Role, tallies
from services.workorder.domain.standing import rate_flags
from services.workorder.repository import risk_facts
from services.workorder.repository.risk_facts import Window
from services.workorder.service import risk_reviews
from services.workorder.service.risk_reviews import (
    NIGHTLY_JOB,
    give_up_review,
    next_night,
    review_nightly,
    review_risks,
)
from tests.calls import Caller, statements_of
from tests.harness import AStore, Clone, Keys, app_of, bearer, client_of, deliver, eventually, serving
from tests.workorder.caller import line_body, line_row, settled_row, upsell_body, upsell_row
from tests.workorder.quoting import problem, revise, told
from tests.workorder.test_feeds_heard import complaint_event, response_event
from tests.workorder.test_findings_api import RULE, SEEN, propose, record
from tests.workorder.test_inspections_api import answered, begin

SHANGHAI = ZoneInfo("Asia/Shanghai")
OPEN = {"If_Match": '"1"'}


@pytest.fixture
def caller_as(client: httpx.AsyncClient, keys: Keys, store: AStore) -> Callable[..., Caller]:
    def make(*roles: str, employee: str | None = None) -> Caller:
        return Caller(client, bearer(keys, "workorder", *roles, stores=[store], employee=employee))

    return make


@pytest.fixture
def chief(caller_as: Callable[..., Caller]) -> Caller:
    """Whom no flag is about."""
    return caller_as("service_manager", employee="M1")


@pytest.fixture
def sweep(app: FastAPI, store: AStore, chief: Caller) -> Callable[[], Any]:
    """Asks for a review and makes it as the job would."""

    async def run() -> dict[str, Any]:
        asked = await chief.post("/v1/risk-reviews/sweep")
        assert (asked.status_code, asked.json()["state"]) == (202, "queued"), asked.text
        await review_risks(app.state.database, store.id, UUID(asked.json()["id"]))
        review: dict[str, Any] = await chief.read(asked.headers["location"])
        assert review["state"] == "completed"
        return review

    return run


def today() -> datetime:
    return datetime.now(UTC).astimezone(SHANGHAI)


async def shop_of_decliners(manager: Caller, app: FastAPI, store: AStore, *, odd: int = 24) -> None:
    """Seven advisors with thirty visits each of which a proposal followed; one hears no far more often."""
    opened = (today() - timedelta(days=40)).isoformat()
    left = {"opened_at": opened, "left_at": opened, "settled_on": opened[:10]}
    numbers = [(f"W{person}-{n}", person, n) for person in range(7) for n in range(30)]
    await manager.take_in(
        "repair-orders", *(settled_row(number=w, advisor=f"SA{p}", vin=None, **left) for w, p, _ in numbers)
    )
    await manager.take_in(
        "repair-order-lines",
        *(
            upsell_row(order_number=w, finder=f"J{p}", line_number=1,
                       decision="declined" if n < (odd if p == 6 else 6) else "approved")
            for w, p, n in numbers
        ),
    )  # fmt: skip


async def odd_order(caller: Caller, **finding: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """An order with an upsell approved on a quote, for a finding."""
    found = await record(caller, **finding)
    upsell = await propose(caller, found, "BR01")
    quote = await revise(caller, found["order_id"], upsell["id"])
    await caller.make(f"/v1/quotes/{quote['id']}/decisions", told(quote, "approved"))
    return await caller.read(f"/v1/repair-orders/{found['order_id']}"), upsell


async def flags(caller: Caller, **wanted: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await caller.read("/v1/risk-flags", **wanted))["items"]
    return items


async def test_a_person_is_raised_with_the_numbers_of_the_rules(
    manager: Caller, chief: Caller, app: FastAPI, store: AStore, sweep: Callable[[], Any]
) -> None:
    await shop_of_decliners(manager, app, store)
    review = await sweep()
    assert (review["orders"], review["policy_version"], review["asked_by"]) == (210, 0, "M1")
    found = await flags(chief, kind="declined_proposals")
    assert {(each["advisor"], *each["finders"]) for each in found} == {("SA6",), (None, "J6")}
    [flag] = await flags(chief, kind="declined_proposals", person="SA6")
    window = Window(today().date() - timedelta(days=90), today().date())
    async with app.state.database.transaction(store.id) as session:
        orders = await risk_facts.facts(session, store.id, window, RiskPolicy())
    counted = tallies(FlagKind.DECLINED_PROPOSALS, Role.ADVISOR, orders, RiskPolicy(), today().date())
    [rule] = rate_flags(FlagKind.DECLINED_PROPOSALS, [each.record for each in counted.values()], RiskPolicy())
    for name in ("measure", "expected", "bound", "threshold"):
        assert float(flag[name]) == pytest.approx(getattr(rule, name), abs=5e-5), name
    assert (flag["n"], flag["period"], flag["state"], flag["stands"]) == (30, f"{today():%Y-%m}", "open", True)
    one = await chief.read(f"/v1/risk-flags/{flag['id']}")
    assert len(one["upsells"]) == 24
    assert {each["decision"] for each in one["upsells"]} == {"declined"}
    assert {each["advisor"] for each in one["orders"]} == {"SA6"}


async def test_a_sweep_that_is_repeated_changes_nothing_and_one_that_finds_more_keeps_what_was(
    manager: Caller, chief: Caller, app: FastAPI, store: AStore, sweep: Callable[[], Any]
) -> None:
    await shop_of_decliners(manager, app, store)
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


async def test_an_odd_order_has_items_of_its_own(
    manager: Caller, chief: Caller, app: FastAPI, store: AStore, sweep: Callable[[], Any]
) -> None:
    order, upsell = await odd_order(manager, evidence=None)
    day = today().date().isoformat()
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
        day = (today() - timedelta(days=days_ago)).isoformat()
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
    await answered(
        manager, inspection, {"code": "TY01", "value": "1", "evidence": "bald"}, {"code": "TY02", "value": "5"}
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


async def test_two_sweeps_at_once_raise_each_flag_once(
    manager: Caller, chief: Caller, app: FastAPI, store: AStore
) -> None:
    await odd_order(manager, evidence=None)
    asked = [(await chief.post("/v1/risk-reviews/sweep")).json()["id"] for _ in range(3)]
    await asyncio.gather(*(review_risks(app.state.database, store.id, UUID(each)) for each in asked))
    reviews = (await chief.read("/v1/risk-reviews"))["items"]
    assert sorted(each["raised"] for each in reviews) == [0, 0, 1]
    assert len(await flags(chief)) == 1


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
    await shop_of_decliners(manager, app, store)
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


async def test_flags_are_found_by_the_day_they_were_raised_on(
    manager: Caller, chief: Caller, sweep: Callable[[], Any]
) -> None:
    flag = await one_flag(manager, chief, sweep)
    day = today().date()
    assert flag["raised_on"] == day.isoformat()
    for first, last, seen in ((day, day, 1), (day + timedelta(days=1), None, 0), (None, day - timedelta(days=1), 0)):
        wanted = {name: value.isoformat() for name, value in (("from", first), ("to", last)) if value}
        assert len(await flags(chief, **wanted)) == seen


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
