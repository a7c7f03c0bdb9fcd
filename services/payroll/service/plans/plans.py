"""Plans: written or taken from a template, checked against their own examples, tried on any input."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import NotFound
from chassis.feed import publish
from services.payroll.domain.bounds import MAX_TRIAL_STEPS
from services.payroll.domain.calculation.assignment import REST, reach_of
from services.payroll.domain.calculation.evaluation import evaluate
from services.payroll.domain.calculation.outcome import Outcome
from services.payroll.domain.calculation.parts import parts_of
from services.payroll.domain.calculation.plan import CurrentMonth
from services.payroll.domain.calculation.plan import Plan as ParsedPlan
from services.payroll.domain.plans.example_file import read_examples
from services.payroll.events import plan_changed
from services.payroll.language import parse_plan
from services.payroll.models import Plan
from services.payroll.repository.people import people
from services.payroll.repository.plans import assignments, parameters
from services.payroll.repository.runs import runs
from services.payroll.service.call import Call
from services.payroll.service.plans.trials import parameters_json, result_json, results_of, trial_input
from services.payroll.service.runs.inputs import amendment_from

_PLANS = Path(__file__).parents[2] / "plans"


@lru_cache(maxsize=256)
def parsed(text: str) -> ParsedPlan:
    """Stores of a group share a text; it is read once. PlanInvalid when it cannot be used."""
    return parse_plan(text)


@lru_cache(maxsize=256)
def asks_for_previous_month(text: str) -> bool:
    """Whether a step or the condition of a payment reads facts of the month before."""
    plan = parsed(text)
    return any(isinstance(part, CurrentMonth) and part.previous for part in parts_of((plan.steps, plan.payments)))


@dataclass(frozen=True)
class Template:
    name: str
    text: str
    examples: Any

    @property
    def plan(self) -> ParsedPlan:
        return parsed(self.text)


def templates() -> Sequence[Template]:
    return [_template(path) for path in sorted(_PLANS.glob("*.plan"))]


def _template(path: Path) -> Template:
    examples = orjson.loads(path.with_suffix(".examples.json").read_bytes())
    return Template(path.stem, path.read_text(encoding="utf-8"), examples)


def template_named(name: str) -> Template:
    for template in templates():
        if template.name == name:
            return template
    raise NotFound(f"There is no plan template {name}", slug="plan-template-unknown")


@dataclass(frozen=True)
class Origin:
    """Where a plan's text comes from."""

    text: str
    examples: Any
    template: str | None


async def create_plan(call: Call, origin: Origin) -> Plan:
    """A draft; a text that cannot be read, or examples that cannot, are refused and leave nothing."""
    plan = await asyncio.to_thread(parsed, origin.text)
    await asyncio.to_thread(read_examples, origin.examples)
    row = Plan(
        store_id=call.store.id,
        name=plan.chinese,
        template=origin.template,
        status="draft",
        text=origin.text,
        examples=origin.examples,
        canonical=canonical(plan),
        parameters=parameters_json(plan.parameters),
        content_hash=plan.hash,
        created_by=call.principal.subject,
    )
    call.session.add(row)
    await call.session.flush()
    await call.session.refresh(row)
    await tell(call.session, row)
    return row


async def tell(session: AsyncSession, plan: Plan) -> None:
    """Of a plan in force from the beginning no day is told; of one for all that no plan names, no posts."""
    since = None if plan.effective_from == people.BEGINNING else plan.effective_from
    names = ("id", "name", "created_by", "reviewed_by", "activated_by", "withdrawn_by", "ended_from", "ended_by")
    state: dict[str, Any] = {"status": plan.stage, "hash": plan.content_hash, "effective_from": since}
    state["posts"] = await posts_of(session, plan)
    await publish(session, plan.store_id, plan_changed({**state, **{n: getattr(plan, n) for n in names}}, plan.version))


def canonical(plan: ParsedPlan) -> dict[str, Any]:
    """What the plan says, step by step in the order of calculation."""
    return {
        "chinese": plan.chinese,
        "english": plan.english,
        "steps": [
            {
                "name": step.name,
                "chinese": step.chinese,
                "scope": step.scope.value,
                "posts": list(step.posts),
                "clause": step.clause,
                "formula": step.formula,
                "line": step.at.line,
            }
            for step in plan.steps
        ],
        "payments": [
            {"step": payment.step, "clause": payment.clause, "condition": payment.condition_text}
            for payment in plan.payments
        ],
        "reminders": [{"step": note.step, "chinese": note.chinese, "english": note.english} for note in plan.reminders],
    }


async def read_plan(session: AsyncSession, plan: UUID) -> Plan:
    found = await runs.plan_of(session, plan)
    if found is None:
        raise NotFound("There is no such plan")
    return found


async def posts_of(session: AsyncSession, plan: Plan) -> Sequence[str] | None:
    """The posts that a plan was activated for; None for a draft, and for one for all that no plan names."""
    if plan.status != "active":
        return None
    named = (await assignments.posts_of(session, [plan.id], date.max))[plan.id].named
    return [post for post in named if post != REST] or None


async def try_plan(session: AsyncSession, plan_id: UUID, body: Mapping[str, Any]) -> Outcome:
    """What a run of this input would give those whom the plan pays."""
    plan = await read_plan(session, plan_id)
    given = await asyncio.to_thread(trial_input, body)
    if body["posts"] is None:
        given = replace(given, reach=reach_of(await posts_of(session, plan)))
    rows = await parameters.approved_of(session, plan.id)
    beside = tuple(amendment_from(row.statement, row.number, row.hash) for row in rows)
    given = replace(given, amendments=beside)
    return await asyncio.to_thread(evaluate, parsed(plan.text), given, MAX_TRIAL_STEPS)


def check_plan(plan: Plan) -> Sequence[Mapping[str, Any]]:
    """Every example of the plan with what it gave."""
    return [result_json(result) for result in results_of(parsed(plan.text), plan.examples)]
