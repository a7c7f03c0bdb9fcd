"""Files of orders: taken in as object first and row after, shown by signed addresses, and what no row names removed.

What is to be written is announced first, under the hash of its content, so that no sweep takes it away before its row
is there, and no transaction is open while it is written. A process that ends between object and row leaves an object
that nobody knows; the sweep that was asked for removes it once its announcement is old.
"""

import asyncio
import hashlib
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import Database
from chassis.jobs import enqueue
from services.workorder.domain.files import file_address
from services.workorder.domain.files.file import (
    PHOTOS,
    Format,
    Kept,
    Named,
    Purpose,
    Variant,
    require_taken,
    require_unused,
    require_usable,
)
from services.workorder.domain.files.file_address import Address
from services.workorder.models import File
from services.workorder.repository.files import files
from services.workorder.repository.files.objects import Found, Objects
from services.workorder.repository.orders import orders
from services.workorder.service.desk import Desk
from services.workorder.service.files.darkroom import Darkroom
from services.workorder.service.orders import timeline

SWEEP_JOB = "workorder.sweep_files"
UPLOADS_AT_ONCE = 16
"""Each holds its bytes in memory; the next is asked to come again."""
GRACE = timedelta(days=1)
"""An object without a row may for so long be one whose row is just being written."""
_SWEPT_AFTER = GRACE + timedelta(hours=1)
PICTURE_TYPE = "image/jpeg"
DOCUMENT_TYPE = "application/pdf"


@dataclass(frozen=True)
class Cabinet:
    """What a process needs to keep files and to show them."""

    database: Database
    objects: Objects
    darkroom: Darkroom
    address_key: bytes
    places: asyncio.Semaphore


def address_key(signing_key: str) -> bytes:
    """A key for addresses alone, drawn from the process's own: one secret less to keep, the same in all replicas."""
    secret = urlsafe_b64decode(orjson.loads(signing_key)["d"] + "==")
    return HKDF(SHA256(), length=32, salt=None, info=b"aftermile workorder file addresses 1").derive(secret)


@dataclass(frozen=True)
class Upload:
    order_id: UUID
    purpose: Purpose
    content: bytes


@dataclass(frozen=True)
class LaidDown:
    """What is stored of an upload: the columns of its row, and its objects by their hashes."""

    columns: Mapping[str, Any]
    objects: Mapping[str, bytes]


async def announce(session: AsyncSession, store_id: UUID, order_id: UUID, now: datetime) -> None:
    """Raises NotFound unless there is such an order. One sweep a day is enough for a store."""
    await orders.order_by_id(session, store_id, order_id)
    await ask_for_sweep(session, store_id, now)


async def ask_for_sweep(session: AsyncSession, store_id: UUID, now: datetime) -> None:
    day = (now + _SWEPT_AFTER).astimezone(UTC).date()
    payload = {"store": str(store_id)}
    await enqueue(session, SWEEP_JOB, payload, dedupe_key=f"{SWEEP_JOB}:{store_id}:{day}", after=_SWEPT_AFTER)


async def lay_down(cabinet: Cabinet, store_id: UUID, upload: Upload, now: datetime) -> LaidDown:
    """The objects of an upload, announced and written. Nothing is known of them until their row is."""
    given = require_taken(upload.purpose, upload.content)
    laid = _document(upload.content) if given is Format.PDF else await _picture(cabinet, upload.content, given)
    async with cabinet.database.transaction(store_id) as session:
        for content_hash in sorted(laid.objects):
            await files.hold_object(session, store_id, content_hash)
            await files.announce_object(session, store_id, content_hash, now)
    for content_hash, content in laid.objects.items():
        await cabinet.objects.put(store_id, content_hash, content)
    return laid


def _document(content: bytes) -> LaidDown:
    content_hash = _hash(content)
    columns = {"content_type": DOCUMENT_TYPE, "size": len(content), "content_hash": content_hash}
    return LaidDown(columns, {content_hash: content})


async def _picture(cabinet: Cabinet, content: bytes, given: Format) -> LaidDown:
    developed = await cabinet.darkroom.develop(content, given)
    content_hash, preview_hash = _hash(developed.whole), _hash(developed.preview)
    columns = {
        "content_type": PICTURE_TYPE, "size": len(developed.whole), "content_hash": content_hash,
        "width": developed.width, "height": developed.height, "preview_hash": preview_hash,
    }  # fmt: skip
    return LaidDown(columns, {content_hash: developed.whole, preview_hash: developed.preview})


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def record(desk: Desk, upload: Upload, laid: LaidDown) -> File:
    """The row, once its objects are written."""
    file = File(
        store_id=desk.store_id, order_id=upload.order_id, purpose=upload.purpose, uploaded_by=desk.person,
        created_at=desk.now, **laid.columns,
    )  # fmt: skip
    desk.session.add(file)
    await desk.session.flush()
    await timeline.note(desk, file.order_id, "file.added", file=file.id, purpose=upload.purpose)
    return await files.file_by_id(desk.session, desk.store_id, file.id)


def address_of(cabinet: Cabinet, address: Address) -> str:
    """Where whoever has it fetches the file until then, at the gateway."""
    return f"/v1/file-contents/{file_address.sign(address, cabinet.address_key)}"


@dataclass(frozen=True)
class Content:
    file_id: UUID
    content: bytes
    content_type: str
    expires_at: datetime


async def content_at(cabinet: Cabinet, token: str, now: datetime) -> Content:
    """What a signed address shows. No transaction is open while the object is read."""
    address = file_address.read(token, cabinet.address_key, now)
    async with cabinet.database.transaction(address.store_id) as session:
        file = await files.file_by_id(session, address.store_id, address.file_id)
    preview = file.preview_hash if address.variant is Variant.PREVIEW else None
    content = await cabinet.objects.get(address.store_id, preview or file.content_hash)
    return Content(file.id, content, file.content_type, address.expires_at)


class WithPhotos(Protocol):
    @property
    def photos(self) -> Sequence[UUID] | None: ...


def named_photos(bodies: Iterable[WithPhotos], pointer: str) -> list[Named]:
    """The photos of things in a list that lies at `pointer`."""
    return [
        Named(file_id, f"{pointer}/{place}/photos/{number}")
        for place, body in enumerate(bodies)
        for number, file_id in enumerate(body.photos or ())
    ]


def named_once(photos: Iterable[UUID] | None) -> list[Named]:
    return [Named(file_id, f"/photos/{number}") for number, file_id in enumerate(photos or ())]


async def require_photos(
    desk: Desk, order_id: UUID, named: Sequence[Named], purposes: frozenset[Purpose] = PHOTOS
) -> None:
    """The files that a body names are pictures of this order, for one of these purposes."""
    found = await files.files_by_id(desk.session, desk.store_id, {each.file_id for each in named})
    known = {
        file.id: Kept(file.order_id, Purpose(file.purpose), is_picture=file.preview_hash is not None)
        for file in found.values()
    }
    require_usable(tuple(named), known, order_id, purposes)


async def require_signature(
    desk: Desk, order_id: UUID, signature_id: UUID | None, quote_id: UUID | None = None
) -> None:
    """It stands under this quote, or under a walk round, and under nothing else; the order is locked.

    Nothing where none is named: whether one has to be is for the body to say.
    """
    if signature_id is None:
        return
    await require_photos(desk, order_id, [Named(signature_id, "/signature_id")], frozenset({Purpose.SIGNATURE}))
    require_unused(await files.signed_by(desk.session, desk.store_id, order_id, signature_id), quote_id)


async def sweep(cabinet: Cabinet, store_id: UUID, now: datetime) -> int:
    """How many objects were removed that have no row, or only rows that were erased and whose day has come. What is
    too young to tell is left for another sweep."""
    removed, young = 0, False
    async for piece in cabinet.objects.of_store(store_id):
        for found in await _unnamed(cabinet.database, store_id, piece, now):
            if found.written_at > now - GRACE:
                young = True
            else:
                removed += await _removed(cabinet, store_id, found.content_hash, now)
    async with cabinet.database.transaction(store_id) as session:
        await files.forget_announced(session, store_id, now - GRACE)
        if young:
            await ask_for_sweep(session, store_id, now)
    return removed


async def _unnamed(database: Database, store_id: UUID, piece: Sequence[Found], now: datetime) -> list[Found]:
    hashes = [found.content_hash for found in piece]
    async with database.transaction(store_id) as session:
        named = await files.named_hashes(session, store_id, hashes, now - GRACE, now.date())
    return [found for found in piece if found.content_hash not in named]


async def _removed(cabinet: Cabinet, store_id: UUID, content_hash: str, now: datetime) -> bool:
    """Looked at once more while nobody can take it into use."""
    async with cabinet.database.transaction(store_id) as session:
        await files.hold_object(session, store_id, content_hash)
        if await files.named_hashes(session, store_id, [content_hash], now - GRACE, now.date()):
            return False
        await cabinet.objects.remove(store_id, content_hash)
    return True
