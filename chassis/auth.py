"""Who calls: short-lived Ed25519 tokens, checked by every process itself, and the roles each route declares."""

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID, uuid4

import orjson
from fastapi import Depends, Request
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from chassis.errors import BadRequest, Forbidden, Unauthenticated

ALGORITHM = "Ed25519"
AUTHORITY = "gateway"
"""The one issuer whose tokens may speak for people and clients; a service's key speaks for the service alone."""
SERVICE_ROLE = "service"
LEEWAY_SECONDS = 5
_CACHED_TOKENS = 4096


@dataclass(frozen=True)
class Store:
    """A store the caller may act for: its zone decides which day and month an instant belongs to."""

    id: UUID
    code: str
    time_zone: str
    currency: str
    roles: frozenset[str] = frozenset()
    employee: str | None = None
    name: str = ""
    """What people call it; its code where the token does not say."""


class StoreRequired(BadRequest):
    slug, title = "store-required", "Say in X-Store which store this is for"

    def __init__(self, stores: Sequence[Store]) -> None:
        codes = ", ".join(sorted(store.code for store in stores)[:20])
        super().__init__(f"X-Store 写门店编号(命令行 --store) / name one in X-Store (command line: --store): {codes}")


@dataclass(frozen=True)
class Principal:
    subject: str
    kind: str
    name: str
    roles: frozenset[str]
    stores: tuple[Store, ...]
    store: Store | None
    employee: str | None
    token_id: str
    expires_at: float

    def at(self, store: Store) -> "Principal":
        """The same caller acting for one of his stores, with the roles he has there."""
        return Principal(
            subject=self.subject,
            kind=self.kind,
            name=self.name,
            roles=self.roles | store.roles,
            stores=self.stores,
            store=store,
            employee=store.employee or self.employee,
            token_id=self.token_id,
            expires_at=self.expires_at,
        )

    def acting_for(self) -> Store:
        """The store that is meant; who has several says which."""
        if self.store is None:
            raise StoreRequired(self.stores)
        return self.store


class Signer:
    """Signs tokens with the process's own private key; the key id is the issuer's name."""

    def __init__(self, private_jwk: str, issuer: str) -> None:
        self._key = OKPKey.import_key(orjson.loads(private_jwk))
        self._issuer = issuer

    def sign(self, audience: str, claims: Mapping[str, Any], *, now: float, seconds: int) -> str:
        lifetime = {"iat": int(now), "exp": int(now) + seconds}
        body = {"iss": self._issuer, "aud": audience, "jti": str(uuid4()), **lifetime, **claims}
        return jwt.encode({"alg": ALGORITHM, "kid": self._key.kid}, body, self._key, algorithms=[ALGORITHM])

    def sign_as_service(self, audience: str, *, now: float) -> str:
        """A token for reading another process's feed."""
        claims = {"sub": self._issuer, "kind": "service", "name": self._issuer, "roles": [SERVICE_ROLE], "stores": []}
        return self.sign(audience, claims, now=now, seconds=60)

    @property
    def public_jwk(self) -> dict[str, Any]:
        return dict(self._key.as_dict(private=False))

    def seal(self, content: bytes, kind: str) -> str:
        """A detached signature (RFC 7515, appendix F) over content that somebody keeps; `kind` says that it is no
        token. The same content is always sealed alike."""
        header = {"alg": ALGORITHM, "kid": self._key.kid, "typ": kind}
        return jws.detach_content(jws.serialize_compact(header, content, self._key, algorithms=[ALGORITHM]))


def is_sealed(content: bytes, seal: str, jwk: Mapping[str, Any], kind: str) -> bool:
    """Whether exactly this content was sealed by the owner of the public key; every bit of the seal counts."""
    try:
        key = OKPKey.import_key(dict(jwk))
        head, _, signature = seal.partition("..")
        written = f"{head}.{urlsafe_b64encode(content).rstrip(b'=').decode()}.{signature}"
        header = jws.deserialize_compact(written, key, algorithms=[ALGORITHM]).headers()
        decoded = urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    except (JoseError, ValueError, TypeError, KeyError):
        return False
    exact = urlsafe_b64encode(decoded).rstrip(b"=").decode() == signature
    return exact and header == {"alg": ALGORITHM, "kid": jwk.get("kid"), "typ": kind}


class Verifier:
    """Checks a token's signature, audience and time, and keeps what it found for as long as the token lives."""

    def __init__(self, jwks: str, audience: str) -> None:
        self._keys = KeySet.import_key_set(orjson.loads(jwks))
        self._audience = audience
        self._known: OrderedDict[str, Principal] = OrderedDict()

    def verify(self, token: str, *, now: float) -> Principal:
        """Raises Unauthenticated with the reason; the token itself is never repeated."""
        known = self._known.get(token)
        if known is None:
            known = self._read(token)
            self._known[token] = known
            if len(self._known) > _CACHED_TOKENS:
                self._known.popitem(last=False)
        if known.expires_at + LEEWAY_SECONDS < now:
            self._known.pop(token, None)
            raise Unauthenticated("The token has expired", slug="token-expired", headers=_CHALLENGE)
        return known

    def _read(self, token: str) -> Principal:
        try:
            decoded = jwt.decode(token, self._keys, algorithms=[ALGORITHM])
            principal = _principal(decoded.claims)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Unauthenticated("The token is not valid", slug="token-invalid", headers=_CHALLENGE) from error
        issuer = str(decoded.claims.get("iss"))
        if str(decoded.header.get("kid", "")).partition(":")[0] != issuer:
            raise Unauthenticated("The token's key is not its issuer's", slug="token-invalid", headers=_CHALLENGE)
        if decoded.claims.get("aud") != self._audience:
            raise Unauthenticated("The token is for another process", slug="token-audience", headers=_CHALLENGE)
        if issuer != AUTHORITY and not _speaks_for_itself(principal, issuer):
            raise Unauthenticated("This issuer speaks for itself only", slug="token-invalid", headers=_CHALLENGE)
        return principal


_CHALLENGE = {"WWW-Authenticate": "Bearer"}


def _speaks_for_itself(principal: Principal, issuer: str) -> bool:
    """A service reads feeds, of all stores: it acts for none, and is nobody's employee."""
    own = (principal.subject, principal.kind, principal.roles) == (issuer, "service", frozenset({SERVICE_ROLE}))
    return own and not principal.stores and principal.employee is None


def _principal(claims: Mapping[str, Any]) -> Principal:
    stores = tuple(
        Store(
            UUID(s["id"]), s["code"], s["time_zone"], s["currency"], frozenset(s.get("roles", ())), s.get("employee"),
            s.get("name") or s["code"],
        )
        for s in claims["stores"]
    )  # fmt: skip
    return Principal(
        subject=str(claims["sub"]),
        kind=str(claims["kind"]),
        name=str(claims.get("name", "")),
        roles=frozenset(map(str, claims["roles"])),
        stores=stores,
        store=None,
        employee=claims.get("employee"),
        token_id=str(claims["jti"]),
        expires_at=float(claims["exp"]),
    )


def authenticate(request: Request) -> Principal:
    """The caller, with the store that he acts for: the only one he has, or the one that `X-Store` names."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("Send a token in the Authorization header", headers=_CHALLENGE)
    verifier: Verifier = request.app.state.verifier
    principal = verifier.verify(token.strip(), now=time.time())
    wanted = request.headers.get("x-store")
    if wanted is None:
        return principal.at(principal.stores[0]) if len(principal.stores) == 1 else principal
    for store in principal.stores:
        if wanted in {str(store.id), store.code}:
            return principal.at(store)
    raise Forbidden("The caller has no part in that store", slug="store-forbidden")


class Allowed:
    """A route's declaration of who may call it; a test walks all routes and wants exactly one on each."""

    def __init__(self, roles: frozenset[str]) -> None:
        self.roles = roles

    async def __call__(self, request: Request) -> None:
        self.check(request.state.principal)

    def check(self, principal: Principal | None) -> None:
        if not self.roles:
            return
        if principal is None:
            raise Unauthenticated("Send a token in the Authorization header", headers=_CHALLENGE)
        if "*" not in self.roles and not self.roles & principal.roles:
            raise Forbidden(
                f"需要以下角色之一 / this needs one of the roles {', '.join(sorted(self.roles))}", slug="role-missing"
            )


def allow(*roles: str) -> Any:  # noqa: ANN401 - what FastAPI's own Depends returns
    """Put it among a route's dependencies. `allow("*")` is any valid token, `allow()` is the open public."""
    return Depends(Allowed(frozenset(roles)))


def current_principal(request: Request) -> Principal:
    principal: Principal | None = request.state.principal
    if principal is None:
        raise Unauthenticated("Send a token in the Authorization header", headers=_CHALLENGE)
    return principal


def current_store(request: Request) -> Store:
    return current_principal(request).acting_for()


async def _principal_of(request: Request) -> Principal:
    """Dependencies are coroutines: any other function is handed to a thread, which costs more than what it does."""
    return current_principal(request)


async def _store_of(request: Request) -> Store:
    return current_store(request)


CurrentPrincipal = Annotated[Principal, Depends(_principal_of)]
CurrentStore = Annotated[Store, Depends(_store_of)]
