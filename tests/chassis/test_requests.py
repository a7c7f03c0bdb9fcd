"""What every request goes through: tokens and roles, problems, transactions, repeated writes, versions, stores."""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import Iterator

import asyncpg
import httpx
import orjson
import pytest
from fastapi import FastAPI
from starlette.types import Message

from tests.chassis.conftest import PROCESS
from tests.harness import AStore, Keys, bearer, feed_of

NOTE = {"text": "hello", "price": "12.30"}


async def _created(client: httpx.AsyncClient, headers: dict[str, str]) -> dict[str, object]:
    answer = await client.post("/v1/notes", json=NOTE, headers=headers)
    assert answer.status_code == 201, answer.text
    body: dict[str, object] = answer.json()
    return body


async def test_without_a_token_nothing_is_told(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/notes", json=NOTE)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:aftermile:problem:unauthenticated"
    assert answer.json()["trace_id"] == answer.headers["trace-id"]


@pytest.mark.parametrize("audience", ["customer", "gateway"])
async def test_a_token_for_another_process_is_refused(
    client: httpx.AsyncClient, keys: Keys, store: AStore, audience: str
) -> None:
    answer = await client.post("/v1/notes", json=NOTE, headers=bearer(keys, audience, "writer", stores=[store]))
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:aftermile:problem:token-audience")


async def test_a_service_key_cannot_speak_for_people(client: httpx.AsyncClient, keys: Keys, store: AStore) -> None:
    claims = {"sub": "x", "kind": "staff", "name": "x", "roles": ["writer"], "stores": [store.claim()]}
    token = keys.signer("payroll").sign(PROCESS, claims, now=9e9, seconds=60)
    answer = await client.post("/v1/notes", json=NOTE, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("more", [{"sub": "customer"}, {"employee": "E01"}, {"stores": True}])
async def test_a_service_key_speaks_for_no_store_no_employee_and_no_other_service(
    client: httpx.AsyncClient, keys: Keys, store: AStore, more: dict[str, object]
) -> None:
    claims = {"sub": "payroll", "kind": "service", "name": "payroll", "roles": ["service"], "stores": [], **more}
    claims["stores"] = [store.claim()] if claims["stores"] else []
    token = keys.signer("payroll").sign(PROCESS, claims, now=9e9, seconds=60)
    answer = await client.get("/v1/feed-positions", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:aftermile:problem:token-invalid")


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "HS256", "kid": "gateway"}, {"alg": "Ed25519"}])
async def test_a_token_that_nobody_has_signed_is_refused(
    client: httpx.AsyncClient, store: AStore, header: dict[str, str]
) -> None:
    claims = {"iss": "gateway", "aud": PROCESS, "sub": "x", "kind": "staff", "roles": ["writer"], "jti": "1",
              "stores": [store.claim()], "exp": 9_000_000_000}  # fmt: skip
    head, body = (urlsafe_b64encode(orjson.dumps(part)).decode().rstrip("=") for part in (header, claims))
    for signature in ("", "AAAA"):
        forged = {"Authorization": f"Bearer {head}.{body}.{signature}"}
        assert (await client.post("/v1/notes", json=NOTE, headers=forged)).status_code == 401


async def test_an_expired_token_is_refused(client: httpx.AsyncClient, keys: Keys, store: AStore) -> None:
    claims = {"sub": "x", "kind": "staff", "name": "x", "roles": ["writer"], "stores": [store.claim()]}
    token = keys.signer("gateway").sign(PROCESS, claims, now=1_000_000, seconds=60)
    answer = await client.get("/v1/note-parts/a", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["type"] == "urn:aftermile:problem:token-expired"


async def test_a_number_may_hold_what_an_address_is_made_of(
    client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    headers = bearer(keys, PROCESS, "writer", stores=[store])
    await client.post("/v1/notes", json={**NOTE, "text": "W1/3 100%?"}, headers=headers)
    assert (await client.get("/v1/note-parts/W1%2F3%20100%25%3F", headers=headers)).json() == {"n": 1}
    assert (await client.get("/v1/note-parts/W1/3", headers=headers)).status_code == 404


async def test_a_role_that_the_route_does_not_name_is_refused_before_the_body_is_read(
    client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    headers = bearer(keys, PROCESS, "reader", stores=[store])
    answer = await client.post("/v1/notes", content=b"{not json", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:aftermile:problem:role-missing")


async def test_several_stores_need_a_choice_and_a_foreign_store_cannot_be_chosen(
    client: httpx.AsyncClient, keys: Keys, store: AStore, other_store: AStore
) -> None:
    both = bearer(keys, PROCESS, "writer", stores=[store, other_store])
    asked = (await client.post("/v1/notes", json=NOTE, headers=both)).json()
    assert (asked["type"].endswith("store-required"), asked["detail"].endswith(": S1, S2")) == (True, True)
    assert (await client.post("/v1/notes", json=NOTE, headers={**both, "X-Store": "S2"})).status_code == 201
    foreign = bearer(keys, PROCESS, "writer", stores=[store], **{"X-Store": str(other_store.id)})
    assert (await client.post("/v1/notes", json=NOTE, headers=foreign)).json()["type"].endswith("store-forbidden")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"text": "a"}, "/price"),
        ({"text": "a", "price": 12.3}, "/price"),
        ({"text": "a", "price": "12.345"}, "/price"),
        ({"text": "a", "price": "１2.30"}, "/price"),
        ({**NOTE, "colour": "red"}, "/colour"),
    ],
)
async def test_wrong_bodies_say_where(
    client: httpx.AsyncClient, keys: Keys, store: AStore, body: dict[str, object], pointer: str
) -> None:
    answer = await client.post("/v1/notes", json=body, headers=bearer(keys, PROCESS, "writer", stores=[store]))
    assert answer.status_code == 422
    assert [e["pointer"] for e in answer.json()["errors"]] == [pointer]


async def test_a_body_that_is_no_json_is_said_to_be_none(client: httpx.AsyncClient, keys: Keys, store: AStore) -> None:
    headers = {**bearer(keys, PROCESS, "writer", stores=[store]), "Content-Type": "application/json"}
    answer = await client.post("/v1/notes", content='{"text": "a",}', headers=headers)
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["pointer"], error["code"]) == (422, "", "json_invalid")
    assert error["detail"].startswith("正文不是 JSON:")
    deep = await client.post("/v1/notes", content="[" * 100_000, headers=headers)
    assert (deep.status_code, deep.json()["detail"][:6]) == (400, "正文无法读取")


async def test_a_caller_who_hangs_up_halfway_is_no_fault_of_ours(app: FastAPI, keys: Keys, store: AStore) -> None:
    headers = bearer(keys, PROCESS, "writer", stores=[store]) | {"Idempotency-Key": "k"}
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": "/v1/notes", "raw_path": b"/v1/notes",
        "query_string": b"", "scheme": "http", "server": ("x", 80), "client": ("x", 1), "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    said: Iterator[Message] = iter(
        [{"type": "http.request", "body": b'{"text"', "more_body": True}, {"type": "http.disconnect"}]
    )
    told: list[Message] = []

    async def receive() -> Message:
        return next(said)

    async def send(message: Message) -> None:
        told.append(message)

    await app(scope, receive, send)
    assert (told[0]["status"], b"request-cut-off" in told[1]["body"]) == (400, True)


async def test_an_unknown_query_parameter_is_an_error(client: httpx.AsyncClient, keys: Keys, store: AStore) -> None:
    headers = bearer(keys, PROCESS, "reader", stores=[store])
    answer = await client.get("/v1/notes/0198c0de-0000-7000-8000-000000000000?shoot=1", headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/query/shoot")


async def test_an_unexpected_fault_tells_no_details(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/broken")
    assert answer.status_code == 500
    assert "4711" not in answer.text
    assert answer.json()["trace_id"]


async def test_the_trace_id_of_the_caller_is_kept(client: httpx.AsyncClient) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    answer = await client.get("/v1/broken", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    assert answer.json()["trace_id"] == trace


@pytest.mark.parametrize("milliseconds", ["9" * 400, "-5", "soon", "٣"])
async def test_a_deadline_that_makes_no_sense_breaks_nothing(
    client: httpx.AsyncClient, keys: Keys, store: AStore, milliseconds: str
) -> None:
    headers = bearer(keys, PROCESS, "reader", stores=[store])
    sent = {**{name.encode(): value.encode() for name, value in headers.items()},
            b"X-Request-Deadline": milliseconds.encode()}  # fmt: skip
    answer = await client.get("/v1/note-parts/a", headers=sent)
    assert answer.status_code in {404, 503}


async def test_money_comes_back_as_it_went_in(client: httpx.AsyncClient, keys: Keys, store: AStore) -> None:
    assert (await _created(client, bearer(keys, PROCESS, "writer", stores=[store])))["price"] == "12.30"


async def test_a_refusal_after_the_effect_leaves_neither_effect_nor_event(
    client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    headers = bearer(keys, PROCESS, "writer", stores=[store])
    answer = await client.post("/v1/notes", json={**NOTE, "text": "too late"}, headers=headers)
    assert answer.status_code == 409
    assert (await client.get("/v1/note-parts/too%20late", headers=headers)).status_code == 404
    assert await feed_of(client, keys, PROCESS) == []


async def test_the_same_key_writes_once_and_replays_the_first_answer(
    client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    headers = bearer(keys, PROCESS, "writer", stores=[store], **{"Idempotency-Key": "k1"})
    first = await client.post("/v1/notes", json=NOTE, headers=headers)
    second = await client.post("/v1/notes", json=NOTE, headers=headers)
    assert (second.status_code, second.content) == (201, first.content)
    assert second.headers["idempotent-replayed"] == "true"
    assert len(await feed_of(client, keys, PROCESS)) == 1


async def test_the_same_key_with_another_body_is_refused(client: httpx.AsyncClient, keys: Keys, store: AStore) -> None:
    headers = bearer(keys, PROCESS, "writer", stores=[store], **{"Idempotency-Key": "k1"})
    await client.post("/v1/notes", json=NOTE, headers=headers)
    answer = await client.post("/v1/notes", json={**NOTE, "text": "other"}, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:aftermile:problem:idempotency-key-reused")


async def test_ten_at_once_with_one_key_write_once(client: httpx.AsyncClient, keys: Keys, store: AStore) -> None:
    headers = bearer(keys, PROCESS, "writer", stores=[store], **{"Idempotency-Key": "k1"})
    answers = await asyncio.gather(*(client.post("/v1/notes", json=NOTE, headers=headers) for _ in range(10)))
    assert {a.status_code for a in answers} <= {201, 409}
    assert len({a.json()["id"] for a in answers if a.status_code == 201}) == 1
    assert len(await feed_of(client, keys, PROCESS)) == 1


async def test_a_change_needs_the_version_that_was_read(client: httpx.AsyncClient, keys: Keys, store: AStore) -> None:
    headers = bearer(keys, PROCESS, "writer", stores=[store])
    address = f"/v1/notes/{(await _created(client, headers))['id']}"
    assert (await client.get(address, headers=headers)).headers["etag"] == '"1"'
    assert (await client.post(f"{address}/raise", headers=headers)).status_code == 428
    assert (await client.post(f"{address}/raise", headers={**headers, "If-Match": '"1"'})).json()["price"] == "13.30"
    stale = await client.post(f"{address}/raise", headers={**headers, "If-Match": '"1"'})
    assert (stale.status_code, stale.json()["current"]) == (412, 2)


async def test_a_store_sees_its_own_rows_only_also_without_any_filter(
    client: httpx.AsyncClient, keys: Keys, store: AStore, other_store: AStore, urls: tuple[str, str]
) -> None:
    note = await _created(client, bearer(keys, PROCESS, "writer", stores=[store]))
    theirs = bearer(keys, PROCESS, "writer", stores=[other_store])
    assert (await client.get(f"/v1/notes/{note['id']}", headers=theirs)).status_code == 404
    for url in urls:
        raw = await asyncpg.connect(url)
        assert await raw.fetchval("SELECT count(*) FROM note") == 0
        async with raw.transaction():
            await raw.execute(f"SET LOCAL app.store = '{other_store.id}'")
            assert await raw.fetchval("SELECT count(*) FROM note") == 0
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await raw.execute("INSERT INTO note (store_id, text, price) VALUES ($1, 'x', 1)", store.id)
        await raw.close()


async def test_a_body_over_the_limit_is_refused(app: FastAPI, client: httpx.AsyncClient, keys: Keys) -> None:
    limit = app.state.settings.max_body_bytes
    answer = await client.post("/v1/notes", content=b" " * (limit + 1), headers=bearer(keys, PROCESS, "writer"))
    assert answer.status_code == 413


async def test_ready_says_what_is_missing(app: FastAPI, client: httpx.AsyncClient) -> None:
    assert (await client.get("/alive")).status_code == 200
    assert (await client.get("/ready")).status_code == 200
    app.state.migration_heads = frozenset({"2"})
    assert "not ['2']" in (await client.get("/ready")).json()["why"]
