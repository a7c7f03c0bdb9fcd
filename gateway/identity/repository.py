"""Every query on accounts, clients, stores and sessions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.identity.domain import ADMINISTRATOR, AttemptLimit
from gateway.models import Account, Client, ClientStore, LoginSession, Membership, RefreshToken, Store


@dataclass(frozen=True)
class Attempt:
    attempts: int
    window_began: datetime


_COUNT_ATTEMPT = text("""
    INSERT INTO login_attempts AS a (subject, attempts, window_began) VALUES (:subject, 1, :now)
    ON CONFLICT (subject) DO UPDATE
    SET attempts = CASE WHEN a.window_began <= :began THEN 1 ELSE a.attempts + 1 END,
        window_began = CASE WHEN a.window_began <= :began THEN :now ELSE a.window_began END
    RETURNING attempts, window_began
""")
_TAKE_BACK = text("UPDATE login_attempts SET attempts = greatest(attempts - 1, 0) WHERE subject = :subject")
_FORGET_ATTEMPTS = text("DELETE FROM login_attempts WHERE subject = :subject OR window_began < :before")


async def count_attempt(session: AsyncSession, subject: str, limit: AttemptLimit, now: datetime) -> Attempt:
    """Counted before the password is looked at, so that guesses made at the same time are all counted."""
    values = {"subject": subject, "now": now, "began": now - limit.window}
    row = (await session.execute(_COUNT_ATTEMPT, values)).one()
    return Attempt(row.attempts, row.window_began)


async def take_back_attempt(session: AsyncSession, subject: str) -> None:
    await session.execute(_TAKE_BACK, {"subject": subject})


async def forget_attempts(session: AsyncSession, subject: str, before: datetime) -> None:
    await session.execute(_FORGET_ATTEMPTS, {"subject": subject, "before": before})


async def account_named(session: AsyncSession, username: str) -> Account | None:
    return await session.scalar(select(Account).where(Account.username == username))


async def account_of_subject(session: AsyncSession, subject: str) -> Account | None:
    """By its id as a token has it."""
    account_id = read_id(subject)
    return None if account_id is None else await session.get(Account, account_id)


async def client_of_id(session: AsyncSession, client_id: str) -> Client | None:
    """By its id as a stranger sends it."""
    found = read_id(client_id)
    return None if found is None else await session.get(Client, found)


def read_id(given: str) -> UUID | None:
    try:
        return UUID(given)
    except ValueError:
        return None


async def account_for_update(session: AsyncSession, account_id: UUID) -> Account | None:
    return await session.scalar(select(Account).where(Account.id == account_id).with_for_update())


async def memberships(session: AsyncSession, accounts: Collection[UUID]) -> dict[UUID, list[tuple[Membership, Store]]]:
    """By account, ordered by the store's code."""
    found: dict[UUID, list[tuple[Membership, Store]]] = {account: [] for account in accounts}
    query = (
        select(Membership, Store)
        .join(Store, Store.id == Membership.store_id)
        .where(Membership.account_id.in_(accounts))
        .order_by(Store.code)
    )
    for membership, store in await session.execute(query):
        found[membership.account_id].append((membership, store))
    return found


def accounts_of(stores: Collection[UUID] | None) -> Select[Account]:
    """All accounts, or those with a membership in one of the stores."""
    query = select(Account)
    if stores is None:
        return query
    return query.where(Account.id.in_(select(Membership.account_id).where(Membership.store_id.in_(stores))))


async def other_platform_administrators(session: AsyncSession, account_id: UUID) -> int:
    """Locks them, so that of two who dismiss each other one stays."""
    query = (
        select(Account.id)
        .where(Account.active, Account.id != account_id, Account.platform_roles.contains([ADMINISTRATOR]))
        .with_for_update()
    )
    return len(list(await session.scalars(query)))


async def stores_by_id(session: AsyncSession, stores: Collection[UUID]) -> Sequence[Store]:
    return list(await session.scalars(select(Store).where(Store.id.in_(stores)).order_by(Store.code)))


async def store_for_update(session: AsyncSession, store_id: UUID) -> Store | None:
    return await session.scalar(select(Store).where(Store.id == store_id).with_for_update())


def stores_of(stores: Collection[UUID] | None) -> Select[Store]:
    query = select(Store)
    return query if stores is None else query.where(Store.id.in_(stores))


async def session_of_token(
    session: AsyncSession, token_hash: bytes
) -> tuple[RefreshToken, LoginSession, Account] | None:
    """The refresh token with its login and account, all locked: two uses at the same time come one after the other."""
    query = (
        select(RefreshToken, LoginSession, Account)
        .join(LoginSession, LoginSession.id == RefreshToken.session_id)
        .join(Account, Account.id == LoginSession.account_id)
        .where(RefreshToken.token_hash == token_hash)
        .with_for_update(of=[RefreshToken, LoginSession])
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


async def revoke_sessions(session: AsyncSession, account_id: UUID, now: datetime, because: str) -> None:
    await session.execute(
        update(LoginSession)
        .where(LoginSession.account_id == account_id, LoginSession.revoked_at.is_(None))
        .values(revoked_at=now, revoked_because=because)
    )


async def forget_ended_sessions(session: AsyncSession, account_id: UUID, now: datetime) -> None:
    ended = delete(LoginSession).where(LoginSession.account_id == account_id, LoginSession.expires_at < now)
    await session.execute(ended)


async def client_stores(session: AsyncSession, clients: Collection[UUID]) -> dict[UUID, list[Store]]:
    found: dict[UUID, list[Store]] = {client: [] for client in clients}
    query = (
        select(ClientStore.client_id, Store)
        .join(Store, Store.id == ClientStore.store_id)
        .where(ClientStore.client_id.in_(clients))
        .order_by(Store.code)
    )
    for client_id, store in await session.execute(query):
        found[client_id].append(store)
    return found


def clients_of(stores: Collection[UUID] | None) -> Select[Client]:
    """All clients, or those whose every store is among these."""
    if stores is None:
        return select(Client)
    outside = select(ClientStore.client_id).where(ClientStore.store_id.not_in(stores))
    inside = select(ClientStore.client_id).where(ClientStore.store_id.in_(stores))
    return select(Client).where(Client.id.in_(inside), Client.id.not_in(outside))
