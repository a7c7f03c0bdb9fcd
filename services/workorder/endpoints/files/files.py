"""Files over HTTP: hand one in, see what is known of it, and fetch it by a signed address."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from chassis import idempotency
from chassis.auth import CurrentPrincipal, CurrentStore, allow
from chassis.errors import Unavailable
from chassis.http import AuthenticatedRoute, Clock, Router
from chassis.representation import Page, PageOf
from services.workorder.domain.files.file import MOST_BYTES, Purpose, UploadTooSlow, Variant, require_size
from services.workorder.domain.files.file_address import DESK_MINUTES, Address
from services.workorder.endpoints.desk import CurrentDesk, document, page
from services.workorder.endpoints.roles import FLOOR, READERS
from services.workorder.models import File
from services.workorder.repository.files import files as repository
from services.workorder.repository.orders import orders
from services.workorder.schemas.files.files import FileRead
from services.workorder.service.desk import Desk
from services.workorder.service.files import files
from services.workorder.service.files.files import DOCUMENT_TYPE, PICTURE_TYPE, Cabinet, Upload

streaming = APIRouter(
    route_class=AuthenticatedRoute, tags=["files"], generate_unique_id_function=lambda route: route.name
)
"""Routes that must hold no transaction while bytes come or go."""
router = Router(tags=["files"])
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": f"The bytes of one file, at most {MOST_BYTES}; its content says what it is.",
        "content": dict.fromkeys(("image/jpeg", "image/png", "image/webp", "application/pdf"), _BINARY),
    }
}
_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "the file", "content": {PICTURE_TYPE: _BINARY, DOCUMENT_TYPE: _BINARY}}
}


def _cabinet(request: Request) -> Cabinet:
    cabinet: Cabinet = request.app.state.cabinet
    return cabinet


CurrentCabinet = Annotated[Cabinet, Depends(_cabinet)]


class _WithContent(Request):
    """The request whose body has been read, for whoever wants to compare it."""

    def __init__(self, request: Request, content: bytes) -> None:
        super().__init__(request.scope, request.receive)
        self._content = content

    async def body(self) -> bytes:
        return self._content


def _read(cabinet: Cabinet, file: File, now: datetime) -> FileRead:
    until = now.replace(microsecond=0) + timedelta(minutes=DESK_MINUTES)
    whole = Address(file.store_id, file.id, Variant.WHOLE, until)
    preview = replace(whole, variant=Variant.PREVIEW)
    return document(
        FileRead,
        file,
        order_number=file.order.number,
        address=files.address_of(cabinet, whole),
        preview_address=files.address_of(cabinet, preview) if file.preview_hash else None,
        expires_at=until,
    )


RECEIVE_SECONDS = 120.0
"""Whoever sends holds one of few places; a photo over a bad line takes a minute."""


async def _received(request: Request) -> bytes:
    """Heard to its end even when it is too large: whoever is cut off while he speaks does not hear why."""
    kept, size = bytearray(), 0
    try:
        async with asyncio.timeout(RECEIVE_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size <= MOST_BYTES:
                    kept += chunk
    except TimeoutError as error:
        raise UploadTooSlow(f"It was not here after {RECEIVE_SECONDS:.0f} seconds") from error
    require_size(size)
    return bytes(kept)


@streaming.post(
    "/v1/files", status_code=201, dependencies=[allow(*FLOOR)], openapi_extra=_BODY, response_model=FileRead
)
async def upload_file(
    *, request: Request, principal: CurrentPrincipal, store: CurrentStore, cabinet: CurrentCabinet, now: Clock,
    order_id: Annotated[UUID, Query()], purpose: Annotated[Purpose, Query()],
) -> Response:  # fmt: skip
    """A photo, a signature or a document of an order. Pictures are JPEG, PNG or WebP; a document may be a PDF."""
    if cabinet.places.locked():
        raise Unavailable("Too many files are being handed in", headers={"Retry-After": "2"}, slug="uploads-busy")
    async with cabinet.places:
        upload = Upload(order_id, purpose, await _received(request))
        told = _WithContent(request, upload.content)
        async with cabinet.database.transaction(store.id) as session:
            if isinstance(held := await idempotency.claim(session, told, principal), Response):
                return await _again(session, cabinet, held, store.id, now)
            await files.announce(session, store.id, order_id, now)
        laid = await files.lay_down(cabinet, store.id, upload, now)
        async with cabinet.database.transaction(store.id) as session:
            if isinstance(held := await idempotency.claim(session, told, principal), Response):
                return await _again(session, cabinet, held, store.id, now)
            file = await files.record(Desk(session, store, principal, now), upload, laid)
            response = _created(_read(cabinet, file, now))
            if held is not None:
                await idempotency.keep(session, held, response)
        return response


async def _again(session: AsyncSession, cabinet: Cabinet, kept: Response, store_id: UUID, now: datetime) -> Response:
    """The answer of the first time, but for its addresses: those that were given out then may have expired."""
    file_id = UUID(orjson.loads(bytes(kept.body))["id"])
    response = _created(_read(cabinet, await repository.file_by_id(session, store_id, file_id), now))
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _created(body: FileRead) -> Response:
    headers = {"Location": f"/v1/files/{body.id}", "Cache-Control": "no-store"}
    return Response(body.model_dump_json(), status_code=201, media_type="application/json", headers=headers)


@router.get("/v1/files/{file_id}", dependencies=[allow(*READERS)])
async def read_file(file_id: UUID, desk: CurrentDesk, cabinet: CurrentCabinet, response: Response) -> FileRead:
    """With new addresses, which are valid for a quarter of an hour."""
    response.headers["Cache-Control"] = "no-store"
    return _read(cabinet, await repository.file_by_id(desk.session, desk.store_id, file_id), desk.now)


@router.get("/v1/repair-orders/{order_id}/files", dependencies=[allow(*READERS)])
async def list_files(
    order_id: UUID, desk: CurrentDesk, cabinet: CurrentCabinet, wish: PageOf, purpose: Purpose | None = None
) -> Page[FileRead]:
    """The newest first."""
    order = await orders.order_by_id(desk.session, desk.store_id, order_id)
    query = repository.files_of(desk.store_id, order.id, purpose)
    return await page(desk, wish, query, [File.id], lambda file: _read(cabinet, file, desk.now))


@streaming.get("/v1/file-contents/{token}", dependencies=[allow()], response_class=Response, responses=_CONTENT)
async def read_file_content(token: str, cabinet: CurrentCabinet, now: Clock) -> Response:
    """The address is all that is needed until it expires. Pictures are shown, documents handed over."""
    found = await files.content_at(cabinet, token, now)
    shown, ending = ("inline", "jpg") if found.content_type == PICTURE_TYPE else ("attachment", "pdf")
    seconds = max(0, int((found.expires_at - now).total_seconds()))
    headers = {
        "Content-Disposition": f'{shown}; filename="{found.file_id}.{ending}"',
        "Cache-Control": f"private, max-age={seconds}, immutable",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
    }
    return Response(found.content, media_type=found.content_type, headers=headers)
