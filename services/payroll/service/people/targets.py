"""Targets: set, changed and signed by hand, each version kept; what was signed last counts."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.auth import Principal, Store
from chassis.errors import Conflict, NotFound
from chassis.feed import publish
from chassis.representation import check_version
from services.payroll.domain.month import Month
from services.payroll.domain.vocabulary import METRICS
from services.payroll.events import TARGET_SIGNED, target_signed
from services.payroll.models import Target
from services.payroll.repository.people import imports, targets
from services.payroll.service.refusals import TargetAlreadySigned, TargetNotBinding


async def create_target(session: AsyncSession, store: Store, given: Mapping[str, Any]) -> Target:
    await imports.take_turn(session, store.id, "targets")
    metric = METRICS.code(given["metric"]) or given["metric"]
    target = Target(store_id=store.id, source="aftermile", **{**given, "metric": metric})
    session.add(target)
    try:
        await session.flush()
    except IntegrityError as error:
        raise Conflict("That target is set already; change it instead", slug="target-exists") from error
    await session.refresh(target)
    return target


async def change_target(
    session: AsyncSession, store: Store, target_id: UUID, changes: Mapping[str, Any], expected: int
) -> Target:
    """Another value, or another weight, must be signed again; until then what was signed is what counts."""
    target = await _target_to_change(session, store, target_id, expected)
    if all(getattr(target, name) == value for name, value in changes.items()):
        return target
    await targets.keep_targets(session, store.id, [target.id])
    for name, value in changes.items():
        setattr(target, name, value)
    target.signed_on = target.signed_by = None
    return await _saved_target(session, target)


async def sign_target(
    session: AsyncSession, store: Store, target_id: UUID, signing: tuple[Principal, date], expected: int
) -> Target:
    """A team's target is signed by one who is its member on a day of the month, a person's own by himself.

    Where somebody has signed whom it does not bind, or one of another post, since a plan may ask for certain posts,
    it is signed again.
    """
    signer, today = signing
    target = await _target_to_change(session, store, target_id, expected)
    posts = await _binds(session, target, signer.employee)
    if not posts:
        raise TargetNotBinding(f"The target is for the {target.scope} {target.subject}")
    if is_signed(target) and posts <= await _binds(session, target, target.signed_by):
        raise TargetAlreadySigned(f"Signed by {target.signed_by} on {target.signed_on}", allowed=["change"])
    await targets.keep_targets(session, store.id, [target.id])
    target.signed_on, target.signed_by = today, signer.employee
    await _saved_target(session, target)
    await publish(session, store.id, target_signed({n: getattr(target, n) for n in TARGET_SIGNED}, target.version))
    return target


async def _binds(session: AsyncSession, target: Target, employee: str | None) -> frozenset[str]:
    """The posts in which the target binds an employee: none where it does not, and his person where it is his own."""
    if employee is None or target.scope == "person":
        return frozenset({"person"} if employee is not None and employee == target.subject else ())
    month = Month.parse(target.month)
    rows = await targets.members_of(session, [employee], (month.first_day, month.last_day))
    return frozenset(row["post"] for row in rows if row["team"] == target.subject)


def is_signed(target: Target) -> bool:
    """By somebody and on a day: half a signature is none."""
    return None not in (target.signed_on, target.signed_by)


async def signed_before(session: AsyncSession, rows: Sequence[Target]) -> Mapping[UUID, Mapping[str, Any]]:
    """Of those that are not signed, the version of before that was signed last."""
    former = await targets.signed_before(session, [each.id for each in rows if not is_signed(each)])
    return {target: dict(row) for target, row in former.items()}


async def _target_to_change(session: AsyncSession, store: Store, target_id: UUID, expected: int) -> Target:
    await imports.take_turn(session, store.id, "targets")
    target = await targets.target_for_update(session, target_id)
    if target is None:
        raise NotFound("There is no such target")
    check_version(target.version, expected)
    return target


async def _saved_target(session: AsyncSession, target: Target) -> Target:
    target.version += 1
    await session.flush()
    await session.refresh(target)
    return target
