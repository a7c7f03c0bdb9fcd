"""Adjustments by hand: proposed inside a team's pool of the locked run, decided by somebody else."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from chassis.errors import Conflict, NotFound
from chassis.representation import check_version
from services.payroll.domain.months.adjustment import adjust
from services.payroll.domain.months.pay_month import MonthMove, OwnWorkApproved, require_move
from services.payroll.domain.months.pay_month import MonthState as State
from services.payroll.models import AdjustedShare, Adjustment, PayMonth
from services.payroll.repository.months import adjustments as repository
from services.payroll.repository.months import months
from services.payroll.service.call import Call
from services.payroll.service.months.months import approvals_of, chain_of


async def propose(
    call: Call, month: str, pool: tuple[str, str], changes: Mapping[str, Decimal], reason: str
) -> Adjustment:
    """`pool` is its step and its team; any of the team may get more, also who has no share of it yet."""
    locked = await _unapproved(call, month)
    shares = await _shares(call, _run(locked), *pool)
    if not shares:
        raise NotFound("The run has no such pool of a team")
    adjust(shares, changes)
    adjustment = Adjustment(
        store_id=call.store.id, month=month, run_id=locked.run_id, pool=pool[0], owner=pool[1], state="proposed",
        reason=reason, proposed_by=call.person,
    )  # fmt: skip
    call.session.add(adjustment)
    await call.session.flush()
    call.session.add_all(
        AdjustedShare(store_id=call.store.id, adjustment_id=adjustment.id, employee=employee, amount=amount)
        for employee, amount in changes.items()
    )
    await call.session.flush()
    await call.session.refresh(adjustment)
    return adjustment


async def read_adjustment(call: Call, adjustment: UUID) -> Adjustment:
    found = await repository.adjustment_of(call.session, adjustment)
    if found is None:
        raise NotFound("There is no such adjustment")
    return found


async def decide(call: Call, adjustment_id: UUID, expected: int, state: str, note: str | None) -> Adjustment:
    """Approved or refused by another person; withdrawn by who proposed it. Approved it must still be possible."""
    await _unapproved(call, (await read_adjustment(call, adjustment_id)).month)
    found = await repository.adjustment_of(call.session, adjustment_id, lock=True)
    assert found is not None, "adjustments are never deleted"
    check_version(found.version, expected)
    if found.state != "proposed":
        raise Conflict(f"The adjustment is {found.state}", slug="adjustment-decided")
    own = found.proposed_by == call.person
    if own != (state == "withdrawn"):
        raise OwnWorkApproved("提出的人只能撤回,由别人决定 / who proposed it may withdraw it, somebody else decides")
    if state == "approved":
        changes = (await repository.shares_of(call.session, [found.id]))[found.id]
        shares = await _shares(call, found.run_id, found.pool, found.owner)
        adjust(shares, {change.employee: change.amount for change in changes})
    found.state, found.decided_by, found.decided_at, found.note = state, call.person, call.now, note
    found.version += 1
    await call.session.flush()
    return found


async def _unapproved(call: Call, month: str) -> PayMonth:
    """Locked, and not approved by anybody: later the shares are what has been approved."""
    found = await months.lock_month(call.session, call.store.id, month, await chain_of(call))
    require_move(State(found.state), MonthMove.APPROVE)
    if approvals_of(await months.steps_of(call.session, [month]))[1]:
        raise Conflict("The month is being approved; open it again to adjust shares", slug="month-being-approved")
    return found


async def _shares(call: Call, run: UUID, pool: str, owner: str) -> Mapping[str, Decimal]:
    """What everybody of the team gets of the pool now; empty when there is no such pool."""
    return {row["employee"]: row["now"] for row in await repository.pool_shares(call.session, run, pool, [owner])}


def _run(month: PayMonth) -> UUID:
    assert month.run_id is not None, "the table says so of every month that is not open"
    return month.run_id
