"""The trail of writes: begun before, completed after, seen by who may, changed by nobody."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from gateway.identity.domain import ATTEMPT_LIMITS
from tests.gateway.people import ADMIN_PASSWORD, Headers, Person, bootstrapped, log_in, made, make_store
from tests.gateway.test_overviews import replace
from tests.gateway.upstreams import NOBODY, FourServices, HangsUp
from tests.harness import AStore, Keys, app_of, bearer, calling, eventually


@pytest.fixture
def auditor(keys: Keys, store: AStore) -> Headers:
    return bearer(keys, "gateway", "auditor", stores=[store], subject="00000000-0000-7000-8000-000000000001")


async def entries(client: httpx.AsyncClient, by: Headers, **wanted: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = made(await client.get("/v1/audit", params=wanted, headers=by))["items"]
    return found


async def test_a_write_is_recorded_with_who_where_what_and_its_end(
    gateway: httpx.AsyncClient, services: FourServices, staff: Headers, auditor: Headers
) -> None:
    services.customer.status = 409
    trace = "ab" * 16
    body = {"mobile": "13800000000"}
    await gateway.post(
        "/v1/complaints?mobile=13800000000", json=body, headers={**staff, "traceparent": f"00-{trace}-{'cd' * 8}-01"}
    )
    (entry,) = await entries(gateway, auditor)
    assert {key: entry[key] for key in ("subject", "kind", "method", "path", "status", "trace_id")} == {
        "subject": "tester",
        "kind": "staff",
        "method": "POST",
        "path": "/v1/complaints",
        "status": 409,
        "trace_id": trace,
    }
    assert entry["completed_at"] >= entry["at"]
    assert entry["duration_ms"] >= 0
    assert "13800000000" not in str(entry)


async def test_reads_and_calls_without_a_token_leave_no_entry(
    gateway: httpx.AsyncClient, staff: Headers, auditor: Headers
) -> None:
    await gateway.get("/v1/customers", headers=staff)
    assert (await gateway.post("/v1/complaints", json={})).status_code == 401
    assert await entries(gateway, auditor) == []


@pytest.mark.parametrize("query", ["reveal=true", "%72eveal=1", "x=1&reveal=yes"])
async def test_who_asks_for_a_customers_numbers_in_full_is_recorded(
    gateway: httpx.AsyncClient, staff: Headers, auditor: Headers, query: str
) -> None:
    await gateway.get(f"/v1/customers/C1?{query}", headers=staff)
    (entry,) = await entries(gateway, auditor, method="GET")
    assert (entry["subject"], entry["path"], entry["status"]) == ("tester", "/v1/customers/C1", 200)


async def test_refusals_and_failures_are_recorded_too(
    gateway: httpx.AsyncClient, gateway_app: FastAPI, staff: Headers, auditor: Headers
) -> None:
    async with HangsUp().serving() as address:
        replace(gateway_app, "payroll", address)
        await gateway.post("/v1/runs", json={}, headers=staff)
    await gateway.post("/v1/accounts", json={}, headers=staff)
    await gateway.delete("/v1/nowhere", headers=staff)
    found = await entries(gateway, auditor)
    assert [(e["method"], e["path"], e["status"]) for e in found] == [
        ("DELETE", "/v1/nowhere", 404),
        ("POST", "/v1/accounts", 403),
        ("POST", "/v1/runs", 503),
    ]


async def test_the_entry_is_there_before_the_call_is_made(
    gateway: httpx.AsyncClient, services: FourServices, staff: Headers, auditor: Headers
) -> None:
    services.workorder.hold()
    call = asyncio.create_task(gateway.post("/v1/payments", json={}, headers=staff))
    await eventually(lambda: services.workorder.seen)
    (entry,) = await entries(gateway, auditor, unfinished=True)
    assert (entry["path"], entry["status"], entry["completed_at"]) == ("/v1/payments", None, None)
    services.workorder.release()
    await call
    assert await entries(gateway, auditor, unfinished=True) == []


async def test_a_write_whose_entry_cannot_be_made_is_not_made(
    services: FourServices, keys: Keys, staff: Headers
) -> None:
    nowhere = NOBODY.replace("http://", "postgresql://nobody:none@") + "/none"
    async with calling(app_of("gateway", nowhere, keys, urls=services.urls)) as client:
        refused = await client.post("/v1/payments", json={}, headers=staff)
        assert refused.status_code == 503
        assert services.workorder.seen == []
        read = await client.get("/v1/overviews/customers/C1", headers=staff)
        assert read.status_code == 200, "reading needs no database here"


async def test_a_store_sees_its_own_entries_only(
    gateway: httpx.AsyncClient, keys: Keys, store: AStore, other_store: AStore, auditor: Headers
) -> None:
    for number, each in enumerate((store, other_store, store)):
        headers = bearer(keys, "gateway", "cashier", stores=[each], subject=f"u{number}")
        await gateway.post("/v1/payments", json={}, headers=headers)
    assert [e["subject"] for e in await entries(gateway, auditor)] == ["u2", "u0"]
    both = bearer(keys, "gateway", "auditor", stores=[store, other_store])
    assert [e["subject"] for e in await entries(gateway, {**both, "X-Store": "S2"})] == ["u1"]
    assert (await gateway.get("/v1/audit", headers=both)).status_code == 400


async def test_entries_are_found_by_what_they_say_and_page_by_page(
    gateway: httpx.AsyncClient, keys: Keys, store: AStore, auditor: Headers
) -> None:
    for number in range(5):
        headers = bearer(keys, "gateway", "cashier", stores=[store], subject=f"u{number % 2}")
        await gateway.request("PUT" if number % 2 else "POST", f"/v1/payments/{number}", headers=headers)
    assert [e["path"][-1] for e in await entries(gateway, auditor, subject="u1")] == ["3", "1"]
    assert len(await entries(gateway, auditor, method="POST")) == 3
    assert len(await entries(gateway, auditor, path="/v1/payments/4")) == 1
    at = (await entries(gateway, auditor, path="/v1/payments/2"))[0]["at"]
    assert [e["path"][-1] for e in await entries(gateway, auditor, since=at)] == ["4", "3", "2"]
    assert [e["path"][-1] for e in await entries(gateway, auditor, until=at)] == ["1", "0"]
    first = made(await gateway.get("/v1/audit", params={"limit": 3}, headers=auditor))
    second = made(await gateway.get(first["next"], headers=auditor))
    assert [e["path"][-1] for e in first["items"] + second["items"]] == ["4", "3", "2", "1", "0"]
    assert second["next"] is None
    assert (await gateway.get("/v1/audit?colour=red", headers=auditor)).status_code == 400
    cashier = bearer(keys, "gateway", "cashier", stores=[store])
    assert (await gateway.get("/v1/audit", headers=cashier)).status_code == 403


async def test_logins_are_recorded_for_the_platform_with_whose_account_it_is(
    gateway: httpx.AsyncClient, gateway_app: FastAPI, auditor: Headers
) -> None:
    installed = await bootstrapped(gateway_app)
    await gateway.post("/v1/login", json={"username": "admin", "password": "wrong, indeed"})
    admin = await log_in(gateway)
    found = await entries(gateway, admin.headers, scope="platform")
    assert [(e["path"], e["status"]) for e in found] == [("/v1/login", 200), ("/v1/login", 401)]
    assert [(e["subject"], e["name"]) for e in found] == 2 * [(str(installed.account_id), "Administrator")]
    assert ADMIN_PASSWORD not in str(found)
    refused = await gateway.get("/v1/audit", params={"scope": "platform"}, headers=auditor)
    assert refused.status_code == 403


async def test_a_name_that_is_no_account_is_not_kept_since_it_may_be_a_password(
    gateway: httpx.AsyncClient, gateway_app: FastAPI
) -> None:
    await bootstrapped(gateway_app)
    await gateway.post("/v1/login", json={"username": ADMIN_PASSWORD, "password": ADMIN_PASSWORD})
    admin = await log_in(gateway)
    _, refused = await entries(gateway, admin.headers, scope="platform")
    assert (refused["status"], refused["subject"], refused["kind"], refused["name"]) == (401, "", "", "")
    assert ADMIN_PASSWORD not in str(refused)


async def test_who_was_refused_for_trying_too_often_is_recorded(
    gateway: httpx.AsyncClient, gateway_app: FastAPI
) -> None:
    installed = await bootstrapped(gateway_app)
    admin = await log_in(gateway)
    for _ in range(ATTEMPT_LIMITS["account"].attempts + 1):
        await gateway.post("/v1/login", json={"username": "admin", "password": "wrong, indeed"})
    found = await entries(gateway, admin.headers, scope="platform", subject=str(installed.account_id))
    assert (found[0]["status"], found[1]["status"]) == (429, 401)


async def test_a_renewal_that_is_refused_is_recorded_with_whose_login_it_was(
    gateway: httpx.AsyncClient, gateway_app: FastAPI
) -> None:
    installed = await bootstrapped(gateway_app)
    admin = await log_in(gateway)
    used = {"refresh_token": admin.tokens["refresh_token"]}
    statuses = [(await gateway.post("/v1/refresh", json=used)).status_code for _ in range(2)]
    found = await entries(gateway, admin.headers, scope="platform", path="/v1/refresh")
    assert statuses == [200, 401]
    assert [(e["status"], e["subject"]) for e in found] == [
        (401, str(installed.account_id)),
        (200, str(installed.account_id)),
    ]


async def test_an_entry_is_completed_once_and_then_stays(
    gateway: httpx.AsyncClient, gateway_app: FastAPI, staff: Headers, store: AStore
) -> None:
    await gateway.post("/v1/payments", json={}, headers=staff)
    database = gateway_app.state.database
    for statement in (
        "UPDATE audit_entry SET status = 200",
        "DELETE FROM audit_entry",
        "UPDATE audit_entry SET path = ''",
    ):
        with pytest.raises(IntegrityError, match="never changed"):
            async with database.transaction(store.id) as session:
                await session.execute(text(statement))
    async with database.transaction(UUID(int=7)) as session:
        assert await session.scalar(text("SELECT count(*) FROM audit_entry")) == 0


async def test_what_the_platform_does_without_a_store_is_recorded(
    gateway: httpx.AsyncClient, gateway_app: FastAPI
) -> None:
    await bootstrapped(gateway_app)
    admin = await log_in(gateway)
    await make_store(gateway, admin.headers)
    renewed = Person(made(await gateway.post("/v1/refresh", json={"refresh_token": admin.tokens["refresh_token"]})))
    await make_store(gateway, renewed.headers, "S3")
    paths = [e["path"] for e in await entries(gateway, renewed.headers, scope="platform")]
    assert paths == ["/v1/stores", "/v1/refresh", "/v1/login"]
    assert [e["path"] for e in await entries(gateway, renewed.at("S1"))] == ["/v1/stores"]


async def test_a_path_that_opens_something_is_recorded_without_what_opens_it(
    gateway: httpx.AsyncClient, staff: Headers, auditor: Headers
) -> None:
    token = "c2VjcmV0" * 8
    await gateway.post(f"/v1/approvals/{token}/decisions", json={}, headers=staff)
    await gateway.post(f"/a/{token}", headers=staff)
    paths = [entry["path"] for entry in await entries(gateway, auditor)]
    assert [path.partition("~")[0] for path in paths] == ["/a/", "/v1/approvals/"]
    assert token not in str(paths)
