"""New values of a plan's parameters from a day on: proposed, read by the language, approved by a second person."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import Invalid, NotFound, field_error
from chassis.feed import publish
from chassis.representation import check_version
from services.payroll.domain.calculation.amendment import amended
from services.payroll.domain.calculation.plan import Parameter
from services.payroll.domain.four_eyes import Look, check_second_person
from services.payroll.domain.month import Month
from services.payroll.domain.plans.plan_file import FileValue, value_hash
from services.payroll.events import parameter_changed
from services.payroll.language import amending_statement, nearest, read_amendment
from services.payroll.models import Plan, PlanParameter
from services.payroll.repository.months import months
from services.payroll.repository.plans import parameters
from services.payroll.repository.runs import runs
from services.payroll.service.call import Call
from services.payroll.service.plans.plans import parsed, read_plan
from services.payroll.service.refusals import (
    MonthSettled,
    ParameterDecided,
    ParameterSuperseded,
    PlanWithdrawn,
)

_TOLD = ("id", "plan_id", "name", "number", "valid_from", "value", "hash", "reason", "status", "proposed_by",
         "decided_by")  # fmt: skip


@dataclass(frozen=True)
class NewValue:
    """`value` as a plan writes it."""

    plan: UUID
    name: str
    value: str
    valid_from: date
    reason: str


async def propose_value(call: Call, wish: NewValue) -> PlanParameter:
    """Refused where the plan's text with this value could not be read."""
    session = call.session
    plan = await runs.plan_for_update(session, wish.plan)
    if plan is None:
        raise NotFound("There is no such plan")
    if plan.withdrawn_at is not None:
        raise PlanWithdrawn(f"By {plan.withdrawn_by}: {plan.withdrawn_because}", allowed=[])
    parameter = _parameter(plan, wish.name)
    await _check_month_open(session, plan, wish.valid_from)
    statement = await asyncio.to_thread(amending_statement, plan.text, parameter, wish.value, wish.valid_from)
    row = PlanParameter(
        store_id=call.store.id,
        plan_id=plan.id,
        name=parameter.name,
        number=await parameters.last_number(session, plan.id, parameter.name) + 1,
        valid_from=wish.valid_from,
        value=wish.value.strip(),
        statement=statement,
        hash=value_hash(plan.content_hash, FileValue(parameter.name, wish.value, wish.valid_from, wish.reason)),
        reason=wish.reason,
        proposed_by=call.principal.subject,
    )
    session.add(row)
    return await _saved(session, row)


def _parameter(plan: Plan, name: str) -> Parameter:
    """By its English or Chinese name."""
    known = parsed(plan.text).parameters
    found = known.get(name) or next((p for p in known.values() if p.chinese == name), None)
    if found is None:
        names = [spelling for each in known.values() for spelling in (each.chinese, each.name)]
        near = nearest(name, names) or ", ".join(names[::2])
        detail = f"方案没有参数“{name}” / the plan has no parameter {name} → {near}"
        raise Invalid(detail, errors=[field_error("/name", "name-unknown", detail)], slug="parameter-unknown")
    return found


async def read_value(session: AsyncSession, parameter: UUID) -> PlanParameter:
    found = await parameters.parameter_of(session, parameter)
    if found is None:
        raise NotFound("There is no such value of a parameter")
    return found


async def approve_value(call: Call, parameter: UUID, expected: int, look: Look) -> PlanParameter:
    row = await _proposed(call.session, parameter, expected)
    check_second_person(row.proposed_by, look)
    await _check_month_open(call.session, await read_plan(call.session, row.plan_id), row.valid_from)
    newer = await parameters.newer_of_the_day(call.session, row)
    if newer is not None:
        raise ParameterSuperseded(f"{newer.value} from {newer.valid_from}, version {newer.number}")
    row.decide("approved", look, call.now)
    return await _saved(call.session, row)


async def _check_month_open(session: AsyncSession, plan: Plan, valid_from: date) -> None:
    """A value of a plan that is in force; what a draft will say is looked at when it is activated."""
    if plan.effective_from is not None:
        await check_month_open(session, plan.store_id, max(valid_from, plan.effective_from))


async def check_month_open(session: AsyncSession, store: UUID, begins: date) -> None:
    """What is locked or closed has been calculated without it. Until the end no month is locked beside us."""
    await months.months_apart(session, store)
    settled = await parameters.settled_until(session)
    if settled is not None and begins <= Month.parse(settled).last_day:
        raise MonthSettled(f"{settled} 已锁定或关账 / {settled} is locked or closed: begin after it", month=settled)


async def withdraw_value(call: Call, parameter: UUID, expected: int, look: Look) -> PlanParameter:
    """Of a proposed one: what is approved stays, and is superseded by a newer value."""
    row = await _proposed(call.session, parameter, expected)
    row.decide("withdrawn", look, call.now)
    return await _saved(call.session, row)


async def _proposed(session: AsyncSession, parameter: UUID, expected: int) -> PlanParameter:
    row = await parameters.parameter_for_update(session, parameter)
    if row is None:
        raise NotFound("There is no such value of a parameter")
    await runs.plan_for_update(session, row.plan_id)
    check_version(row.version, expected)
    if row.status != "proposed":
        raise ParameterDecided(f"{row.status} by {row.decided_by}", allowed=[])
    return row


async def _saved(session: AsyncSession, row: PlanParameter) -> PlanParameter:
    await session.flush()
    await session.refresh(row)
    state = {name: getattr(row, name) for name in _TOLD}
    await publish(session, row.store_id, parameter_changed(state, row.version))
    return row


async def statements_beside(session: AsyncSession, plan_id: UUID) -> list[str]:
    """What set the approved values of a plan's parameters, in the order in which they supersede each other."""
    return [row.statement for row in await parameters.approved_of(session, plan_id)]


async def values_on(session: AsyncSession, plan_id: UUID, day: date) -> Sequence[Mapping[str, Any]]:
    """Each parameter of a plan with the value that a run would take on a day; null where there is none."""
    plan = await read_plan(session, plan_id)
    rows = await parameters.approved_of(session, plan.id)
    known = {(row.name, row.number): row for row in rows}
    changed = amended(parsed(plan.text), (read_amendment(row.statement, str(row.number)) for row in rows))
    found = []
    for parameter in changed.parameters.values():
        dated = parameter.in_force(day)
        row = None if dated is None or not dated.version else known[parameter.name, int(dated.version)]
        found.append(
            {
                "name": parameter.name, "chinese": parameter.chinese, "clause": parameter.clause,
                "choices": list(parameter.choices), "value": dated and dated.written, "since": dated and dated.since,
                "id": row and row.id, "number": row and row.number, "hash": row and row.hash,
            }
        )  # fmt: skip
    return found
