import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from services.workorder.domain.inspections.mining import cells_of
from services.workorder.repository.inspections.patterns import (
    BAND_EDGES_KM,
    Part,
    bands_of,
    end_of_part,
    pattern_cells,
    seen_in,
)
from services.workorder.service.inspections import mining
from tests.calls import Caller, statements_of
from tests.harness import AStore, Clone, Keys, app_of, bearer, client_of, eventually, serving
from tests.workorder.caller import make_order
from tests.workorder.quoting import problem
from tests.workorder.test_inspections_api import of, publish
from tests.workorder.test_pattern_cells import Shop

Mine = Callable[[], Awaitable[dict[str, Any]]]


@pytest.fixture
def as_role(client: httpx.AsyncClient, keys: Keys, store: AStore) -> Callable[[str], Caller]:
    return lambda role: Caller(client, bearer(keys, "workorder", role, stores=[store], employee="J104"))


async def fill(app: FastAPI, store: AStore, cars: int = 80, first: int = 0) -> None:
    """Half of the cars are of model A, and half of those have a worn tyre; of model B one has."""
    async with app.state.database.transaction(store.id, seconds=60) as session:
        shop = await Shop(session, store.id).open(revision=2 + first)
        for number in range(first, first + cars):
            model = "A" if number % 2 else "B"
            await shop.car(f"V{number:04}", model)
            worn = "red" if number % 4 == 1 or number == first else "green"
            await shop.inspect(f"V{number:04}", 65_000, {"TY01": worn, "EL01": "green"}, number=f"P{number}")


@pytest.fixture
def mine(app: FastAPI, manager: Caller, store: AStore) -> Mine:
    """What the worker does, done here."""

    async def done() -> dict[str, Any]:
        asked = (await manager.post("/v1/inspection-patterns/mine")).json()
        await mining.mine(app.state.database, store.id, UUID(asked["id"]), lambda: datetime.now(UTC))
        found: dict[str, Any] = await manager.read(f"/v1/inspection-patterns/minings/{asked['id']}")
        return found

    return done


async def proposed(caller: Caller, state: str = "proposed") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await caller.read("/v1/inspection-patterns", state=state))["items"]
    return items


def named(pattern: dict[str, Any], done: dict[str, Any], **more: Any) -> dict[str, Any]:
    place = {name: pattern[name] for name in ("model", "from_km", "item_code")}
    return {"mining_id": done["id"], **place, **more}


async def test_what_is_found_is_told_with_its_numbers_and_how_it_was_judged(
    app: FastAPI, manager: Caller, store: AStore, mine: Mine
) -> None:
    before = await manager.read("/v1/inspection-patterns")
    assert before == {"mining": None, "under_way": None, "items": [], "limit": 50, "next": None}
    await publish(manager)
    await fill(app, store)
    done = await mine()
    assert (done["state"], done["orders"], done["orders_read"], done["cells"]) == ("done", 80, 80, 4)
    assert done["policy"] == {
        "false_discovery_rate": "0.05", "control": "benjamini_yekutieli", "minimum_visits": 30, "minimum_lift": "1.5",
        "confidence": "0.95",
    }  # fmt: skip
    [pattern] = await proposed(manager)
    counted = {
        "model": "A", "from_km": 60_000, "below_km": 80_000, "item_code": "TY01", "n": 40, "found": 20,
        "n_elsewhere": 40, "found_elsewhere": 1, "rate": "0.5000", "rate_elsewhere": "0.0250", "lift": "20.0000",
        "name": {"zh": "轮胎", "en": "tyre"}, "state": "proposed", "rule_id": None,
    }  # fmt: skip
    assert {name: pattern[name] for name in counted} == counted
    assert 1.5 < float(pattern["lift_at_least"]) < 20
    assert 0 < float(pattern["p_value"]) <= float(pattern["q_value"]) < 0.05
    assert (await manager.read("/v1/check-rules"))["items"] == [], "it does nothing by itself"


async def test_an_accepted_pattern_is_a_rule_that_keeps_what_it_was_accepted_on(
    app: FastAPI, manager: Caller, store: AStore, mine: Mine
) -> None:
    await publish(manager)
    await fill(app, store)
    done = await mine()
    [pattern] = await proposed(manager)
    rule = await manager.make("/v1/inspection-patterns/accept", named(pattern, done))
    assert rule["conditions"]["models"] == ["A"]
    assert (rule["conditions"]["km_from"], rule["conditions"]["km_below"]) == (60_000, 80_000)
    assert (rule["item"]["code"], rule["item"]["measure"]["unit"], rule["made_by"]) == ("TY01", "mm", "SA01")
    evidence = rule["evidence"]
    assert evidence["numbers"] == {name: pattern[name] for name in evidence["numbers"]}
    assert (evidence["mining_id"], evidence["accepted_by"], evidence["orders"]) == (done["id"], "SA01", 80)
    assert "20/40" in rule["why"]["zh"]
    assert await proposed(manager) == []
    [accepted] = await proposed(manager, "accepted")
    assert (accepted["rule_id"], accepted["decided_by"]) == (rule["id"], "SA01")
    order = await make_order(manager, vin="V0003", odometer_km=70_000)
    checks = (await manager.read(f"/v1/repair-orders/{order['id']}/checks"))["items"]
    assert [check["rule_id"] for check in checks] == [rule["id"]]
    again = await manager.post("/v1/inspection-patterns/accept", named(pattern, done))
    assert problem(again) == (409, "pattern-decided")
    changed = await manager.patch(
        f"/v1/check-rules/{rule['id']}", {"why": {"zh": "常见", "en": "often"}}, If_Match=of(rule)
    )
    assert changed.json()["evidence"] == evidence


async def test_a_dismissed_pattern_comes_back_when_the_evidence_has_doubled(
    app: FastAPI, manager: Caller, store: AStore, mine: Mine
) -> None:
    await fill(app, store)
    done = await mine()
    [pattern] = await proposed(manager)
    assert (await manager.post("/v1/inspection-patterns/dismiss", named(pattern, done))).status_code == 422
    said = await manager.make("/v1/inspection-patterns/dismiss", named(pattern, done, reason="a bad batch of tyres"))
    assert (said["n"], said["reason"], said["decided_by"]) == (40, "a bad batch of tyres", "SA01")
    newer = await mine()
    assert await proposed(manager) == []
    assert [each["reason"] for each in await proposed(manager, "dismissed")] == ["a bad batch of tyres"]
    refused = await manager.post("/v1/inspection-patterns/accept", named(pattern, newer))
    assert problem(refused) == (409, "pattern-decided")
    await fill(app, store, first=100)
    newest = await mine()
    [back] = await proposed(manager)
    assert (back["n"], back["item_code"], newest["orders"]) == (80, "TY01", 160)


async def test_only_what_the_newest_mining_found_is_accepted(
    app: FastAPI, manager: Caller, store: AStore, mine: Mine
) -> None:
    await fill(app, store)
    done = await mine()
    [pattern] = await proposed(manager)
    place = named(pattern, done)
    for wrong in ({"mining_id": str(store.id)}, {"model": "Z"}, {"from_km": 1}, {"item_code": "EL01"}):
        assert (await manager.post("/v1/inspection-patterns/accept", {**place, **wrong})).status_code == 404
    nameless = await manager.post("/v1/inspection-patterns/accept", place)
    assert [error["pointer"] for error in nameless.json()["errors"]] == ["/item"], "no template asks it any more"
    await mine()
    assert (await manager.post("/v1/inspection-patterns/accept", place)).status_code == 404
    assert (await manager.read("/v1/check-rules"))["items"] == []


async def test_one_mining_goes_on_at_a_time_and_one_that_fails_makes_room(
    app: FastAPI, manager: Caller, store: AStore
) -> None:
    asked = await manager.post("/v1/inspection-patterns/mine")
    assert (asked.status_code, asked.json()["state"]) == (202, "queued")
    assert problem(await manager.post("/v1/inspection-patterns/mine")) == (409, "mining-under-way")
    assert (await manager.read("/v1/inspection-patterns"))["under_way"]["id"] == asked.json()["id"]
    await mining.give_up(app.state.database, store.id, UUID(asked.json()["id"]), datetime.now(UTC))
    assert (await manager.read(asked.headers["location"]))["state"] == "failed"
    assert (await manager.post("/v1/inspection-patterns/mine")).status_code == 202


async def test_parts_of_the_cars_add_up_to_the_whole(app: FastAPI, manager: Caller, store: AStore) -> None:
    await fill(app, store, 30)
    async with app.state.database.transaction(store.id) as session:
        whole, parts = await seen_in(session, store.id, Part()), []
        after: str | None = None
        while True:
            until = await end_of_part(session, store.id, after, 7)
            parts.append(await seen_in(session, store.id, Part(after, until)))
            if until is None:
                break
            after = until
        assert len(parts) > 3
        assert {place: sum(each[place].cars for each in parts if place in each) for place in whole} == {
            place: here.cars for place, here in whole.items()
        }
        assert cells_of(whole, bands_of(BAND_EDGES_KM)) == await pattern_cells(session, store.id)


async def test_a_mining_that_begins_again_comes_to_the_same_end(
    app: FastAPI, manager: Caller, store: AStore, mine: Mine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(app, store)
    monkeypatch.setattr(mining, "ORDERS_IN_A_PART", 9)
    done = await mine()
    await mining.mine(app.state.database, store.id, UUID(done["id"]), lambda: datetime.now(UTC))
    assert await manager.read(f"/v1/inspection-patterns/minings/{done['id']}") == done
    assert [each["found"] for each in await proposed(manager)] == [20]


@pytest.mark.parametrize("failed", [False, True])
async def test_what_another_worker_has_ended_meanwhile_stays_as_it_ended(
    app: FastAPI, manager: Caller, store: AStore, monkeypatch: pytest.MonkeyPatch, failed: bool
) -> None:
    """It ends while this one has seen everything and judges it."""
    await fill(app, store)
    asked = UUID((await manager.post("/v1/inspection-patterns/mine")).json()["id"])
    first, second = datetime(2026, 9, 8, 1, tzinfo=UTC), datetime(2026, 9, 8, 2, tzinfo=UTC)
    part, waiting, goes_on = mining._read_part, asyncio.Event(), asyncio.Event()

    async def held(*given: Any) -> Part | None:
        following = await part(*given)
        waiting.set()
        await goes_on.wait()
        return following

    with monkeypatch.context() as patched:
        patched.setattr(mining, "_read_part", held)
        slow = asyncio.create_task(mining.mine(app.state.database, store.id, asked, lambda: second))
        await waiting.wait()
    if failed:
        await mining.give_up(app.state.database, store.id, asked, first)
    else:
        await mining.mine(app.state.database, store.id, asked, lambda: first)
    goes_on.set()
    await slow
    found = await manager.read(f"/v1/inspection-patterns/minings/{asked}")
    assert found["state"] == ("failed" if failed else "done")
    assert datetime.fromisoformat(found["finished_at"]) == first


async def test_the_worker_mines_what_was_asked_for(database: Clone, keys: Keys, store: AStore) -> None:
    app = app_of("workorder", database.app_url, keys)
    headers = bearer(keys, "workorder", "workshop_manager", stores=[store])
    async with serving(app, lifespan=True) as address, client_of(address) as client:
        asked = await client.post("/v1/inspection-patterns/mine", headers=headers)

        async def is_done() -> bool:
            found = await client.get(asked.headers["location"], headers=headers)
            return bool(found.json()["state"] == "done")

        await eventually(is_done)
        found = (await client.get(asked.headers["location"], headers=headers)).json()
    assert (found["id"], found["orders_read"]) == (asked.json()["id"], 0)


async def test_a_technician_sees_patterns_and_accepts_none(
    app: FastAPI, manager: Caller, store: AStore, mine: Mine, as_role: Callable[[str], Caller]
) -> None:
    await fill(app, store)
    done = await mine()
    [pattern] = await proposed(as_role("technician"))
    for role in ("technician", "service_advisor"):
        caller = as_role(role)
        assert (await caller.post("/v1/inspection-patterns/mine")).status_code == 403
        assert (await caller.post("/v1/inspection-patterns/accept", named(pattern, done))).status_code == 403
        body = named(pattern, done, reason="no")
        assert (await caller.post("/v1/inspection-patterns/dismiss", body)).status_code == 403


async def test_another_store_mines_its_own_history(
    app: FastAPI, manager: Caller, stranger: Caller, store: AStore, mine: Mine
) -> None:
    await fill(app, store)
    done = await mine()
    [pattern] = await proposed(manager)
    assert (await stranger.read("/v1/inspection-patterns"))["mining"] is None
    assert (await stranger.get(f"/v1/inspection-patterns/minings/{done['id']}")).status_code == 404
    assert (await stranger.post("/v1/inspection-patterns/accept", named(pattern, done))).status_code == 404
    assert (await stranger.post("/v1/inspection-patterns/mine")).status_code == 202


async def test_patterns_are_read_in_the_same_few_queries(
    app: FastAPI, manager: Caller, store: AStore, mine: Mine
) -> None:
    await fill(app, store)
    await mine()
    with statements_of(app) as sent:
        assert len(await proposed(manager)) == 1
    assert len(sent) == 5


async def test_what_was_said_of_a_pattern_is_never_changed(
    app: FastAPI, manager: Caller, store: AStore, mine: Mine, database: Clone
) -> None:
    await fill(app, store)
    done = await mine()
    [pattern] = await proposed(manager)
    await manager.make("/v1/inspection-patterns/dismiss", named(pattern, done, reason="no"))
    connection = await asyncpg.connect(database.app_url)
    try:
        await connection.execute(f"SET app.store = '{store.id}'")
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute("UPDATE pattern_decisions SET reason = 'yes'")
    finally:
        await connection.close()
