"""Sums over people and teams over HTTP, opened into what each adds."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import Page, PageOf
from services.payroll.domain.words.saying import Saying
from services.payroll.endpoints.access import ANYONE, CurrentCall, pay_seen_by
from services.payroll.endpoints.reading import ReadersLanguage, worded
from services.payroll.endpoints.words.explanations import explain_address
from services.payroll.schemas.words.explanations import SummedPartRead
from services.payroll.service.words import summed
from services.payroll.service.words.summed import Asked

router = Router(tags=["explanations"])


@router.get("/v1/runs/{run}/summed/{key:path}", operation_id="list_summed_parts", dependencies=[allow(ANYONE)])
async def list_summed_parts(
    *, run: UUID, key: str, call: CurrentCall, wish: PageOf, language: ReadersLanguage, response: Response,
    place: Annotated[int, Query(alias="sum", ge=0, le=1000, description="one of the step's sums")] = 0,
) -> Page[SummedPartRead]:  # fmt: skip
    """What each person or team adds to a sum that a step read: all of it to those who see all pay, of a team's to who
    leads or manages it; anybody else sees his own part, and what his own pay rests on anyway."""
    asked = Asked(pay_seen_by(call.principal), place, Saying(language, call.store.currency))
    found, following = await summed.parts(call, run, key, asked, wish)
    response.headers.update(worded(language))
    items = [SummedPartRead(**asdict(each), explain=explain_address(run, each.node)) for each in found]
    return Page(items=items, limit=wish.limit, next=following)
