"""Batches over HTTP, and the job that the queue runs: what is tried again, and what is told at once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import orjson
import pytest

from chassis.auth import Principal, Store, Verifier
from chassis.jobs import Jobs
from gateway.calling import Services
from gateway.exchange import TokenExchange
from gateway.imports import HttpBulk, register_jobs
from gateway.imports.bulk import BatchRefused, ServiceUnavailable
from gateway.settings import Settings
from gateway.upstream import Upstream
from tests.gateway.importing import importing
from tests.harness import AStore, Clone, Keys, process_environment

STORE = Store(UUID(int=1), "S1", "Asia/Shanghai", "CNY")
CALLER = Principal(
    subject="amy", kind="staff", name="Amy", roles=frozenset({"dms"}), stores=(STORE,), store=STORE, employee=None,
    token_id="import-1", expires_at=9e12,
)  # fmt: skip


class OneAnswer:
    """A service that gives every request the same answer, and remembers the last request."""

    def __init__(self, status: int, body: bytes) -> None:
        self._answer = b"HTTP/1.1 %d X\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b" % (status, len(body), body)
        self.head = ""
        self.body = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.head = head.decode().lower()
        length = next(int(line.split(":")[1]) for line in self.head.split("\r\n") if line.startswith("content-length"))
        self.body = await reader.readexactly(length)
        writer.write(self._answer)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def _bulk(keys: Keys, answer: OneAnswer | None) -> AsyncIterator[HttpBulk]:
    server = await asyncio.start_server((answer or OneAnswer(200, b"")).serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    if answer is None:
        server.close()
        await server.wait_closed()
    settings = Settings(**process_environment("gateway", "postgresql://nowhere/none", keys))
    upstream = Upstream({"workorder": f"http://127.0.0.1:{port}"}, permits=4, waiting=4)
    try:
        yield HttpBulk(Services(upstream, TokenExchange(keys.signer("gateway")), settings))
    finally:
        await upstream.close()
        server.close()


async def test_a_batch_goes_out_under_its_key_with_a_token_for_the_service_alone(keys: Keys) -> None:
    answer = OneAnswer(200, b'{"results": []}')
    async with _bulk(keys, answer) as bulk:
        assert await bulk.send(CALLER, "payments", "import-1-7-1", b'{"rows": []}') == b'{"results": []}'
    assert answer.head.startswith("post /v1/bulk/payments http/1.1")
    assert "idempotency-key: import-1-7-1" in answer.head
    assert "content-type: application/json" in answer.head
    assert answer.body == b'{"rows": []}'


async def test_the_token_carries_who_asked_and_the_one_store(keys: Keys) -> None:
    token = TokenExchange(keys.signer("gateway")).authorization(CALLER, "workorder").removeprefix("Bearer ")
    told = Verifier(keys.jwks, "workorder").verify(token, now=0)
    assert (told.subject, told.roles, [store.id for store in told.stores]) == ("amy", frozenset({"dms"}), [STORE.id])


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
async def test_what_may_pass_is_tried_again_later(keys: Keys, status: int) -> None:
    async with _bulk(keys, OneAnswer(status, orjson.dumps({"detail": "busy"}))) as bulk:
        with pytest.raises(ServiceUnavailable, match=f"{status} busy"):
            await bulk.send(CALLER, "payments", "k", b"{}")


async def test_a_service_that_is_not_there_is_tried_again_later(keys: Keys) -> None:
    async with _bulk(keys, None) as bulk:
        with pytest.raises(ServiceUnavailable, match="workorder"):
            await bulk.send(CALLER, "payments", "k", b"{}")


@pytest.mark.parametrize("body", [b'{"title": "not for you"}', b"<html>", b"[]", b""])
@pytest.mark.parametrize("status", [401, 403, 404, 413, 422])
async def test_what_will_never_be_taken_is_told_at_once(keys: Keys, status: int, body: bytes) -> None:
    async with _bulk(keys, OneAnswer(status, body)) as bulk:
        with pytest.raises(BatchRefused, match=str(status)):
            await bulk.send(CALLER, "payments", "k", b"{}")


async def test_the_queue_runs_an_accepted_import(
    clone_database: Callable[[str], Clone], keys: Keys, store: AStore
) -> None:
    async with importing(clone_database, keys, store) as gateway:
        jobs = Jobs()
        register_jobs(jobs, gateway.runner)
        key = await gateway.accepted()
        work = asyncio.create_task(jobs.run(gateway.database))
        try:
            read = await gateway.get(f"/v1/imports/{key.id}?wait=60")
        finally:
            jobs.stop()
            await asyncio.wait([work], timeout=30)
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        assert (read["state"], read["totals"]["rows"]) == ("finished", 6296)


async def test_a_job_of_an_import_that_is_not_there_ends_quietly(
    clone_database: Callable[[str], Clone], keys: Keys, store: AStore
) -> None:
    async with importing(clone_database, keys, store) as gateway:
        jobs = Jobs()
        register_jobs(jobs, gateway.runner)
        await jobs._works["import"][0]({"store": str(store.id), "import": str(uuid4())})
        assert not gateway.services.calls
