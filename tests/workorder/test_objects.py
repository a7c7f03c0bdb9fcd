"""Where files lie: the same in memory, in a folder and in a bucket, here a small one that speaks S3."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.workorder.repository.files.objects import Objects, ObjectsUnavailable
from services.workorder.settings import Settings
from tests.harness import Keys, process_environment, serving

STORE, OTHER = uuid4(), uuid4()
HASH, SECOND = "ab" * 32, "cd" * 32


class Bucket:
    """Whoever has no signature by the key is turned away."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    async def answer(self, request: Request) -> Response:
        if not request.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 Credential=the-key/"):
            return Response(status_code=403)
        key = request.path_params["key"].lstrip("/")
        if request.method == "PUT":
            self.objects[key] = await request.body()
            return Response(headers={"ETag": '"1"'})
        if request.method == "DELETE":
            self.objects.pop(key, None)
            return Response(status_code=204)
        return self._list(request) if not key else self._read(key)

    def _read(self, key: str) -> Response:
        if key not in self.objects:
            return Response(status_code=404)
        headers = {"ETag": '"1"', "Last-Modified": "Fri, 27 Nov 2026 08:00:00 GMT"}
        return Response(self.objects[key], headers=headers, media_type="image/jpeg")

    def _list(self, request: Request) -> Response:
        prefix = request.query_params["prefix"]
        found = "".join(
            f"<Contents><Key>{key}</Key><LastModified>2026-11-27T08:00:00.000Z</LastModified>"
            f"<ETag>1</ETag><Size>{len(content)}</Size></Contents>"
            for key, content in sorted(self.objects.items())
            if key.startswith(prefix)
        )
        return _xml(f"<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>")


def _xml(text: str) -> Response:
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>{text}', media_type="application/xml")


@pytest.fixture(params=["memory", "folder", "bucket"])
async def objects(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Objects]:
    if request.param == "memory":
        yield Objects("memory:///", {})
    elif request.param == "folder":
        yield Objects(f"file://{tmp_path}/a folder", {})
    else:
        methods = ["GET", "HEAD", "PUT", "DELETE"]
        bucket: Any = Starlette(routes=[Route("/photos{key:path}", Bucket().answer, methods=methods)])
        async with serving(bucket) as address:
            told = {"endpoint": address, "region": "cn-1", "access_key_id": "the-key", "secret_access_key": "secret"}
            yield Objects("s3://photos/aftermile", told)


async def all_of(objects: Objects, store: Any) -> set[str]:
    return {found.content_hash async for piece in objects.of_store(store) for found in piece}


async def test_what_is_put_is_there_until_it_is_removed(objects: Objects) -> None:
    await objects.put(STORE, HASH, b"a photo")
    await objects.put(STORE, HASH, b"a photo")
    await objects.put(STORE, SECOND, b"")
    await objects.put(OTHER, HASH, b"of another store")
    assert await objects.get(STORE, HASH) == b"a photo"
    assert await all_of(objects, STORE) == {HASH, SECOND}
    for _ in range(2):
        await objects.remove(STORE, HASH)
    assert await all_of(objects, STORE) == {SECOND}
    assert await objects.get(OTHER, HASH) == b"of another store"
    with pytest.raises(ObjectsUnavailable):
        await objects.get(STORE, HASH)


async def test_it_is_known_since_when_something_is_there(objects: Objects) -> None:
    await objects.put(STORE, HASH, b"a photo")
    (found,) = [found async for piece in objects.of_store(STORE) for found in piece]
    assert abs((datetime.now(UTC) - found.written_at).days) < 10_000
    assert found.written_at.tzinfo is not None


async def test_a_bucket_out_of_reach_is_a_clear_problem() -> None:
    nowhere = {"endpoint": "http://127.0.0.1:1", "access_key_id": "a", "secret_access_key": "b"}
    with pytest.raises(ObjectsUnavailable):
        await Objects("s3://photos", nowhere).put(STORE, HASH, b"a photo")


@pytest.mark.parametrize("url", ["", "/srv/files", "file://relative", "http://somewhere", "s3://", "file:///a?b"])
def test_a_place_that_is_none_is_refused_at_the_start(keys: Keys, url: str) -> None:
    given = {**process_environment("workorder", "postgresql://nowhere/none", keys), "files_url": url}
    with pytest.raises(ValidationError, match="files_url"):
        Settings(**given)


def test_what_is_not_told_of_a_bucket_is_left_to_the_environment(keys: Keys) -> None:
    given = process_environment("workorder", "postgresql://nowhere/none", keys)
    assert Settings(**given).files_s3 == {}
    told = Settings(**given, files_s3_region="cn-1", files_s3_secret_access_key="s")
    assert told.files_s3 == {"region": "cn-1", "secret_access_key": "s"}


async def test_in_a_folder_it_is_on_the_disk_before_anybody_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed, flush = [], os.fsync

    def seen(opened: int) -> None:
        flushed.append(Path(f"/proc/self/fd/{opened}").resolve())
        flush(opened)

    monkeypatch.setattr(os, "fsync", seen)
    await Objects(f"file://{tmp_path}", {}).put(STORE, HASH, b"content")
    store = tmp_path / str(STORE)
    assert flushed == [store / HASH[:2] / HASH, store / HASH[:2], store, tmp_path]
