import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from services.workorder.domain.risk.risk import DEFAULT_MARGINS, FlagKind, RiskPolicy
from tests.calls import Caller
from tests.harness import AStore, Clone
from tests.workorder.quoting import problem

CURRENT = "/v1/risk-policies/current"


def changing(**changes: Any) -> dict[str, Any]:
    return {"reason": "agreed at the monthly meeting", **changes}


def test_a_policy_is_read_as_it_was_told() -> None:
    policy = replace(RiskPolicy(), overrun=1.3, rounds=4, margins={**DEFAULT_MARGINS, FlagKind.COMPLAINTS: 2.5})
    assert RiskPolicy.read(policy.told()) == policy
    assert RiskPolicy.read({"margins": {"complaints": "2"}, "gone_since": 1}) == replace(
        RiskPolicy(), margins={**DEFAULT_MARGINS, FlagKind.COMPLAINTS: 2.0}
    )


async def test_a_store_goes_by_what_is_shipped_until_it_sets_its_own(manager: Caller, stranger: Caller) -> None:
    shipped = await manager.get(CURRENT)
    assert (shipped.json()["version"], shipped.headers["etag"]) == (0, '"0"')
    assert (shipped.json()["margins"]["declined_proposals"], shipped.json()["overrun"]) == ("1.25", "1.1")
    assert (await manager.read("/v1/risk-policies"))["items"] == []
    body = changing(margins={"declined_proposals": "1.40"}, window_days=60)
    changed = await manager.patch(CURRENT, body, If_Match='"0"')
    assert (changed.status_code, changed.headers["etag"]) == (200, '"1"')
    told = changed.json()
    assert (told["margins"]["declined_proposals"], told["window_days"], told["overrun"]) == ("1.4", 60, "1.1")
    assert (told["made_by"], told["reason"]) == ("SA01", "agreed at the monthly meeting")
    assert await manager.read(CURRENT) == told
    assert (await stranger.read(CURRENT))["version"] == 0


async def test_every_version_stays(manager: Caller) -> None:
    for version, rounds in enumerate((3, 4, 5)):
        await manager.patch(CURRENT, changing(rounds=rounds), If_Match=f'"{version}"')
    first = await manager.read("/v1/risk-policies", limit=2)
    assert [each["rounds"] for each in first["items"]] == [5, 4]
    assert [each["rounds"] for each in (await manager.read(first["next"]))["items"]] == [3]


async def test_no_version_is_changed_in_the_database(manager: Caller, database: Clone, store: AStore) -> None:
    await manager.patch(CURRENT, changing(rounds=3), If_Match='"0"')
    connection = await asyncpg.connect(database.app_url)
    try:
        await connection.execute(f"SET app.store = '{store.id}'")
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute("UPDATE risk_policies SET reason = 'another'")
    finally:
        await connection.close()


async def test_of_two_who_change_it_at_once_one_wins(manager: Caller) -> None:
    answers = await asyncio.gather(
        *(manager.patch(CURRENT, changing(rounds=rounds), If_Match='"0"') for rounds in (3, 4))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert (await manager.patch(CURRENT, changing(rounds=5))).status_code == 428


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"overrun": "0"}, "/overrun"),
        ({"overrun": 1.1}, "/overrun"),
        ({"credibility": "1"}, "/credibility"),
        ({"credibility": "0.4"}, "/credibility"),
        ({"minimum_peers": 0}, "/minimum_peers"),
        ({"window_days": 367}, "/window_days"),
        ({"window_days": "60"}, "/window_days"),
        ({"low_score": "101"}, "/low_score"),
        ({"margins": {"complaints": "-1"}}, "/margins/complaints"),
        ({"margins": {"money_overrun": "2"}}, "/margins/money_overrun/[key]"),
        ({"promise_question": "a\x00"}, "/promise_question"),
        ({"nonsense": 1}, "/nonsense"),
        ({}, ""),
        ({"padded": "1.2"}, ""),
    ],
)
async def test_thresholds_that_cannot_be_are_refused(manager: Caller, wrong: dict[str, Any], pointer: str) -> None:
    refused = await manager.patch(CURRENT, changing(**wrong), If_Match='"0"')
    assert problem(refused) == (422, "invalid")
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
    assert (await manager.read(CURRENT))["version"] == 0


async def test_a_reason_is_needed(manager: Caller) -> None:
    for reason in ({}, {"reason": " "}):
        assert (await manager.patch(CURRENT, {"rounds": 3, **reason}, If_Match='"0"')).status_code == 422


async def test_who_is_measured_may_read_by_what_and_only_managers_change_it(caller_as: Callable[..., Caller]) -> None:
    for role in ("service_advisor", "technician", "desk_supervisor", "workshop_manager", "auditor"):
        caller = caller_as(role, employee="X1")
        assert (await caller.get(CURRENT)).status_code == 200, role
        assert (await caller.patch(CURRENT, changing(rounds=3), If_Match='"0"')).status_code == 403, role
    assert (await caller_as("cashier").get(CURRENT)).status_code == 403
    changed = await caller_as("service_manager", employee="M1").patch(CURRENT, changing(rounds=3), If_Match='"0"')
    assert changed.status_code == 200
