"""A write that is sent twice happens once: the first answer is kept in the transaction of its effect."""

import hashlib
from dataclasses import dataclass

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from chassis.auth import Principal
from chassis.errors import BadRequest, Conflict, Invalid

KEPT_DAYS = 30
_KEPT_HEADERS = ("location", "etag")


@dataclass(frozen=True)
class Claim:
    """A key that this request holds until its transaction ends."""

    owner: str
    key: str
    request_hash: bytes


async def claim(session: AsyncSession, request: Request, principal: Principal | None) -> Claim | Response | None:
    """The answer of an earlier request with the same key; else the key, claimed; None when the caller sent none.

    The same key with another body is 422, a key whose first request still runs is 409.
    """
    key = request.headers.get("idempotency-key")
    if key is None or request.method != "POST":
        return None
    if not 1 <= len(key) <= 200:
        raise BadRequest("An Idempotency-Key has 1 to 200 characters", slug="idempotency-key-invalid")
    store = principal.store if principal else None
    owner = f"{principal.subject}:{store.id if store else ''}" if principal else _anybody(request)
    body = hashlib.sha256(f"{request.url.path}?{request.url.query}\n".encode() + await request.body()).digest()
    lock = int.from_bytes(hashlib.sha256(f"{owner}\n{key}".encode()).digest()[:8], signed=True)
    if not await session.scalar(_LOCK, {"lock": lock}):
        raise Conflict("The first request with this key is still running", slug="idempotency-in-flight")
    row = (await session.execute(_KEPT, {"owner": owner, "key": key})).one_or_none()
    if row is None:
        return Claim(owner, key, body)
    if row.request_hash != body:
        raise Invalid("This key was used for another request", slug="idempotency-key-reused")
    headers = {**orjson.loads(row.headers), "Idempotent-Replayed": "true"}
    return Response(row.body, status_code=row.status, media_type=row.media_type, headers=headers)


def _anybody(request: Request) -> str:
    """Callers without a token share keys at one address only. It may hold a secret, so it is not kept as it is."""
    return f"path:{hashlib.sha256(request.url.path.encode()).hexdigest()}"


_LOCK = text("SELECT pg_try_advisory_xact_lock(:lock)")
_KEPT = text("""
    SELECT request_hash, status, media_type, headers::text AS headers, body
    FROM idempotency_key WHERE owner = :owner AND key = :key
""")
_KEEP = text("""
    INSERT INTO idempotency_key (owner, key, request_hash, status, media_type, headers, body)
    VALUES (:owner, :key, :request_hash, :status, :media_type, CAST(:headers AS jsonb), :body)
""")


async def keep(session: AsyncSession, held: Claim, response: Response) -> None:
    """Store the answer beside its effect; a refused request leaves nothing, so that it can be sent again."""
    await session.execute(
        _KEEP,
        {
            "owner": held.owner,
            "key": held.key,
            "request_hash": held.request_hash,
            "status": response.status_code,
            "media_type": response.media_type or "application/json",
            "headers": orjson.dumps({h: response.headers[h] for h in _KEPT_HEADERS if h in response.headers}).decode(),
            "body": bytes(response.body),
        },
    )


async def forget_old(session: AsyncSession) -> None:
    await session.execute(text("DELETE FROM idempotency_key WHERE created_at < now() - make_interval(days => :days)"),
                          {"days": KEPT_DAYS})  # fmt: skip
