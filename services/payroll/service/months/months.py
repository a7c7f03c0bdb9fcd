"""Months by hand: lock one on a run, approve it step by step, close it with statements, open it again."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func

from chassis.errors import Conflict, NotFound
from chassis.feed import publish
from chassis.representation import check_version
from services.payroll.domain.four_eyes import Look
from services.payroll.domain.merkle import root_of
from services.payroll.domain.month import Month
from services.payroll.domain.months.pay_month import (
    SHIPPED_CHAIN,
    STANDS_IN,
    AdjustmentsUndecided,
    Approval,
    CorrectedLater,
    CorrectedTwice,
    MonthMove,
    MonthState,
    RunOutdated,
    approve,
    next_role,
    require_move,
)
from services.payroll.domain.months.recorded import check_recorded_by_others
from services.payroll.events import month_changed
from services.payroll.models import ApprovalChain, MonthStep, PayMonth
from services.payroll.repository.months import adjustments, changes, months
from services.payroll.repository.months.recorders import Locked, recorded_by
from services.payroll.repository.runs import runs
from services.payroll.service.call import Call
from services.payroll.service.months.closing import statements_of
from services.payroll.service.payouts.slips import keep_slips, kept_slips
from services.payroll.service.runs.paying import days_of, paid_by


async def chain_of(call: Call) -> Sequence[str]:
    found = await months.chain_on(call.session, call.today)
    return SHIPPED_CHAIN if found is None else found.roles


async def set_chain(call: Call, roles: Sequence[str], valid_from: date) -> ApprovalChain:
    """For months that are locked from then on; never changed, only followed by another."""
    await months.months_apart(call.session, call.store.id)
    if valid_from < call.today:
        raise Conflict("A chain begins today or later", slug="valid-from-past")
    found = await months.chain_on(call.session, valid_from)
    if found is not None and found.valid_from == valid_from:
        raise Conflict("There is a chain from that day on", slug="exists-already")
    chain = ApprovalChain(store_id=call.store.id, valid_from=valid_from, roles=list(roles), set_by=call.person)
    call.session.add(chain)
    await call.session.flush()
    await call.session.refresh(chain)
    return chain


async def month_for_change(call: Call, month: str, expected: int, move: MonthMove) -> PayMonth:
    """Locked, in the version that the caller saw, and where the move may be made."""
    await months.months_apart(call.session, call.store.id)
    found = await months.lock_month(call.session, call.store.id, month, await chain_of(call))
    check_version(found.version, expected)
    require_move(MonthState(found.state), move)
    return found


async def lock_month(call: Call, month: str, expected: int, run_id: UUID) -> PayMonth:
    """On a run that has seen each closing, plan and value: from here on its figures, and the slips, are the month's.

    Not while another month is locked that corrects what this run corrects: neither has seen that the other pays it.
    """
    found = await month_for_change(call, month, expected, MonthMove.LOCK)
    run = await runs.run_of(call.session, run_id)
    if run is None or run.month != month:
        raise NotFound("There is no such run of the month")
    if run.status != "completed" or run.started_at is None:
        raise Conflict(f"The run is {run.status}", slug="run-not-completed")
    settled_at = await months.last_settled_at(call.session)
    if settled_at is not None and run.started_at <= settled_at:
        raise RunOutdated("此后有月份关账或重开,请重新计算 / a month was closed or reopened since; ask for another run")
    if run.basis != await months.basis_of(call.session, Month.parse(month)):
        raise RunOutdated(
            "此后有方案或参数值生效,请重新计算 / a plan or a value came into force since; ask for another run"
        )
    corrected = await keep_slips(call, Month.parse(month), run.id)
    others = {*await months.correcting_too(call.session, run.id),
              *await months.slips_correcting_too(call.session, corrected)}  # fmt: skip
    if others:
        named = ", ".join(sorted(others))
        raise CorrectedTwice(f"先关账或重开 {named},再重新计算 / close or open {named} first, then ask for another run")
    found.run_id, found.chain = run.id, list(await chain_of(call))
    return await _changed(call, found, MonthState.LOCKED, "locked")


async def approve_month(call: Call, month: str, expected: int, alone_because: str | None = None) -> PayMonth:
    """Not by who recorded something that counts for the first time, unless he may act alone and says why he is."""
    found = await month_for_change(call, month, expected, MonthMove.APPROVE)
    run_id = _run_id(found)
    if await adjustments.adjustments_of_run(call.session, run_id, "proposed"):
        raise AdjustmentsUndecided("先决定调整 / decide on the adjustments first")
    steps = await months.steps_of(call.session, [month])
    locked, given = approvals_of(steps)
    step = approve(found.chain, given, frozenset({locked}), call.person, call.principal.roles)
    locked_at = max(each.at for each in steps if each.what == "locked")
    look = Look(call.person, "", alone_because, may_act_alone=STANDS_IN in call.principal.roles)
    names = {call.person, call.principal.subject}
    own = await recorded_by(call.session, names, Locked(Month.parse(month), run_id, locked_at))
    check_recorded_by_others(own, look)
    done = next_role(found.chain, [*given, step]) is None
    return await _changed(
        call, found, MonthState.APPROVED if done else MonthState.LOCKED, "approved", role=step.role,
        reason=alone_because,
    )  # fmt: skip


def approvals_of(steps: Sequence[MonthStep]) -> tuple[str, list[Approval]]:
    """Who locked a month last ("" nobody), and the approvals since, of all that was done to it."""
    last = max((at for at, step in enumerate(steps) if step.what == "locked"), default=None)
    if last is None:
        return "", []
    since = steps[last + 1 :]
    return steps[last].person, [Approval(step.role or "", step.person) for step in since if step.what == "approved"]


async def close_month(call: Call, month: str, expected: int) -> PayMonth:
    """Statements are written as they are from now on; what is paid is what they say."""
    found = await month_for_change(call, month, expected, MonthMove.CLOSE)
    run = await runs.run_of(call.session, _run_id(found))
    if run is None:
        raise NotFound("There is no such run")
    found.revision += 1
    kept = await kept_slips(call, Month.parse(month), run.id)
    statements = await statements_of(call, (month, found.revision), run, kept)
    call.session.add_all(statements)
    found.root = root_of([bytes.fromhex(each.leaf) for each in statements]).hex()
    found.total = sum((each.total for each in statements), Decimal("0.00"))
    return await _changed(call, found, MonthState.CLOSED, "closed")


async def reopen_month(call: Call, month: str, expected: int, reason: str) -> PayMonth:
    """A lock is given up, or a closed month opened: its statements stay as a former revision.

    Not while a later month pays corrections of it, which a new run of it would pay too.
    """
    found = await month_for_change(call, month, expected, MonthMove.REOPEN)
    if later := await months.correcting(call.session, month):
        named = ", ".join(later)
        raise CorrectedLater(f"先重开 {named} / open {named} first: what was corrected there would be paid twice")
    for each in await adjustments.adjustments_of_run(call.session, _run_id(found), "proposed"):
        each.state, each.decided_by, each.decided_at, each.note = "withdrawn", call.person, call.now, reason
        each.version += 1
    return await _changed(call, found, MonthState.OPEN, "reopened", reason=reason)


async def told_since(call: Call, month: PayMonth) -> bool | None:
    """Of a month that waits to be closed, whether something that it rests on was told since its run.

    Closed as it is, a later month corrects it; or it is opened, and calculated again.
    """
    if month.state not in {MonthState.LOCKED, MonthState.APPROVED}:
        return None
    run = await runs.run_of(call.session, _run_id(month))
    assert run is not None, "runs are never deleted"
    read_at = run.read_at or run.started_at or run.created_at
    days = days_of((await paid_by(call.session, [run]))[run.id], Month.parse(month.month))
    return bool(await changes.changed(call.session, [changes.Looked(month.month, read_at, days)]))


def _run_id(month: PayMonth) -> UUID:
    assert month.run_id is not None, "the table says so of every month that is not open"
    return month.run_id


async def _changed(
    call: Call, month: PayMonth, state: MonthState, what: str, *, role: str | None = None, reason: str | None = None
) -> PayMonth:
    """With its step in the history, by the database's clock as the beginning of runs is, and its event."""
    month.state, month.updated_at = state, call.now
    month.version += 1
    call.session.add(
        MonthStep(
            store_id=call.store.id, month=month.month, what=what, role=role, person=call.person, reason=reason,
            run_id=month.run_id, at=func.clock_timestamp(),
        )
    )  # fmt: skip
    await call.session.flush()
    told = {name: getattr(month, name) for name in ("month", "state", "run_id", "revision", "root", "total")}
    await publish(call.session, call.store.id, month_changed(told, month.version))
    return month
