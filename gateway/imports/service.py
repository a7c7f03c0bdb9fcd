"""Use cases of imports: accept one, watch one, cancel one."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.auth import Principal, Store
from chassis.database import Database
from chassis.errors import Invalid, NotFound, field_error
from chassis.jobs import enqueue
from chassis.representation import check_version
from gateway.dms.mapping import shipped
from gateway.imports import domain, repository, uploads
from gateway.imports.caller import remembered
from gateway.imports.domain import ENDED, State
from gateway.imports.repository import Key, Whole
from gateway.imports.uploads import Form

JOB = "import"
DEFAULT_MAPPING = "4s-standard"
_LOOK_SECONDS = 0.25


@dataclass(frozen=True)
class Wish:
    """What the form of a new import asks for."""

    mapping: str
    month: str | None


def mappings_for(principal: Principal) -> frozenset[str]:
    """By which the caller may import, and whose imports he may see."""
    return frozenset(mapping.name for mapping in shipped() if not principal.roles.isdisjoint(mapping.roles))


def wish_of(form: Form, allowed: frozenset[str]) -> Wish:
    """Raises Invalid naming every field that is wrong."""
    errors = [field_error(f"/{name}", "unknown-field", "Not known here") for name in form.fields.keys() - _FIELDS]
    if not form.files:
        errors.append(field_error("/files", "required", "Send at least one file"))
    mapping = form.fields.get("mapping") or DEFAULT_MAPPING
    if mapping not in allowed:
        errors.append(field_error("/mapping", "mapping-unknown", f"One of {', '.join(sorted(allowed))}"))
    month = form.fields.get("month") or None
    if month is not None and not _is_month(month):
        errors.append(field_error("/month", "month-invalid", "A month such as 2026-09"))
    if errors:
        raise Invalid("; ".join(f"{error['pointer']}: {error['detail']}" for error in errors), errors=errors)
    return Wish(mapping, month)


_FIELDS = frozenset({"mapping", "month"})


def _is_month(text: str) -> bool:
    return re.fullmatch(r"[12][0-9]{3}-(0[1-9]|1[0-2])", text) is not None


async def accept(session: AsyncSession, principal: Principal, store: Store, form: Form, wish: Wish) -> Whole:
    """Upload and job are stored in one transaction: there is never one without the other."""
    key = await repository.add(session, store.id, remembered(principal, store), wish.mapping, wish.month)
    await uploads.keep(session, key, form.files)
    await enqueue(session, JOB, {"store": str(key.store), "import": str(key.id)})
    return await load(session, key)


async def load(session: AsyncSession, key: Key) -> Whole:
    whole = await repository.load(session, key)
    if whole is None:
        raise NotFound("There is no such import in this store")
    return whole


async def cancel(session: AsyncSession, key: Key, expected: int) -> Whole:
    own = await repository.find(session, key, for_update=True)
    if own is None:
        raise NotFound("There is no such import in this store")
    state = State(own.state)
    after = domain.cancel(state)
    check_version(own.version, expected)
    await repository.change(session, key, [state], state=after)
    await uploads.forget(session, key)
    return await load(session, key)


async def resume(session: AsyncSession, key: Key, expected: int) -> Whole:
    """Runs an import again that waits for a service which is back; one that still runs is not disturbed by it."""
    own = await repository.find(session, key, for_update=True)
    if own is None:
        raise NotFound("There is no such import in this store")
    domain.resume(State(own.state))
    check_version(own.version, expected)
    await enqueue(session, JOB, {"store": str(key.store), "import": str(key.id)})
    return await load(session, key)


async def wait(database: Database, key: Key, *, seconds: float, seen: int | None) -> Whole:
    """The import once it has ended, or is no longer at the version `seen`, or when the time is up.

    Between looks no transaction is open.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while True:
        async with database.transaction(key.store) as session:
            found = await repository.version_and_state(session, key)
            if found is None:
                raise NotFound("There is no such import in this store")
            version, state = found
            moved = seen is not None and version != seen
            if moved or state in ENDED or loop.time() >= until:
                return await load(session, key)
        await asyncio.sleep(min(_LOOK_SECONDS, max(0.0, until - loop.time())))


async def watch(database: Database, key: Key, *, heartbeat: float, seconds: float) -> AsyncIterator[Whole | None]:
    """The import at every change until it has ended; None when there was no change for `heartbeat` seconds."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    seen: int | None = None
    while loop.time() < until:
        whole = await wait(database, key, seconds=heartbeat if seen is not None else 0.0, seen=seen)
        if whole.own.version == seen:
            yield None
            continue
        yield whole
        if whole.own.state in ENDED:
            return
        seen = whole.own.version
