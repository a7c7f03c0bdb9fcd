"""Accounts and their memberships, made and changed by who may; the rules are in `domain`."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.auth import Principal
from chassis.errors import NotFound
from chassis.representation import check_version
from gateway.identity import domain, repository
from gateway.identity.domain import ADMINISTRATOR, Administrator, IdentityRefusal, Standing
from gateway.identity.passwords import hash_password
from gateway.identity.schemas import AccountCreate, AccountUpdate, MembershipCreate, MembershipUpdate
from gateway.models import Account, Membership, Store

AccountView = tuple[Account, Sequence[tuple[Membership, Store]]]


async def standing_of(session: AsyncSession, account: Account) -> Standing:
    held = (await repository.memberships(session, [account.id]))[account.id]
    return Standing(frozenset(account.platform_roles), {m.store_id: frozenset(m.roles) for m, _ in held})


async def caller_standing(session: AsyncSession, principal: Principal) -> Standing:
    """What the caller is now, in the database: a token may be some minutes behind. A client is nothing here."""
    account = await repository.account_of_subject(session, principal.subject) if principal.kind == "staff" else None
    if account is None or not account.active:
        return Standing(frozenset(), {})
    return await standing_of(session, account)


async def administrator_for(session: AsyncSession, principal: Principal) -> Administrator:
    standing = await caller_standing(session, principal)
    stores = frozenset(store for store, roles in standing.memberships.items() if ADMINISTRATOR in roles)
    return Administrator(ADMINISTRATOR in standing.platform_roles, stores)


async def create_account(session: AsyncSession, by: Administrator, body: AccountCreate) -> Account:
    domain.check_password(body.password)
    domain.check_roles(body.platform_roles, domain.PLATFORM_ROLES, "/platform_roles")
    if body.platform_roles or not body.memberships:
        domain.require_platform(by)
    domain.require_rule_over(by, [m.store_id for m in body.memberships])
    account = Account(
        username=domain.username_of(body.username),
        name=body.name,
        password_hash=await hash_password(body.password),
        platform_roles=sorted(set(body.platform_roles)),
    )
    async with unique(session, domain.NameTaken(f"The user name {body.username} is taken")):
        session.add(account)
    for membership in body.memberships:
        await _give_membership(session, account, membership.store_id, membership)
    await session.refresh(account)
    return account


async def view(session: AsyncSession, accounts: Sequence[Account], by: Administrator) -> list[AccountView]:
    """With the memberships the administrator may know of."""
    held = await repository.memberships(session, [account.id for account in accounts])
    visible = {a.id: [(m, s) for m, s in held[a.id] if by.platform or s.id in by.stores] for a in accounts}
    return [(account, visible[account.id]) for account in accounts]


async def visible_account(session: AsyncSession, by: Administrator, account_id: UUID) -> Account:
    """Locked. An account outside the administrator's stores does not exist for him."""
    account = await repository.account_for_update(session, account_id)
    if account is None or not domain.may_see(by, await standing_of(session, account)):
        raise NotFound(f"There is no account {account_id}")
    return account


async def account_to_change(
    session: AsyncSession, by: Administrator, account_id: UUID, expected: int, now: datetime
) -> Account:
    """The account, locked, at the version that the administrator has seen; it gets the next."""
    account = await visible_account(session, by, account_id)
    check_version(account.version, expected)
    account.version, account.updated_at = account.version + 1, now
    return account


async def update_account(session: AsyncSession, by: Administrator, account: Account, body: AccountUpdate) -> None:
    if body.platform_roles is not None:
        domain.check_roles(body.platform_roles, domain.PLATFORM_ROLES, "/platform_roles")
        domain.require_platform(by)
        await _keep_an_administrator(session, account, ADMINISTRATOR in body.platform_roles)
        account.platform_roles = sorted(set(body.platform_roles))
    if body.name is not None:
        domain.require_full_rule(by, await standing_of(session, account))
        account.name = body.name


async def set_active(
    session: AsyncSession, by: Administrator, account: Account, now: datetime, *, active: bool
) -> None:
    """A disabled account can neither log in nor renew; the access token it has ends within its minutes."""
    domain.require_full_rule(by, await standing_of(session, account))
    if not active:
        await _keep_an_administrator(session, account, stays=False)
        await repository.revoke_sessions(session, account.id, now, "account disabled")
    account.active = active


async def reset_password(
    session: AsyncSession, by: Administrator, account: Account, password: str, now: datetime
) -> None:
    """Ends every login of the account."""
    domain.check_password(password)
    domain.require_full_rule(by, await standing_of(session, account))
    account.password_hash = await hash_password(password)
    await repository.revoke_sessions(session, account.id, now, "password reset")


async def set_membership(
    session: AsyncSession, by: Administrator, account: Account, store_id: UUID, body: MembershipUpdate
) -> None:
    """Gives a membership, or changes it."""
    domain.require_rule_over(by, [store_id])
    held = await session.get(Membership, (store_id, account.id))
    if held is None:
        await _give_membership(session, account, store_id, body)
        return
    domain.check_roles(body.roles, domain.STAFF_ROLES, "/roles")
    async with unique(session, domain.EmployeeTaken(f"{body.employee} has an account already")):
        held.roles, held.employee = sorted(set(body.roles)), body.employee


async def end_membership(session: AsyncSession, by: Administrator, account: Account, store_id: UUID) -> None:
    domain.require_rule_over(by, [store_id])
    held = await session.get(Membership, (store_id, account.id))
    if held is None:
        raise NotFound("The account does not belong to that store")
    await session.delete(held)


async def _give_membership(
    session: AsyncSession, account: Account, store_id: UUID, body: MembershipCreate | MembershipUpdate
) -> None:
    domain.check_roles(body.roles, domain.STAFF_ROLES, "/roles")
    if await session.get(Store, store_id) is None:
        raise domain.FieldRefused("/store_id", "store-unknown", f"there is no store {store_id}")
    async with unique(session, domain.EmployeeTaken(f"{body.employee} has an account already")):
        session.add(Membership(
            store_id=store_id, account_id=account.id, roles=sorted(set(body.roles)), employee=body.employee
        ))  # fmt: skip


async def _keep_an_administrator(session: AsyncSession, account: Account, stays: bool) -> None:
    leaves = account.active and ADMINISTRATOR in account.platform_roles and not stays
    if leaves and not await repository.other_platform_administrators(session, account.id):
        raise domain.LastAdministrator(domain.LastAdministrator.title)


@asynccontextmanager
async def unique(session: AsyncSession, refusal: IdentityRefusal) -> AsyncIterator[None]:
    """What is written inside must be unique; the database decides, so that two at the same time cannot both be."""
    try:
        async with session.begin_nested():
            yield
            await session.flush()
    except IntegrityError as error:
        raise refusal from error
