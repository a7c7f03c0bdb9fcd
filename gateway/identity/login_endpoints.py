"""Coming in over HTTP: login, renewal, client credentials, the public keys, and who one is."""

import base64
from datetime import UTC, datetime
from typing import Annotated

import orjson
from fastapi import APIRouter, Form, Request, Response
from joserfc.jwk import KeySet

from chassis.auth import CurrentPrincipal, allow
from chassis.errors import BadRequest
from chassis.http import AuthenticatedRoute, Clock
from gateway.audit import name_subject
from gateway.identity.schemas import Login, Me, Refresh, StoreOfCaller, TokenRead
from gateway.identity.sessions import Named, Sessions, Tokens
from gateway.models import Account, Client

public_router = APIRouter(tags=["login"], route_class=AuthenticatedRoute)
router = APIRouter(tags=["login"], route_class=AuthenticatedRoute)
PUBLIC = allow()
_NOT_KEPT = {"Cache-Control": "no-store"}


def _sessions(request: Request) -> Sessions:
    sessions: Sessions = request.app.state.sessions
    return sessions


def _into_the_trail(request: Request) -> Named:
    def named(who: Account | Client) -> None:
        name_subject(request, str(who.id), "client" if isinstance(who, Client) else "staff", who.name)

    return named


def _given(tokens: Tokens, response: Response) -> TokenRead:
    response.headers.update(_NOT_KEPT)
    return TokenRead(
        access_token=tokens.access_token,
        token_type="Bearer",  # noqa: S106 - the name of a scheme
        expires_in=tokens.expires_in,
        refresh_token=tokens.refresh_token,
    )


@public_router.post("/v1/login", operation_id="log_in", dependencies=[PUBLIC])
async def log_in(body: Login, request: Request, response: Response, now: Clock) -> TokenRead:
    """An unknown name and a wrong password get the same answer; too many failures get 429 with Retry-After."""
    address = request.client.host if request.client else ""
    named = _into_the_trail(request)
    return _given(await _sessions(request).log_in(body.username, body.password, address, now, named=named), response)


@public_router.post("/v1/refresh", operation_id="refresh", dependencies=[PUBLIC])
async def refresh(body: Refresh, request: Request, response: Response, now: Clock) -> TokenRead:
    """A refresh token is good once. Used again it may be stolen, and the whole login ends."""
    tokens = await _sessions(request).renew(body.refresh_token, now, named=_into_the_trail(request))
    return _given(tokens, response)


@public_router.post("/v1/logout", operation_id="log_out", status_code=204, dependencies=[PUBLIC])
async def log_out(body: Refresh, request: Request, now: Clock) -> None:
    await _sessions(request).log_out(body.refresh_token, now, named=_into_the_trail(request))


@public_router.post("/v1/token", operation_id="token_for_client", dependencies=[PUBLIC])
async def token_for_client(
    *,
    request: Request,
    response: Response,
    now: Clock,
    grant_type: Annotated[str, Form(max_length=50)] = "",
    client_id: Annotated[str, Form(max_length=100)] = "",
    client_secret: Annotated[str, Form(max_length=200, json_schema_extra={"format": "password"})] = "",
) -> TokenRead:
    """OAuth 2 client credentials; the client names itself in the form or by HTTP Basic."""
    if grant_type != "client_credentials":
        raise BadRequest("Only client_credentials is known here", slug="grant-unknown", error="unsupported_grant_type")
    if basic := request.headers.get("authorization"):
        client_id, client_secret = _basic(basic)
    named = _into_the_trail(request)
    return _given(await _sessions(request).token_for_client(client_id, client_secret, now, named=named), response)


def _basic(header: str) -> tuple[str, str]:
    try:
        client_id, _, secret = base64.b64decode(header.partition(" ")[2], validate=True).decode().partition(":")
    except ValueError as error:
        raise BadRequest("The Authorization header cannot be read", error="invalid_request") from error
    return client_id, secret


@router.get("/v1/me", operation_id="read_me", dependencies=[allow("*")])
async def read_me(caller: CurrentPrincipal) -> Me:
    """What the token says of its bearer; `roles` are those in the store he acts for."""
    return Me(
        subject=caller.subject,
        kind=caller.kind,
        name=caller.name,
        roles=sorted(caller.roles),
        stores=[
            StoreOfCaller(id=s.id, code=s.code, time_zone=s.time_zone, currency=s.currency, roles=sorted(s.roles),
                          employee=s.employee)
            for s in caller.stores
        ],
        store=caller.store.code if caller.store else None,
        employee=caller.employee,
        expires_at=datetime.fromtimestamp(caller.expires_at, UTC),
    )  # fmt: skip


@router.get("/.well-known/jwks.json", operation_id="read_public_keys", dependencies=[PUBLIC])
async def read_public_keys(request: Request) -> Response:
    """The keys that tokens of the gateway and of the services are signed with, without their private halves."""
    keys = KeySet.import_key_set(orjson.loads(request.app.state.settings.jwks))
    body = orjson.dumps(keys.as_dict(private=False))
    return Response(body, media_type="application/jwk-set+json", headers={"Cache-Control": "public, max-age=300"})
