"""Coming in: by password, by refresh token, by client secret; and staying out."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import text

from chassis.auth import Verifier
from gateway.bootstrap import bootstrap
from gateway.identity.domain import ATTEMPT_LIMITS, seconds_to_wait, username_of
from tests.gateway.people import ADMIN_PASSWORD, PASSWORD, bootstrapped, log_in, made, make_account, make_store, seen
from tests.harness import Keys

WRONG = {"username": "admin", "password": "not the password"}


@pytest.fixture(autouse=True)
async def installed(gateway_app: FastAPI) -> None:
    await bootstrapped(gateway_app)


async def test_a_new_installation_has_one_store_and_one_account_however_often_it_is_made(gateway_app: FastAPI) -> None:
    database = gateway_app.state.database
    results = [
        await bootstrap(database, p, "S1", "Other name", "Asia/Shanghai")
        for p in ("another password", "third password")
    ]
    assert len({(r.store_id, r.account_id) for r in results}) == 1
    async with database.transaction() as session:
        counts = [await session.scalar(text(f"SELECT count(*) FROM {t}")) for t in ("store", "account", "membership")]
        events = await session.scalar(text("SELECT count(*) FROM feed_event WHERE type = 'gateway.store.created'"))
    assert (counts, events) == ([1, 1, 1], 1)


async def test_a_login_gives_a_token_with_stores_and_roles(gateway: httpx.AsyncClient, keys: Keys) -> None:
    person = await log_in(gateway)
    caller = Verifier(keys.jwks, "gateway").verify(person.tokens["access_token"], now=time.time())
    assert (caller.kind, caller.roles) == ("staff", frozenset({"administrator"}))
    assert [(s.code, s.time_zone, s.currency) for s in caller.stores] == [("S1", "Asia/Shanghai", "CNY")]
    assert caller.expires_at == pytest.approx(time.time() + 900, abs=60)
    me = made(await gateway.get("/v1/me", headers=person.headers))
    assert (me["store"], me["roles"], me["name"]) == ("S1", ["administrator"], "Administrator")


@pytest.mark.parametrize("name", ["ADMIN", " admin ", "ａｄｍｉｎ"])
async def test_letter_case_and_width_of_a_name_make_no_difference(gateway: httpx.AsyncClient, name: str) -> None:
    await log_in(gateway, name)
    assert username_of(name) == "admin"


async def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(gateway: httpx.AsyncClient) -> None:
    answers = []
    for body in (WRONG, {**WRONG, "username": "nobody"}):
        response = await gateway.post("/v1/login", json=body)
        answers.append((response.status_code, {**response.json(), "trace_id": ""}))
    assert answers[0] == answers[1]
    assert answers[0][0] == 401


@pytest.mark.parametrize("hashes", [PasswordHasher()], ids=["as they are"], indirect=True)
async def test_an_unknown_name_takes_as_long_as_a_wrong_password(gateway: httpx.AsyncClient) -> None:
    """Processor time, so that a busy machine does not count, and the quickest of some: the rest is disturbed."""
    took: dict[str, list[float]] = {"admin": [], "nobody": []}
    for name in [*took] * 4:
        began = time.process_time()
        await gateway.post("/v1/login", json={**WRONG, "username": name})
        took[name].append(time.process_time() - began)
    known, unknown = min(took["admin"]), min(took["nobody"])
    assert known / 2 < unknown < known * 2


async def test_after_too_many_failures_even_the_right_password_has_to_wait(gateway: httpx.AsyncClient) -> None:
    limit = ATTEMPT_LIMITS["account"].attempts
    guesses = await asyncio.gather(*(gateway.post("/v1/login", json=WRONG) for _ in range(limit + 2)))
    assert sorted(g.status_code for g in guesses) == [401] * limit + [429] * 2
    right = await gateway.post("/v1/login", json={"username": "admin", "password": ADMIN_PASSWORD})
    assert right.status_code == 429
    assert 0 < int(right.headers["retry-after"]) <= 901
    unknown = [await gateway.post("/v1/login", json={**WRONG, "username": "nobody"}) for _ in range(limit + 1)]
    assert unknown[-1].status_code == 429, "a name that does not exist is throttled alike"


async def test_a_success_forgets_the_failures_before_it(gateway: httpx.AsyncClient) -> None:
    limit = ATTEMPT_LIMITS["account"].attempts
    for _ in range(2):
        for _ in range(limit - 1):
            assert (await gateway.post("/v1/login", json=WRONG)).status_code == 401
        await log_in(gateway)


async def test_when_the_window_has_passed_attempts_are_free_again(
    gateway: httpx.AsyncClient, gateway_app: FastAPI
) -> None:
    sessions, now = gateway_app.state.sessions, datetime.now(UTC)
    for _ in range(ATTEMPT_LIMITS["account"].attempts + 1):
        with pytest.raises(Exception, match=r"wrong|wait"):
            await sessions.log_in("admin", "no", "1.2.3.4", now)
    await sessions.log_in("admin", ADMIN_PASSWORD, "1.2.3.4", now + timedelta(minutes=15))


@pytest.mark.parametrize(("attempts", "minutes", "wait"), [(10, 0, 0), (11, 0, 901), (11, 10, 301), (200, 14.99, 1)])
def test_who_waits_waits_until_the_window_ends(attempts: int, minutes: float, wait: int) -> None:
    began = datetime(2026, 9, 1, tzinfo=UTC)
    assert seconds_to_wait(ATTEMPT_LIMITS["account"], attempts, began, began + timedelta(minutes=minutes)) == wait


async def test_a_refresh_token_is_good_once(gateway: httpx.AsyncClient) -> None:
    person = await log_in(gateway)
    old = {"refresh_token": person.tokens["refresh_token"]}
    stale = {"Authorization": "Bearer expired.or.broken"}
    renewed = made(await gateway.post("/v1/refresh", json=old, headers=stale))
    assert made(await gateway.get("/v1/me", headers={"Authorization": f"Bearer {renewed['access_token']}"}))
    assert renewed["refresh_token"] != old["refresh_token"]


async def test_a_refresh_token_used_twice_ends_the_whole_login(gateway: httpx.AsyncClient) -> None:
    person = await log_in(gateway)
    old = {"refresh_token": person.tokens["refresh_token"]}
    new = {"refresh_token": made(await gateway.post("/v1/refresh", json=old))["refresh_token"]}
    assert (await gateway.post("/v1/refresh", json=old)).status_code == 401
    assert (await gateway.post("/v1/refresh", json=new)).status_code == 401, "whoever holds the newer one is out too"
    await log_in(gateway)


async def test_of_two_renewals_at_once_one_succeeds(gateway: httpx.AsyncClient) -> None:
    old = {"refresh_token": (await log_in(gateway)).tokens["refresh_token"]}
    both = await asyncio.gather(*(gateway.post("/v1/refresh", json=old) for _ in range(2)))
    assert sorted(r.status_code for r in both) == [200, 401]


async def test_logging_out_ends_renewal_and_tells_nothing_of_a_wrong_token(gateway: httpx.AsyncClient) -> None:
    person = await log_in(gateway)
    for token in (person.tokens["refresh_token"], "never given"):
        assert (await gateway.post("/v1/logout", json={"refresh_token": token})).status_code == 204
    refused = await gateway.post("/v1/refresh", json={"refresh_token": person.tokens["refresh_token"]})
    assert refused.status_code == 401


async def test_a_login_ends_after_its_days(gateway: httpx.AsyncClient, gateway_app: FastAPI) -> None:
    person = await log_in(gateway)
    later = datetime.now(UTC) + timedelta(days=30, seconds=1)
    with pytest.raises(Exception, match="log in again"):
        await gateway_app.state.sessions.renew(person.tokens["refresh_token"], later)


async def test_neither_tokens_nor_passwords_are_kept_in_the_clear(
    gateway: httpx.AsyncClient, gateway_app: FastAPI
) -> None:
    response = await gateway.post(
        "/v1/login", json={"username": "admin", "password": ADMIN_PASSWORD}, headers={"Idempotency-Key": "k"}
    )
    refresh = response.json()["refresh_token"]
    await gateway.post("/v1/login", json={"username": ADMIN_PASSWORD, "password": ADMIN_PASSWORD})
    tables = (
        "account",
        "login_session",
        "refresh_token",
        "idempotency_key",
        "audit_entry",
        "login_attempts",
        "feed_event",
    )
    async with gateway_app.state.database.transaction() as session:
        for table in tables:
            kept = str((await session.execute(text(f"SELECT {table}::text FROM {table}"))).all())
            assert ADMIN_PASSWORD.casefold() not in kept.casefold()
            assert refresh not in kept
            assert refresh.encode().hex() not in kept


async def test_a_client_comes_in_with_its_secret_and_only_for_its_stores(
    gateway: httpx.AsyncClient, keys: Keys
) -> None:
    admin = await log_in(gateway)
    store = await make_store(gateway, admin.headers)
    body = {"name": "DMS", "roles": ["dms"], "store_ids": [store["id"]]}
    client = made(await gateway.post("/v1/clients", json=body, headers=admin.headers))
    form = {
        "grant_type": "client_credentials",
        "client_id": client["client_id"],
        "client_secret": client["client_secret"],
    }
    token = made(await gateway.post("/v1/token", data=form))
    caller = Verifier(keys.jwks, "gateway").verify(token["access_token"], now=time.time())
    assert (caller.kind, caller.roles, [s.code for s in caller.stores]) == ("client", frozenset({"dms"}), ["S2"])
    assert token["refresh_token"] is None
    basic = await gateway.post(
        "/v1/token", data={"grant_type": "client_credentials"}, auth=(client["client_id"], client["client_secret"])
    )
    assert basic.status_code == 200
    for change in ({"client_secret": "wrong"}, {"client_id": "nobody"}, {"client_id": store["id"]}):
        refused = await gateway.post("/v1/token", data={**form, **change})
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert (await gateway.post("/v1/token", data={**form, "grant_type": "password"})).status_code == 400
    listed = made(await gateway.get("/v1/clients", headers=admin.headers))["items"]
    assert client["client_secret"] not in str(listed)
    assert listed[0]["store_codes"] == ["S2"]
    made(await gateway.post(f"/v1/clients/{client['id']}/revoke", headers=admin.headers))
    assert (await gateway.post("/v1/token", data=form)).status_code == 401


async def test_a_disabled_account_neither_comes_in_nor_stays(gateway: httpx.AsyncClient) -> None:
    admin = await log_in(gateway)
    store = await make_store(gateway, admin.headers)
    account = await make_account(gateway, admin.headers, "wei", (store["id"], "cashier", "E1"))
    person = await log_in(gateway, "wei", PASSWORD)
    disabled = made(
        await gateway.post(f"/v1/accounts/{account['id']}/disable", headers={**admin.headers, **seen(account)})
    )
    assert disabled["active"] is False
    refused = await gateway.post("/v1/login", json={"username": "wei", "password": PASSWORD})
    assert refused.status_code == 401
    renewal = await gateway.post("/v1/refresh", json={"refresh_token": person.tokens["refresh_token"]})
    assert renewal.status_code == 401
    made(await gateway.post(f"/v1/accounts/{account['id']}/enable", headers={**admin.headers, **seen(disabled)}))
    await log_in(gateway, "wei", PASSWORD)


async def test_the_published_keys_are_the_public_ones(gateway: httpx.AsyncClient, keys: Keys) -> None:
    response = await gateway.get("/.well-known/jwks.json")
    assert response.headers["content-type"] == "application/jwk-set+json"
    found = response.json()["keys"]
    assert {key["kid"] for key in found} >= {"gateway"}
    assert not any("d" in key for key in found)


@pytest.mark.parametrize("header", [b"Basic \xc3\xa9", b"Basic !", b"Basic /w==", b"Bearer"])
async def test_a_client_that_cannot_say_who_it_is_gets_no_token(gateway: httpx.AsyncClient, header: bytes) -> None:
    form = {"grant_type": "client_credentials"}
    answer = await gateway.post("/v1/token", data=form, headers={b"Authorization": header})
    assert answer.status_code in {400, 401}
