"""Adjustments inside a team's pool over HTTP: what its shares are, propose, decide."""

from uuid import UUID

from fastapi import Response

from chassis.auth import allow
from chassis.errors import Conflict, NotFound
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, paginate, set_etag
from services.payroll.domain.people.team_heads import PoolNotYours
from services.payroll.endpoints.access import MANAGERS, STAFF, CurrentCall, sees_all_pay, teams_seen_by
from services.payroll.models import Adjustment
from services.payroll.repository.months import adjustments as repository
from services.payroll.repository.months import months
from services.payroll.schemas.months.months import (
    AdjustedShareRead,
    AdjustmentCreate,
    AdjustmentDecision,
    AdjustmentRead,
    AdjustmentRefusal,
    PoolShareRead,
    PoolSharesRead,
)
from services.payroll.schemas.people.people import MonthText
from services.payroll.service.call import Call
from services.payroll.service.months import adjustments
from services.payroll.service.people.team_heads import teams_of

router = Router(tags=["months"])


@router.get("/v1/pay-months/{month}/pools", operation_id="read_pool_shares", dependencies=[allow(*STAFF)])
async def read_pool_shares(month: MonthText, call: CurrentCall, wish: PageOf) -> PoolSharesRead:
    """Of the run that the month is locked on, the pools of the caller's teams; the store's own are not adjusted."""
    teams = await teams_seen_by(call, month)
    found = await months.month_of(call.session, month)
    if found is None or found.run_id is None or found.state == "open":
        raise Conflict("The month is open", slug="month-not-locked")
    wish.over(found.run_id)
    query, keys = repository.pool_shares_listed(found.run_id, owners=teams)
    rows, following = await paginate(call.session, query, keys, wish)
    return PoolSharesRead(
        month=month, run_id=found.run_id, currency=call.store.currency,
        items=[PoolShareRead.model_validate(row) for row in rows], limit=wish.limit, next=following,
    )  # fmt: skip


@router.get("/v1/pay-months/{month}/adjustments", operation_id="list_adjustments", dependencies=[allow(*STAFF)])
async def list_adjustments(month: MonthText, call: CurrentCall, wish: PageOf) -> Page[AdjustmentRead]:
    """In pools of the caller's teams."""
    query = repository.adjustments(month, await teams_seen_by(call, month))
    rows, following = await paginate(call.session, query, [Adjustment.id.expression], wish)
    shares = await repository.shares_of(call.session, [row.id for row in rows])
    items = [_read(row, [AdjustedShareRead.model_validate(each) for each in shares[row.id]]) for row in rows]
    return Page(items=items, limit=wish.limit, next=following)


@router.post(
    "/v1/pay-months/{month}/adjustments", operation_id="create_adjustment", status_code=201,
    dependencies=[allow(*STAFF)],
)  # fmt: skip
async def create_adjustment(
    month: MonthText, body: AdjustmentCreate, call: CurrentCall, response: Response
) -> AdjustmentRead:
    """In a team of one's own, while the month is locked and nobody has approved it.

    The pool keeps its sum, nobody falls below zero.
    """
    teams = await teams_seen_by(call, month)
    if teams is not None and body.owner not in teams:
        raise PoolNotYours(f"{body.owner} 不是您负责的班组 / {body.owner} is no team of yours in {month}")
    changes = {share.employee: share.amount for share in body.shares}
    if len(changes) != len(body.shares):
        raise Conflict("An employee is named twice", slug="employee-repeated")
    made = await adjustments.propose(call, month, (body.pool, body.owner), changes, body.reason)
    return await _detail(call, made, response)


@router.get("/v1/adjustments/{adjustment}", operation_id="read_adjustment", dependencies=[allow(*STAFF)])
async def read_adjustment(adjustment: UUID, call: CurrentCall, response: Response) -> AdjustmentRead:
    """By who proposed it, and by those who may see the pool."""
    return await _detail(call, await _seen(call, adjustment), response)


@router.post("/v1/adjustments/{adjustment}/approve", operation_id="approve_adjustment", dependencies=[allow(*MANAGERS)])
async def approve_adjustment(
    adjustment: UUID, body: AdjustmentDecision, expected: IfMatch, call: CurrentCall, response: Response
) -> AdjustmentRead:
    return await _detail(call, await adjustments.decide(call, adjustment, expected, "approved", body.note), response)


@router.post("/v1/adjustments/{adjustment}/refuse", operation_id="refuse_adjustment", dependencies=[allow(*MANAGERS)])
async def refuse_adjustment(
    adjustment: UUID, body: AdjustmentRefusal, expected: IfMatch, call: CurrentCall, response: Response
) -> AdjustmentRead:
    return await _detail(call, await adjustments.decide(call, adjustment, expected, "refused", body.note), response)


@router.post("/v1/adjustments/{adjustment}/withdraw", operation_id="withdraw_adjustment", dependencies=[allow(*STAFF)])
async def withdraw_adjustment(
    adjustment: UUID, body: AdjustmentDecision, expected: IfMatch, call: CurrentCall, response: Response
) -> AdjustmentRead:
    """By who proposed it."""
    await _seen(call, adjustment)
    return await _detail(call, await adjustments.decide(call, adjustment, expected, "withdrawn", body.note), response)


async def _seen(call: Call, adjustment: UUID) -> Adjustment:
    found = await adjustments.read_adjustment(call, adjustment)
    if found.proposed_by == call.person or sees_all_pay(call.principal):
        return found
    if found.owner not in await teams_of(call, found.month):
        raise NotFound("There is no such adjustment")
    return found


async def _detail(call: Call, adjustment: Adjustment, response: Response) -> AdjustmentRead:
    set_etag(response, adjustment.version)
    shares = (await repository.shares_of(call.session, [adjustment.id]))[adjustment.id]
    return _read(adjustment, [AdjustedShareRead.model_validate(each) for each in shares])


def _read(adjustment: Adjustment, shares: list[AdjustedShareRead]) -> AdjustmentRead:
    names = ("id", "month", "run_id", "pool", "owner", "state", "reason", "proposed_by", "decided_by", "decided_at",
             "note", "version", "created_at")  # fmt: skip
    return AdjustmentRead(shares=shares, **{name: getattr(adjustment, name) for name in names})
