"""Stores and the other systems that may call for them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.auth import Principal
from chassis.errors import NotFound
from chassis.feed import Event, publish
from chassis.representation import check_version
from gateway.identity import domain, repository
from gateway.identity.administration import unique
from gateway.identity.domain import ADMINISTRATOR, Administrator
from gateway.identity.passwords import hash_secret, new_secret
from gateway.identity.schemas import ClientCreate, StoreCreate, StoreUpdate
from gateway.models import Client, ClientStore, Membership, Store


async def create_store(session: AsyncSession, by: Administrator, body: StoreCreate, creator: Principal) -> Store:
    """Who makes a store is its first administrator."""
    domain.require_platform(by)
    domain.check_store(body.code, body.time_zone, body.currency)
    store = Store(code=body.code, name=body.name, time_zone=body.time_zone, currency=body.currency)
    async with unique(session, domain.NameTaken(f"There is a store {body.code} already")):
        session.add(store)
    await session.refresh(store)
    session.add(Membership(store_id=store.id, account_id=UUID(creator.subject), roles=[ADMINISTRATOR], employee=None))
    await publish(session, store.id, store_event("gateway.store.created", store))
    return store


async def update_store(
    session: AsyncSession, by: Administrator, store_id: UUID, body: StoreUpdate, *, expected: int, now: datetime
) -> Store:  # fmt: skip
    store = await repository.store_for_update(session, store_id)
    if store is None or not (by.platform or store_id in by.stores):
        raise NotFound(f"There is no store {store_id}")
    check_version(store.version, expected)
    store.name = body.name or store.name
    store.time_zone = body.time_zone or store.time_zone
    domain.check_store(store.code, store.time_zone, store.currency)
    store.version, store.updated_at = store.version + 1, now
    await publish(session, store.id, store_event("gateway.store.changed", store))
    return store


def store_event(type_: str, store: Store) -> Event:
    data = {"id": str(store.id), "code": store.code, "name": store.name, "time_zone": store.time_zone,
            "currency": store.currency}  # fmt: skip
    return Event(type_, str(store.id), store.version, data)


async def create_client(session: AsyncSession, by: Administrator, body: ClientCreate) -> tuple[Client, str]:
    """The client and its secret, which is not kept."""
    domain.check_roles(body.roles, domain.CLIENT_ROLES, "/roles")
    domain.require_rule_over(by, body.store_ids)
    found = {store.id for store in await repository.stores_by_id(session, body.store_ids)}
    if missing := sorted(map(str, set(body.store_ids) - found)):
        raise domain.FieldRefused("/store_ids", "store-unknown", f"there is no store {', '.join(missing)}")
    secret = new_secret()
    client = Client(name=body.name, secret_hash=hash_secret(secret), roles=sorted(set(body.roles)), revoked_at=None)
    async with unique(session, domain.NameTaken(f"There is a client {body.name} already")):
        session.add(client)
    session.add_all(ClientStore(store_id=store_id, client_id=client.id) for store_id in found)
    await session.flush()
    await session.refresh(client)
    return client, secret


async def revoke_client(session: AsyncSession, by: Administrator, client_id: UUID, now: datetime) -> Client:
    """Tokens it has already end within their minutes. Revoking it again changes nothing."""
    ruled = None if by.platform else by.stores
    client = await session.scalar(repository.clients_of(ruled).where(Client.id == client_id).with_for_update())
    if client is None:
        raise NotFound(f"There is no client {client_id}")
    client.revoked_at = client.revoked_at or now
    return client
