"""Limits of discounts by hand, and their check wherever a person sets the amount of a line."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from chassis.errors import Conflict
from chassis.representation import check_version
from services.workorder.domain.money.discount import (
    SHIPPED_LIMITS,
    Allowance,
    Limits,
    Priced,
    limits_of,
    require_not_beyond_own,
    require_within_limits,
)
from services.workorder.domain.orders.line import Authorisation
from services.workorder.domain.source import OWN_SOURCE
from services.workorder.models import DiscountLimit, LineDiscount, RepairOrderLine
from services.workorder.repository.history import keep_former
from services.workorder.repository.money import discounts as repository
from services.workorder.repository.orders import orders
from services.workorder.schemas.money.settlements import DiscountLimitCreate, DiscountLimitUpdate, Percents
from services.workorder.service.desk import Desk, given
from services.workorder.service.money.bills import authorisation_of, bill_line

_NOT_SOLD = frozenset({Authorisation.DECLINED, Authorisation.EXPIRED, Authorisation.REVOKED})


async def own_limits(desk: Desk) -> Limits:
    """How far the person who acts may go today."""
    roles = desk.principal.roles
    found = await repository.limits_on(desk.session, desk.store_id, desk.today, roles)
    return limits_of(roles, {role: limits_read(limit) for role, limit in found.items()})


async def allow_discounts(desk: Desk, order_id: UUID, set_now: Sequence[tuple[str, RepairOrderLine]]) -> None:
    """Lines just written, each with the place of its amount in the body; refused where the person may not go so far.

    What was given, and how far he was allowed to go, is kept with the line.
    """
    priced = [replace(bill_line(line).priced, at=at) for at, line in set_now]
    if not any(each.discount for each in priced):
        return
    limits = await own_limits(desk)
    lines = await orders.lines_of(desk.session, desk.store_id, order_id)
    sold = [bill_line(line).priced for line in lines if authorisation_of(line) not in _NOT_SOLD]
    require_within_limits(limits, priced, sold)
    given_now = [(line, each) for (_, line), each in zip(set_now, priced, strict=True) if each.discount]
    desk.session.add_all(_kept(desk, line, each, limits.of(each.group)) for line, each in given_now)
    await desk.session.flush()


def _kept(desk: Desk, line: RepairOrderLine, priced: Priced, allowance: Allowance) -> LineDiscount:
    return LineDiscount(
        store_id=desk.store_id, line_id=line.id, list_amount=priced.list_amount, discount=priced.discount,
        line_limit=allowance.line, order_limit=allowance.order, given_by=desk.person, given_at=desk.now,
    )  # fmt: skip


def limits_read(row: DiscountLimit | Percents) -> Limits:
    return Limits(Allowance(row.labour_line, row.labour_order), Allowance(row.parts_line, row.parts_order))


async def limits_in_force(desk: Desk) -> Mapping[str, tuple[Limits, DiscountLimit | None]]:
    """Today's limits of every role that has any; without a row it is the shipped one."""
    own = await repository.limits_on(desk.session, desk.store_id, desk.today)
    shipped: dict[str, tuple[Limits, DiscountLimit | None]] = {
        role: (limits, None) for role, limits in SHIPPED_LIMITS.items()
    }
    return {**shipped, **{role: (limits_read(limit), limit) for role, limit in own.items()}}


async def set_limit(desk: Desk, body: DiscountLimitCreate) -> DiscountLimit:
    require_not_beyond_own(limits_read(body), await own_limits(desk))
    values = given(body, "valid_from")
    limit = DiscountLimit(
        store_id=desk.store_id, source=OWN_SOURCE, valid_from=body.valid_from or desk.today, changed_by=desk.person,
        **values,
    )  # fmt: skip
    desk.session.add(limit)
    try:
        await desk.session.flush()
    except IntegrityError as error:
        raise Conflict(f"{body.role} has a limit from that day on already", slug="exists-already") from error
    return await repository.limit_by_id(desk.session, desk.store_id, limit.id, lock=True)


async def change_limit(desk: Desk, limit_id: UUID, expected: int, body: DiscountLimitUpdate) -> DiscountLimit:
    limit = await repository.limit_by_id(desk.session, desk.store_id, limit_id, lock=True)
    check_version(limit.version, expected)
    own = await own_limits(desk)
    await keep_former(desk.session, "discount_limits", [limit.id])
    for name, value in body:
        if value is not None:
            setattr(limit, name, value)
    require_not_beyond_own(limits_read(limit), own)
    limit.changed_by = desk.person
    limit.version += 1
    limit.updated_at = desk.now
    await desk.session.flush()
    return limit
