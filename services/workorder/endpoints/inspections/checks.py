"""Rules of targeted inspection and the checks they put on orders, over HTTP."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, paginate
from services.workorder.domain.inspections.patterns import rate_of_counts
from services.workorder.endpoints.desk import CurrentDesk, document
from services.workorder.endpoints.period import CurrentPeriod
from services.workorder.endpoints.roles import DESK, PLANNERS, READERS
from services.workorder.models import CheckRule, OrderCheck
from services.workorder.repository.inspections import checks as repository
from services.workorder.repository.orders import orders
from services.workorder.schemas.inspections.checks import (
    CheckFacts,
    CheckRuleCreate,
    CheckRuleRead,
    CheckRuleUpdate,
    HitRateRead,
    OrderCheckRead,
    OrderChecksRead,
    PatternEvidence,
    RuleHitRate,
    WaiveCheckBody,
)
from services.workorder.service.desk import Desk
from services.workorder.service.inspections import check_rules, checks

router = Router(tags=["targeted inspection"])
Counts = tuple[int, int, int]
_NONE: Counts = (0, 0, 0)


def rounded(value: float) -> Decimal:
    return Decimal(f"{value:.4f}")


def _hit_rate(counts: Counts) -> HitRateRead:
    found = rate_of_counts(*counts)
    rate = None if found.rate is None else rounded(float(found.rate))
    return document(HitRateRead, found, rate=rate, low=rounded(found.low), high=rounded(found.high))


async def read_rule(desk: Desk, rule: CheckRule, response: Response | None = None) -> CheckRuleRead:
    counts = await repository.counts_of_rules(desk.session, desk.store_id, [rule.id])
    return _rule(rule, counts.get(rule.id, _NONE), response)


def _rule(rule: CheckRule, counts: Counts, response: Response | None = None) -> CheckRuleRead:
    evidence = rule.evidence and PatternEvidence.model_validate(rule.evidence)
    return document(CheckRuleRead, rule, response, evidence=evidence or None, hit_rate=_hit_rate(counts))


@router.post("/v1/check-rules", status_code=201, dependencies=[allow(*PLANNERS)])
async def create_check_rule(body: CheckRuleCreate, desk: CurrentDesk, response: Response) -> CheckRuleRead:
    """From now on cars that meet it get the check when they are received."""
    return await read_rule(desk, await check_rules.create_rule(desk, body), response)


@router.get("/v1/check-rules", dependencies=[allow(*READERS)])
async def list_check_rules(
    desk: CurrentDesk, wish: PageOf, in_force_on: Annotated[date | None, Query()] = None
) -> Page[CheckRuleRead]:
    """The newest first, each with its hit rate so far."""
    query = repository.rules(desk.store_id, in_force_on)
    found, following = await paginate(desk.session, query, [CheckRule.id], wish, descending=True)
    counts = await repository.counts_of_rules(desk.session, desk.store_id, [rule.id for rule in found])
    items = [_rule(rule, counts.get(rule.id, _NONE)) for rule in found]
    return Page(items=items, limit=wish.limit, next=following)


@router.get("/v1/check-rules/{rule_id}", dependencies=[allow(*READERS)])
async def read_check_rule(rule_id: UUID, desk: CurrentDesk, response: Response) -> CheckRuleRead:
    return await read_rule(desk, await repository.rule_by_id(desk.session, desk.store_id, rule_id), response)


@router.patch("/v1/check-rules/{rule_id}", dependencies=[allow(*PLANNERS)])
async def change_check_rule(
    rule_id: UUID, body: CheckRuleUpdate, expected: IfMatch, desk: CurrentDesk, response: Response
) -> CheckRuleRead:
    """It ends by its `valid_to`; what it has put on orders stays."""
    return await read_rule(desk, await check_rules.change_rule(desk, rule_id, expected, body), response)


@router.get("/v1/check-rules/{rule_id}/hit-rate", dependencies=[allow(*READERS)])
async def read_check_rule_hit_rate(rule_id: UUID, desk: CurrentDesk, period: CurrentPeriod) -> RuleHitRate:
    rule = await repository.rule_by_id(desk.session, desk.store_id, rule_id)
    counts = await repository.counts_of_rules(desk.session, desk.store_id, [rule.id], *period)
    rate = _hit_rate(counts.get(rule.id, _NONE))
    return RuleHitRate(rule_id=rule.id, from_=period.begin, to=period.end, hit_rate=rate)


def _check(check: OrderCheck, response: Response | None = None) -> OrderCheckRead:
    return document(
        OrderCheckRead,
        check,
        response,
        facts=CheckFacts.model_validate(check.facts),
        state=checks.state_of(check),
        result=check.answered and check.answered.result,
        inspection_id=check.answered and check.answered.inspection_id,
    )


@router.get("/v1/repair-orders/{order_id}/checks", dependencies=[allow(*READERS)])
async def list_order_checks(order_id: UUID, desk: CurrentDesk) -> OrderChecksRead:
    """What the rules ask to look at on this car. The order goes to its final check once none is open."""
    order = await orders.order_by_id(desk.session, desk.store_id, order_id)
    found = await repository.checks_of(desk.session, desk.store_id, order.id)
    return OrderChecksRead(order_id=order.id, items=[_check(check) for check in found])


@router.post("/v1/order-checks/{check_id}/waive", dependencies=[allow(*DESK, "workshop_manager")])
async def waive_order_check(
    check_id: UUID, body: WaiveCheckBody, expected: IfMatch, desk: CurrentDesk, response: Response
) -> OrderCheckRead:
    """Somebody answers for it that nobody looks, and says why."""
    return _check(await checks.waive_check(desk, check_id, expected, body.reason), response)
