"""Coming in: a password or a secret is exchanged for tokens, and a refresh token is good for one use."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b, sha256
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.auth import Signer
from chassis.database import Database
from chassis.errors import TooMany, Unauthenticated
from gateway.exchange import store_claim
from gateway.identity import repository
from gateway.identity.domain import ATTEMPT_LIMITS, seconds_to_wait, username_of
from gateway.identity.passwords import hash_secret, new_secret, password_matches, secret_matches
from gateway.models import Account, Client, LoginSession, Membership, RefreshToken, Store
from gateway.settings import Settings

AUDIENCE = "gateway"
WRONG = "The user name or the password is wrong"
ENDED = "The refresh token is not valid any more; log in again"


@dataclass(frozen=True)
class Tokens:
    access_token: str
    expires_in: int
    refresh_token: str | None


Named = Callable[[Account | Client], None]
"""Told whose account or client it is as soon as that is known, before it is known whether he comes in.

An operator has to see which account is being tried, refused or not. Of a name that is none of ours he is told nothing,
not even a hash: people type their password into the field of the name, and a hash of it could be searched for.
"""


def _not_asked(_: Account | Client) -> None:
    pass


class Sessions:
    """Logins and renewals. Attempts are counted in a transaction of their own: a refusal must not undo its count."""

    def __init__(self, database: Database, signer: Signer, settings: Settings) -> None:
        self._database = database
        self._signer = signer
        self._settings = settings

    async def log_in(
        self, username: str, password: str, address: str, now: datetime, *, named: Named = _not_asked
    ) -> Tokens:
        """The password is compared between transactions, since that takes long."""
        name = username_of(username)
        subjects = {"account": self._account(name), "address": f"address:{address}"}
        async with self._database.transaction() as session:
            wait = await _wait_for(session, subjects, now)
            account = await repository.account_named(session, name)
        if account is not None:
            named(account)
        if wait:
            raise TooMany("Too many failed logins; wait", slug="login-throttled", headers={"Retry-After": str(wait)})
        usable = account.password_hash if account is not None and account.active else None
        if not await password_matches(password, usable) or account is None:
            raise Unauthenticated(WRONG, slug="login-refused")
        async with self._database.transaction() as session:
            await repository.forget_attempts(session, subjects["account"], now - ATTEMPT_LIMITS["account"].window)
            await repository.take_back_attempt(session, subjects["address"])
            return await self._begin(session, account, now)

    async def renew(self, refresh_token: str, now: datetime, *, named: Named = _not_asked) -> Tokens:
        """A token that was used already may be in a stranger's hands: the whole login ends with it."""
        async with self._database.transaction() as session:
            found = await repository.session_of_token(session, hash_secret(refresh_token))
            if found is None:
                raise Unauthenticated(ENDED, slug="refresh-refused")
            token, login, account = found
            named(account)
            renewable = _is_open(login, now) and account.active and token.used_at is None
            if renewable:
                token.used_at = now
                return await self._tokens(session, account, login, now)
            if token.used_at is not None and login.revoked_at is None:
                login.revoked_at, login.revoked_because = now, "refresh token used twice"
        raise Unauthenticated(ENDED, slug="refresh-refused")

    async def log_out(self, refresh_token: str, now: datetime, *, named: Named = _not_asked) -> None:
        """Says nothing of whether the token was any good."""
        async with self._database.transaction() as session:
            found = await repository.session_of_token(session, hash_secret(refresh_token))
            if found is not None:
                named(found[2])
            if found is not None and found[1].revoked_at is None:
                found[1].revoked_at, found[1].revoked_because = now, "logged out"

    async def token_for_client(
        self, client_id: str, secret: str, now: datetime, *, named: Named = _not_asked
    ) -> Tokens:
        async with self._database.transaction() as session:
            client = await repository.client_of_id(session, client_id)
            if client is not None:
                named(client)
            if client is None or client.revoked_at is not None or not secret_matches(secret, client.secret_hash):
                raise Unauthenticated("The client or its secret is wrong", slug="client-refused",
                                      headers={"WWW-Authenticate": "Basic"}, error="invalid_client")  # fmt: skip
            stores = (await repository.client_stores(session, [client.id]))[client.id]
        claims = {
            "sub": str(client.id), "kind": "client", "name": client.name, "roles": sorted(client.roles),
            "stores": [store_claim(store) for store in stores], "employee": None,
        }  # fmt: skip
        return Tokens(self._sign(claims, now), self._settings.access_token_seconds, None)

    async def _begin(self, session: AsyncSession, account: Account, now: datetime) -> Tokens:
        await repository.forget_ended_sessions(session, account.id, now)
        login = LoginSession(account_id=account.id, expires_at=now + timedelta(days=self._settings.refresh_token_days))
        session.add(login)
        await session.flush()
        return await self._tokens(session, account, login, now)

    async def _tokens(self, session: AsyncSession, account: Account, login: LoginSession, now: datetime) -> Tokens:
        secret = new_secret()
        session.add(RefreshToken(token_hash=hash_secret(secret), session_id=login.id))
        memberships = (await repository.memberships(session, [account.id]))[account.id]
        access = self._sign(staff_claims(account, memberships), now)
        return Tokens(access, self._settings.access_token_seconds, secret)

    def _account(self, name: str) -> str:
        """What attempts are counted by: a typed name may be a password, so only who has the key can look for it."""
        key = sha256(self._settings.signing_key.get_secret_value().encode()).digest()
        return f"account:{blake2b(name.encode(), key=key, digest_size=16).hexdigest()}"

    def _sign(self, claims: dict[str, Any], now: datetime) -> str:
        return self._signer.sign(AUDIENCE, claims, now=now.timestamp(), seconds=self._settings.access_token_seconds)


async def _wait_for(session: AsyncSession, subjects: dict[str, str], now: datetime) -> int:
    waits = []
    for kind, subject in sorted(subjects.items()):
        limit = ATTEMPT_LIMITS[kind]
        attempt = await repository.count_attempt(session, subject, limit, now)
        waits.append(seconds_to_wait(limit, attempt.attempts, attempt.window_began, now))
    return max(waits)


def staff_claims(account: Account, memberships: list[tuple[Membership, Store]]) -> dict[str, Any]:
    """Platform roles hold everywhere, the others in their store. The employee number belongs to its store as well."""
    return {
        "sub": str(account.id),
        "kind": "staff",
        "name": account.name,
        "roles": sorted(account.platform_roles),
        "stores": [
            {**store_claim(store), "roles": sorted(membership.roles), "employee": membership.employee}
            for membership, store in memberships
        ],
        "employee": None,
    }


def _is_open(login: LoginSession, now: datetime) -> bool:
    return login.revoked_at is None and now < login.expires_at
