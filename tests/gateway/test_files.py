"""Files through the gateway: the real service behind it, photos up, and down again by their signed addresses."""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from fastapi import FastAPI

from gateway import strangers
from gateway.identity.domain import AttemptLimit
from services.workorder.domain.files.file import MOST_BYTES
from tests.calls import Caller
from tests.gateway.test_overviews import replace
from tests.gateway.upstreams import FourServices
from tests.harness import AStore, Clone, Keys, app_of, bearer, client_of, serving
from tests.workorder.caller import make_order
from tests.workorder.pictures import PDF, SVG, a_bomb, a_picture, opened, send, upload
from tests.workorder.quoting import problem


@pytest.fixture
async def advisor(
    clone_database: Callable[[str], Clone], keys: Keys, store: AStore, gateway_app: FastAPI
) -> AsyncIterator[Caller]:
    """At the gateway, which is served so that bodies travel as they do, with the real service behind it."""
    service = app_of("workorder", clone_database("workorder").app_url, keys)
    async with serving(service) as behind, serving(gateway_app) as address, client_of(address) as client:
        replace(gateway_app, "workorder", behind)
        yield Caller(client, bearer(keys, "gateway", "administrator", stores=[store], employee="SA01"))
    await gateway_app.state.services.upstream.close()
    await gateway_app.state.database.close()
    await service.state.database.close()


async def test_a_photo_goes_up_and_is_seen_by_whoever_has_its_address(advisor: Caller) -> None:
    order = await make_order(advisor)
    told = await upload(advisor, order["id"], a_picture((3000, 2000)), Idempotency_Key="k")
    for address, width in ((told["address"], 2560), (told["preview_address"], 480)):
        for headers in ({}, advisor.headers):
            shown = await advisor.client.get(address, headers=headers)
            assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
            assert opened(shown.content).width == width
            assert shown.headers["x-content-type-options"] == "nosniff"
            assert "sandbox" in shown.headers["content-security-policy"]
    assert (await advisor.client.get(f"/v1/files/{told['id']}")).status_code == 401
    assert problem(await advisor.client.get(told["address"][:-1] + "~")) == (404, "not-found")


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (a_picture() + bytes(20 * 1024 * 1024), (413, "file-too-large")),
        (PDF, (422, "file-refused")),
        (SVG, (422, "file-refused")),
        (a_bomb(), (422, "picture-too-large")),
        (a_picture((900, 900))[:-2000], (422, "picture-unreadable")),
        (bytes(40 * 1024 * 1024), (413, "too-large")),
    ],
)
async def test_bad_files_are_told_so(advisor: Caller, content: bytes, answer: tuple[int, str]) -> None:
    order = await make_order(advisor)
    refused = await send(advisor, order["id"], content, Content_Type="image/jpeg", Accept_Language="zh")
    assert problem(refused) == answer
    assert not refused.json()["title"].isascii()
    if answer[1] == "file-too-large":
        assert refused.json()["limit"] == MOST_BYTES
    assert (await advisor.read(f"/v1/repair-orders/{order['id']}/files"))["items"] == []


async def test_ten_at_once_arrive(advisor: Caller) -> None:
    order = await make_order(advisor)
    sent = [send(advisor, order["id"], a_picture((1200 + number, 900))) for number in range(10)]
    assert [response.status_code for response in await asyncio.gather(*sent)] == [201] * 10


async def test_pictures_are_counted_apart_so_that_they_keep_nobody_from_deciding(
    gateway: httpx.AsyncClient, services: FourServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strangers, "LOOKS", AttemptLimit(2, strangers.LOOKS.window))
    assert [(await gateway.get("/v1/file-contents/x")).status_code for _ in range(3)] == [200, 200, 429]
    assert (await gateway.get("/v1/approvals/x")).status_code == 200
    assert services.workorder.last.target == "/v1/approvals/x"


async def test_bytes_pass_as_they_come(gateway: httpx.AsyncClient, services: FourServices) -> None:
    services.workorder.body = bytes(range(256)) * 4096
    services.workorder.headers = [(b"content-security-policy", b"sandbox"), (b"cache-control", b"private, max-age=9")]
    got = await gateway.get("/v1/file-contents/x")
    assert got.content == services.workorder.body
    assert (got.headers["content-security-policy"], got.headers["cache-control"]) == ("sandbox", "private, max-age=9")
