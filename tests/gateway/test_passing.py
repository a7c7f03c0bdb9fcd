"""What is for a service is passed on to it and back as it comes, for the caller's own store and in good time."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from chassis.auth import Verifier
from tests.gateway.conftest import Clock
from tests.gateway.test_overviews import replace
from tests.gateway.upstreams import NOBODY, FourServices, HangsUp
from tests.harness import AStore, Clone, Keys, app_of, bearer, calling, client_of, eventually, serving

Staff = dict[str, str]


async def test_a_write_reaches_the_service_as_it_was_sent(
    gateway: httpx.AsyncClient, services: FourServices, staff: Staff, keys: Keys, store: AStore
) -> None:
    services.workorder.status = 201
    services.workorder.body = '{"number":"RO1","text":"张"}'.encode()
    services.workorder.headers = [
        (b"etag", b'"1"'),
        (b"location", f"{services.urls['workorder']}/v1/repair-orders/1".encode()),
        (b"link", f'<{services.urls["workorder"]}/v1/x?cursor=1>; rel="next"'.encode()),
        (b"idempotent-replayed", b"true"),
        (b"set-cookie", b"a=b"),
    ]
    response = await gateway.post(
        "/v1/repair-orders?dry=%20yes",
        content=b'{"a": 1}',
        headers={**staff, "Idempotency-Key": "k1", "If-Match": '"7"', "X-Store": "S1", "Cookie": "c=d",
                 "Content-Type": "application/json", "traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"},
    )  # fmt: skip
    assert (response.status_code, response.content) == (201, services.workorder.body)
    assert response.headers["location"] == "/v1/repair-orders/1"
    assert response.headers["link"] == '</v1/x?cursor=1>; rel="next"'
    assert (response.headers["etag"], response.headers["idempotent-replayed"]) == ('"1"', "true")
    assert "set-cookie" not in response.headers
    seen = services.workorder.last
    assert (seen.method, seen.target, seen.body) == ("POST", "/v1/repair-orders?dry=%20yes", b'{"a": 1}')
    assert (seen.headers["idempotency-key"], seen.headers["if-match"]) == ("k1", '"7"')
    assert seen.headers["traceparent"].startswith(f"00-{'ab' * 16}-")
    assert not {"cookie", "x-store"} & set(seen.headers)
    caller = Verifier(keys.jwks, "workorder").verify(seen.headers["authorization"][7:], now=time.time())
    assert [s.id for s in caller.stores] == [store.id]
    assert caller.expires_at < time.time() + 61


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
async def test_any_method_is_passed_on(
    gateway: httpx.AsyncClient, services: FourServices, staff: Staff, method: str
) -> None:
    response = await gateway.request(method, "/v1/customers/C1", headers=staff)
    assert response.status_code == 200
    assert services.customer.last.method == method


@pytest.mark.parametrize("status", [304, 400, 404, 409, 412, 422, 428, 500, 503])
async def test_a_services_own_refusal_is_passed_on_as_it_is(
    gateway: httpx.AsyncClient, services: FourServices, staff: Staff, status: int
) -> None:
    services.payroll.status, services.payroll.body = status, b"" if status == 304 else b'{"type":"urn:x"}'
    services.payroll.headers = [(b"retry-after", b"9")]
    response = await gateway.post("/v1/runs", json={}, headers=staff)
    assert (response.status_code, response.content) == (status, services.payroll.body)
    assert response.headers["retry-after"] == "9"


@pytest.mark.parametrize(
    "path",
    ["/v1/nothing", "/v1/overview-parts/customers/1", "/v1/feed-positions/x", "/v1/bulk/nothing", "/v2/customers"],
)
async def test_what_no_service_owns_is_nowhere(gateway: httpx.AsyncClient, staff: Staff, path: str) -> None:
    assert (await gateway.get(path, headers=staff)).status_code == 404


@pytest.mark.parametrize(
    "path", ["/v1/customers/%2e%2e/changes", "/v1/customers/..%2Fchanges", "/v1/customers/..%5Cchanges"]
)
async def test_a_path_cannot_climb_out_of_its_resource(
    gateway: httpx.AsyncClient, services: FourServices, staff: Staff, path: str
) -> None:
    assert (await gateway.get(path, headers=staff)).status_code == 400
    assert not services.customer.seen


async def test_a_token_for_one_store_cannot_choose_another(
    gateway: httpx.AsyncClient, services: FourServices, keys: Keys, store: AStore, other_store: AStore
) -> None:
    one = bearer(keys, "gateway", "administrator", stores=[store])
    for wanted in ("S2", str(other_store.id), "nonsense"):
        refused = await gateway.get("/v1/customers", headers={**one, "X-Store": wanted})
        assert refused.status_code == 403
    both = bearer(keys, "gateway", "administrator", stores=[store, other_store])
    assert (await gateway.get("/v1/customers", headers=both)).status_code == 400
    assert not services.customer.seen


async def test_a_services_own_key_opens_nothing_here(
    gateway: httpx.AsyncClient, services: FourServices, keys: Keys
) -> None:
    token = keys.signer("survey").sign_as_service("gateway", now=time.time())
    for path in ("/v1/customers", "/v1/changes/payroll", "/v1/overviews/customers/1"):
        refused = await gateway.get(path, headers={"Authorization": f"Bearer {token}"})
        assert refused.status_code in {400, 403}
    assert not services.customer.seen


async def test_a_dead_service_is_named_and_worth_another_try(
    gateway: httpx.AsyncClient, gateway_app: FastAPI, staff: Staff
) -> None:
    replace(gateway_app, "survey", NOBODY)
    response = await gateway.get("/v1/scores", headers=staff)
    assert response.status_code == 503
    assert response.json()["service"] == "survey"
    assert response.headers["retry-after"] == "2"
    assert (await gateway.get("/v1/customers", headers=staff)).status_code == 200, "the others go on"


async def test_of_a_write_that_may_have_arrived_it_says_that_nobody_knows(
    gateway: httpx.AsyncClient, gateway_app: FastAPI, services: FourServices, staff: Staff
) -> None:
    async with HangsUp().serving() as address:
        replace(gateway_app, "customer", address)
        response = await gateway.post("/v1/complaints", json={}, headers=staff)
    assert response.status_code == 503
    assert "Idempotency-Key" in response.json()["detail"]
    services.workorder.hold()
    slow = await gateway.post("/v1/payments", json={}, headers={**staff, "X-Request-Deadline": "2000"})
    assert (slow.status_code, slow.json()["type"]) == (503, "urn:aftermile:problem:service-timed-out")
    assert int(services.workorder.last.headers["x-request-deadline"]) <= 2000


async def test_the_breaker_opens_and_a_service_that_is_back_is_found_again(
    gateway: httpx.AsyncClient, gateway_app: FastAPI, services: FourServices, staff: Staff, breakers_clock: Clock
) -> None:
    dead = HangsUp()
    async with dead.serving() as address:
        replace(gateway_app, "customer", address)
        for _ in range(3):
            await gateway.post("/v1/complaints", json={}, headers=staff)
        tried = dead.accepted
        refused = await gateway.post("/v1/complaints", json={}, headers=staff)
        assert (refused.status_code, dead.accepted) == (503, tried)
        assert refused.headers["retry-after"] == "5"
    replace(gateway_app, "customer", services.urls["customer"])
    breakers_clock.seconds += 5
    assert (await gateway.post("/v1/complaints", json={}, headers=staff)).status_code == 200


async def test_a_body_that_is_too_large_is_refused_however_it_comes(
    gateway: httpx.AsyncClient, services: FourServices, staff: Staff
) -> None:
    large = 32 * 1024 * 1024 + 1

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(33):
            yield b"x" * 1024 * 1024

    told = await gateway.post("/v1/bulk/customers", content=b"x" * large, headers=staff)
    untold = await gateway.post("/v1/bulk/customers", content=pieces(), headers=staff)
    assert (told.status_code, untold.status_code) == (413, 413)
    assert untold.headers["content-type"] == "application/problem+json"
    again = await gateway.post("/v1/bulk/customers", content=b"x" * 1_000_000, headers=staff)
    assert again.status_code == 200
    assert [len(request.body) for request in services.customer.seen] == [1_000_000]


async def test_a_large_answer_comes_through_whole(
    gateway: httpx.AsyncClient, services: FourServices, staff: Staff
) -> None:
    services.payroll.body = b"0123456789" * 500_000
    response = await gateway.get("/v1/runs/1/export", headers=staff)
    assert response.content == services.payroll.body


async def test_an_answer_that_breaks_off_breaks_off_for_the_caller_too(
    gateway_app: FastAPI, services: FourServices, staff: Staff
) -> None:
    services.payroll.break_off, services.payroll.body = True, b"x" * 1_000_000
    async with serving(gateway_app) as address, client_of(address) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/v1/runs", headers=staff)
        services.payroll.break_off = False
        assert (await client.get("/v1/runs", headers=staff)).status_code == 200
    await gateway_app.state.database.close()


async def test_a_read_is_given_up_when_its_caller_hangs_up_and_a_write_is_not(
    gateway_app: FastAPI, services: FourServices, staff: Staff, store: AStore
) -> None:
    customer = services.customer
    permits = gateway_app.state.services.upstream._bulkheads["customer", "pass"]._permits
    customer.hold()
    async with serving(gateway_app) as address:
        for number, method in enumerate(("POST", "GET"), start=1):
            async with client_of(address) as client:
                call = asyncio.create_task(client.request(method, "/v1/customers", headers=staff, content=b"{}"))
                await eventually(lambda: len(customer.seen) == number)  # noqa: B023 - awaited here
                assert permits._value == 8 - number
                call.cancel()
                await asyncio.gather(call, return_exceptions=True)
        await eventually(lambda: permits._value == 7)
        customer.release()
        await eventually(lambda: permits._value == 8)
        async with client_of(address) as client:
            assert (await client.get("/v1/customers", headers=staff)).status_code == 200
    async with gateway_app.state.database.transaction(store.id) as session:
        statuses = list(await session.scalars(text("SELECT status FROM audit_entry")))
    assert statuses == [200], "how the write ended is known"
    await gateway_app.state.database.close()


async def test_many_cancelled_callers_leak_nothing(
    gateway: httpx.AsyncClient, gateway_app: FastAPI, services: FourServices, staff: Staff
) -> None:
    customer = services.customer
    permits = gateway_app.state.services.upstream._bulkheads["customer", "pass"]._permits
    for _ in range(10):
        customer.hold()
        calls = [asyncio.create_task(gateway.get("/v1/customers", headers=staff)) for _ in range(40)]
        await eventually(lambda: customer.running == 8)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        await eventually(lambda: permits._value == 8)
        customer.release()
        await eventually(lambda: customer.running == 0)
    assert customer.most_running == 8
    good = await asyncio.gather(*(gateway.get("/v1/customers", headers=staff) for _ in range(50)))
    assert {response.status_code for response in good} == {200}
    assert permits._value == 8


async def test_more_callers_than_a_service_can_take_are_told_to_come_back(
    keys: Keys, services: FourServices, staff: Staff, clone_database: Callable[[str], Clone]
) -> None:
    services.survey.hold()
    limits = {"upstream_permits": 1, "upstream_waiting": 1}
    app = app_of("gateway", clone_database("gateway").app_url, keys, urls=services.urls, **limits)
    async with calling(app) as client:
        calls = [asyncio.create_task(client.get("/v1/scores", headers=staff)) for _ in range(4)]
        await eventually(lambda: sum(call.done() for call in calls) == 2)
        refused = [call.result() for call in calls if call.done()]
        assert [(a.status_code, a.headers["retry-after"]) for a in refused] == [(503, "1"), (503, "1")]
        services.survey.release()
        answers = await asyncio.gather(*calls)
        assert sorted(a.status_code for a in answers) == [200, 200, 503, 503]
        assert (await client.get("/v1/scores", headers=staff)).status_code == 200, "a refusal opens no breaker"


async def test_changes_are_read_for_the_callers_stores_and_by_who_may(
    gateway: httpx.AsyncClient, services: FourServices, keys: Keys, store: AStore, other_store: AStore
) -> None:
    services.customer.headers = [(b"feed-cursor", b"abc"), (b"feed-complete", b"true")]
    dms = bearer(keys, "gateway", "dms", stores=[store, other_store], kind="client")
    page = await gateway.get("/v1/changes/customer?after=x&wait=0", headers=dms)
    assert (page.status_code, page.headers["feed-cursor"], page.headers["feed-complete"]) == (200, "abc", "true")
    assert services.customer.last.target == "/v1/changes?after=x&wait=0"
    caller = Verifier(keys.jwks, "customer").verify(
        services.customer.last.headers["authorization"][7:], now=time.time()
    )
    assert {s.id for s in caller.stores} == {store.id, other_store.id}
    await gateway.get("/v1/changes/customer", headers={**dms, "X-Store": "S2"})
    caller = Verifier(keys.jwks, "customer").verify(
        services.customer.last.headers["authorization"][7:], now=time.time()
    )
    assert [s.id for s in caller.stores] == [other_store.id]
    assert (await gateway.get("/v1/changes/payroll", headers=dms)).status_code == 403
    assert (await gateway.get("/v1/changes/billing", headers=dms)).status_code == 404
    cashier = bearer(keys, "gateway", "cashier", stores=[store])
    assert (await gateway.get("/v1/changes/customer", headers=cashier)).status_code == 403


def test_the_gateway_owns_no_resource_of_a_service(gateway_app: FastAPI) -> None:
    own = {path.split("/")[2] for path in gateway_app.openapi()["paths"] if path.startswith("/v1/")}
    assert {"overviews", "changes", "accounts", "login", "audit", "feeds", "imports"} <= own
    assert not own & {"customers", "repair-orders", "runs", "responses"}
