"""Upsells over HTTP: propose, decide, list, and the figures of advisors."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, QueryText
from services.workorder.domain.orders.line import Authorisation
from services.workorder.domain.upsells.follow_up import outcome_of
from services.workorder.domain.upsells.upsell import UpsellSource
from services.workorder.endpoints.desk import CurrentDesk, document, page
from services.workorder.endpoints.roles import DESK, FLOOR, READERS
from services.workorder.models import Upsell
from services.workorder.repository.upsells import upsells as repository
from services.workorder.repository.upsells.upsells import UpsellFilter
from services.workorder.schemas.upsells.upsells import (
    AdvisorFigures,
    DecisionBody,
    UpsellCreate,
    UpsellFigures,
    UpsellRead,
)
from services.workorder.service.desk import Desk
from services.workorder.service.upsells import upsells
from services.workorder.service.upsells.follow_up import refused_work

router = Router(tags=["upsells"])


def read_upsell_of(desk: Desk, upsell: Upsell, response: Response | None = None) -> UpsellRead:
    return document(
        UpsellRead,
        upsell,
        response,
        order_number=upsell.order.number,
        advisor=upsell.order.advisor,
        source=upsell.upsell_source,
        revived_as=upsell.again and upsell.again.id,
        outcome=outcome_of(refused_work(upsell)),
        currency=desk.store.currency,
    )


def _filter(
    order: Annotated[QueryText | None, Query(description="the order's number")] = None,
    advisor: QueryText | None = None,
    finder: QueryText | None = None,
    source: UpsellSource | None = None,
    decision: Annotated[Authorisation | None, Query(description="`proposed`: not decided yet")] = None,
) -> UpsellFilter:
    return UpsellFilter(order, advisor, finder, source, decision)


@router.post("/v1/repair-orders/{order_id}/upsells", status_code=201, dependencies=[allow(*FLOOR)])
async def propose_upsell(order_id: UUID, body: UpsellCreate, desk: CurrentDesk, response: Response) -> UpsellRead:
    return read_upsell_of(desk, await upsells.propose(desk, order_id, body), response)


@router.get("/v1/upsells", dependencies=[allow(*READERS)])
async def list_upsells(
    desk: CurrentDesk, wish: PageOf, wanted: Annotated[UpsellFilter, Depends(_filter)]
) -> Page[UpsellRead]:
    """The newest first."""
    query = repository.upsells(desk.store_id, wanted)
    return await page(desk, wish, query, [Upsell.id], lambda row: read_upsell_of(desk, row))


@router.get("/v1/upsells/{upsell_id}", dependencies=[allow(*READERS)])
async def read_upsell(upsell_id: UUID, desk: CurrentDesk, response: Response) -> UpsellRead:
    return read_upsell_of(desk, await repository.upsell_by_id(desk.session, desk.store_id, upsell_id), response)


def _decider(decision: Authorisation) -> Callable[..., Awaitable[UpsellRead]]:
    async def decide(
        upsell_id: UUID, body: DecisionBody, expected: IfMatch, desk: CurrentDesk, response: Response
    ) -> UpsellRead:
        return read_upsell_of(desk, await upsells.decide_upsell(desk, upsell_id, expected, decision, body), response)

    return decide


_VERBS: dict[Literal["approve", "decline", "defer"], Authorisation] = {
    "approve": Authorisation.APPROVED,
    "decline": Authorisation.DECLINED,
    "defer": Authorisation.DEFERRED,
}
for _verb, _decision in _VERBS.items():
    router.add_api_route(
        f"/v1/upsells/{{upsell_id}}/{_verb}",
        _decider(_decision),
        methods=["POST"],
        name=f"{_verb}_upsell",
        summary=f"Enter that the customer has {_decision} it, how, and who said so",
        dependencies=[allow(*DESK)],
    )


@router.get("/v1/upsell-figures", dependencies=[allow(*READERS)])
async def read_upsell_figures(
    desk: CurrentDesk, begin: Annotated[date | None, Query(alias="from")] = None, to: date | None = None
) -> UpsellFigures:
    rows = await repository.figures_by_advisor(desk.session, desk.store_id, begin, to)
    advisors = [document(AdvisorFigures, row) for row in rows]
    return UpsellFigures(from_=begin, to=to, currency=desk.store.currency, advisors=advisors)
