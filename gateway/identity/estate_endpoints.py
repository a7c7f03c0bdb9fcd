"""Stores, and the other systems that call for them, over HTTP."""

from uuid import UUID

from fastapi import Response

from chassis.auth import CurrentPrincipal, allow
from chassis.http import Clock, CurrentSession, Router
from chassis.representation import IfMatch, Page, PageOf, paginate, set_etag
from gateway.identity import estate, repository
from gateway.identity.endpoints import ADMINISTRATORS, CurrentAdministrator
from gateway.identity.schemas import (
    ClientCreate,
    ClientRead,
    ClientWithSecret,
    StoreCreate,
    StoreRead,
    StoreUpdate,
)
from gateway.identity.secrecy import SecretRouter
from gateway.models import Client, Store

router = Router(tags=["stores and clients"])
secret_router = SecretRouter(tags=["stores and clients"])


@router.post("/v1/stores", operation_id="create_store", status_code=201, dependencies=[ADMINISTRATORS])
async def create_store(
    body: StoreCreate, session: CurrentSession, by: CurrentAdministrator, caller: CurrentPrincipal, response: Response
) -> StoreRead:
    """The caller becomes its first administrator; the store is in his token after the next renewal."""
    store = await estate.create_store(session, by, body, caller)
    set_etag(response, store.version)
    response.headers["Location"] = f"/v1/stores/{store.id}"
    return StoreRead.model_validate(store)


@router.get("/v1/stores", operation_id="list_stores", dependencies=[allow("*")])
async def list_stores(
    session: CurrentSession, by: CurrentAdministrator, caller: CurrentPrincipal, wish: PageOf
) -> Page[StoreRead]:
    """The caller's stores; all of them for an administrator of the platform."""
    query = repository.stores_of(None if by.platform else [store.id for store in caller.stores])
    stores, following = await paginate(session, query, [Store.code.expression], wish)
    return Page(items=[StoreRead.model_validate(s) for s in stores], limit=wish.limit, next=following)


@router.patch("/v1/stores/{store_id}", operation_id="update_store", dependencies=[ADMINISTRATORS])
async def update_store(
    *, store_id: UUID, body: StoreUpdate, session: CurrentSession, by: CurrentAdministrator, expected: IfMatch,
    now: Clock, response: Response,
) -> StoreRead:  # fmt: skip
    store = await estate.update_store(session, by, store_id, body, expected=expected, now=now)
    set_etag(response, store.version)
    return StoreRead.model_validate(store)


@secret_router.post("/v1/clients", operation_id="create_client", status_code=201, dependencies=[ADMINISTRATORS])
async def create_client(body: ClientCreate, session: CurrentSession, by: CurrentAdministrator) -> ClientWithSecret:
    """The secret is shown here and never again."""
    client, secret = await estate.create_client(session, by, body)
    (read,) = await _read(session, [client])
    return ClientWithSecret(**read.model_dump(), client_id=str(client.id), client_secret=secret)


@router.get("/v1/clients", operation_id="list_clients", dependencies=[ADMINISTRATORS])
async def list_clients(session: CurrentSession, by: CurrentAdministrator, wish: PageOf) -> Page[ClientRead]:
    query = repository.clients_of(None if by.platform else by.stores)
    clients, following = await paginate(session, query, [Client.name.expression], wish)
    return Page(items=await _read(session, clients), limit=wish.limit, next=following)


@router.post("/v1/clients/{client_id}/revoke", operation_id="revoke_client", dependencies=[ADMINISTRATORS])
async def revoke_client(client_id: UUID, session: CurrentSession, by: CurrentAdministrator, now: Clock) -> ClientRead:
    """For good: a new client is made instead. Repeating it changes nothing, so it asks for no version."""
    client = await estate.revoke_client(session, by, client_id, now)
    (read,) = await _read(session, [client])
    return read


async def _read(session: CurrentSession, clients: list[Client]) -> list[ClientRead]:
    stores = await repository.client_stores(session, [client.id for client in clients])
    return [
        ClientRead(
            id=client.id,
            name=client.name,
            roles=client.roles,
            store_codes=[store.code for store in stores[client.id]],
            created_at=client.created_at,
            revoked_at=client.revoked_at,
        )
        for client in clients
    ]
