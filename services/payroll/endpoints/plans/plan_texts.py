"""What is told of plan texts, nothing of it kept: canonical forms, the difference of two plans."""

import asyncio
import hashlib
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import Query

from chassis.auth import allow
from chassis.http import Router
from services.payroll.endpoints.access import PAY_READERS, PAY_ROLES, CurrentCall
from services.payroll.language import difference, format_plan, text_of_json, to_json
from services.payroll.repository.people.people import BEGINNING
from services.payroll.schemas.plans.plan_texts import PlanChange, PlanDifference, PlanFormat, PlanForms
from services.payroll.service.plans import plans
from services.payroll.service.plans.parameters import statements_beside

router = Router(tags=["plans"])


@router.post("/v1/plans/format", operation_id="format_plan", dependencies=[allow(*PAY_ROLES)])
async def format_plan_text(body: PlanFormat) -> PlanForms:
    """The plan in its canonical forms. A text with errors is refused with the line and column of each."""
    return await asyncio.to_thread(_forms, body)


def _forms(body: PlanFormat) -> PlanForms:
    text = body.text if body.text is not None else text_of_json(body.document)
    formatted = format_plan(text, body.language)
    digest = hashlib.sha256(formatted.encode()).hexdigest()
    return PlanForms(language=body.language, text=formatted, document=to_json(formatted), hash=digest)


@router.get("/v1/plans/{plan}/difference", operation_id="read_plan_difference", dependencies=[allow(*PAY_READERS)])
async def read_plan_difference(
    plan: UUID, call: CurrentCall, older: Annotated[UUID, Query(alias="from")]
) -> PlanDifference:
    """What this plan changes of another one, in words: clause, from what, to what, from which day.

    Approved values of parameters count as if they stood in the texts.
    """
    before, after = await plans.read_plan(call.session, older), await plans.read_plan(call.session, plan)
    beside = [await statements_beside(call.session, each.id) for each in (before, after)]
    changes = await asyncio.to_thread(difference, before.text, after.text, (beside[0], beside[1]))
    since = None if after.effective_from == BEGINNING else after.effective_from
    return PlanDifference(
        older=older,
        newer=plan,
        effective_from=since,
        changes_pay=any(change.changes_pay for change in changes),
        changes=[PlanChange(**asdict(change)) for change in changes],
    )
