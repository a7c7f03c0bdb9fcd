"""What somebody was not paid over HTTP: of a run, or of a closed month by whoever does not know its run."""

from dataclasses import asdict
from uuid import UUID

from fastapi import Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import Page, PageOf, PageWish
from services.payroll.domain.words.saying import Language, Saying
from services.payroll.endpoints.access import ANYONE, CurrentCall, check_sees
from services.payroll.endpoints.reading import ReadersLanguage, worded
from services.payroll.endpoints.words.explanations import explain_address
from services.payroll.schemas.people.people import MonthText
from services.payroll.schemas.words.explanations import UnpaidRead
from services.payroll.service.call import Call
from services.payroll.service.words import unpaid

router = Router(tags=["explanations"])


@router.get("/v1/runs/{run}/unpaid/{employee}", operation_id="list_unpaid", dependencies=[allow(ANYONE)])
async def list_unpaid(
    *, run: UUID, employee: str, call: CurrentCall, wish: PageOf, language: ReadersLanguage, response: Response
) -> Page[UnpaidRead]:
    """What the run's plans pay and gave this employee no line of: withheld by a condition, or nothing. To himself, and
    to those who see all pay."""
    check_sees(call.principal, employee)
    response.headers.update(worded(language))
    return await _page(call, run, employee, wish, language)


@router.get(
    "/v1/pay-months/{month}/unpaid/{employee}", operation_id="list_unpaid_of_month", dependencies=[allow(ANYONE)]
)
async def list_unpaid_of_month(
    *, month: MonthText, employee: str, call: CurrentCall, wish: PageOf, language: ReadersLanguage, response: Response
) -> Page[UnpaidRead]:
    """Likewise of the run that a month is closed on."""
    check_sees(call.principal, employee)
    response.headers.update(worded(language))
    return await _page(call, await unpaid.run_of_closed(call.session, month), employee, wish, language)


async def _page(call: Call, run: UUID, employee: str, wish: PageWish, language: Language) -> Page[UnpaidRead]:
    saying = Saying(language, call.store.currency)
    found, following = await unpaid.unpaid(call.session, run, employee, saying, wish)
    items = [UnpaidRead(**asdict(each), explain=explain_address(run, each.node)) for each in found]
    return Page(items=items, limit=wish.limit, next=following)
