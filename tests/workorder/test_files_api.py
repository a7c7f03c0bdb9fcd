"""Files as they are handed in, looked at and fetched."""

import asyncio
import os
import shutil
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.workorder.domain.files import file_address
from services.workorder.domain.files.file import MOST_BYTES, Variant
from services.workorder.domain.files.file_address import Address
from services.workorder.endpoints.files import files as endpoint
from services.workorder.repository.files.objects import Objects
from services.workorder.service.files import darkroom, files
from services.workorder.service.files.files import Cabinet
from tests.calls import Caller
from tests.harness import AStore, Clone, Keys, app_of, bearer, calling
from tests.workorder.caller import make_order
from tests.workorder.pictures import (
    PDF,
    SVG,
    a_bomb,
    a_picture,
    claims,
    send,
    upload,
)  # fmt: skip
from tests.workorder.quoting import problem

OLD_ANSWER = """
    UPDATE idempotency_key SET body = convert_to(
        jsonb_set(convert_from(body, 'UTF8')::jsonb, '{expires_at}', to_jsonb(CAST(:told AS text)))::text, 'UTF8')
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def app(database: Clone, keys: Keys, folder: Path) -> FastAPI:
    """With its files in a folder of this test."""
    return app_of("workorder", database.app_url, keys, files_url=f"file://{folder}")


@pytest.fixture
def cabinet(app: FastAPI) -> Cabinet:
    found: Cabinet = app.state.cabinet
    return found


@pytest.fixture
async def order_id(manager: Caller) -> str:
    return str((await make_order(manager))["id"])


def stored(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def obstruct(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("a file where the folder was")


REFUSED = [
    (PDF, "finding_photo", 422, "file-refused", "By its content it is pdf; a finding_photo is jpeg, png or webp"),
    (PDF, "signature", 422, "file-refused", "it is pdf"),
    (SVG, "finding_photo", 422, "file-refused", "it is svg"),
    (SVG, "document", 422, "file-refused", "it is svg"),
    (b"", "document", 422, "file-refused", "it is empty"),
    (a_picture((900, 900))[:-2000], "finding_photo", 422, "picture-unreadable", "damaged or incomplete"),
    (a_picture()[:40], "finding_photo", 422, "picture-unreadable", "damaged"),
    (b"\xff\xd8\xff" + b"nothing of the kind", "finding_photo", 422, "picture-unreadable", "damaged"),
    (claims(100_000, 100_000), "finding_photo", 422, "picture-too-large", "52000000 pixels"),
    (claims(9_000, 9_000), "finding_photo", 422, "picture-too-large", "52000000 pixels"),
    (a_bomb(), "finding_photo", 422, "picture-too-large", "52000000 pixels"),
    (claims(3_000, 3_000), "finding_photo", 422, "picture-unreadable", "damaged"),
    (a_picture() + bytes(20 * 1024 * 1024), "finding_photo", 413, "file-too-large", f"at most {MOST_BYTES} bytes"),
]


@pytest.mark.parametrize(("content", "purpose", "status", "slug", "detail"), REFUSED)
async def test_bad_files_are_told_what_they_are_and_nothing_of_them_stays(
    manager: Caller, order_id: str, folder: Path, content: bytes, purpose: str, status: int, slug: str, detail: str
) -> None:
    refused = await send(manager, order_id, content, purpose, Content_Type="image/jpeg")
    assert problem(refused) == (status, slug)
    assert detail in refused.json()["detail"]
    assert stored(folder) == set()
    assert (await manager.read(f"/v1/repair-orders/{order_id}/files"))["items"] == []


async def test_a_document_is_kept_as_it_is_and_handed_over_rather_than_shown(manager: Caller, order_id: str) -> None:
    told = await upload(manager, order_id, PDF, "document")
    assert (told["content_type"], told["width"], told["preview_address"]) == ("application/pdf", None, None)
    got = await manager.get(told["address"])
    assert (got.content, got.headers["content-type"]) == (PDF, "application/pdf")
    assert got.headers["content-disposition"].startswith("attachment;")


async def test_an_address_goes_out_with_strict_headers(manager: Caller, order_id: str) -> None:
    headers = (await manager.get((await upload(manager, order_id))["address"])).headers
    assert headers["content-disposition"].startswith("inline;")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"].startswith("private, max-age=")
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "sandbox" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"


async def test_a_wrong_wish_is_a_problem_with_its_place(manager: Caller, order_id: str) -> None:
    for parameters, pointer in (
        ({"order_id": order_id, "purpose": "selfie"}, "/query/purpose"),
        ({"order_id": "W1", "purpose": "document"}, "/query/order_id"),
        ({"purpose": "document"}, "/query/order_id"),
    ):
        refused = await manager.client.post("/v1/files", params=parameters, content=PDF, headers=manager.headers)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)
    unknown = await send(manager, "01900000-0000-7000-8000-000000000001", PDF, "document")
    assert problem(unknown) == (404, "not-found")


async def test_the_same_upload_sent_twice_is_one_file(manager: Caller, order_id: str, folder: Path) -> None:
    first = await upload(manager, order_id, Idempotency_Key="k1")
    again = await send(manager, order_id, a_picture(), Idempotency_Key="k1")
    assert (again.json()["id"], again.headers["idempotent-replayed"]) == (first["id"], "true")
    other = await send(manager, order_id, a_picture((50, 50)), Idempotency_Key="k1")
    assert problem(other) == (422, "idempotency-key-reused")
    assert len((await manager.read(f"/v1/repair-orders/{order_id}/files"))["items"]) == 1
    twice = await upload(manager, order_id)
    assert twice["id"] != first["id"]
    assert len(stored(folder)) == 1, "the same content lies there once, and a small picture is its own preview"


async def test_ten_uploads_at_once_are_all_kept_and_few_are_developed_together(
    manager: Caller, order_id: str, cabinet: Cabinet
) -> None:
    pictures = [a_picture((1200 + number, 900)) for number in range(10)]
    sent = asyncio.gather(*(send(manager, order_id, each) for each in pictures))
    alive = 0
    while not sent.done():
        assert (await manager.get("/alive")).status_code == 200
        alive += 1
        await asyncio.sleep(0.01)
    assert [response.status_code for response in await sent] == [201] * 10
    assert cabinet.darkroom.most_running == 2
    assert alive > 1, "others are answered meanwhile"
    assert len((await manager.read(f"/v1/repair-orders/{order_id}/files"))["items"]) == 10


async def test_more_uploads_than_there_are_places_are_asked_to_come_again(
    manager: Caller, order_id: str, cabinet: Cabinet
) -> None:
    for _ in range(files.UPLOADS_AT_ONCE):
        await cabinet.places.acquire()
    refused = await send(manager, order_id, a_picture())
    assert (problem(refused), refused.headers["retry-after"]) == ((503, "uploads-busy"), "2")
    cabinet.places.release()
    assert (await send(manager, order_id, a_picture())).status_code == 201


async def test_addresses_that_are_changed_expired_or_of_another_store_show_nothing(
    manager: Caller, order_id: str, customer: Caller, cabinet: Cabinet, store: AStore, other_store: AStore
) -> None:
    told = await upload(manager, order_id)
    token = told["address"].rpartition("/")[2]
    signed = file_address.read(token, cabinet.address_key, datetime.now(UTC))
    assert str(signed.store_id) == str(store.id)

    def address(**changed: object) -> str:
        given = {"store_id": store.id, "file_id": signed.file_id, "variant": Variant.WHOLE,
                 "expires_at": datetime.now(UTC) + timedelta(minutes=1), **changed}  # fmt: skip
        return f"/v1/file-contents/{file_address.sign(Address(**given), cabinet.address_key)}"  # type: ignore[arg-type]

    assert (await customer.get(address())).status_code == 200
    assert problem(await customer.get(address(expires_at=datetime.now(UTC)))) == (410, "address-expired")
    assert problem(await customer.get(address(store_id=other_store.id))) == (404, "not-found")
    assert problem(await customer.get(address(file_id=other_store.id))) == (404, "not-found")
    for changed in (token[:-1] + ("A" if token[-1] != "A" else "B"), "A" + token[1:], token[:50], token + "A"):
        if changed != token:
            assert problem(await customer.get(f"/v1/file-contents/{changed}")) == (404, "not-found")
    assert timedelta(minutes=14) < datetime.fromisoformat(told["expires_at"]) - datetime.now(UTC)
    assert datetime.fromisoformat(told["expires_at"]) - datetime.now(UTC) <= timedelta(minutes=15)


async def test_addresses_have_a_key_of_their_own(cabinet: Cabinet, keys: Keys) -> None:
    own = urlsafe_b64decode(orjson.loads(keys.private["workorder"])["d"] + "==")
    assert len(cabinet.address_key) == 32
    assert cabinet.address_key != own
    assert files.address_key(keys.private["workorder"]) == cabinet.address_key
    assert files.address_key(keys.private["survey"]) != cabinet.address_key


async def test_one_store_has_no_part_in_the_files_of_another(
    manager: Caller, stranger: Caller, order_id: str, folder: Path, other_store: AStore
) -> None:
    told = await upload(manager, order_id)
    assert (await stranger.get(f"/v1/files/{told['id']}")).status_code == 404
    assert (await stranger.get(f"/v1/repair-orders/{order_id}/files")).status_code == 404
    assert (await send(stranger, order_id, a_picture((9, 9)))).status_code == 404
    assert not (folder / str(other_store.id)).exists()


@pytest.mark.parametrize(
    ("role", "may_send"),
    [("service_advisor", True), ("technician", True), ("workshop_manager", True), ("cashier", False),
     ("auditor", False), ("dms", False)],
)  # fmt: skip
async def test_the_floor_hands_files_in_and_readers_see_them(
    client: httpx.AsyncClient, manager: Caller, keys: Keys, store: AStore, order_id: str, role: str, may_send: bool
) -> None:
    caller = Caller(client, bearer(keys, "workorder", role, stores=[store], employee="E1"))
    response = await send(caller, order_id, a_picture())
    assert response.status_code == (201 if may_send else 403)
    told = await upload(manager, order_id)
    assert (await caller.get(f"/v1/files/{told['id']}")).status_code == 200


async def test_nobody_sees_what_is_known_of_a_file_without_a_token(
    customer: Caller, manager: Caller, order_id: str
) -> None:
    told = await upload(manager, order_id)
    assert (await customer.get(f"/v1/files/{told['id']}")).status_code == 401
    assert (await send(customer, order_id, a_picture())).status_code == 401


async def later(cabinet: Cabinet, store: AStore, **after: float) -> int:
    return await files.sweep(cabinet, store.id, datetime.now(UTC) + timedelta(**after))


async def test_an_object_without_a_row_is_swept_away_once_it_is_old(
    manager: Caller, order_id: str, cabinet: Cabinet, store: AStore, folder: Path, database: Clone
) -> None:
    kept = await upload(manager, order_id)
    before = stored(folder)
    await cabinet.objects.put(store.id, "ab" * 32, b"its process ended before the row was there")
    assert await later(cabinet, store, hours=23) == 0
    assert await later(cabinet, store, hours=25) == 1
    assert stored(folder) == before
    assert await later(cabinet, store, hours=25) == 0, "once more changes nothing"
    assert (await manager.get(kept["address"])).status_code == 200


async def test_a_sweep_leaves_other_stores_alone(
    cabinet: Cabinet, store: AStore, other_store: AStore, folder: Path
) -> None:
    await cabinet.objects.put(other_store.id, "cd" * 32, b"of another store")
    assert await later(cabinet, store, days=9) == 0
    assert stored(folder) == {"cd" * 32}


async def test_what_is_being_taken_into_use_no_sweep_takes_away(
    manager: Caller, order_id: str, cabinet: Cabinet, store: AStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sweeps come before its row is there, when the object looks as old as one of the same content may."""
    written, swept = Objects.put, []

    def grown_old() -> None:
        for path in (each for each in folder.rglob("*") if each.is_file()):
            os.utime(path, (0, 0))

    async def put(self: Objects, store_id: UUID, content_hash: str, content: bytes) -> None:
        await written(self, store_id, content_hash, content)
        for _ in range(2):
            grown_old()
            swept.append(await files.sweep(cabinet, store.id, datetime.now(UTC)))

    monkeypatch.setattr(Objects, "put", put)
    told = await upload(manager, order_id)
    assert set(swept) == {0}
    assert (await manager.get(told["address"])).status_code == 200
    assert await later(cabinet, store, hours=25) == 0, "its row is there"


async def test_no_transaction_is_open_while_an_object_is_written(
    manager: Caller, order_id: str, database: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, open_ = Objects.put, []

    async def put(self: Objects, store_id: UUID, content_hash: str, content: bytes) -> None:
        connection = await asyncpg.connect(database.owner_url)
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL"
        open_.append(
            await connection.fetchval(f"{query} AND pid <> pg_backend_pid() AND backend_type = 'client backend'")
        )
        await connection.close()
        await written(self, store_id, content_hash, content)

    monkeypatch.setattr(Objects, "put", put)
    await upload(manager, order_id)
    assert set(open_) == {0}


async def test_an_upload_that_is_repeated_is_answered_with_addresses_of_now(
    manager: Caller, order_id: str, cabinet: Cabinet, store: AStore
) -> None:
    first = await upload(manager, order_id, Idempotency_Key="k1")
    async with cabinet.database.transaction(store.id) as session:
        await session.execute(text(OLD_ANSWER), {"told": "2026-01-01T00:00:00Z"})
    again = await send(manager, order_id, a_picture(), Idempotency_Key="k1")
    assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    assert again.json()["expires_at"] >= first["expires_at"], "and not what was kept of the first answer"
    assert (await manager.get(again.json()["address"])).status_code == 200
    fixed = ("id", "size", "width", "height", "created_at", "uploaded_by")
    assert [again.json()[name] for name in fixed] == [first[name] for name in fixed]


async def test_a_picture_that_finds_no_place_is_asked_to_come_again(
    manager: Caller, order_id: str, cabinet: Cabinet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(darkroom, "PATIENCE_SECONDS", 0)
    for _ in range(darkroom.AT_ONCE):
        await cabinet.darkroom._places.acquire()
    refused = await send(manager, order_id, a_picture())
    assert (problem(refused), refused.headers["retry-after"]) == ((503, "uploads-busy"), "5")
    cabinet.darkroom._places.release()
    assert (await send(manager, order_id, a_picture())).status_code == 201


async def test_who_never_ends_his_upload_gives_his_place_back(
    manager: Caller, order_id: str, cabinet: Cabinet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "RECEIVE_SECONDS", 0)

    async def never() -> AsyncIterator[bytes]:
        yield a_picture()[:10]
        await asyncio.Event().wait()

    address = f"/v1/files?order_id={order_id}&purpose=finding_photo"
    refused = await manager.client.post(address, content=never(), headers=manager.headers)
    assert problem(refused) == (408, "upload-too-slow")
    assert cabinet.places._value == files.UPLOADS_AT_ONCE


async def test_an_upload_asks_for_one_sweep_a_day(
    manager: Caller, order_id: str, app: FastAPI, cabinet: Cabinet, store: AStore
) -> None:
    for number in range(3):
        await upload(manager, order_id, a_picture((20 + number, 20)))
    row = await app.state.database.fetch_row(
        "SELECT count(*), bool_and(execute_after > now() + interval '24 hours') FROM pgqueuer WHERE entrypoint = $1",
        files.SWEEP_JOB,
    )
    assert tuple(row) == (1, True)


async def test_a_place_that_cannot_be_written_is_a_clear_problem_and_leaves_no_row(
    manager: Caller, order_id: str, folder: Path
) -> None:
    await upload(manager, order_id)
    obstruct(folder)
    refused = await send(manager, order_id, a_picture((33, 33)))
    assert problem(refused) == (503, "files-unavailable")
    assert len((await manager.read(f"/v1/repair-orders/{order_id}/files"))["items"]) == 1


async def test_files_outlive_their_process(
    manager: Caller, order_id: str, database: Clone, keys: Keys, folder: Path
) -> None:
    told = await upload(manager, order_id)
    async with calling(app_of("workorder", database.app_url, keys, files_url=f"file://{folder}")) as another:
        assert (await another.get(told["address"])).status_code == 200
