"""Related work by hand: what a proposal calls for, its assessment or waiver, and the rules."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from chassis.errors import Conflict, Invalid, field_error
from chassis.representation import check_version
from services.workorder.domain.source import OWN_SOURCE
from services.workorder.domain.upsells.related_work import CalledFor, RelatedState, called_for, settle_related
from services.workorder.models import Finding, RelatedWork, RelatedWorkRule
from services.workorder.repository.history import keep_former
from services.workorder.repository.orders import orders
from services.workorder.repository.upsells import findings
from services.workorder.schemas.upsells.findings import (
    RelatedOperationBody,
    RelatedWorkRuleCreate,
    RelatedWorkRuleUpdate,
)
from services.workorder.service.desk import Desk
from services.workorder.service.orders import timeline


async def call_for_related(desk: Desk, finding: Finding | None) -> None:
    """After a proposal: list what belongs with it, and take what was listed and is proposed now as assessed.

    The order is locked, so nobody else proposes for the finding.
    """
    if finding is None:
        return
    proposed = await findings.proposed_codes(desk.session, finding)
    listed = await findings.lock_related_work_of(desk.session, desk.store_id, finding.id)
    found = await findings.rules_of(desk.session, desk.store_id, proposed)
    rules = {
        rule.operation_code: [RelatedOperationBody.model_validate(each).operation() for each in rule.related]
        for rule in found
    }
    answered = [work for work in listed if work.state == RelatedState.OPEN and work.code in proposed]
    await keep_former(desk.session, "related_work", [work.id for work in answered])
    for work in answered:
        _decide(desk, work, RelatedState.ASSESSED, needed=True, note=None)
    called = called_for(rules, proposed, [work.code for work in listed])
    await findings.add_related_work(desk.session, [_listed(desk, finding, each) for each in called])
    await desk.session.flush()


def _listed(desk: Desk, finding: Finding, called: CalledFor) -> dict[str, Any]:
    """A row of related work. What is proposed itself needs no further assessment."""
    done = called.proposed
    return {
        "store_id": desk.store_id,
        "source": OWN_SOURCE,
        "finding_id": finding.id,
        "because_of": called.because_of,
        **vars(called.operation),
        "state": RelatedState.ASSESSED if done else RelatedState.OPEN,
        "needed": True if done else None,
        "decided_by": desk.person if done else None,
        "decided_at": desk.now if done else None,
    }


async def assess(desk: Desk, related_id: UUID, expected: int, *, needed: bool, note: str | None) -> RelatedWork:
    return await _settle(desk, related_id, expected, RelatedState.ASSESSED, needed=needed, note=note)


async def waive(desk: Desk, related_id: UUID, expected: int, reason: str) -> RelatedWork:
    return await _settle(desk, related_id, expected, RelatedState.WAIVED, needed=None, note=reason)


async def _settle(
    desk: Desk, related_id: UUID, expected: int, state: RelatedState, *, needed: bool | None, note: str | None
) -> RelatedWork:
    found = await findings.related_work_by_id(desk.session, desk.store_id, related_id)
    order_id = await findings.order_of_finding(desk.session, desk.store_id, found.finding_id)
    await orders.lock_order(desk.session, desk.store_id, order_id)
    work = await findings.related_work_by_id(desk.session, desk.store_id, related_id, lock=True)
    check_version(work.version, expected)
    settle_related(RelatedState(work.state), state)
    await keep_former(desk.session, "related_work", [work.id])
    _decide(desk, work, state, needed=needed, note=note)
    await desk.session.flush()
    await timeline.note(desk, order_id, "related_work.settled", code=work.code, state=state, needed=needed)
    return work


def _decide(desk: Desk, work: RelatedWork, state: RelatedState, *, needed: bool | None, note: str | None) -> None:
    work.state, work.needed, work.decision_note = state, needed, note
    work.decided_by, work.decided_at = desk.person, desk.now
    work.version += 1
    work.updated_at = desk.now


async def create_rule(desk: Desk, body: RelatedWorkRuleCreate) -> RelatedWorkRule:
    rule = RelatedWorkRule(
        store_id=desk.store_id, source=OWN_SOURCE, operation_code=body.operation_code, related=_related(body)
    )
    desk.session.add(rule)
    try:
        await desk.session.flush()
    except IntegrityError as error:
        raise Conflict(f"{body.operation_code} has a rule already", slug="code-taken") from error
    return await findings.rule_by_id(desk.session, desk.store_id, rule.id)


async def change_rule(desk: Desk, rule_id: UUID, expected: int, body: RelatedWorkRuleUpdate) -> RelatedWorkRule:
    rule = await findings.rule_by_id(desk.session, desk.store_id, rule_id, lock=True)
    check_version(rule.version, expected)
    if rule.operation_code in {operation.code for operation in body.related}:
        detail = "an operation is not related to itself"
        raise Invalid(detail, errors=[field_error("/related", "related-to-itself", detail)])
    await keep_former(desk.session, "related_work_rules", [rule.id])
    rule.related = list(_related(body))
    rule.version += 1
    rule.updated_at = desk.now
    await desk.session.flush()
    return rule


def _related(body: RelatedWorkRuleUpdate) -> Sequence[dict[str, object]]:
    return [operation.model_dump(mode="json") for operation in body.related]
