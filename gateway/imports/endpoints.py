"""Imports over HTTP: hand an export in, watch it being written, read what became of every row."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import Response, StreamingResponse

from chassis import idempotency
from chassis.auth import CurrentPrincipal, CurrentStore, allow
from chassis.database import Database
from chassis.errors import NotFound
from chassis.http import AuthenticatedRoute, CurrentSession, Router
from chassis.representation import IfMatch, Page, PageOf, etag, paginate, set_etag
from gateway.dms.mapping import shipped
from gateway.dms.messages import Language, language_of
from gateway.dms.template import WORKBOOK_TYPE, template_of
from gateway.imports import report, repository, service, uploads
from gateway.imports.domain import Outcome
from gateway.imports.models import DmsImport, DmsImportRow
from gateway.imports.repository import Key, Whole
from gateway.imports.schemas import (
    ImportRead,
    MappingRead,
    RowRead,
    import_read,
    mapping_read,
    row_read,
)

ROLES = ("administrator", "service_manager", "payroll_clerk", "dms")
"""Each sees imports by the mappings that are for him, and may start such."""
_WATCHED_SECONDS = 900.0
_HEARTBEAT_SECONDS = 10.0

streaming = APIRouter(route_class=AuthenticatedRoute, tags=["imports"])
"""Routes that must hold no transaction while bytes come or go."""
ordinary = Router(tags=["imports"])


def _language(accept_language: Annotated[str | None, Header(max_length=500)] = None) -> Language:
    return language_of(accept_language)


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _mappings(principal: CurrentPrincipal) -> frozenset[str]:
    return service.mappings_for(principal)


OwnMappings = Annotated[frozenset[str], Depends(_mappings)]


def _key(store: CurrentStore, import_id: UUID, mappings: OwnMappings) -> Key:
    return Key(store.id, import_id, mappings)


Tongue = Annotated[Language, Depends(_language)]
OwnDatabase = Annotated[Database, Depends(_database)]
OwnKey = Annotated[Key, Depends(_key)]


class _Measured(Request):
    """The request with a digest of its form in place of a body, which is too large to hold."""

    def __init__(self, request: Request, digest: bytes) -> None:
        super().__init__(request.scope, request.receive)
        self._digest = digest

    async def body(self) -> bytes:
        return self._digest


_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {
                        "files": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "the CSV files of one export, or one zip of them, or one Excel workbook",
                        },
                        "mapping": {"type": "string", "default": service.DEFAULT_MAPPING},
                        "month": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$", "examples": ["2026-09"]},
                    },
                }
            }
        },
    }
}


@streaming.post(
    "/v1/imports",
    status_code=202,
    operation_id="create_import",
    dependencies=[allow(*ROLES)],
    openapi_extra=_FORM,
    response_model=ImportRead,
)
async def create_import(
    *,
    request: Request,
    principal: CurrentPrincipal,
    store: CurrentStore,
    database: OwnDatabase,
    language: Tongue,
    mappings: OwnMappings,
) -> Response:
    """Take an export in. It is read and written in the background; `Location` is where to watch it."""
    async with uploads.received(request) as form:
        wish = service.wish_of(form, mappings)
        async with database.transaction(store.id) as session:
            held = await idempotency.claim(session, _Measured(request, form.digest), principal)
            if isinstance(held, Response):
                return held
            whole = await service.accept(session, principal, store, form, wish)
            response = _answer(whole, language, status=202, headers={"Location": f"/v1/imports/{whole.own.id}"})
            if held is not None:
                await idempotency.keep(session, held, response)
    return response


@ordinary.get("/v1/imports", operation_id="list_imports", dependencies=[allow(*ROLES)])
async def list_imports(
    session: CurrentSession, store: CurrentStore, wish: PageOf, language: Tongue, mappings: OwnMappings
) -> Page[ImportRead]:
    """Newest first."""
    query = repository.all_imports(store.id, mappings)
    found, following = await paginate(session, query, [DmsImport.id.expression], wish, descending=True)
    wholes = await repository.load_all(session, found)
    return Page(items=[import_read(whole, language) for whole in wholes], limit=wish.limit, next=following)


@streaming.get(
    "/v1/imports/{import_id}", operation_id="get_import", dependencies=[allow(*ROLES)], response_model=ImportRead
)
async def get_import(
    *,
    key: OwnKey,
    database: OwnDatabase,
    language: Tongue,
    wait: Annotated[float, Query(ge=0, le=60, description="seconds to wait for the end, or for a change")] = 0,
    if_none_match: Annotated[str | None, Header(pattern=r'^"\d{1,9}"$')] = None,
) -> Response:
    """With `wait` the answer comes when the import has ended, or, given If-None-Match, when it has got further."""
    seen = None if if_none_match is None else int(if_none_match.strip('"'))
    whole = await service.wait(database, key, seconds=wait, seen=seen)
    if whole.own.version == seen:
        return Response(status_code=304, headers={"ETag": etag(whole.own.version)})
    return _answer(whole, language)


@streaming.get(
    "/v1/imports/{import_id}/progress",
    operation_id="watch_import",
    dependencies=[allow(*ROLES)],
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "`progress` at every change, then `ended`"}},
)
async def watch_import(key: OwnKey, database: OwnDatabase, language: Tongue) -> StreamingResponse:
    """Server-sent events: `progress` with the whole import at every change, `ended` with it at the end."""
    changes = service.watch(database, key, heartbeat=_HEARTBEAT_SECONDS, seconds=_WATCHED_SECONDS)
    first = await anext(changes)
    return StreamingResponse(
        _events(first, changes, language),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(first: Whole | None, changes: AsyncIterator[Whole | None], language: Language) -> AsyncIterator[str]:
    if first is not None:
        yield _event(first, language)
    async for whole in changes:
        yield ": still here\n\n" if whole is None else _event(whole, language)


def _event(whole: Whole, language: Language) -> str:
    name = "progress" if whole.own.ended_at is None else "ended"
    return f"event: {name}\nid: {whole.own.version}\ndata: {import_read(whole, language).model_dump_json()}\n\n"


@ordinary.get("/v1/imports/{import_id}/rows", operation_id="list_import_rows", dependencies=[allow(*ROLES)])
async def list_import_rows(
    *,
    session: CurrentSession,
    key: OwnKey,
    wish: PageOf,
    language: Tongue,
    outcome: Annotated[Outcome | Literal["warned"] | None, Query()] = None,
    file: Annotated[str | None, Query(max_length=100)] = None,
) -> Page[RowRead]:
    """What became of every row, in the order of the export; rows not yet written are not yet there."""
    await service.load(session, key)
    query = repository.rows_of(key, outcome=outcome, file=file)
    keys = [DmsImportRow.position.expression, DmsImportRow.row.expression]
    rows, following = await paginate(session, query, keys, wish)
    return Page(items=[row_read(row, language) for row in rows], limit=wish.limit, next=following)


@streaming.get(
    "/v1/imports/{import_id}/report.csv",
    operation_id="get_import_report",
    dependencies=[allow(*ROLES)],
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}, "description": "one line per row, for Excel"}},
)
async def get_import_report(key: OwnKey, database: OwnDatabase, language: Tongue) -> StreamingResponse:
    async with database.transaction(key.store) as session:
        await service.load(session, key)
    return StreamingResponse(
        report.lines(database, key, language),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="import-{key.id}.csv"',
            "Content-Language": language,
            "Vary": "Accept-Language",
        },
    )


@ordinary.post("/v1/imports/{import_id}/cancel", operation_id="cancel_import", dependencies=[allow(*ROLES)])
async def cancel_import(
    session: CurrentSession, key: OwnKey, expected: IfMatch, language: Tongue, response: Response
) -> ImportRead:
    """Only before anything is written; what was uploaded is thrown away."""
    return _changed(await service.cancel(session, key, expected), language, response)


@ordinary.post("/v1/imports/{import_id}/resume", operation_id="resume_import", dependencies=[allow(*ROLES)])
async def resume_import(
    session: CurrentSession, key: OwnKey, expected: IfMatch, language: Tongue, response: Response
) -> ImportRead:
    """Run an import again whose attempts have run out, for example because a service was down for too long."""
    return _changed(await service.resume(session, key, expected), language, response)


@ordinary.get("/v1/import-mappings", operation_id="list_import_mappings", dependencies=[allow(*ROLES)])
async def list_import_mappings(language: Tongue, mappings: OwnMappings) -> list[MappingRead]:
    """The systems whose exports can be imported, the sheets that people fill in, and the files that each has."""
    return [mapping_read(mapping, language) for mapping in shipped() if mapping.name in mappings]


@ordinary.get(
    "/v1/import-mappings/{name}/template", operation_id="get_import_template", dependencies=[allow(*ROLES)],
    response_class=Response,
    responses={200: {"content": {WORKBOOK_TYPE: {"schema": {"type": "string", "format": "binary"}}},
                     "description": "a workbook to fill in"}},
)  # fmt: skip
def get_import_template(name: str, language: Tongue, mappings: OwnMappings) -> Response:
    """Excel, a sheet for each file: its columns, what belongs in each, and lists to choose from."""
    mapping = next((mapping for mapping in shipped() if mapping.name in mappings and mapping.name == name), None)
    if mapping is None:
        raise NotFound("There is no such mapping")
    headers = {"Content-Disposition": f'attachment; filename="{mapping.name}.xlsx"', "Content-Language": language,
               "Vary": "Accept-Language"}  # fmt: skip
    return Response(template_of(mapping, language), media_type=WORKBOOK_TYPE, headers=headers)


def _answer(whole: Whole, language: Language, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(
        import_read(whole, language).model_dump_json(),
        status_code=status,
        media_type="application/json",
        headers={"ETag": etag(whole.own.version), "Vary": "Accept-Language", **(headers or {})},
    )


def _changed(whole: Whole, language: Language, response: Response) -> ImportRead:
    set_etag(response, whole.own.version)
    return import_read(whole, language)


router = APIRouter()
router.include_router(streaming)
router.include_router(ordinary)
