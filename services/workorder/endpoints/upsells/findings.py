"""Findings, related work and its rules over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, QueryText
from services.workorder.domain.upsells.finding import Priority
from services.workorder.domain.upsells.related_work import RelatedState
from services.workorder.domain.upsells.upsell import UpsellSource
from services.workorder.endpoints.desk import CurrentDesk, document, page
from services.workorder.endpoints.roles import DESK, FLOOR, PLANNERS, READERS
from services.workorder.models import Finding, RelatedWork, RelatedWorkRule
from services.workorder.repository.upsells import findings as repository
from services.workorder.repository.upsells.findings import FindingFilter, RelatedWorkFilter
from services.workorder.schemas.upsells.findings import (
    AssessBody,
    FindingCreate,
    FindingRead,
    FindingUpdate,
    RelatedWorkRead,
    RelatedWorkRuleCreate,
    RelatedWorkRuleRead,
    RelatedWorkRuleUpdate,
    WaiveBody,
)
from services.workorder.service.upsells import findings, related_work

router = Router(tags=["findings"])


def _read(finding: Finding, response: Response | None = None) -> FindingRead:
    return document(
        FindingRead,
        finding,
        response,
        order_number=finding.order.number,
        source=finding.finding_source,
        item_code=finding.item and finding.item.code,
        item_result=finding.item and finding.item.result,
        part_shown=finding.part_shown_at is not None,
        related_work=[_related(work) for work in finding.related_work],
    )


def _related(work: RelatedWork, response: Response | None = None) -> RelatedWorkRead:
    return document(RelatedWorkRead, work, response)


def _filter(
    order: Annotated[QueryText | None, Query(description="the order's number")] = None,
    finder: QueryText | None = None,
    source: UpsellSource | None = None,
    priority: Priority | None = None,
) -> FindingFilter:
    return FindingFilter(order, finder, source, priority)


@router.post("/v1/repair-orders/{order_id}/findings", status_code=201, dependencies=[allow(*FLOOR)])
async def record_finding(order_id: UUID, body: FindingCreate, desk: CurrentDesk, response: Response) -> FindingRead:
    return _read(await findings.record_finding(desk, order_id, body), response)


@router.get("/v1/findings", dependencies=[allow(*READERS)])
async def list_findings(
    desk: CurrentDesk, wish: PageOf, wanted: Annotated[FindingFilter, Depends(_filter)]
) -> Page[FindingRead]:
    """The newest first."""
    return await page(desk, wish, repository.findings(desk.store_id, wanted), [Finding.id], _read)


@router.get("/v1/findings/{finding_id}", dependencies=[allow(*READERS)])
async def read_finding(finding_id: UUID, desk: CurrentDesk, response: Response) -> FindingRead:
    return _read(await repository.finding_by_id(desk.session, desk.store_id, finding_id), response)


@router.patch("/v1/findings/{finding_id}", dependencies=[allow(*FLOOR)])
async def change_finding(
    finding_id: UUID, body: FindingUpdate, expected: IfMatch, desk: CurrentDesk, response: Response
) -> FindingRead:
    return _read(await findings.change_finding(desk, finding_id, expected, body), response)


def _related_filter(
    order: Annotated[QueryText | None, Query(description="the order's number")] = None,
    finding: UUID | None = None,
    state: RelatedState | None = None,
) -> RelatedWorkFilter:
    return RelatedWorkFilter(order, finding, state)


@router.get("/v1/related-work", dependencies=[allow(*READERS)])
async def list_related_work(
    desk: CurrentDesk, wish: PageOf, wanted: Annotated[RelatedWorkFilter, Depends(_related_filter)]
) -> Page[RelatedWorkRead]:
    """The newest first. What is open holds up the quote of its finding."""
    return await page(desk, wish, repository.related_work(desk.store_id, wanted), [RelatedWork.id], _related)


@router.get("/v1/related-work/{related_id}", dependencies=[allow(*READERS)])
async def read_related_work(related_id: UUID, desk: CurrentDesk, response: Response) -> RelatedWorkRead:
    return _related(await repository.related_work_by_id(desk.session, desk.store_id, related_id), response)


@router.post("/v1/related-work/{related_id}/assess", dependencies=[allow(*FLOOR)])
async def assess_related_work(
    related_id: UUID, body: AssessBody, expected: IfMatch, desk: CurrentDesk, response: Response
) -> RelatedWorkRead:
    """Somebody has looked: it is needed, or it is not."""
    work = await related_work.assess(desk, related_id, expected, needed=body.needed, note=body.note)
    return _related(work, response)


@router.post("/v1/related-work/{related_id}/waive", dependencies=[allow(*DESK)])
async def waive_related_work(
    related_id: UUID, body: WaiveBody, expected: IfMatch, desk: CurrentDesk, response: Response
) -> RelatedWorkRead:
    """The desk answers for it that nobody looks, and says why."""
    return _related(await related_work.waive(desk, related_id, expected, body.reason), response)


def _rule(rule: RelatedWorkRule, response: Response | None = None) -> RelatedWorkRuleRead:
    return document(RelatedWorkRuleRead, rule, response)


@router.post("/v1/related-work-rules", status_code=201, dependencies=[allow(*PLANNERS)])
async def create_related_work_rule(
    body: RelatedWorkRuleCreate, desk: CurrentDesk, response: Response
) -> RelatedWorkRuleRead:
    """It holds for what is proposed from now on."""
    return _rule(await related_work.create_rule(desk, body), response)


@router.get("/v1/related-work-rules", dependencies=[allow(*READERS)])
async def list_related_work_rules(
    desk: CurrentDesk, wish: PageOf, operation: QueryText | None = None
) -> Page[RelatedWorkRuleRead]:
    query = repository.rules(desk.store_id, operation)
    return await page(desk, wish, query, [RelatedWorkRule.id], _rule)


@router.get("/v1/related-work-rules/{rule_id}", dependencies=[allow(*READERS)])
async def read_related_work_rule(rule_id: UUID, desk: CurrentDesk, response: Response) -> RelatedWorkRuleRead:
    return _rule(await repository.rule_by_id(desk.session, desk.store_id, rule_id), response)


@router.patch("/v1/related-work-rules/{rule_id}", dependencies=[allow(*PLANNERS)])
async def change_related_work_rule(
    rule_id: UUID, body: RelatedWorkRuleUpdate, expected: IfMatch, desk: CurrentDesk, response: Response
) -> RelatedWorkRuleRead:
    """What is listed for a finding already stays as it is."""
    return _rule(await related_work.change_rule(desk, rule_id, expected, body), response)
