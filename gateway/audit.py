"""The trail of writes, and of looks at people's numbers in full: a row before the call is made, completed after it.

No bodies, no secrets.
"""

import asyncio
import re
import time
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import AwareDatetime, StringConstraints
from sqlalchemy import select, text
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.auth import CurrentPrincipal, Principal, Store, allow, authenticate
from chassis.database import Database
from chassis.errors import Forbidden, Problem
from chassis.http import CurrentSession, Router
from chassis.representation import LEGIBLE, Page, PageOf, QueryText, ResponseBody, paginate
from gateway.identity.administration import caller_standing
from gateway.identity.domain import PLATFORM_ROLES
from gateway.models import AuditEntry
from gateway.routing import OPEN

READS = frozenset({"GET", "HEAD", "OPTIONS"})
REVEALING = "reveal"
"""The query parameter by which a mobile or an ID number is asked for in full: who looked must be known."""
COMING_IN = frozenset({"/v1/login", "/v1/refresh", "/v1/logout", "/v1/token"})
_LONGEST_PATH = 500
_SECRET = re.compile(rf"^(/a/|/v1/(?:{'|'.join(OPEN)})/)([^/]+)")
_Path = Annotated[str, StringConstraints(max_length=_LONGEST_PATH), LEGIBLE]


def name_subject(request: Request, subject: str, kind: str, name: str) -> None:
    """Whoever this request says he is, known after its entry was begun; the status says whether he came in."""
    request.state.audited = (subject, kind, name)


class AuditTrail:
    """Plain ASGI, inside the edge. A call whose row cannot be written is not made.

    Calls without a valid token leave no row, except those that ask for one: they are refused further in, or go to an
    open resource, whose service keeps what was decided there and by which link.
    """

    def __init__(self, app: ASGIApp, database: Database) -> None:
        self._app = app
        self._database = database

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (scope["method"] in READS and not _reveals(scope)):
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        request = Request(scope, receive)
        caller = _caller(request)
        if caller is None and scope["path"] not in COMING_IN:
            await self._app(scope, receive, send)
            return
        await self._recorded(request, caller, receive, send)

    async def _recorded(self, request: Request, caller: Principal | None, receive: Receive, send: Send) -> None:
        store = caller.store.id if caller and caller.store else None
        began, status = time.perf_counter(), 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        entry = await self._begin(request, caller, store)
        try:
            await self._app(request.scope, receive, answer)
        except Exception as error:
            status = getattr(error, "status", 500)
            raise
        finally:
            took = round((time.perf_counter() - began) * 1000)
            await asyncio.shield(self._complete(entry, store, status, took, _named(request)))

    async def _begin(self, request: Request, caller: Principal | None, store: UUID | None) -> UUID:
        who = (caller.subject, caller.kind, caller.name) if caller else ("", "", "")
        path = without_secret(request.url.path)[:_LONGEST_PATH]
        row = await self._database.write_row(
            _BEGIN, store, *who, request.method, path, request.scope.get("trace_id", ""), store=store
        )
        entry: UUID = row[0]
        return entry

    async def _complete(
        self, entry: UUID, store: UUID | None, status: int, took: int, named: tuple[str, str, str] | None
    ) -> None:
        await self._database.write_row(_COMPLETE, entry, status, took, *(named or (None, None, None)), store=store)


_BEGIN = """
    INSERT INTO audit_entry (store_id, subject, kind, name, method, path, trace_id)
    SELECT $1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text FROM own RETURNING id
"""
_COMPLETE = """
    UPDATE audit_entry
    SET status = $2::integer, duration_ms = $3::integer, completed_at = clock_timestamp(),
        subject = coalesce($4::text, subject), kind = coalesce($5::text, kind), name = coalesce($6::text, name)
    WHERE id = (SELECT CASE WHEN store IS NOT NULL THEN $1::uuid END FROM own)
"""


def without_secret(path: str) -> str:
    """The path with a digest in place of what opens it: whoever reads the trail may not walk in by it."""
    return _SECRET.sub(lambda found: f"{found[1]}~{sha256(found[2].encode()).hexdigest()[:16]}", path)


def _reveals(scope: Scope) -> bool:
    return bool(scope["query_string"]) and REVEALING in Request(scope).query_params


def _caller(request: Request) -> Principal | None:
    if request.url.path in COMING_IN:
        return None
    try:
        return authenticate(request)
    except Problem:
        return None


def _named(request: Request) -> tuple[str, str, str] | None:
    named: tuple[str, str, str] | None = request.scope["state"].get("audited")
    return named


class AuditEntryRead(ResponseBody):
    """`status` is null for a call that was cut off, or still runs: what became of it is not known."""

    id: UUID
    at: datetime
    subject: str
    kind: str
    name: str
    method: str
    path: str
    trace_id: str
    status: int | None
    duration_ms: int | None
    completed_at: datetime | None


router = Router(tags=["audit"])


def store_of(caller: Principal) -> Store:
    return caller.acting_for()


class AuditFilter:
    """What to look for; everything given must hold."""

    def __init__(
        self,
        *,
        subject: QueryText | None = None,
        method: Annotated[Literal["GET", "POST", "PUT", "PATCH", "DELETE"] | None, Query()] = None,
        path: Annotated[_Path | None, Query(description="the whole path")] = None,
        trace_id: QueryText | None = None,
        since: Annotated[AwareDatetime | None, Query()] = None,
        until: Annotated[AwareDatetime | None, Query()] = None,
    ) -> None:
        exact = {"subject": subject, "method": method, "path": path, "trace_id": trace_id}
        self.conditions = [getattr(AuditEntry, name) == value for name, value in exact.items() if value is not None]
        if since is not None:
            self.conditions.append(AuditEntry.at >= since)
        if until is not None:
            self.conditions.append(AuditEntry.at < until)


@router.get("/v1/audit", operation_id="list_audit_entries", dependencies=[allow("administrator", "auditor")])
async def list_audit_entries(
    *,
    session: CurrentSession,
    caller: CurrentPrincipal,
    wish: PageOf,
    wanted: Annotated[AuditFilter, Depends()],
    scope: Annotated[Literal["store", "platform"], Query(description="platform: calls that name no store")] = "store",
    unfinished: Annotated[bool, Query(description="only calls that were cut off, or still run")] = False,
) -> Page[AuditEntryRead]:
    """Newest first. Logins, and calls for no store in particular, are in the scope of the platform."""
    if scope == "platform":
        if not (await caller_standing(session, caller)).platform_roles & PLATFORM_ROLES:
            raise Forbidden("Only a role of the platform sees what belongs to no store", slug="role-missing")
        await session.execute(text("SELECT set_config('app.store', '', true)"))
        query = select(AuditEntry).where(AuditEntry.store_id.is_(None), *wanted.conditions)
    else:
        query = select(AuditEntry).where(AuditEntry.store_id == store_of(caller).id, *wanted.conditions)
    if unfinished:
        query = query.where(AuditEntry.completed_at.is_(None))
    entries, following = await paginate(session, query, [AuditEntry.id.expression], wish, descending=True)
    return Page(items=[AuditEntryRead.model_validate(e) for e in entries], limit=wish.limit, next=following)
