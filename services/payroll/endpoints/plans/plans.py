"""Plans: templates, drafts, the check of their examples, activation and trials."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from sqlalchemy import select

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, paginate, set_etag
from services.payroll.domain.calculation.assignment import REST
from services.payroll.domain.calculation.outcome import Outcome
from services.payroll.endpoints.access import PAY_READERS, PAY_ROLES, CurrentCall, look_of
from services.payroll.models import Plan
from services.payroll.repository.people.people import BEGINNING
from services.payroll.repository.plans.assignments import Posts, posts_of
from services.payroll.repository.runs.runs import PLAN_STAGES
from services.payroll.schemas.plans.plans import (
    BecauseBody,
    LookBody,
    PlanActivate,
    PlanCheck,
    PlanCreate,
    PlanDetail,
    PlanEnd,
    PlanRead,
    PlanStatus,
    PlanTemplateRead,
    PlanTemplatesRead,
    PlanTrial,
    TrialLine,
    TrialRead,
)
from services.payroll.service.call import Call
from services.payroll.service.plans import plan_life, plans
from services.payroll.service.runs.results import figures_json, pools_json, warnings_json

router = Router(tags=["plans"])


def _fields(plan: Plan, posts: Posts | None) -> dict[str, Any]:
    names = (
        "id", "name", "template", "created_by", "created_at", "reviewed_by", "reviewed_at", "review_note",
        "alone_because", "withdrawn_by", "withdrawn_at", "withdrawn_because", "activated_by", "activated_at",
        "ended_from", "ended_by", "ended_at", "ended_because", "version",
    )  # fmt: skip
    since = None if plan.effective_from == BEGINNING else plan.effective_from
    named, held = (posts.named, posts.held) if posts else ((), ())
    state = {
        "status": plan.stage, "hash": plan.content_hash, "effective_from": since, "in_force": bool(held),
        "posts": [post for post in named if post != REST] or None,
        "posts_in_force": [post for post in held if post != REST],
    }  # fmt: skip
    return {**state, **{name: getattr(plan, name) for name in names}}


async def plan_detail(plan: Plan, call: Call, response: Response) -> PlanDetail:
    set_etag(response, plan.version)
    active = [plan.id] if plan.status == "active" else []
    posts = await posts_of(call.session, active, call.today) if active else {}
    written = ("text", "canonical", "parameters", "examples")
    return PlanDetail(**_fields(plan, posts.get(plan.id)), **{name: getattr(plan, name) for name in written})


@router.get("/v1/plan-templates", operation_id="list_plan_templates", dependencies=[allow(*PAY_READERS)])
async def list_plan_templates() -> PlanTemplatesRead:
    found = plans.templates()
    return PlanTemplatesRead(
        templates=[
            PlanTemplateRead(
                name=template.name,
                chinese=template.plan.chinese,
                english=template.plan.english,
                examples=len(template.examples["examples"]),
            )
            for template in found
        ]
    )


@router.post("/v1/plans", operation_id="create_plan", status_code=201, dependencies=[allow(*PAY_ROLES)])
async def create_plan(body: PlanCreate, call: CurrentCall, response: Response) -> PlanDetail:
    """A draft from a template or a text. A text with errors is refused with the line and column of each."""
    if body.template is not None:
        template = plans.template_named(body.template)
        origin = plans.Origin(template.text, template.examples, template.name)
    else:
        examples = body.examples if isinstance(body.examples, dict) else {"examples": body.examples or []}
        origin = plans.Origin(body.text or "", examples, None)
    plan = await plans.create_plan(call, origin)
    response.headers["Location"] = f"/v1/plans/{plan.id}"
    return await plan_detail(plan, call, response)


@router.get("/v1/plans", operation_id="list_plans", dependencies=[allow(*PAY_READERS)])
async def list_plans(
    call: CurrentCall, wish: PageOf, status: Annotated[PlanStatus | None, Query()] = None
) -> Page[PlanRead]:
    query = select(Plan) if status is None else select(Plan).where(*PLAN_STAGES[status])
    rows, following = await paginate(call.session, query, [Plan.id.expression], wish)
    posts = await posts_of(call.session, [row.id for row in rows], call.today)
    items = [PlanRead(**_fields(row, posts.get(row.id))) for row in rows]
    return Page(items=items, limit=wish.limit, next=following)


@router.get("/v1/plans/{plan}", operation_id="read_plan", dependencies=[allow(*PAY_READERS)])
async def read_plan(plan: UUID, call: CurrentCall, response: Response) -> PlanDetail:
    return await plan_detail(await plans.read_plan(call.session, plan), call, response)


@router.post("/v1/plans/{plan}/check", operation_id="check_plan", dependencies=[allow(*PAY_ROLES)])
async def check_plan(plan: UUID, call: CurrentCall) -> PlanCheck:
    """Runs the plan's own examples; changes nothing."""
    results = await asyncio.to_thread(plans.check_plan, await plans.read_plan(call.session, plan))
    return PlanCheck(passed=all(r["passed"] for r in results), examples=[dict(result) for result in results])


@router.post("/v1/plans/{plan}/review", operation_id="review_plan", dependencies=[allow(*PAY_ROLES)])
async def review_plan(
    plan: UUID, body: LookBody, expected: IfMatch, call: CurrentCall, response: Response
) -> PlanDetail:
    """By somebody other than who brought it in, with a note; every example must give what it says."""
    found = await plan_life.review_plan(call, plan, expected, look_of(body, call))
    return await plan_detail(found, call, response)


@router.post("/v1/plans/{plan}/withdraw", operation_id="withdraw_plan", dependencies=[allow(*PAY_ROLES)])
async def withdraw_plan(
    plan: UUID, body: BecauseBody, expected: IfMatch, call: CurrentCall, response: Response
) -> PlanDetail:
    """A draft, reviewed or not: it stays to be read and is never activated."""
    return await plan_detail(await plan_life.withdraw_plan(call, plan, expected, body.because), call, response)


@router.post("/v1/plans/{plan}/activate", operation_id="activate_plan", dependencies=[allow(*PAY_ROLES)])
async def activate_plan(
    plan: UUID, expected: IfMatch, call: CurrentCall, response: Response, body: PlanActivate | None = None
) -> PlanDetail:
    """Puts a reviewed plan in force from a day on, for some posts or for all that no plan names, if every example still
    gives what it says; by somebody other than who brought it in, unless he reviewed it alone."""
    day, posts = (None, None) if body is None else (body.effective_from, body.posts)
    return await plan_detail(await plan_life.activate_plan(call, plan, expected, day, posts), call, response)


@router.post("/v1/plans/{plan}/end", operation_id="end_plan", dependencies=[allow(*PAY_ROLES)])
async def end_plan(plan: UUID, body: PlanEnd, expected: IfMatch, call: CurrentCall, response: Response) -> PlanDetail:
    """An active plan pays nobody from a day on: its posts go back to the plan that names none."""
    found = await plan_life.end_plan(call, plan, expected, body.effective_from, body.because)
    return await plan_detail(found, call, response)


@router.post("/v1/plans/{plan}/trial", operation_id="try_plan", dependencies=[allow(*PAY_ROLES)])
async def try_plan(plan: UUID, body: PlanTrial, call: CurrentCall) -> TrialRead:
    """What the plan gives for an input of one's own, with the values approved beside its text; nothing is kept."""
    return _trial_read(await plans.try_plan(call.session, plan, body.model_dump()))


def _trial_read(outcome: Outcome) -> TrialRead:
    return TrialRead(
        month=str(outcome.month),
        plan_hash=outcome.plan_hash,
        hash=outcome.hash,
        total=outcome.pay_total,
        totals=dict(outcome.totals),
        lines=[
            TrialLine(
                employee=line.person,
                component=line.line,
                name=line.name,
                clause=line.clause,
                amount=line.amount,
                node=line.node,
            )
            for line in outcome.lines
        ],
        figures=figures_json(outcome),
        pools=pools_json(outcome),
        warnings=warnings_json(outcome, waiting=0),
        nodes={name: node.as_json() for name, node in outcome.nodes.items()},
    )
