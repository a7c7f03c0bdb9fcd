"""Findings by hand: record what was seen, and what more is known of it later."""

from uuid import UUID

from chassis.errors import Invalid, field_error
from chassis.representation import check_version
from services.workorder.domain.inspections.inspection import Result, require_car_here
from services.workorder.domain.source import OWN_SOURCE
from services.workorder.domain.upsells.finding import Origin, require_faulty, shown_at
from services.workorder.domain.upsells.upsell import Stage, UpsellSource
from services.workorder.models import Finding, InspectionItem, RepairOrder
from services.workorder.repository.history import keep_former
from services.workorder.repository.inspections import inspections
from services.workorder.repository.orders import orders
from services.workorder.repository.upsells import findings
from services.workorder.schemas.upsells.findings import FindingCreate, FindingUpdate
from services.workorder.service.desk import Desk
from services.workorder.service.files.files import named_once, require_photos
from services.workorder.service.inspections.inspections import items_of
from services.workorder.service.orders.progress import progress_of
from services.workorder.service.orders.timeline import note


async def record_finding(desk: Desk, order_id: UUID, body: FindingCreate) -> Finding:
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    require_car_here(progress_of(order))
    await require_photos(desk, order.id, named_once(body.photos))
    item = await _faulty_item(desk, order, body.inspection_item_id) if body.inspection_item_id else None
    finding = Finding(
        store_id=desk.store_id,
        source=OWN_SOURCE,
        order_id=order.id,
        inspection_item_id=body.inspection_item_id,
        finding_source=body.source or _source_of(item),
        fault_kind=body.fault_kind,
        stage=body.stage,
        finder=body.finder or (item and item.answered_by) or desk.person,
        description=body.description,
        evidence=body.evidence or (item and item.evidence),
        photos=body.photos if body.photos is not None else (item.photos if item else []),
        priority=body.priority,
        part_shown_at=shown_at(shown=bool(body.part_shown), at=body.part_shown_at, now=desk.now),
    )
    desk.session.add(finding)
    await desk.session.flush()
    await note(desk, order.id, "finding.recorded", id=finding.id, priority=finding.priority, text=finding.description)
    return await findings.finding_by_id(desk.session, desk.store_id, finding.id)


def _source_of(item: InspectionItem | None) -> UpsellSource:
    """What a check asked for was looked for."""
    return UpsellSource.TARGETED if item is not None and item.checks else UpsellSource.INCIDENTAL


async def _faulty_item(desk: Desk, order: RepairOrder, item_id: UUID) -> InspectionItem:
    """The item with its answer held as it is, so that no finding hangs on what becomes green meanwhile."""
    inspection = await inspections.lock_inspection_of_item(desk.session, desk.store_id, item_id)
    if inspection is None or inspection.order_id != order.id:
        detail = f"no inspection of order {order.number} has this item"
        raise Invalid(detail, errors=[field_error("/inspection_item_id", "item-unknown", detail)])
    item = next(each for each in inspection.items if each.id == item_id)
    asked = items_of(inspection)[item.code]
    require_faulty(item.code, asked.name, Result(item.result) if item.result else None)
    return item


async def change_finding(desk: Desk, finding_id: UUID, expected: int, body: FindingUpdate) -> Finding:
    found = await findings.finding_by_id(desk.session, desk.store_id, finding_id)
    await orders.lock_order(desk.session, desk.store_id, found.order_id)
    finding = await findings.finding_by_id(desk.session, desk.store_id, finding_id, lock=True)
    check_version(finding.version, expected)
    await require_photos(desk, finding.order_id, named_once(body.photos))
    await keep_former(desk.session, "findings", [finding.id])
    for name in ("fault_kind", "description", "evidence", "photos", "priority"):
        if (value := getattr(body, name)) is not None:
            setattr(finding, name, value)
    if body.part_shown is not None:
        finding.part_shown_at = shown_at(shown=body.part_shown, at=body.part_shown_at, now=desk.now)
    finding.version += 1
    finding.updated_at = desk.now
    await desk.session.flush()
    await note(desk, finding.order_id, "finding.changed", id=finding.id)
    return finding


async def finding_behind(desk: Desk, order: RepairOrder, finding_id: UUID | None) -> Finding | None:
    """The finding that an upsell of this order names; 422 when the order has none such."""
    if finding_id is None:
        return None
    finding = await findings.finding_if_any(desk.session, desk.store_id, finding_id)
    if finding is None or finding.order_id != order.id:
        detail = f"order {order.number} has no such finding"
        raise Invalid(detail, errors=[field_error("/finding_id", "finding-unknown", detail)])
    return finding


def origin_told_by(finding: Finding | None) -> Origin | None:
    if finding is None:
        return None
    return Origin(UpsellSource(finding.finding_source), Stage(finding.stage), finding.finder)
