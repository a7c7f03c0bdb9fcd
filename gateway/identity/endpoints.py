"""Administration of accounts and their memberships over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from chassis.auth import CurrentPrincipal, allow
from chassis.http import Clock, CurrentSession, Router
from chassis.representation import IfMatch, Page, PageOf, paginate, set_etag
from gateway.identity import administration, repository
from gateway.identity.domain import ADMINISTRATOR, Administrator
from gateway.identity.schemas import (
    AccountCreate,
    AccountRead,
    AccountUpdate,
    MembershipRead,
    MembershipUpdate,
    PasswordReset,
)
from gateway.identity.secrecy import SecretRouter
from gateway.models import Account

router = Router(tags=["accounts"])
secret_router = SecretRouter(tags=["accounts"])
ADMINISTRATORS = allow(ADMINISTRATOR)


async def _administrator(session: CurrentSession, principal: CurrentPrincipal) -> Administrator:
    return await administration.administrator_for(session, principal)


async def _account_to_change(
    account_id: UUID, by: "CurrentAdministrator", session: CurrentSession, expected: IfMatch, now: Clock
) -> Account:
    return await administration.account_to_change(session, by, account_id, expected, now)


CurrentAdministrator = Annotated[Administrator, Depends(_administrator)]
AccountToChange = Annotated[Account, Depends(_account_to_change)]


def _read(seen: administration.AccountView) -> AccountRead:
    account, memberships = seen
    return AccountRead(
        id=account.id,
        username=account.username,
        name=account.name,
        active=account.active,
        platform_roles=account.platform_roles,
        memberships=[
            MembershipRead(store_id=s.id, store_code=s.code, roles=m.roles, employee=m.employee) for m, s in memberships
        ],
        version=account.version,
        created_at=account.created_at,
        updated_at=account.updated_at,
    )


async def _answer(session: CurrentSession, by: Administrator, account: Account, response: Response) -> AccountRead:
    await session.flush()
    (seen,) = await administration.view(session, [account], by)
    set_etag(response, account.version)
    return _read(seen)


@secret_router.post(
    "/v1/accounts", operation_id="create_account", status_code=201, dependencies=[ADMINISTRATORS],
    summary="Make an account with its memberships",
)  # fmt: skip
async def create_account(
    body: AccountCreate, session: CurrentSession, by: CurrentAdministrator, response: Response
) -> AccountRead:
    account = await administration.create_account(session, by, body)
    response.headers["Location"] = f"/v1/accounts/{account.id}"
    return await _answer(session, by, account, response)


@router.get("/v1/accounts", operation_id="list_accounts", dependencies=[ADMINISTRATORS])
async def list_accounts(session: CurrentSession, by: CurrentAdministrator, wish: PageOf) -> Page[AccountRead]:
    query = repository.accounts_of(None if by.platform else by.stores)
    accounts, following = await paginate(session, query, [Account.username.expression], wish)
    seen = await administration.view(session, accounts, by)
    return Page(items=[_read(each) for each in seen], limit=wish.limit, next=following)


@router.get("/v1/accounts/{account_id}", operation_id="read_account", dependencies=[ADMINISTRATORS])
async def read_account(
    account_id: UUID, session: CurrentSession, by: CurrentAdministrator, response: Response
) -> AccountRead:
    return await _answer(session, by, await administration.visible_account(session, by, account_id), response)


@router.patch("/v1/accounts/{account_id}", operation_id="update_account", dependencies=[ADMINISTRATORS])
async def update_account(
    body: AccountUpdate, account: AccountToChange, session: CurrentSession, by: CurrentAdministrator,
    response: Response,
) -> AccountRead:  # fmt: skip
    await administration.update_account(session, by, account, body)
    return await _answer(session, by, account, response)


@router.put(
    "/v1/accounts/{account_id}/memberships/{store_id}", operation_id="set_membership", dependencies=[ADMINISTRATORS]
)
async def set_membership(
    *, store_id: UUID, body: MembershipUpdate, account: AccountToChange, session: CurrentSession,
    by: CurrentAdministrator, response: Response,
) -> AccountRead:  # fmt: skip
    """What the account is in a store from now on; it reaches its tokens with the next renewal."""
    await administration.set_membership(session, by, account, store_id, body)
    return await _answer(session, by, account, response)


@router.delete(
    "/v1/accounts/{account_id}/memberships/{store_id}", operation_id="end_membership", dependencies=[ADMINISTRATORS]
)
async def end_membership(
    store_id: UUID, account: AccountToChange, session: CurrentSession, by: CurrentAdministrator, response: Response
) -> AccountRead:
    await administration.end_membership(session, by, account, store_id)
    return await _answer(session, by, account, response)


@router.post("/v1/accounts/{account_id}/disable", operation_id="disable_account", dependencies=[ADMINISTRATORS])
async def disable_account(
    account: AccountToChange, session: CurrentSession, by: CurrentAdministrator, now: Clock, response: Response
) -> AccountRead:
    """No login, no renewal. The access token it holds still works until it ends, at most a quarter of an hour."""
    await administration.set_active(session, by, account, now, active=False)
    return await _answer(session, by, account, response)


@router.post("/v1/accounts/{account_id}/enable", operation_id="enable_account", dependencies=[ADMINISTRATORS])
async def enable_account(
    account: AccountToChange, session: CurrentSession, by: CurrentAdministrator, now: Clock, response: Response
) -> AccountRead:
    await administration.set_active(session, by, account, now, active=True)
    return await _answer(session, by, account, response)


@secret_router.post(
    "/v1/accounts/{account_id}/reset-password", operation_id="reset_password", dependencies=[ADMINISTRATORS]
)
async def reset_password(
    *, body: PasswordReset, account: AccountToChange, session: CurrentSession, by: CurrentAdministrator, now: Clock,
    response: Response,
) -> AccountRead:  # fmt: skip
    await administration.reset_password(session, by, account, body.password, now)
    return await _answer(session, by, account, response)
