"""The bytes of an upload: taken from the request, kept in the database in parts, laid out on disk for one reading."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData, UploadFile

from chassis.database import Database
from chassis.errors import BadRequest, Invalid, field_error
from gateway.dms.problems import refused
from gateway.dms.upload import NamedFile
from gateway.imports.models import DmsImportPart, DmsImportUpload
from gateway.imports.repository import Key

PART_BYTES = 1 << 20
_FILES = 200
_FIELDS = 10
_FIELD_BYTES = 1024
_PARTS_AT_ONCE = 8


@dataclass(frozen=True)
class Upload:
    name: str
    size: int
    sha256: bytes
    content: UploadFile


@dataclass(frozen=True)
class Form:
    """A multipart form: its files, on disk beyond a megabyte, and its plain fields."""

    files: Sequence[Upload]
    fields: dict[str, str]

    @property
    def digest(self) -> bytes:
        """Stands for the whole body where two requests are compared: boundaries and temporary names do not count."""
        told = hashlib.sha256(repr(sorted(self.fields.items())).encode())
        for upload in self.files:
            told.update(upload.sha256 + repr(upload.name).encode())
        return told.digest()


@asynccontextmanager
async def received(request: Request) -> AsyncIterator[Form]:
    """The form of a request, its files open until the end of the block."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise BadRequest("Send the files as multipart/form-data", slug="multipart-required")
    async with request.form(max_files=_FILES, max_fields=_FIELDS, max_part_size=_FIELD_BYTES) as form:
        yield await _read(form)


async def _read(form: FormData) -> Form:
    files: list[Upload] = []
    fields: dict[str, str] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if value.filename or value.size:
                files.append(await _measured(value))
        elif name in fields:
            raise Invalid(errors=[field_error(f"/{name}", "given-twice", "May be given once")])
        else:
            fields[name] = value
    return Form(files, fields)


async def _measured(content: UploadFile) -> Upload:
    told, size = hashlib.sha256(), 0
    while block := await content.read(PART_BYTES):
        told.update(block)
        size += len(block)
    await content.seek(0)
    name = (content.filename or "unnamed").replace("\0", "")
    return Upload(name[-300:], size, told.digest(), content)


async def keep(session: AsyncSession, key: Key, uploads: Sequence[Upload]) -> None:
    for number, upload in enumerate(uploads):
        place = {"store_id": key.store, "import_id": key.id, "number": number}
        session.add(DmsImportUpload(**place, name=upload.name, size=upload.size, sha256=upload.sha256))
        await session.flush()
        part = 0
        while block := await upload.content.read(PART_BYTES):
            await session.execute(insert(DmsImportPart).values(**place, part=part, data=block))
            part += 1


async def lay_out(database: Database, key: Key, folder: Path) -> list[NamedFile]:
    """Writes the uploads under numbers; their names stay names. A few parts at a time are in memory."""
    async with database.transaction(key.store) as session:
        query = select(DmsImportUpload).where(
            DmsImportUpload.store_id == key.store, DmsImportUpload.import_id == key.id
        )
        uploads = (await session.scalars(query.order_by(DmsImportUpload.number))).all()
    files = []
    for upload in uploads:
        path = folder / str(upload.number)
        await _lay_out(database, key, upload, path)
        files.append(NamedFile(upload.name, path))
    return files


async def _lay_out(database: Database, key: Key, upload: DmsImportUpload, path: Path) -> None:
    told, after = hashlib.sha256(), -1
    with path.open("wb") as target:
        while parts := await _parts(database, key, upload.number, after):
            for part, data in parts:
                told.update(data)
                target.write(data)
                after = part
    if told.digest() != upload.sha256:
        raise refused("upload-damaged", upload.name)


async def _parts(database: Database, key: Key, number: int, after: int) -> list[tuple[int, bytes]]:
    query = (
        select(DmsImportPart.part, DmsImportPart.data)
        .where(DmsImportPart.store_id == key.store, DmsImportPart.import_id == key.id)
        .where(DmsImportPart.number == number, DmsImportPart.part > after)
        .order_by(DmsImportPart.part)
        .limit(_PARTS_AT_ONCE)
    )
    async with database.transaction(key.store) as session:
        return [(row.part, row.data) for row in await session.execute(query)]


async def forget(session: AsyncSession, key: Key) -> None:
    """What was uploaded holds names and numbers of people in the clear; its digests stay."""
    await session.execute(
        delete(DmsImportPart).where(DmsImportPart.store_id == key.store, DmsImportPart.import_id == key.id)
    )
