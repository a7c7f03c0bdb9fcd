"""One call, four services: every part with its state, and one bad service costs its part only."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Hashable
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI

from chassis.auth import Verifier
from gateway import overview_routes
from gateway.overviews import FIRST_FRACTION, Overview, Part
from gateway.resilience import Coalescer
from gateway.routing import SERVICES
from tests.gateway.conftest import Clock
from tests.gateway.upstreams import NOBODY, FourServices, HangsUp
from tests.harness import AStore, Keys, bearer, client_of, eventually, serving

CUSTOMER = "/v1/overviews/customers/C00001"
Staff = dict[str, str]


def states(response: httpx.Response) -> dict[str, str]:
    return {name: part["status"] for name, part in response.json().items()}


@pytest.fixture
def endless_budget(monkeypatch: pytest.MonkeyPatch) -> int:
    """So long that no test sees its end, however slow the machine."""
    monkeypatch.setattr(overview_routes, "BUDGET_MS", (50, 600_000))
    return 600_000


def replace(app: FastAPI, service: str, url: str) -> None:
    app.state.services.upstream._urls[service] = url


async def test_an_overview_has_a_part_of_every_service(
    gateway: httpx.AsyncClient, services: FourServices, staff: Staff, keys: Keys, store: AStore
) -> None:
    response = await gateway.get(CUSTOMER, headers=staff)
    assert response.status_code == 200
    assert response.headers["x-completed"] == "true"
    assert states(response) == dict.fromkeys(SERVICES, "ok")
    assert list(response.json()) == list(SERVICES)
    assert response.json()["survey"]["data"] == {"from": "survey"}
    seen = services.payroll.last
    assert seen.target == "/v1/overview-parts/customers/C00001"
    assert 0 < int(seen.headers["x-request-deadline"]) <= 5000
    token = seen.headers["authorization"].removeprefix("Bearer ")
    caller = Verifier(keys.jwks, "payroll").verify(token, now=time.time())
    assert (caller.roles, caller.stores[0].id, caller.employee) == (frozenset({"service_advisor"}), store.id, "E01")


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("/v1/overviews/repair-orders/RO-7", "/v1/overview-parts/repair-orders/RO-7"),
        ("/v1/overviews/employees/E%2001", "/v1/overview-parts/employees/E%2001"),
        ("/v1/overviews/customers/张伟", "/v1/overview-parts/customers/%E5%BC%A0%E4%BC%9F"),
        ("/v1/overviews/stores/S1?month=2026-09", "/v1/overview-parts/stores/2026-09"),
        ("/v1/overviews/stores/current?month=2026-09", "/v1/overview-parts/stores/2026-09"),
    ],
)
async def test_each_kind_of_overview_asks_for_its_parts(
    gateway: httpx.AsyncClient, services: FourServices, staff: Staff, path: str, part: str
) -> None:
    assert (await gateway.get(path, headers=staff)).status_code == 200
    assert {services.named(name).last.target for name in SERVICES} == {part}


async def test_a_part_nobody_knows_or_may_see_says_so_and_the_overview_is_complete(
    gateway: httpx.AsyncClient, services: FourServices, staff: Staff
) -> None:
    services.survey.status, services.payroll.status = 404, 403
    response = await gateway.get(CUSTOMER, headers=staff)
    assert states(response) == {"customer": "ok", "workorder": "ok", "survey": "not_found", "payroll": "forbidden"}
    assert response.json()["payroll"]["data"] is None
    assert response.json()["payroll"]["problem"]["status"] == 403
    assert response.headers["x-completed"] == "true"


async def test_a_slow_service_costs_its_part_and_not_the_budget(
    gateway: httpx.AsyncClient, services: FourServices, staff: Staff
) -> None:
    services.survey.hold()
    began = time.perf_counter()
    response = await gateway.get(CUSTOMER, params={"budget_ms": 1000}, headers=staff)
    assert time.perf_counter() - began < 4, "where no budget is named it would be 5 s"
    assert response.status_code == 200
    assert states(response) == {"customer": "ok", "workorder": "ok", "survey": "unavailable", "payroll": "ok"}
    assert response.headers["x-completed"] == "false"
    assert response.json()["survey"]["problem"]["type"].endswith("service-timed-out")


async def test_a_dead_service_and_one_that_hangs_up_cost_their_parts(
    gateway: httpx.AsyncClient, gateway_app: FastAPI, staff: Staff
) -> None:
    async with HangsUp().serving() as hangs_up:
        replace(gateway_app, "customer", NOBODY)
        replace(gateway_app, "payroll", hangs_up)
        response = await gateway.get(CUSTOMER, headers=staff)
    assert states(response) == {"customer": "unavailable", "workorder": "ok", "survey": "ok", "payroll": "unavailable"}
    told = {name: part["problem"]["type"] for name, part in response.json().items() if "problem" in part}
    assert told == dict.fromkeys(("customer", "payroll"), "urn:aftermile:problem:service-unavailable"), "nor waited for"


async def test_the_last_good_part_stands_in_while_its_service_fails(
    gateway: httpx.AsyncClient, services: FourServices, staff: Staff, keys: Keys, store: AStore
) -> None:
    fresh = await gateway.get(CUSTOMER, headers=staff)
    services.survey.status = 500
    response = await gateway.get(CUSTOMER, headers=staff)
    assert states(response)["survey"] == "stale"
    assert response.json()["survey"]["data"] == {"from": "survey"}
    assert response.json()["survey"]["as_of"] == fresh.json()["survey"]["as_of"]
    assert response.headers["x-completed"] == "false"
    others = bearer(keys, "gateway", "cashier", stores=[store])
    assert states(await gateway.get(CUSTOMER, headers=others))["survey"] == "unavailable", "other rights, other answers"


@pytest.mark.parametrize("bad", [b"", b"[1]", b"<html>", b"null"])
async def test_what_is_no_json_object_is_not_spliced_in(
    gateway: httpx.AsyncClient, services: FourServices, staff: Staff, bad: bytes
) -> None:
    services.survey.body = bad
    response = await gateway.get(CUSTOMER, headers=staff)
    assert states(response)["survey"] == "unavailable"


async def test_a_required_part_that_is_missing_makes_it_an_error(
    gateway: httpx.AsyncClient, services: FourServices, staff: Staff
) -> None:
    await gateway.get(CUSTOMER, headers=staff)
    services.payroll.status = 500
    response = await gateway.get(CUSTOMER, params={"require": "customer,payroll"}, headers=staff)
    assert response.status_code == 503, "a stale part is not the part that was required"
    assert response.headers["retry-after"] == "2"
    assert response.json()["parts"]["payroll"] == "stale"
    assert (await gateway.get(CUSTOMER, params={"require": "customer"}, headers=staff)).status_code == 200


@pytest.mark.parametrize(("status", "answer"), [(404, 404), (403, 403), (500, 503), (503, 503), (401, 503)])
async def test_when_no_service_has_anything_the_answer_is_an_error(
    gateway: httpx.AsyncClient, services: FourServices, staff: Staff, status: int, answer: int
) -> None:
    for name in SERVICES:
        services.named(name).status = status
    response = await gateway.get(CUSTOMER, headers=staff)
    assert response.status_code == answer
    assert response.headers["content-type"] == "application/problem+json"


async def test_an_unchanged_overview_is_not_sent_again(
    gateway: httpx.AsyncClient, services: FourServices, staff: Staff
) -> None:
    etag = (await gateway.get(CUSTOMER, headers=staff)).headers["etag"]
    again = await gateway.get(CUSTOMER, headers={**staff, "If-None-Match": f'"other", {etag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == etag
    services.customer.body = b'{"from":"elsewhere"}'
    changed = await gateway.get(CUSTOMER, headers={**staff, "If-None-Match": etag})
    assert changed.status_code == 200


async def test_the_callers_own_deadline_is_kept_too(
    gateway: httpx.AsyncClient, services: FourServices, staff: Staff
) -> None:
    services.survey.hold()
    response = await gateway.get(CUSTOMER, headers={**staff, "X-Request-Deadline": "1000"})
    assert states(response)["survey"] == "unavailable"
    assert int(services.workorder.last.headers["x-request-deadline"]) <= 1000


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{CUSTOMER}?require=billing", 400),
        (f"{CUSTOMER}?budget_ms=soon", 400),
        (f"{CUSTOMER}?fields=x", 400),
        (f"{CUSTOMER}?month=2026-09", 400),
        ("/v1/overviews/stores/S1?month=2026-13", 400),
        ("/v1/overviews/stores/S1", 200),
        ("/v1/overviews/stores/S2?month=2026-09", 403),
        ("/v1/overviews/customers/..", 404),
        ("/v1/overviews/customers/%2e%2e", 400),
        (f"/v1/overviews/customers/{'9' * 101}", 400),
    ],
)
async def test_what_is_asked_must_make_sense(gateway: httpx.AsyncClient, staff: Staff, path: str, status: int) -> None:
    assert (await gateway.get(path, headers=staff)).status_code == status


@pytest.mark.parametrize(("wish", "given"), [(1, 2000), (3000, 3000), (999_999_999, 5000)])
async def test_a_budget_out_of_bounds_is_brought_within_them(
    gateway: httpx.AsyncClient, services: FourServices, staff: Staff, monkeypatch: pytest.MonkeyPatch,
    wish: int, given: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(overview_routes, "BUDGET_MS", (2000, 5000))
    assert (await gateway.get(CUSTOMER, params={"budget_ms": wish}, headers=staff)).status_code == 200
    assert int(services.survey.last.headers["x-request-deadline"]) == pytest.approx(given * FIRST_FRACTION, abs=1)


async def test_a_caller_of_several_stores_chooses_one_of_his_own(
    gateway: httpx.AsyncClient, services: FourServices, keys: Keys, store: AStore, other_store: AStore
) -> None:
    both = bearer(keys, "gateway", "cashier", stores=[store, other_store])
    assert (await gateway.get(CUSTOMER, headers=both)).json()["type"].endswith("store-required")
    assert (await gateway.get(CUSTOMER, headers={**both, "X-Store": "S2"})).status_code == 200
    chosen = Verifier(keys.jwks, "survey").verify(services.survey.last.headers["authorization"][7:], now=time.time())
    assert [s.id for s in chosen.stores] == [other_store.id]
    assert (await gateway.get("/v1/overviews/stores/S1?month=2026-09", headers=both)).status_code == 200
    one = bearer(keys, "gateway", "cashier", stores=[store])
    assert (await gateway.get(CUSTOMER, headers={**one, "X-Store": str(other_store.id)})).status_code == 403


async def test_the_breaker_opens_for_a_dead_service_and_closes_when_it_is_back(
    gateway: httpx.AsyncClient, gateway_app: FastAPI, services: FourServices, staff: Staff, breakers_clock: Clock
) -> None:
    dead = HangsUp()
    async with dead.serving() as address:
        replace(gateway_app, "survey", address)
        for _ in range(8):
            part = (await gateway.get(CUSTOMER, headers=staff)).json()["survey"]
            assert part["status"] == "unavailable"
        assert "left alone" in part["problem"]["detail"]
        assert dead.accepted == 3, "while it is open nothing is asked"
    replace(gateway_app, "survey", services.urls["survey"])
    breakers_clock.seconds += 4.9
    assert states(await gateway.get(CUSTOMER, headers=staff))["survey"] == "unavailable"
    breakers_clock.seconds += 0.1
    assert states(await gateway.get(CUSTOMER, headers=staff))["survey"] == "ok"


async def test_an_impatient_caller_does_not_close_a_service_to_others(
    gateway: httpx.AsyncClient, services: FourServices, staff: Staff
) -> None:
    services.survey.hold()
    for _ in range(6):
        hasty = await gateway.get(CUSTOMER, params={"budget_ms": 50}, headers=staff)
        assert hasty.headers["x-completed"] == "false"
    services.survey.release()
    assert states(await gateway.get(CUSTOMER, headers=staff))["survey"] == "ok"


async def test_the_same_question_at_the_same_time_is_asked_once(
    gateway: httpx.AsyncClient, services: FourServices, staff: Staff, keys: Keys, store: AStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    joined: list[object] = []
    join = Coalescer.join

    def noting(coalescer: Coalescer[Part], key: Hashable, call: Callable[[], Coroutine[Any, Any, Part]]) -> Any:
        joined.append(key)
        return join(coalescer, key, call)

    monkeypatch.setattr(Coalescer, "join", noting)
    services.survey.hold()
    cashier = bearer(keys, "gateway", "cashier", stores=[store])
    calls = [asyncio.create_task(gateway.get(CUSTOMER, headers=h)) for h in [staff] * 10 + [cashier]]
    await eventually(lambda: len(joined) == 11 * len(SERVICES))
    services.survey.release()
    assert {states(answer)["survey"] for answer in await asyncio.gather(*calls)} == {"ok"}
    assert len(services.survey.seen) == 2, "once for each set of rights"


async def test_callers_who_hang_up_leave_no_permit_behind(
    gateway: httpx.AsyncClient, gateway_app: FastAPI, services: FourServices, staff: Staff, endless_budget: int
) -> None:
    bulkheads = gateway_app.state.services.upstream._bulkheads
    services.survey.hold()
    for _ in range(5):
        paths = [f"/v1/overviews/customers/C{n}?budget_ms={endless_budget}" for n in range(40)]
        calls = [asyncio.create_task(gateway.get(path, headers=staff)) for path in paths]
        await eventually(lambda: services.survey.running == 8)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        await eventually(lambda: services.survey.running == 0)
        assert {bulkhead._permits._value for bulkhead in bulkheads.values()} == {8}
    services.survey.release()
    paths = [f"/v1/overviews/customers/D{n}?budget_ms={endless_budget}" for n in range(20)]
    good = await asyncio.gather(*(gateway.get(path, headers=staff) for path in paths))
    assert [states(response) for response in good] == [dict.fromkeys(SERVICES, "ok")] * 20
    assert {bulkhead._permits._value for bulkhead in bulkheads.values()} == {8}


async def test_nothing_is_worked_on_for_a_caller_who_has_gone(
    gateway_app: FastAPI, services: FourServices, staff: Staff, endless_budget: int
) -> None:
    services.survey.hold()
    async with serving(gateway_app) as address:
        async with client_of(address) as client:
            call = asyncio.create_task(client.get(CUSTOMER, params={"budget_ms": endless_budget}, headers=staff))
            await eventually(lambda: services.survey.seen)
            bulkhead = gateway_app.state.services.upstream._bulkheads["survey", "overview"]
            assert bulkhead._permits._value == 7
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
        await eventually(lambda: services.survey.given_up == 1)
        await eventually(lambda: bulkhead._permits._value == 8)
    await gateway_app.state.database.close()


@pytest.mark.parametrize("change", ["none", "garbage", "expired", "audience", "forged"])
async def test_without_a_valid_token_there_is_nothing(
    gateway: httpx.AsyncClient, services: FourServices, keys: Keys, store: AStore, change: str
) -> None:
    claims = {"sub": "x", "kind": "staff", "name": "x", "roles": ["administrator"], "stores": [store.claim()]}
    stranger = Keys.generate()
    tokens = {
        "garbage": "abc.def.ghi",
        "expired": keys.signer("gateway").sign("gateway", claims, now=time.time() - 3600, seconds=60),
        "audience": keys.signer("gateway").sign("payroll", claims, now=time.time(), seconds=60),
        "forged": stranger.signer("gateway").sign("gateway", claims, now=time.time(), seconds=60),
    }
    headers = {} if change == "none" else {"Authorization": f"Bearer {tokens[change]}"}
    for path in (CUSTOMER, "/v1/customers", "/v1/me", "/v1/audit", "/v1/changes/customer"):
        response = await gateway.get(path, headers=headers)
        assert response.status_code == 401, path
        assert response.headers["www-authenticate"] == "Bearer"
    assert not services.customer.seen


def test_the_spliced_body_is_json_and_its_etag_ignores_the_moment() -> None:
    parts = {"customer": Part("ok", 1000.0, b'{"a":"\xe5\xbc\xa0"}'), "survey": Part("not_found", 1000.0, None)}
    overview = Overview(parts)
    assert orjson.loads(overview.body())["customer"] == {
        "status": "ok", "as_of": "1970-01-01T00:16:40.000+00:00", "data": {"a": "张"}
    }  # fmt: skip
    later = Overview({**parts, "customer": Part("ok", 2000.0, parts["customer"].data)})
    assert later.etag() == overview.etag()
    other = Overview({**parts, "customer": Part("stale", 1000.0, parts["customer"].data)})
    assert other.etag() != overview.etag()
