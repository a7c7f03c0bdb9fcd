"""Risk reviews and the queue of what they raise over HTTP."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, QueryText
from services.workorder.domain.risk.risk import FlagKind
from services.workorder.domain.risk.risk_review import FlagState
from services.workorder.endpoints.desk import CurrentDesk, document, page
from services.workorder.endpoints.period import CurrentPeriod
from services.workorder.endpoints.roles import REVIEWERS
from services.workorder.models import RiskFlag, RiskReview
from services.workorder.repository.risk import risk_flags as repository
from services.workorder.repository.risk.risk_flags import RiskFlagFilter
from services.workorder.schemas.risk.risk_flags import (
    AssignBody,
    CloseBody,
    CommentBody,
    FormerRiskFlag,
    OrderBehind,
    RiskFlagComment,
    RiskFlagRead,
    RiskFlagWithEvidence,
    RiskReviewRead,
    UpsellBehind,
)
from services.workorder.service.desk import Desk
from services.workorder.service.risk import risk_flags, risk_reviews

router = Router(tags=["risk control"])
SEE_ALL = (*REVIEWERS, "auditor")
MEASURED = ("service_advisor", "technician")
"""They see what is about themselves, and may say something of it."""


def only_about(desk: Desk) -> str | None:
    """The one person whose flags the caller may see; None for who may see all."""
    return None if desk.principal.roles & set(SEE_ALL) else desk.person


def _review(review: RiskReview, response: Response | None = None) -> RiskReviewRead:
    return document(RiskReviewRead, review, response)


@router.post("/v1/risk-reviews/sweep", status_code=202, dependencies=[allow(*REVIEWERS)])
async def ask_for_risk_review(desk: CurrentDesk, response: Response) -> RiskReviewRead:
    """Look through the window again, as every night does; while a review is queued, that one is answered."""
    review = await risk_reviews.ask_for_review(desk)
    response.headers["Location"] = f"/v1/risk-reviews/{review.id}"
    return _review(review, response)


@router.get("/v1/risk-reviews", dependencies=[allow(*SEE_ALL)])
async def list_risk_reviews(desk: CurrentDesk, wish: PageOf) -> Page[RiskReviewRead]:
    """The newest first."""
    return await page(desk, wish, repository.reviews(desk.store_id), [RiskReview.id], _review)


@router.get("/v1/risk-reviews/{review_id}", dependencies=[allow(*SEE_ALL)])
async def read_risk_review(review_id: UUID, desk: CurrentDesk, response: Response) -> RiskReviewRead:
    return _review(await repository.review_by_id(desk.session, desk.store_id, review_id), response)


def _numbers(flag: RiskFlag) -> dict[str, Any]:
    return {
        "order_number": flag.order and flag.order.number,
        "upsell_number": flag.upsell and flag.upsell.number,
    }


def _read(flag: RiskFlag, response: Response | None = None) -> RiskFlagRead:
    return document(RiskFlagRead, flag, response, **_numbers(flag))


def _filter(
    period: CurrentPeriod,
    state: FlagState | None = None,
    kind: FlagKind | None = None,
    person: QueryText | None = None,
) -> RiskFlagFilter:
    return RiskFlagFilter(state, kind, person, period.begin, period.end)


@router.get("/v1/risk-flags", dependencies=[allow(*SEE_ALL, *MEASURED)])
async def list_risk_flags(
    desk: CurrentDesk, wish: PageOf, wanted: Annotated[RiskFlagFilter, Depends(_filter)]
) -> Page[RiskFlagRead]:
    """The newest first, by the day they were raised on; an advisor and a technician see those about themselves."""
    query = repository.flags(desk.store_id, wanted)
    if (person := only_about(desk)) is not None:
        query = query.where(repository.about(person))
    return await page(desk, wish, query, [RiskFlag.id], _read)


@router.get("/v1/risk-flags/{flag_id}", dependencies=[allow(*SEE_ALL, *MEASURED)])
async def read_risk_flag(flag_id: UUID, desk: CurrentDesk, response: Response) -> RiskFlagWithEvidence:
    """With the orders and upsells behind it, what has been said of it, and what it was before."""
    flag = await risk_flags.visible_flag(desk, flag_id, only_about(desk))
    return document(
        RiskFlagWithEvidence,
        flag,
        response,
        **_numbers(flag),
        currency=desk.store.currency,
        truncated=max(len(flag.order_ids), len(flag.upsell_ids)) > repository.BEHIND_AT_MOST,
        orders=[document(OrderBehind, each) for each in await repository.orders_behind(desk.session, flag)],
        upsells=[
            document(UpsellBehind, each, order_number=each.order.number)
            for each in await repository.upsells_behind(desk.session, flag)
        ],
        comments=[document(RiskFlagComment, each) for each in flag.comments],
        former=[_former(at, state) for at, state in await repository.former_versions(desk.session, flag)],
    )


def _former(superseded_at: datetime, state: dict[str, Any]) -> FormerRiskFlag:
    names = set(FormerRiskFlag.model_fields) - {"superseded_at", "measure"}
    measure = None if state["measure"] is None else str(state["measure"])
    return FormerRiskFlag(**{name: state[name] for name in names}, measure=measure, superseded_at=superseded_at)


@router.post("/v1/risk-flags/{flag_id}/assign", dependencies=[allow(*REVIEWERS)])
async def assign_risk_flag(
    flag_id: UUID, body: AssignBody, expected: IfMatch, desk: CurrentDesk, response: Response
) -> RiskFlagRead:
    """Somebody takes it on, whoever had it before; never a person whom it is about."""
    return _read(await risk_flags.assign(desk, flag_id, expected, body.assignee), response)


@router.post("/v1/risk-flags/{flag_id}/close", dependencies=[allow(*REVIEWERS)])
async def close_risk_flag(
    flag_id: UUID, body: CloseBody, expected: IfMatch, desk: CurrentDesk, response: Response
) -> RiskFlagRead:
    return _read(await risk_flags.close(desk, flag_id, expected, body.outcome, body.note), response)


@router.post("/v1/risk-flags/{flag_id}/comment", status_code=201, dependencies=[allow(*REVIEWERS, *MEASURED)])
async def comment_on_risk_flag(flag_id: UUID, body: CommentBody, desk: CurrentDesk) -> RiskFlagComment:
    """Whom it is about may answer to it, and so may who reviews it."""
    return document(RiskFlagComment, await risk_flags.comment(desk, flag_id, body.text, only_about(desk)))
