"""Who leads and who manages a team: set from a day on, and whose pools one sees and adjusts by it (一.6)."""

import asyncio
from decimal import Decimal
from typing import Any

import httpx
import orjson
import pytest

from services.payroll.domain.people.team_heads import Heads, teams_in_hand
from tests.harness import AStore, Keys, bearer, deliver, feed_of
from tests.payroll import makers
from tests.payroll.test_events import faults_of
from tests.payroll.test_pay_months import SEPTEMBER, Office, lines_of, office, refused

__all__ = ["office"]

MECHANICS, PAINTERS = "机电一组", "钣喷一组"
HEADS = {
    MECHANICS: Heads("J101", frozenset({"WM01"})), PAINTERS: Heads("B201", frozenset({"WM01", "WM02"})),
    "业务组": Heads(None, frozenset()),
}  # fmt: skip
NOBODY = {team: Heads(None, frozenset()) for team in HEADS}
ROWS = (
    {"row": 1, "number": "B201", "name": "钱进", "post": "body_technician", "team": PAINTERS, "coefficient": "1"},
    {"row": 2, "number": "B202", "name": "孙立", "post": "body_technician", "team": PAINTERS, "coefficient": "0.8"},
    {"row": 3, "number": "Q301", "name": "周谨", "post": "quality_inspector", "team": MECHANICS},
    {"row": 4, "number": "WM01", "name": "吴海", "post": "workshop_manager"},
    {"row": 5, "number": "WM02", "name": "郑云", "post": "workshop_manager"},
)


@pytest.mark.parametrize(
    ("employee", "heads", "is_manager", "teams"),
    [
        ("J101", HEADS, False, {MECHANICS}),
        ("WM01", HEADS, True, {MECHANICS, PAINTERS}),
        ("WM02", HEADS, True, {PAINTERS}),
        ("WM02", HEADS, False, {PAINTERS}),
        ("WM03", HEADS, True, set()),
        ("SA01", HEADS, False, set()),
        (None, HEADS, True, set()),
        ("WM03", NOBODY, True, {MECHANICS, PAINTERS}),
        (None, NOBODY, True, {MECHANICS, PAINTERS}),
        (None, NOBODY, False, set()),
        ("WM03", {**NOBODY, MECHANICS: Heads("J101", frozenset())}, True, {MECHANICS, PAINTERS}),
        ("WM03", {**NOBODY, "业务组": Heads(None, frozenset({"DS01"}))}, True, set()),
    ],
)
def test_one_has_in_hand_the_teams_that_one_leads_or_manages_and_every_workshop_team_while_no_manager_is_told(
    employee: str | None, heads: dict[str, Heads], is_manager: bool, teams: set[str]
) -> None:
    assert teams_in_hand(employee, heads, (MECHANICS, PAINTERS), is_workshop_manager=is_manager) == teams


async def put_heads(
    office: Office, team: str, leader: str | None, *managers: str, day: str = "2026-09-01", version: int = 0
) -> httpx.Response:
    body = {"leader": leader, "managers": managers}
    headers = {**office.clerk, "If-Match": f'"{version}"'}
    return await office.small.client.put(f"/v1/teams/{team}/heads/{day}", json=body, headers=headers)


async def staff(office: Office) -> None:
    """A second team with hours of its own, an inspector among the mechanics, two managers."""
    body = {"source": "dms", "rows": list(ROWS)}
    answer = await office.small.client.post("/v1/bulk/employees", json=body, headers=office.small.headers)
    assert answer.json()["counts"] == {"created": len(ROWS)}, answer.text
    store = office.small.store.id
    labour = makers.labour_event(store, "W1", 7, "8.00", technician="B201", team=PAINTERS)
    await deliver(office.small.app, "workorder", store, labour)


async def moved(office: Office, headers: dict[str, str], team: str, *shares: tuple[str, str]) -> httpx.Response:
    pools = (await office.small.read(f"{SEPTEMBER}/pools"))["items"]
    pool = next(each["pool"] for each in pools if each["owner"] == team)
    changes = [{"employee": employee, "amount": amount} for employee, amount in shares]
    body = {"pool": pool, "owner": team, "reason": "请假", "shares": changes}
    return await office.send(f"{SEPTEMBER}/adjustments", headers, body)


async def owners_seen(office: Office, headers: dict[str, str]) -> set[str]:
    pools = await office.small.read(f"{SEPTEMBER}/pools", headers)
    return {each["owner"] for each in pools["items"]}


async def test_heads_hold_from_a_day_on_and_every_version_stays(
    office: Office, client: httpx.AsyncClient, keys: Keys
) -> None:
    await staff(office)
    for at, (leader, day) in enumerate((("J101", "2026-09-01"), ("J102", "2026-09-20"), ("Q301", "2026-09-01"))):
        told = await put_heads(office, MECHANICS, leader, "WM02", "WM01", "WM01", day=day, version=at)
        assert (told.status_code, told.headers["etag"]) == (200, f'"{at + 1}"'), told.text
    heads = await office.small.read(f"/v1/teams/{MECHANICS}/heads", office.workshop)
    assert [(each["leader"], each["valid_from"], each["set_by"]) for each in heads["heads"]] == [
        ("J101", "2026-09-01", "CL01"), ("J102", "2026-09-20", "CL01"), ("Q301", "2026-09-01", "CL01"),
    ]  # fmt: skip
    led = {}
    for day in ("2026-08-31", "2026-09-01", "2026-09-19", "2026-09-20"):
        teams = (await office.small.read(f"/v1/teams?on={day}"))["items"]
        led[day] = next((each["leader"], each["managers"]) for each in teams if each["name"] == MECHANICS)
    managers = ["WM01", "WM02"]
    assert led == {
        "2026-08-31": (None, []), "2026-09-01": ("Q301", managers), "2026-09-19": ("Q301", managers),
        "2026-09-20": ("J102", managers),
    }  # fmt: skip
    events = [each for each in await feed_of(client, keys, "payroll") if each["type"] == "payroll.team.changed"]
    assert [each["data"]["leader"] for each in events] == ["J101", "J102", "Q301"]
    assert not any(faults_of(each["type"], each["data"]) for each in events)


async def test_heads_that_are_nobody_here_are_refused_with_their_place_and_of_two_changes_at_once_one_is_told(
    office: Office,
) -> None:
    unknown = await put_heads(office, MECHANICS, "J999", "J101", "J998")
    refused(unknown, 422, "team-heads-unknown")
    assert [each["pointer"] for each in unknown.json()["errors"]] == ["/leader", "/managers/1"]
    refused(await put_heads(office, "没有的组/甲", "J101"), 404, "not-found")
    body = {"leader": "J101", "managers": []}
    address = f"/v1/teams/{MECHANICS}/heads/2026-09-01"
    refused(await office.small.client.put(address, json=body, headers=office.clerk), 428, "version-required")
    workshop = {**office.workshop, "If-Match": '"0"'}
    refused(await office.small.client.put(address, json=body, headers=workshop), 403, "role-missing")
    both = await asyncio.gather(*(put_heads(office, MECHANICS, leader) for leader in ("J101", "J102")))
    assert sorted(each.status_code for each in both) == [200, 412]
    assert (await office.small.read(f"/v1/teams/{MECHANICS}/heads"))["version"] == 1


async def test_a_manager_and_a_leader_see_and_adjust_the_pools_of_their_own_teams_only(
    office: Office, keys: Keys, store: AStore
) -> None:
    await staff(office)
    assert (await put_heads(office, MECHANICS, "J101", "WM01")).status_code == 200
    assert (await put_heads(office, PAINTERS, "B201", "WM02")).status_code == 200
    await office.lock()
    painters_manager = bearer(keys, "payroll", "workshop_manager", stores=[store], employee="WM02")
    leader, member = (office.small.person(number, "technician") for number in ("J101", "J102"))
    seen = {}
    for name, headers in (
        ("WM01", office.workshop),
        ("WM02", painters_manager),
        ("J101", leader),
        ("CL01", office.clerk),
    ):
        seen[name] = await owners_seen(office, headers)
    assert seen == {
        "WM01": {MECHANICS}, "WM02": {PAINTERS}, "J101": {MECHANICS}, "CL01": {MECHANICS, PAINTERS},
    }  # fmt: skip
    for address in ("pools", "adjustments"):
        refused(await office.small.client.get(f"{SEPTEMBER}/{address}", headers=member), 403, "pool-not-yours")
    own = (("J101", "-5.00"), ("J102", "5.00"))
    for stranger in (painters_manager, member, office.small.person("SA01")):
        refused(await moved(office, stranger, MECHANICS, *own), 403, "pool-not-yours")
    made = await moved(office, leader, MECHANICS, *own)
    assert made.status_code == 201, made.text
    address = f"/v1/adjustments/{made.json()['id']}"
    lists = {}
    for name, headers in (("WM01", office.workshop), ("WM02", painters_manager), ("J101", leader)):
        lists[name] = len((await office.small.read(f"{SEPTEMBER}/adjustments", headers))["items"])
    assert lists == {"WM01": 1, "WM02": 0, "J101": 1}
    assert (await office.small.read(address, leader))["proposed_by"] == "J101"
    assert (await office.small.read(address, office.workshop))["reason"] == "请假"
    for stranger in (painters_manager, member):
        refused(await office.small.client.get(address, headers=stranger), 404, "not-found")
        refused(await office.send(f"{address}/withdraw", stranger, {}, 1), 404, "not-found")
    refused(await office.send(f"{address}/withdraw", office.workshop, {}, 1), 403, "own-work-not-approved")
    refused(await office.small.client.get(f"{SEPTEMBER}/statements/J102", headers=leader), 404, "not-found")
    assert (await office.done(f"{address}/withdraw", leader, 1, {}))["state"] == "withdrawn"


async def test_a_leader_of_before_the_months_last_day_has_the_team_no_more(office: Office) -> None:
    await staff(office)
    await put_heads(office, MECHANICS, "J101", day="2026-08-01")
    await put_heads(office, MECHANICS, "J102", day="2026-09-30", version=1)
    await office.lock()
    leaders = [office.small.person(number, "technician") for number in ("J101", "J102")]
    refused(await office.small.client.get(f"{SEPTEMBER}/pools", headers=leaders[0]), 403, "pool-not-yours")
    assert await owners_seen(office, leaders[1]) == {MECHANICS}


async def test_who_leads_a_team_does_not_approve_what_he_proposed_there(
    office: Office, keys: Keys, store: AStore
) -> None:
    await staff(office)
    await put_heads(office, MECHANICS, "J101")
    await office.lock()
    made = (
        await moved(office, office.small.person("J101", "technician"), MECHANICS, ("J101", "-1.00"), ("J102", "1.00"))
    ).json()
    address = f"/v1/adjustments/{made['id']}/approve"
    himself = bearer(keys, "payroll", "service_manager", stores=[store], employee="J101")
    refused(await office.send(address, office.small.person("J101", "technician"), {}, 1), 403, "role-missing")
    refused(await office.send(address, himself, {}, 1), 403, "own-work-not-approved")
    assert (await office.done(address, office.manager, 1, {}))["decided_by"] == "SM01"


async def test_a_member_without_a_share_of_the_pool_can_be_given_one_and_nobody_else(office: Office) -> None:
    await staff(office)
    locked = await office.lock()
    pools = (await office.small.read(f"{SEPTEMBER}/pools", office.workshop))["items"]
    shares = {each["employee"]: Decimal(each["share"]) for each in pools if each["owner"] == MECHANICS}
    assert set(shares) == {"J101", "J102", "Q301"}
    assert shares["Q301"] == 0
    stranger = await moved(office, office.workshop, MECHANICS, ("J101", "-5.00"), ("B201", "5.00"))
    refused(stranger, 422, "adjustment-refused")
    assert [(each["pointer"], each["code"]) for each in stranger.json()["errors"]] == [
        ("/shares/1/employee", "not-in-team")
    ]
    made = await moved(office, office.workshop, MECHANICS, ("J101", "-5.00"), ("Q301", "5.00"))
    assert made.status_code == 201, made.text
    await office.done(f"/v1/adjustments/{made.json()['id']}/approve", office.manager, 1, {})
    pools = (await office.small.read(f"{SEPTEMBER}/pools"))["items"]
    now = {each["employee"]: (Decimal(each["share"]), Decimal(each["now"])) for each in pools}
    assert now["Q301"] == (Decimal(0), Decimal(5))
    assert now["J101"] == (shares["J101"], shares["J101"] - 5)
    at = await office.done(f"{SEPTEMBER}/approve", office.workshop, locked["version"])
    at = await office.done(f"{SEPTEMBER}/approve", office.manager, at["version"])
    closed = await office.done(f"{SEPTEMBER}/close", office.clerk, at["version"])
    paid = await lines_of(office, "2026-09")
    assert (paid["Q301"], sum(paid.values())) == (Decimal(5), Decimal(closed["total"]))
    told: Any = orjson.loads((await office.small.read(f"{SEPTEMBER}/statements/Q301"))["document"])
    assert [(line["amount"], line["adjusted"]) for line in told["lines"]] == [("5.00", "请假 (WM01 → SM01)")]


async def test_who_left_the_team_before_the_months_last_day_gets_nothing_of_its_pool(office: Office) -> None:
    await staff(office)
    left = await office.small.client.patch(
        "/v1/employees/Q301", json={"left_on": "2026-09-29"}, headers={**office.clerk, "If-Match": '"1"'}
    )
    assert left.status_code == 200, left.text
    await office.lock()
    given = await moved(office, office.workshop, MECHANICS, ("J101", "-5.00"), ("Q301", "5.00"))
    refused(given, 422, "adjustment-refused")


async def test_who_is_on_probation_gets_nothing_of_a_pool_by_hand_either(office: Office) -> None:
    """一.4: an employee on probation gets no commission."""
    await staff(office)
    row = ROWS[2] | {"probation_until": "2026-10-15", "effective_from": "2026-09-01"}
    body = {"source": "dms", "rows": [row]}
    told = await office.small.client.post("/v1/bulk/employees", json=body, headers=office.small.headers)
    assert (row["number"], told.json()["counts"]) == ("Q301", {"updated": 1}), told.text
    await office.lock()
    given = await moved(office, office.workshop, MECHANICS, ("J101", "-5.00"), ("Q301", "5.00"))
    refused(given, 422, "adjustment-refused")
