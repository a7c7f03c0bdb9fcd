"""The caller's token exchanged for one that is good for one service, one store and one minute."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, Protocol
from uuid import UUID

from chassis.auth import SERVICE_ROLE, Principal, Signer, Store

LIFETIME_SECONDS = 60
_RENEW_BEFORE_SECONDS = 15
_CACHED = 8192

Key = tuple[str, UUID | None, str]


class StoreLike(Protocol):
    @property
    def id(self) -> UUID: ...
    @property
    def code(self) -> str: ...
    @property
    def time_zone(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def name(self) -> str: ...


def store_claim(store: StoreLike) -> dict[str, Any]:
    told = {"id": str(store.id), "code": store.code, "name": store.name}
    return {**told, "time_zone": store.time_zone, "currency": store.currency}


def exchanged_claims(principal: Principal) -> dict[str, Any]:
    """What a service learns of the caller: the roles he has in the chosen store, and no store besides.

    Where no store was chosen, as for a feed read over all of them, he keeps only the roles he has everywhere. The
    role of feed readers is never handed out: only a service's own key speaks for a service.
    """
    stores: Iterable[Store] = (principal.store,) if principal.store else principal.stores
    return {
        "sub": principal.subject,
        "kind": principal.kind,
        "name": principal.name,
        "roles": sorted(principal.roles - {SERVICE_ROLE}),
        "stores": [store_claim(store) for store in stores],
        "employee": principal.employee if principal.store else None,
    }


class TokenExchange:
    """Mints with the gateway's own key, and keeps what it minted until shortly before it ends."""

    def __init__(self, signer: Signer, clock: Callable[[], float] = time.time) -> None:
        self._signer = signer
        self._clock = clock
        self._minted: OrderedDict[Key, tuple[str, float]] = OrderedDict()

    def authorization(self, principal: Principal, audience: str) -> str:
        """The value of the Authorization header for a call to `audience`."""
        key = (principal.token_id, principal.store.id if principal.store else None, audience)
        now = self._clock()
        minted = self._minted.get(key)
        if minted is not None and minted[1] > now:
            return minted[0]
        token = self._signer.sign(audience, exchanged_claims(principal), now=now, seconds=LIFETIME_SECONDS)
        self._minted[key] = (f"Bearer {token}", now + LIFETIME_SECONDS - _RENEW_BEFORE_SECONDS)
        self._minted.move_to_end(key)
        if len(self._minted) > _CACHED:
            self._minted.popitem(last=False)
        return self._minted[key][0]
