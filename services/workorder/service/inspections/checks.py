"""Checks of orders: put on them by the rules that their cars meet, asked in inspections, waived with a reason."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.representation import check_version
from services.workorder.domain.inspections import check_rule
from services.workorder.domain.inspections.check_rule import (
    Arrival,
    CheckState,
    Conditions,
    OpenCheck,
    age_months,
    check_state,
    in_force,
    matches,
)
from services.workorder.domain.inspections.inspection import Result
from services.workorder.domain.orders.order import OrderKind
from services.workorder.domain.orders.vin import model_year
from services.workorder.models import CheckRule, OrderCheck
from services.workorder.repository.inspections import checks
from services.workorder.repository.orders import orders
from services.workorder.schemas.inspections.checks import ConditionsBody
from services.workorder.schemas.inspections.inspections import TemplateItem
from services.workorder.service.desk import Desk
from services.workorder.service.orders.timeline import note


async def put_checks(
    session: AsyncSession, store_id: UUID, orders: Sequence[UUID], received_on: date | None = None
) -> None:
    """Once for each rule and order, so that it may be called whenever something has become known.

    Cars were received on the day their order was opened, unless told otherwise.
    """
    await _put(session, store_id, orders, (), received_on)


async def put_checks_on_vehicles(session: AsyncSession, store_id: UUID, vins: Sequence[str]) -> None:
    """On the orders of these vehicles that are in the shop: what rules ask for may be known only now."""
    await _put(session, store_id, (), vins, None)


async def _put(
    session: AsyncSession, store_id: UUID, orders: Sequence[UUID], vins: Sequence[str], received_on: date | None
) -> None:
    if not (orders or vins):
        return
    rules = [(rule, _conditions(rule)) for rule in await checks.all_rules(session, store_id)]
    if not rules:
        return
    found = []
    for row in await checks.lock_arrivals(session, store_id, orders, vins):
        day = received_on or row.opened_on
        found += _met(rules, row.id, _arrival(row, day), day)
    if found and (touched := await checks.add_checks(session, store_id, found)):
        await checks.renew_open_inspections(session, store_id, touched)
        await checks.ask_checks(session, store_id, touched)


def _conditions(rule: CheckRule) -> Conditions:
    return ConditionsBody.model_validate(rule.conditions).conditions()


def _arrival(row: Any, day: date) -> Arrival:  # noqa: ANN401 - a Row
    return Arrival(
        OrderKind(row.kind), row.model, model_year(row.vin, day), age_months(row.purchase_date, day),
        odometer_km=row.odometer_km, plate=row.plate,
    )  # fmt: skip


def _met(
    rules: Sequence[tuple[CheckRule, Conditions]], order_id: UUID, car: Arrival, day: date
) -> list[dict[str, Any]]:
    facts = {**asdict(car), "day": day}
    return [
        {
            "order_id": order_id, "rule_id": rule.id, "rule_version": rule.version, "item": rule.item,
            "why": rule.why, "facts": facts,
        }
        for rule, wanted in rules
        if in_force(rule.valid_from, rule.valid_to, day) and matches(wanted, car)
    ]  # fmt: skip


def state_of(check: OrderCheck) -> CheckState:
    result = check.answered and check.answered.result
    return check_state(Result(result) if result else None, waived=check.waived_at is not None)


async def open_checks(session: AsyncSession, store_id: UUID, order_id: UUID) -> list[OpenCheck]:
    found = await checks.open_checks_of(session, store_id, order_id)
    asked = [(check, TemplateItem.model_validate(check.item)) for check in found]
    return [OpenCheck(str(check.id), item.code, f"{item.name.zh} {item.name.en}") for check, item in asked]


async def require_checks_settled(session: AsyncSession, store_id: UUID, order_id: UUID) -> None:
    check_rule.require_none_open(await open_checks(session, store_id, order_id))


async def waive_check(desk: Desk, check_id: UUID, expected: int, reason: str) -> OrderCheck:
    """What an inspection asks already is still answered there, if only as not applicable."""
    found = await checks.check_by_id(desk.session, desk.store_id, check_id)
    await orders.lock_order(desk.session, desk.store_id, found.order_id)
    check = await checks.check_by_id(desk.session, desk.store_id, check_id, lock=True)
    check_version(check.version, expected)
    check_rule.require_open(state_of(check))
    check.waived_reason, check.waived_by, check.waived_at = reason, desk.person, desk.now
    check.version += 1
    check.updated_at = desk.now
    await desk.session.flush()
    await note(desk, check.order_id, "check.waived", code=check.item["code"], reason=reason)
    return check
