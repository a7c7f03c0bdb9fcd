"""Accounts, memberships, clients and stores: who may make and change them."""

import asyncio
from contextlib import nullcontext
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from gateway.identity.domain import (
    Administrator,
    IdentityRefusal,
    Standing,
    check_password,
    check_store,
    may_see,
    require_full_rule,
    require_rule_over,
)
from tests.gateway.people import PASSWORD, Headers, bootstrapped, log_in, made, make_account, make_store, seen
from tests.harness import Keys, feed_of


@pytest.fixture
async def first(gateway_app: FastAPI) -> str:
    """The id of the store of the new installation."""
    return str((await bootstrapped(gateway_app)).store_id)


@pytest.fixture
async def admin(gateway: httpx.AsyncClient, first: str) -> Headers:
    return {**(await log_in(gateway)).headers, "X-Store": first}


async def act(
    client: httpx.AsyncClient, method: str, account: dict[str, Any], action: str, by: Headers, body: object = None
) -> httpx.Response:
    path = f"/v1/accounts/{account['id']}{action}"
    return await client.request(method, path, json=body, headers={**by, **seen(account)})


async def test_an_account_has_its_roles_and_number_in_each_store(
    gateway: httpx.AsyncClient, admin: Headers, first: str
) -> None:
    second = await make_store(gateway, admin)
    await make_account(gateway, admin, "Li", (first, "cashier", "E1"), (second["id"], "payroll_clerk", "E9"))
    person = await log_in(gateway, "li", PASSWORD)
    here = made(await gateway.get("/v1/me", headers=person.at("S1")))
    there = made(await gateway.get("/v1/me", headers=person.at("S2")))
    assert (here["roles"], here["employee"]) == (["cashier"], "E1")
    assert (there["roles"], there["employee"]) == (["payroll_clerk"], "E9")
    nowhere = made(await gateway.get("/v1/me", headers=person.headers))
    assert (nowhere["roles"], nowhere["employee"], nowhere["store"]) == ([], None, None)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"password": "short"}, 422, "password-length"),
        ({"platform_roles": ["cashier"]}, 422, "unknown-role"),
        ({"platform_roles": ["service"]}, 422, "unknown-role"),
        ({"memberships": [{"store_id": "00000000-0000-7000-8000-000000000000", "roles": []}]}, 422, "store-unknown"),
        ({"colour": "red"}, 422, "extra_forbidden"),
        ({"username": ""}, 422, "string_too_short"),
    ],
)
async def test_an_account_that_makes_no_sense_is_refused_with_its_field(
    gateway: httpx.AsyncClient, admin: Headers, change: dict[str, Any], status: int, code: str
) -> None:
    body = {"username": "x", "name": "X", "password": PASSWORD, **change}
    response = await gateway.post("/v1/accounts", json=body, headers=admin)
    assert (response.status_code, response.json()["errors"][0]["code"]) == (status, code)


async def test_names_and_employees_are_there_once(gateway: httpx.AsyncClient, admin: Headers, first: str) -> None:
    await make_account(gateway, admin, "wei", (first, "cashier", "E1"))
    body = {"username": "WEI", "name": "W", "password": PASSWORD}
    taken = await gateway.post("/v1/accounts", json=body, headers=admin)
    assert (taken.status_code, taken.json()["type"]) == (409, "urn:aftermile:problem:name-taken")
    second = {
        "username": "bo",
        "name": "B",
        "password": PASSWORD,
        "memberships": [{"store_id": first, "roles": [], "employee": "E1"}],
    }
    taken = await gateway.post("/v1/accounts", json=second, headers=admin)
    assert (taken.status_code, taken.json()["type"]) == (409, "urn:aftermile:problem:employee-taken")
    found = made(await gateway.get("/v1/accounts", headers=admin))["items"]
    assert [account["username"] for account in found] == ["admin", "wei"], "the refused one left nothing behind"
    both = await asyncio.gather(
        *(gateway.post("/v1/stores", headers=admin, json={"code": "S9", "name": "9", "time_zone": "UTC"}) for _ in "ab")
    )
    assert sorted(r.status_code for r in both) == [201, 409]


async def test_a_change_says_which_version_it_is_for(gateway: httpx.AsyncClient, admin: Headers, first: str) -> None:
    account = await make_account(gateway, admin, "wei", (first, "cashier", None))
    path = f"/v1/accounts/{account['id']}"
    assert (await gateway.patch(path, json={"name": "A"}, headers=admin)).status_code == 428
    changed = made(await act(gateway, "PATCH", account, "", admin, {"name": "A"}))
    assert changed["version"] == 2
    assert (await act(gateway, "PATCH", account, "", admin, {"name": "B"})).status_code == 412
    assert (await gateway.get(path, headers=admin)).headers["etag"] == '"2"'


async def test_memberships_are_given_changed_and_taken(gateway: httpx.AsyncClient, admin: Headers, first: str) -> None:
    second = await make_store(gateway, admin)
    account = await make_account(gateway, admin, "wei", (first, "cashier", "E1"))
    there = f"/memberships/{second['id']}"
    account = made(await act(gateway, "PUT", account, there, admin, {"roles": ["technician"], "employee": "E2"}))
    assert [(m["store_code"], m["roles"]) for m in account["memberships"]] == [
        ("S1", ["cashier"]),
        ("S2", ["technician"]),
    ]
    account = made(await act(gateway, "PUT", account, there, admin, {"roles": ["cashier"], "employee": "E3"}))
    assert account["memberships"][1]["employee"] == "E3"
    account = made(await act(gateway, "DELETE", account, f"/memberships/{first}", admin))
    assert [m["store_code"] for m in account["memberships"]] == ["S2"]
    assert (await act(gateway, "DELETE", account, f"/memberships/{first}", admin)).status_code == 404


async def test_a_reset_password_ends_every_login(gateway: httpx.AsyncClient, admin: Headers, first: str) -> None:
    account = await make_account(gateway, admin, "wei", (first, "cashier", None))
    person = await log_in(gateway, "wei", PASSWORD)
    made(await act(gateway, "POST", account, "/reset-password", admin, {"password": "quite another"}))
    renewal = await gateway.post("/v1/refresh", json={"refresh_token": person.tokens["refresh_token"]})
    assert renewal.status_code == 401
    await log_in(gateway, "wei", "quite another")


async def test_the_last_administrator_of_the_platform_stays(gateway: httpx.AsyncClient, admin: Headers) -> None:
    (own,) = made(await gateway.get("/v1/accounts", headers=admin))["items"]
    for method, action, body in (("POST", "/disable", None), ("PATCH", "", {"platform_roles": []})):
        refused = await act(gateway, method, own, action, admin, body)
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:aftermile:problem:last-administrator")
    await make_account(gateway, admin, "second", platform_roles=["administrator"])
    assert made(await act(gateway, "POST", own, "/disable", admin))["active"] is False


async def test_who_was_dismissed_administers_nothing_though_his_token_lives(
    gateway: httpx.AsyncClient, admin: Headers, first: str
) -> None:
    account = await make_account(gateway, admin, "wei", (first, "administrator", None))
    person = await log_in(gateway, "wei", PASSWORD)
    made(await act(gateway, "POST", account, "/disable", admin))
    assert made(await gateway.get("/v1/accounts", headers=person.headers))["items"] == []


async def test_the_administrator_of_a_store_rules_his_store_only(
    gateway: httpx.AsyncClient, admin: Headers, first: str
) -> None:
    second = await make_store(gateway, admin)
    await make_account(gateway, admin, "chief", (second["id"], "administrator", None))
    elsewhere = await make_account(gateway, admin, "elsewhere", (first, "cashier", None))
    shared = await make_account(gateway, admin, "shared", (first, "cashier", None), (second["id"], "cashier", None))
    chief = (await log_in(gateway, "chief", PASSWORD)).headers
    own = await make_account(gateway, chief, "own", (second["id"], "technician", None))
    listed = made(await gateway.get("/v1/accounts", headers=chief))["items"]
    assert [account["username"] for account in listed] == ["admin", "chief", "own", "shared"]
    assert [m["store_code"] for m in listed[3]["memberships"]] == ["S2"], "where else someone works is not his to know"
    reset = {"password": "quite another"}
    for account, status in ((elsewhere, 404), (shared, 403), (own, 200)):
        assert (await act(gateway, "POST", account, "/reset-password", chief, reset)).status_code == status
    body = {"username": "y", "name": "Y", "password": PASSWORD}
    for escalation in (
        {"platform_roles": ["auditor"], "memberships": [{"store_id": second["id"], "roles": []}]},
        {"memberships": [{"store_id": first, "roles": ["administrator"]}]},
        {},
    ):
        assert (await gateway.post("/v1/accounts", json={**body, **escalation}, headers=chief)).status_code == 403
    store = {"code": "S3", "name": "Three", "time_zone": "UTC"}
    assert (await gateway.post("/v1/stores", json=store, headers=chief)).status_code == 403
    client = {"name": "DMS", "roles": ["dms"], "store_ids": [first]}
    assert (await gateway.post("/v1/clients", json=client, headers=chief)).status_code == 403
    cashier = await log_in(gateway, "shared", PASSWORD)
    assert (await gateway.get("/v1/accounts", headers=cashier.at("S2"))).status_code == 403


async def test_a_store_is_made_and_changed_with_its_events(
    gateway: httpx.AsyncClient, admin: Headers, keys: Keys
) -> None:
    store = await make_store(gateway, admin)
    path = f"/v1/stores/{store['id']}"
    changed = made(await gateway.patch(path, json={"name": "New"}, headers={**admin, **seen(store)}))
    assert (changed["name"], changed["version"]) == ("New", 2)
    assert (await gateway.patch(path, json={"name": "X"}, headers={**admin, **seen(store)})).status_code == 412
    bad = await gateway.patch(path, json={"time_zone": "Mars/Base"}, headers={**admin, **seen(changed)})
    assert bad.json()["errors"][0]["code"] == "time-zone-unknown"
    events = [e for e in await feed_of(gateway, keys, "gateway") if e["subject"] == store["id"]]
    assert [(e["type"], e["entityversion"]) for e in events] == [
        ("gateway.store.created", 1),
        ("gateway.store.changed", 2),
    ]
    assert events[1]["data"] == {"id": store["id"], "code": "S2", "name": "New", "time_zone": "Asia/Shanghai",
                                 "currency": "CNY"}  # fmt: skip
    listed = made(await gateway.get("/v1/stores", headers=admin))["items"]
    assert [s["code"] for s in listed] == ["S1", "S2"]


async def test_a_store_made_twice_with_one_key_is_made_once(gateway: httpx.AsyncClient, admin: Headers) -> None:
    body = {"code": "S2", "name": "Two", "time_zone": "UTC"}
    answers = [await gateway.post("/v1/stores", json=body, headers={**admin, "Idempotency-Key": "k"}) for _ in range(2)]
    assert [a.status_code for a in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotent-replayed"] == "true"


STORES = {name: UUID(int=number) for number, name in enumerate("AB")}
PLATFORM = Administrator(platform=True, stores=frozenset())
CHIEF = Administrator(platform=False, stores=frozenset({STORES["A"]}))
NOBODY = Administrator(platform=False, stores=frozenset())


def standing(*stores: str, platform: bool = False) -> Standing:
    roles = frozenset({"auditor"} if platform else ())
    return Standing(roles, {STORES[name]: frozenset({"cashier"}) for name in stores})


@pytest.mark.parametrize(
    ("administrator", "account", "sees", "rules"),
    [
        (PLATFORM, standing(), True, True),
        (PLATFORM, standing("B", platform=True), True, True),
        (CHIEF, standing("A"), True, True),
        (CHIEF, standing("A", "B"), True, False),
        (CHIEF, standing("A", platform=True), True, False),
        (CHIEF, standing("B"), False, False),
        (CHIEF, standing(), False, False),
        (NOBODY, standing("A"), False, False),
    ],
)
def test_who_may_see_and_rule_an_account(
    administrator: Administrator, account: Standing, sees: bool, rules: bool
) -> None:
    assert may_see(administrator, account) is sees
    with nullcontext() if rules else pytest.raises(IdentityRefusal):
        require_full_rule(administrator, account)


def test_a_membership_is_given_by_who_rules_its_store() -> None:
    require_rule_over(PLATFORM, STORES.values())
    require_rule_over(CHIEF, [STORES["A"]])
    with pytest.raises(IdentityRefusal):
        require_rule_over(CHIEF, STORES.values())


@pytest.mark.parametrize(
    ("code", "zone", "currency"),
    [("", "UTC", "CNY"), ("a b", "UTC", "CNY"), ("x" * 33, "UTC", "CNY"), ("S1", "", "CNY"), ("S1", "/etc", "CNY"),
     ("S1", "UTC", "cny"), ("S1", "../UTC", "CNY")],
)  # fmt: skip
def test_a_store_that_makes_no_sense_is_refused(code: str, zone: str, currency: str) -> None:
    with pytest.raises(IdentityRefusal):
        check_store(code, zone, currency)


@pytest.mark.parametrize(("length", "good"), [(9, False), (10, True), (200, True), (201, False)])
def test_a_password_is_long_enough_and_not_endless(length: int, good: bool) -> None:
    if good:
        check_password("密" * length)
        return
    with pytest.raises(IdentityRefusal):
        check_password("密" * length)
