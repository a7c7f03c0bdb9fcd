"""Rules of targeted inspection by hand: made, changed with their former versions kept, ended by a date."""

from typing import Any
from uuid import UUID

from chassis.errors import Invalid, field_error
from chassis.representation import check_version
from services.workorder.domain.source import OWN_SOURCE
from services.workorder.models import CheckRule
from services.workorder.repository.history import keep_former
from services.workorder.repository.inspections import checks
from services.workorder.schemas.inspections.checks import CheckRuleCreate, CheckRuleUpdate
from services.workorder.service.desk import Desk


async def create_rule(desk: Desk, body: CheckRuleCreate, evidence: dict[str, Any] | None = None) -> CheckRule:
    """`evidence`: what it was accepted on. It holds for cars that are received from now on."""
    told = body.model_dump(mode="json", include={"item", "why", "conditions"})
    rule = CheckRule(
        store_id=desk.store_id, source=OWN_SOURCE, **told, valid_from=body.valid_from or desk.today,
        valid_to=body.valid_to, evidence=evidence, made_by=desk.person,
    )  # fmt: skip
    _require_some_day(rule)
    desk.session.add(rule)
    await desk.session.flush()
    return await checks.rule_by_id(desk.session, desk.store_id, rule.id)


async def change_rule(desk: Desk, rule_id: UUID, expected: int, body: CheckRuleUpdate) -> CheckRule:
    rule = await checks.rule_by_id(desk.session, desk.store_id, rule_id, lock=True)
    check_version(rule.version, expected)
    await keep_former(desk.session, "check_rules", [rule.id])
    for name, value in body.model_dump(mode="json", include={"item", "why", "conditions"}, exclude_none=True).items():
        setattr(rule, name, value)
    rule.valid_from = body.valid_from or rule.valid_from
    if "valid_to" in body.model_fields_set:
        rule.valid_to = body.valid_to
    _require_some_day(rule)
    rule.version += 1
    rule.updated_at = desk.now
    await desk.session.flush()
    return rule


def _require_some_day(rule: CheckRule) -> None:
    if rule.valid_to is not None and rule.valid_to < rule.valid_from:
        detail = f"a rule that holds from {rule.valid_from} does not end on {rule.valid_to}"
        raise Invalid(detail, errors=[field_error("/valid_to", "ends-before-it-begins", detail)])
