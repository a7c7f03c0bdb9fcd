"""The first store and the first account of a new installation; run again, it changes nothing."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import Database
from chassis.feed import publish
from gateway.identity import domain
from gateway.identity.estate import store_event
from gateway.identity.passwords import hash_password
from gateway.models import Account, Membership, Store

USERNAME = "admin"
CURRENCY = "CNY"
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('gateway bootstrap'))")


@dataclass(frozen=True)
class BootstrapResult:
    store_id: UUID
    account_id: UUID


async def bootstrap(
    database: Database, admin_password: str, store_code: str, store_name: str, time_zone: str
) -> BootstrapResult:
    """`admin` administers the platform and the store. A password that was changed since stays as it is."""
    domain.check_password(admin_password)
    domain.check_store(store_code, time_zone, CURRENCY)
    async with database.transaction() as session:
        await session.execute(_LOCK)
        store = await session.scalar(select(Store).where(Store.code == store_code))
        if store is None:
            store = await _first_store(session, Store(code=store_code, name=store_name, time_zone=time_zone))
        account = await session.scalar(select(Account).where(Account.username == USERNAME))
        if account is None:
            account = await _first_account(session, admin_password)
        if await session.get(Membership, (store.id, account.id)) is None:
            roles = [domain.ADMINISTRATOR]
            session.add(Membership(store_id=store.id, account_id=account.id, roles=roles, employee=None))
        return BootstrapResult(store.id, account.id)


async def _first_store(session: AsyncSession, store: Store) -> Store:
    store.currency = CURRENCY
    session.add(store)
    await session.flush()
    await session.refresh(store)
    await publish(session, store.id, store_event("gateway.store.created", store))
    return store


async def _first_account(session: AsyncSession, password: str) -> Account:
    account = Account(
        username=USERNAME,
        name="Administrator",
        password_hash=await hash_password(password),
        platform_roles=[domain.ADMINISTRATOR],
    )
    session.add(account)
    await session.flush()
    return account
