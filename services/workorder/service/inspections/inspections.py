"""Inspections of orders by hand: begin, answer, complete; and what is owed before their findings are quoted."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.representation import check_version
from services.workorder.domain.inspections.inspection import (
    InspectionCompleted,
    InspectionOpen,
    Item,
    Result,
    judge_all,
    require_car_here,
    require_complete,
)
from services.workorder.domain.orders.order import OrderKind
from services.workorder.domain.source import OWN_SOURCE
from services.workorder.domain.upsells.related_work import OpenWork, require_settled
from services.workorder.models import Inspection
from services.workorder.repository.inspections import checks, inspections
from services.workorder.repository.orders import orders
from services.workorder.repository.upsells import findings
from services.workorder.schemas.inspections.inspections import AnswersBody, InspectionCreate, TemplateItem
from services.workorder.service.desk import Desk, given
from services.workorder.service.files.files import named_photos, require_photos
from services.workorder.service.inspections.inspection_templates import template_for
from services.workorder.service.orders.progress import progress_of
from services.workorder.service.orders.timeline import note


def asked_of(inspection: Inspection) -> dict[str, TemplateItem]:
    """What its template asks, and what checks of its order ask besides."""
    checks = [row.checks[0].item for row in inspection.items if row.checks]
    parsed = [TemplateItem.model_validate(item) for item in (*checks, *inspection.template.items)]
    return {item.code: item for item in parsed}


def items_of(inspection: Inspection) -> dict[str, Item]:
    return {code: asked.item() for code, asked in asked_of(inspection).items()}


async def begin_inspection(desk: Desk, order_id: UUID, body: InspectionCreate) -> Inspection:
    """The order is locked: of two that begin at once the second is told of the first."""
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    require_car_here(progress_of(order))
    running = await inspections.open_inspection_of(desk.session, desk.store_id, order.id)
    if running is not None:
        raise InspectionOpen("Complete it first", inspection_id=str(running))
    template = await template_for(desk, OrderKind(order.kind))
    inspection = Inspection(
        store_id=desk.store_id, source=OWN_SOURCE, order_id=order.id, template_id=template.id,
        technician=body.technician or desk.person,
    )  # fmt: skip
    desk.session.add(inspection)
    await desk.session.flush()
    await inspections.add_items(desk.session, inspection, [item["code"] for item in template.items])
    await checks.ask_checks(desk.session, desk.store_id, [order.id])
    await note(desk, order.id, "inspection.begun", id=inspection.id, technician=inspection.technician)
    return await inspections.inspection_by_id(desk.session, desk.store_id, inspection.id)


async def answer_items(desk: Desk, inspection_id: UUID, expected: int, body: AnswersBody) -> Inspection:
    """All answers of the body or none; each replaces what its item was answered before."""
    inspection = await _lock_open(desk, inspection_id, expected)
    await require_photos(desk, inspection.order_id, named_photos(body.items, "/items"))
    rows = {row.code: row for row in inspection.items}
    found = set(await inspections.items_with_findings(desk.session, inspection))
    results = judge_all(
        items_of(inspection),
        [(told.code, told.answer()) for told in body.items],
        {code for code, row in rows.items() if row.id in found},
    )
    by = {"answered_by": desk.person, "answered_at": desk.now}
    answers = [
        {"id": rows[told.code].id, **given(told, "code", "result"), "result": results[told.code], **by}
        for told in body.items
    ]
    await inspections.save_answers(desk.session, answers)
    return await _changed(desk, inspection)


async def complete_inspection(desk: Desk, inspection_id: UUID, expected: int) -> Inspection:
    inspection = await _lock_open(desk, inspection_id, expected)
    results = {row.code: Result(row.result) if row.result else None for row in inspection.items}
    require_complete(list(items_of(inspection).values()), results)
    inspection.completed_at, inspection.completed_by = desk.now, desk.person
    await note(desk, inspection.order_id, "inspection.completed", id=inspection.id)
    return await _changed(desk, inspection)


async def _lock_open(desk: Desk, inspection_id: UUID, expected: int) -> Inspection:
    """Its order is locked before it, as everywhere."""
    found = await inspections.inspection_by_id(desk.session, desk.store_id, inspection_id)
    await orders.lock_order(desk.session, desk.store_id, found.order_id)
    inspection = await inspections.inspection_by_id(desk.session, desk.store_id, inspection_id, lock=True)
    check_version(inspection.version, expected)
    if inspection.completed_at is not None:
        raise InspectionCompleted(f"{inspection.completed_by} completed it at {inspection.completed_at.isoformat()}")
    require_car_here(progress_of(inspection.order))
    return inspection


async def _changed(desk: Desk, inspection: Inspection) -> Inspection:
    inspection.version += 1
    inspection.updated_at = desk.now
    await desk.session.flush()
    return await inspections.inspection_by_id(desk.session, desk.store_id, inspection.id)


async def require_related_settled(session: AsyncSession, store_id: UUID, finding_ids: Sequence[UUID]) -> None:
    """Raises RelatedWorkOpen, naming it, while related work of these findings is neither assessed nor waived."""
    if finding_ids:
        found = await findings.open_related_work(session, store_id, finding_ids)
        require_settled(OpenWork(str(w.id), str(w.finding_id), w.code, w.name, w.because_of) for w in found)
