"""The plans that pay a month, each the people of its posts; and what they give together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.domain.calculation.amendment import Amendment
from services.payroll.domain.calculation.assignment import Reach, reaches
from services.payroll.domain.calculation.combination import Part, combine
from services.payroll.domain.calculation.evaluation import evaluate
from services.payroll.domain.calculation.given import RunInput
from services.payroll.domain.calculation.outcome import Outcome
from services.payroll.domain.errors import RunRefusal
from services.payroll.domain.month import Month
from services.payroll.models import Plan, Run
from services.payroll.repository.plans import assignments
from services.payroll.repository.runs import runs
from services.payroll.repository.runs.inputs import Given
from services.payroll.service.plans import plans
from services.payroll.service.refusals import PlanStopped
from services.payroll.service.runs.inputs import amendments_of, run_input


@dataclass(frozen=True)
class Paying:
    """A plan and whom it pays; `values` are tried out beside those that were approved."""

    plan: Plan
    reach: Reach
    values: tuple[Amendment, ...] = ()


async def paying_on(session: AsyncSession, day: date) -> Sequence[Paying]:
    """Those in force on a day, the one for all that no plan names first."""
    held = await assignments.plans_on(session, day)
    found = {plan.id: plan for plan in held.values()}
    return [Paying(found[plan], reach) for plan, reach in reaches({post: held[post].id for post in held}).items()]


def written(paying: Sequence[Paying], of_month: Month | None = None) -> list[dict[str, Any]]:
    """As a run keeps them."""
    return [
        {
            "plan_id": str(each.plan.id), "hash": each.plan.content_hash, "prefix": each.reach.prefix,
            "posts": None if each.reach.all_but else sorted(each.reach.posts),
            "of_month": None if of_month is None else str(of_month),
        }
        for each in paying
    ]  # fmt: skip


def plans_of(run: Run) -> Sequence[Mapping[str, Any]]:
    """Of a run of before there could be several: the one that paid everybody."""
    if run.plans is not None:
        kept: Sequence[Mapping[str, Any]] = run.plans
        return kept
    only = {"plan_id": run.plan_id, "hash": run.plan_hash, "prefix": "", "posts": None, "of_month": None}
    return [] if run.plan_id is None else [only]


async def paid_by(session: AsyncSession, paid: Sequence[Run]) -> Mapping[UUID, Sequence[Paying]]:
    """By the id of each run: the plans that it paid its own month by."""
    kept = {run.id: [each for each in plans_of(run) if each["of_month"] is None] for run in paid}
    found = await runs.plans_of(session, {UUID(str(each["plan_id"])) for own in kept.values() for each in own})
    return {run: [_paying(found, each, own) for each in own] for run, own in kept.items()}


def _paying(found: Mapping[UUID, Plan], each: Mapping[str, Any], beside: Sequence[Mapping[str, Any]]) -> Paying:
    plan = found[UUID(str(each["plan_id"]))]
    if each["posts"] is not None:
        return Paying(plan, Reach(frozenset(each["posts"]), all_but=False))
    return Paying(plan, Reach(frozenset(post for other in beside for post in other["posts"] or ())))


async def plans_by_prefix(session: AsyncSession, run: Run) -> Mapping[str, Plan]:
    """By what the names of a run's nodes begin with."""
    kept = plans_of(run)
    found = await runs.plans_of(session, {UUID(str(each["plan_id"])) for each in kept})
    return {
        (f"{each['of_month']}:" if each["of_month"] else "") + each["prefix"]: found[UUID(str(each["plan_id"]))]
        for each in kept
    }


def days_of(paying: Sequence[Paying], month: Month) -> tuple[date, date]:
    """First and last day of the facts that the plans may ask for: most ask for the month's alone."""
    earlier = any(plans.asks_for_previous_month(each.plan.text) for each in paying)
    return (month.previous.first_day if earlier else month.first_day), month.last_day


def calculate(paying: Sequence[Paying], month: Month, given: Given) -> Outcome:
    """Each plan over the facts that it would be given by itself."""
    days = [days_of([each], month) for each in paying]
    whole = {those: run_input(month, given, those) for those in set(days)}
    parts = []
    for each, those in zip(paying, days, strict=True):
        values = (*amendments_of(given, each.plan.id), *each.values)
        try:
            outcome = _evaluate(each.plan, replace(whole[those], amendments=values, reach=each.reach))
        except RunRefusal as refusal:
            refusal.plan = each.plan.name if len(paying) > 1 else ""
            raise
        parts.append(Part(each.reach, outcome))
    return combine(parts, whole[days[0]].people)


def _evaluate(plan: Plan, given: RunInput) -> Outcome:
    calculated = plans.parsed(plan.text)
    if calculated.hash != plan.content_hash:
        raise PlanStopped("The stored plan's text no longer gives the plan that was written")
    return evaluate(calculated, given)
