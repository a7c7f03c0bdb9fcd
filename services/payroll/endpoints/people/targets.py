"""Targets with their signatures, and review scores."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from sqlalchemy import select

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, QueryText, paginate, set_etag
from services.payroll.endpoints.access import ANYONE, PAY_ROLES, STAFF, CurrentCall, pay_seen_by
from services.payroll.endpoints.lists import narrowed, page
from services.payroll.models import ReviewScore, Target
from services.payroll.schemas.people.people import (
    MonthText,
    ReviewScoreCreate,
    ReviewScoreRead,
    ReviewScoreUpdate,
    TargetCreate,
    TargetRead,
    TargetScope,
    TargetSigned,
    TargetUpdate,
)
from services.payroll.service.call import Call
from services.payroll.service.people import people, targets

router = Router(tags=["targets"])
_SCORERS = ("desk_supervisor", *PAY_ROLES)


@router.get("/v1/targets", operation_id="list_targets", dependencies=[allow(*STAFF)])
async def list_targets(
    call: CurrentCall,
    wish: PageOf,
    month: Annotated[MonthText | None, Query()] = None,
    scope: Annotated[TargetScope | None, Query()] = None,
    subject: QueryText | None = None,
) -> Page[TargetRead]:
    """Targets bind openly: everyone in the store sees them."""
    query = narrowed(select(Target), {Target.month: month, Target.scope: scope, Target.subject: subject})
    rows, following = await paginate(call.session, query, [Target.id.expression], wish)
    return Page(items=await _targets_read(call, rows), limit=wish.limit, next=following)


async def _targets_read(call: Call, rows: Sequence[Target]) -> list[TargetRead]:
    former = await targets.signed_before(call.session, rows)
    return [_told(row, row if targets.is_signed(row) else former.get(row.id)) for row in rows]


def _told(target: Target, in_force: object) -> TargetRead:
    signed = None if in_force is None else TargetSigned.model_validate(in_force)
    own = {name: getattr(target, name) for name in TargetRead.model_fields if name != "in_force"}
    return TargetRead(**own, in_force=signed)


@router.post("/v1/targets", operation_id="create_target", status_code=201, dependencies=[allow(*PAY_ROLES)])
async def create_target(body: TargetCreate, call: CurrentCall, response: Response) -> TargetRead:
    """Set for a month, for a team or an employee; it counts once whom it binds has signed."""
    target = await targets.create_target(call.session, call.store, body.model_dump())
    response.headers["Location"] = f"/v1/targets/{target.id}"
    return await _target_read(call, target, response)


@router.patch("/v1/targets/{target}", operation_id="update_target", dependencies=[allow(*PAY_ROLES)])
async def update_target(
    target: UUID, body: TargetUpdate, expected: IfMatch, call: CurrentCall, response: Response
) -> TargetRead:
    """What was signed counts until the change is signed too."""
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    changed = await targets.change_target(call.session, call.store, target, changes, expected)
    return await _target_read(call, changed, response)


@router.post("/v1/targets/{target}/sign", operation_id="sign_target", dependencies=[allow(*STAFF)])
async def sign_target(target: UUID, expected: IfMatch, call: CurrentCall, response: Response) -> TargetRead:
    """By the person whom it binds: a team's target by one of its members, a person's own by himself."""
    signing = (call.principal, call.today)
    signed = await targets.sign_target(call.session, call.store, target, signing, expected)
    return await _target_read(call, signed, response)


async def _target_read(call: Call, target: Target, response: Response) -> TargetRead:
    set_etag(response, target.version)
    (told,) = await _targets_read(call, [target])
    return told


@router.get("/v1/review-scores", operation_id="list_review_scores", dependencies=[allow(ANYONE)])
async def list_review_scores(
    call: CurrentCall, wish: PageOf, month: Annotated[MonthText | None, Query()] = None
) -> Page[ReviewScoreRead]:
    """Everyone sees his own, those who set them see all."""
    query = select(ReviewScore)
    if call.principal.roles.isdisjoint(_SCORERS):
        query = query.where(ReviewScore.employee == pay_seen_by(call.principal))
    query = narrowed(query, {ReviewScore.month: month})
    return await page(call, wish, query, [ReviewScore.id], ReviewScoreRead.model_validate)


@router.post("/v1/review-scores", operation_id="create_review_score", status_code=201, dependencies=[allow(*_SCORERS)])
async def create_review_score(body: ReviewScoreCreate, call: CurrentCall, response: Response) -> ReviewScoreRead:
    score = await people.create_review_score(call.session, call.store, body.model_dump(), call.principal.subject)
    set_etag(response, score.version)
    return ReviewScoreRead.model_validate(score)


@router.patch("/v1/review-scores/{score}", operation_id="update_review_score", dependencies=[allow(*_SCORERS)])
async def update_review_score(
    score: UUID, body: ReviewScoreUpdate, expected: IfMatch, call: CurrentCall, response: Response
) -> ReviewScoreRead:
    edit = (expected, call.principal.subject)
    changed = await people.change_review_score(call.session, call.store, score, body.score, edit)
    set_etag(response, changed.version)
    return ReviewScoreRead.model_validate(changed)
