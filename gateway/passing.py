"""Requests for a resource are passed to the service that owns it, and its answer back, both as they come."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from chassis.auth import Allowed, Principal, authenticate
from chassis.errors import BadRequest, Forbidden
from gateway.attendance import while_attended, wished_seconds
from gateway.calling import Services, problem_of
from gateway.resilience import Refused
from gateway.routing import (
    CHANGES_ROLES,
    LOOKED_AT,
    OPEN,
    Headers,
    is_plain,
    owner_of,
    request_headers,
    response_headers,
)
from gateway.strangers import LANE, LOOKING_LANE, Strangers, small
from gateway.upstream import Call, Streamed, UpstreamFailed

READS = frozenset({"GET", "HEAD"})


class ClientGone(Exception):  # noqa: N818 - nobody is left to read it
    """The caller hung up before his request was complete."""


@dataclass(frozen=True)
class Label:
    """What metrics and logs call a passed request: the resource, not the address with its numbers."""

    path: str


class Passing(BaseRoute):
    """One route for every resource of the table; whatever the service's own routes demand, the service checks.

    An open resource is passed on in nobody's name, also when the caller sends a token.
    """

    path = "/v1/{resource}"
    name = "pass_on"
    allowed = Allowed(frozenset({"*"}))

    def __init__(self, services: Services, seconds: float, strangers: Strangers) -> None:
        self._services = services
        self._seconds = seconds
        self._strangers = strangers

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        owner = owner_of(scope["path"]) if scope["type"] == "http" else None
        if owner is None:
            return Match.NONE, {}
        service, resource = owner
        manner = {"open": resource in OPEN, "looking": resource in LOOKED_AT}
        return Match.FULL, {"route": Label(f"/v1/{resource}"), "owner": service, **manner}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        principal = await self._caller(request)
        if not is_plain(scope["path"]):
            raise BadRequest("The path holds dots or signs that are not allowed there", slug="path-invalid")
        await relay(self._services, self._call(request, principal), request, send)

    async def _caller(self, request: Request) -> Principal | None:
        if request.scope["open"]:
            await self._strangers.admit(request, looking=request.scope["looking"])
            return None
        principal = authenticate(request)
        self.allowed.check(principal)
        if principal.kind == "service":
            raise Forbidden("Services read feeds and do not call each other", slug="role-missing")
        principal.acting_for()
        return principal

    def _call(self, request: Request, principal: Principal | None) -> Call:
        service: str = request.scope["owner"]
        proof = self._services.authorization(principal, service) if principal else []
        with_body = request.method not in READS and _has_body(request)
        return Call(
            service=service,
            lane="pass" if principal else LOOKING_LANE if request.scope["looking"] else LANE,
            method=request.method,
            target=request.scope["raw_path"].decode("latin-1") + _query(request),
            headers=_headers(request, with_body) + proof,
            seconds=wished_seconds(request, self._seconds),
            body=_body(request.receive if principal else small(request.receive)) if with_body else None,
        )


class PassingChanges(BaseRoute):
    """The feed of one service for those outside: events of the caller's stores, or of the one that he names."""

    name = "pass_on_changes"

    def __init__(self, services: Services, service: str, longest_wait: float = 60.0) -> None:
        self._services = services
        self._service = service
        self._longest_wait = longest_wait
        self.path = f"/v1/changes/{service}"
        self.allowed = Allowed(CHANGES_ROLES[service])

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        mine = scope["type"] == "http" and scope["path"] == self.path and scope["method"] in READS
        return (Match.FULL, {"route": self}) if mine else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        principal = authenticate(request)
        self.allowed.check(principal)
        call = Call(
            service=self._service,
            lane="changes",
            method=request.method,
            target="/v1/changes" + _query(request),
            headers=_headers(request, with_body=False) + self._services.authorization(principal, self._service),
            seconds=self._longest_wait + 10,
        )
        await relay(self._services, call, request, send)


async def relay(services: Services, call: Call, request: Request, send: Send) -> None:
    """A write goes on to its end when its caller hangs up, so that its end is known; a read is given up."""
    work = _relay(services, call, send)
    if call.method in READS:
        await while_attended(request.receive, work)
    else:
        await work


async def _relay(services: Services, call: Call, send: Send) -> None:
    try:
        with services.guarded(call) as verdict:
            async with services.upstream.stream(call) as answer:
                verdict.succeeded()
                await _send_on(answer, services.upstream.base(call.service), send)
    except Broken as broken:
        raise broken.failure from broken
    except (UpstreamFailed, Refused) as failure:
        raise problem_of(call, failure) from failure
    except ClientGone:
        return


class Broken(Exception):  # noqa: N818 - never leaves this module
    """The answer broke off after its head had been sent: all that is left is to break off as well."""

    def __init__(self, failure: UpstreamFailed) -> None:
        super().__init__(str(failure))
        self.failure = failure


async def _send_on(answer: Streamed, base: str, send: Send) -> None:
    head = {"type": "http.response.start", "status": answer.status, "headers": response_headers(answer.headers, base)}
    await send(head)
    try:
        async for chunk in answer.chunks():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except UpstreamFailed as failure:
        raise Broken(failure) from failure
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _query(request: Request) -> str:
    query: str = request.scope["query_string"].decode("latin-1")
    return f"?{query}" if query else ""


def _headers(request: Request, with_body: bool) -> Headers:
    headers = request_headers(request.scope["headers"])
    return headers if with_body else [(name, value) for name, value in headers if name != "content-length"]


def _has_body(request: Request) -> bool:
    length = request.headers.get("content-length")
    return "transfer-encoding" in request.headers or (length is not None and length != "0")


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    """The request's body as it comes; what the edge raises for one that is too large goes through."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        if message.get("body"):
            yield message["body"]
        if not message.get("more_body", False):
            return
