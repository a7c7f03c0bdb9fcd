"""A plan out as one file and in again: the same file twice is one plan, a changed one is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.domain.plans.plan_file import FileValue, Hashes, PlanContent, check_file, hashes_of
from services.payroll.models import Plan, PlanParameter
from services.payroll.repository.people import imports
from services.payroll.repository.plans import parameters
from services.payroll.repository.runs import runs
from services.payroll.service.call import Call
from services.payroll.service.plans.parameters import NewValue, propose_value
from services.payroll.service.plans.plans import Origin, create_plan, read_plan


async def plan_file(session: AsyncSession, plan_id: UUID) -> tuple[Plan, PlanContent, Hashes]:
    """With the approved values of its parameters, in the order in which they supersede each other."""
    plan = await read_plan(session, plan_id)
    rows = await parameters.approved_of(session, plan.id)
    values = tuple(FileValue(row.name, row.value, row.valid_from, row.reason) for row in rows)
    heading = plan.canonical["chinese"], plan.canonical["english"], plan.template
    content = PlanContent(plan.text, plan.examples, values, heading)
    return plan, content, hashes_of(content)


@dataclass(frozen=True)
class Imported:
    """`created`: whether the plan was not there; `values` are those that were proposed now."""

    plan: Plan
    created: bool
    values: Sequence[PlanParameter]


async def import_plan(call: Call, content: PlanContent, said: Hashes, template: str | None) -> Imported:
    """A draft with proposed values: what was approved elsewhere is looked at here again."""
    check_file(content, said)
    await imports.take_turn(call.session, call.store.id, "plan-files")
    plan = await _the_same(call.session, said)
    created = plan is None
    if plan is None:
        plan = await create_plan(call, Origin(content.text, content.examples, template))
    known = set(await parameters.hashes_of_plan(call.session, plan.id))
    missing = [value for value, digest in zip(content.values, said.values, strict=True) if digest not in known]
    values = [
        await propose_value(call, NewValue(plan.id, one.name, one.value, one.valid_from, one.reason)) for one in missing
    ]
    return Imported(plan, created, values)


async def _the_same(session: AsyncSession, said: Hashes) -> Plan | None:
    """A plan of the store with this text and these examples that was not withdrawn."""
    for plan in await runs.plans_with(session, said.text):
        if hashes_of(PlanContent(plan.text, plan.examples, ())).examples == said.examples:
            return plan
    return None
