"""The life of a plan: a draft that a second person reviews, or that is withdrawn; reviewed, it is activated once, for
some posts or for all that no plan names, and holds them until another does or it is ended."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import NotFound, field_error
from chassis.representation import check_version
from services.payroll.domain.calculation.assignment import REST, post_code, post_codes
from services.payroll.domain.four_eyes import Look, check_second_person
from services.payroll.domain.plans.month_bound import of_no_month
from services.payroll.domain.vocabulary import POSTS
from services.payroll.models import Plan, PlanPost
from services.payroll.repository.people import people
from services.payroll.repository.plans import assignments
from services.payroll.repository.runs import runs
from services.payroll.service.call import Call
from services.payroll.service.plans.parameters import check_month_open
from services.payroll.service.plans.plans import check_plan, parsed, tell
from services.payroll.service.plans.trials import shows_pay
from services.payroll.service.refusals import (
    ExamplesFail,
    PlanAlreadyActive,
    PlanDateTaken,
    PlanEndTooEarly,
    PlanNotInForce,
    PlanNotReviewed,
    PlanOfNoMonth,
    PlanPostUnknown,
    PlanReviewed,
    PlanWithdrawn,
)


async def review_plan(call: Call, plan_id: UUID, expected: int, look: Look) -> Plan:
    """Refused with the list of examples that fail, if any does: who reviews sees that the plan says what it says."""
    plan = await _draft(call, plan_id, expected)
    if plan.reviewed_at is not None:
        raise PlanReviewed(f"By {plan.reviewed_by}", allowed=["activate", "withdraw"])
    check_second_person(plan.created_by, look)
    _check_months(plan)
    await _check_examples(plan)
    plan.reviewed_by, plan.reviewed_at, plan.review_note = look.by, call.now, look.note
    plan.alone_because = look.alone_because
    return await _changed(call, plan)


async def withdraw_plan(call: Call, plan_id: UUID, expected: int, because: str) -> Plan:
    """A draft, reviewed or not, that nobody shall activate; it stays to be read."""
    plan = await _draft(call, plan_id, expected)
    plan.withdrawn_by, plan.withdrawn_at, plan.withdrawn_because = call.principal.subject, call.now, because
    return await _changed(call, plan)


async def activate_plan(
    call: Call, plan_id: UUID, expected: int, effective_from: date | None, posts: Sequence[str] | None
) -> Plan:
    """From a day on (None: as the rule says) for some posts (None: all that no plan names).

    Refused with the list of examples that fail: what passed at the review may not pass a later version of us.
    Not by its author: from when and whom it pays nobody has looked at before.
    """
    plan = await _draft(call, plan_id, expected)
    await _check_examples(plan)
    if plan.reviewed_at is None:
        raise PlanNotReviewed(f"By somebody other than {plan.created_by}", allowed=["review", "withdraw"])
    if plan.alone_because is None:
        check_second_person(plan.created_by, Look(call.principal.subject, plan.review_note or ""))
    posts = [REST] if posts is None else await known_posts(call.session, posts)
    day = effective_from or await _usual_day(call)
    await check_month_open(call.session, plan.store_id, day)
    if taken := await assignments.taken(call.session, posts, day):
        raise PlanDateTaken(f"Choose another day than {day}", posts=[post for post in taken if post != REST])
    plan.status, plan.effective_from = "active", day
    plan.activated_by, plan.activated_at = call.principal.subject, call.now
    call.session.add_all(PlanPost(store_id=plan.store_id, post=post, since=day, plan_id=plan.id) for post in posts)
    try:
        return await _changed(call, plan)
    except IntegrityError as error:
        raise PlanDateTaken(f"Another plan was activated from {day} at the same time") from error


async def known_posts(session: AsyncSession, written: Sequence[str]) -> Sequence[str]:
    """By their codes; one that is not in the list must be somebody's: a misspelt one would be nobody's."""
    own = [post for post in written if post_code(post) not in POSTS.spellings]
    known = post_codes(await assignments.posts_known(session)) if own else own
    if unknown := [post for post in own if post_code(post) not in known]:
        detail = f"没有这个岗位 / no such post: {', '.join(unknown)}"
        errors = [field_error(f"/posts/{written.index(post)}", "post-unknown", post) for post in unknown]
        raise PlanPostUnknown(detail, errors=errors)
    return post_codes(written)


async def end_plan(call: Call, plan_id: UUID, expected: int, effective_from: date, because: str) -> Plan:
    """From that day, after every month that is locked or closed, its posts are paid by the plan that names none."""
    plan = await _to_change(call, plan_id, expected)
    if plan.effective_from is None or plan.ended_from is not None:
        since = "" if plan.ended_from is None else f", ended from {plan.ended_from} by {plan.ended_by}"
        raise PlanNotInForce(f"{plan.stage}{since}", allowed=[])
    if effective_from <= plan.effective_from:
        raise PlanEndTooEarly(f"It began on {plan.effective_from}: let it end later")
    await check_month_open(call.session, plan.store_id, effective_from)
    plan.ended_from, plan.ended_by, plan.ended_at = effective_from, call.principal.subject, call.now
    plan.ended_because = because
    return await _changed(call, plan)


async def _to_change(call: Call, plan_id: UUID, expected: int) -> Plan:
    plan = await runs.plan_for_update(call.session, plan_id)
    if plan is None:
        raise NotFound("There is no such plan")
    check_version(plan.version, expected)
    return plan


async def _draft(call: Call, plan_id: UUID, expected: int) -> Plan:
    plan = await _to_change(call, plan_id, expected)
    if plan.status == "active":
        raise PlanAlreadyActive(f"Active from {plan.effective_from}", allowed=[])
    if plan.withdrawn_at is not None:
        raise PlanWithdrawn(f"By {plan.withdrawn_by}: {plan.withdrawn_because}", allowed=[])
    return plan


def _check_months(plan: Plan) -> None:
    """A run is given the month's facts, an example any: what is of no month would be another figure in each."""
    found = of_no_month(parsed(plan.text))
    if found:
        told = "; ".join(f"[{each.clause}] {each.step}: {each.text}" for each in found)
        raise PlanOfNoMonth(
            f"加上 月份(日期) = 本月 / say month(day) = this_month: {told}", formulas=[*map(asdict, found)]
        )


async def _check_examples(plan: Plan) -> None:
    results = await asyncio.to_thread(check_plan, plan)
    if not results:
        raise ExamplesFail(
            "没有例题,看不出它说的就是要说的 / it has no examples: nothing shows that it says what was meant",
            examples=[],
        )
    if not shows_pay(parsed(plan.text), plan.examples):
        raise ExamplesFail("没有例题写出有人得多少 / none of its examples says what anybody is paid", examples=[])
    if failed := [result for result in results if not result["passed"]]:
        raise ExamplesFail(_failing(failed), examples=failed)


def _failing(failed: Sequence[Mapping[str, Any]]) -> str:
    """How many, and what comes out otherwise in the first; the whole of each stands beside it."""
    name, [first, *_] = failed[0]["name"], failed[0]["differences"]
    what, expected, actual = first["what"], first["expected"], first["actual"]
    return (
        f"{len(failed)} 个例题算不出:“{name['zh']}”中 {what} 应为 {expected},算得 {actual} / "
        f"{len(failed)} of its examples fail: in “{name['en']}” {what} should be {expected} and is {actual}"
    )


async def _usual_day(call: Call) -> date:
    first = call.today.replace(day=1)
    return first if await assignments.any_plan(call.session) else people.BEGINNING


async def _changed(call: Call, plan: Plan) -> Plan:
    plan.version += 1
    await call.session.flush()
    await call.session.refresh(plan)
    await tell(call.session, plan)
    return plan
