"""Where the bytes of files lie: a local folder, or a bucket of S3 and what speaks like it. Named by store and hash."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, MemoryStore, ObjectStore, S3Store

from chassis.errors import Unavailable

if TYPE_CHECKING:
    from obstore.store import S3Config

_AT_ONCE = 500


@dataclass(frozen=True)
class Found:
    content_hash: str
    written_at: datetime


class ObjectsUnavailable(Unavailable):
    """The folder is full or closed, the bucket out of reach."""

    slug = "files-unavailable"


class Objects:
    """`s3` names endpoint, region and keys, where the address is a bucket and they are not the environment's."""

    def __init__(self, url: str, s3: Mapping[str, str]) -> None:
        self._store = _opened(url, s3)

    async def put(self, store_id: UUID, content_hash: str, content: bytes) -> None:
        """Whole or not at all: a reader never meets half of it. In a folder it is on the disk by then."""
        path = _path(store_id, content_hash)
        try:
            await obstore.put_async(self._store, path, content)
            if isinstance(self._store, LocalStore) and self._store.prefix is not None:
                await asyncio.to_thread(_flush, Path(self._store.prefix), path)
        except (BaseError, OSError) as error:
            raise ObjectsUnavailable("Files cannot be stored at the moment") from error

    async def get(self, store_id: UUID, content_hash: str) -> bytes:
        try:
            found = await obstore.get_async(self._store, _path(store_id, content_hash))
            return bytes(await found.bytes_async())
        except (BaseError, OSError) as error:
            raise ObjectsUnavailable("Files cannot be read at the moment") from error

    async def remove(self, store_id: UUID, content_hash: str) -> None:
        """Also when somebody else was first: two sweeps may go over the same objects."""
        with suppress(FileNotFoundError):
            await obstore.delete_async(self._store, _path(store_id, content_hash))

    async def of_store(self, store_id: UUID) -> AsyncIterator[Sequence[Found]]:
        """All of a store's objects, in pieces."""
        async for piece in obstore.list(self._store, prefix=f"{store_id}/", chunk_size=_AT_ONCE):
            yield [Found(each["path"].rpartition("/")[2], each["last_modified"]) for each in piece]


def _flush(root: Path, path: str) -> None:
    """A file, and the folders that name it."""
    file = root / path
    for each in (file, *(folder for folder in file.parents if folder == root or root in folder.parents)):
        opened = os.open(each, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _path(store_id: UUID, content_hash: str) -> str:
    return f"{store_id}/{content_hash[:2]}/{content_hash}"


def _opened(url: str, s3: Mapping[str, str]) -> ObjectStore:
    if url.startswith("file://"):
        return LocalStore.from_url(url, mkdir=True)
    if not url.startswith("s3://"):
        return MemoryStore()
    told = cast("S3Config", {**s3, "disable_bulk_delete": True})
    plain = s3.get("endpoint", "").startswith("http://")
    return S3Store.from_url(url, config=told, client_options={"allow_http": plain, "timeout": "20s"})
