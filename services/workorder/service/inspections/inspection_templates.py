"""Inspection templates by hand: draft, change, publish; and the one an inspection begins from."""

from uuid import UUID

from chassis.representation import check_version
from services.workorder.domain.inspections.inspection import TemplatePublished
from services.workorder.domain.orders.order import OrderKind
from services.workorder.domain.source import OWN_SOURCE
from services.workorder.inspection_templates import shipped
from services.workorder.models import InspectionTemplate
from services.workorder.repository.inspections import inspections
from services.workorder.schemas.inspections.inspections import InspectionTemplateCreate, InspectionTemplateUpdate
from services.workorder.service.desk import Desk


async def create_template(desk: Desk, body: InspectionTemplateCreate) -> InspectionTemplate:
    template = _drafted(desk, body)
    await desk.session.flush()
    return await inspections.template_by_id(desk.session, desk.store_id, template.id)


def _drafted(desk: Desk, body: InspectionTemplateCreate) -> InspectionTemplate:
    template = InspectionTemplate(store_id=desk.store_id, source=OWN_SOURCE, **body.model_dump(mode="json"))
    desk.session.add(template)
    return template


async def change_template(
    desk: Desk, template_id: UUID, expected: int, body: InspectionTemplateUpdate
) -> InspectionTemplate:
    template = await _lock_draft(desk, template_id, expected)
    for name, value in body.model_dump(mode="json", exclude_none=True).items():
        setattr(template, name, value)
    template.version += 1
    template.updated_at = desk.now
    await desk.session.flush()
    return template


async def publish_template(desk: Desk, template_id: UUID, expected: int) -> InspectionTemplate:
    template = await _lock_draft(desk, template_id, expected)
    template.revision = await inspections.next_revision(desk.session, desk.store_id, template.order_kind)
    template.published_at, template.published_by = desk.now, desk.person
    template.version += 1
    template.updated_at = desk.now
    await desk.session.flush()
    return template


async def _lock_draft(desk: Desk, template_id: UUID, expected: int) -> InspectionTemplate:
    template = await inspections.template_by_id(desk.session, desk.store_id, template_id, lock=True)
    check_version(template.version, expected)
    if template.revision is not None:
        raise TemplatePublished(f"It is revision {template.revision}; draft a new one")
    return template


async def template_for(desk: Desk, kind: OrderKind) -> InspectionTemplate:
    """The newest published of the store; a store that has none yet takes over the one that comes with the product."""
    found = await inspections.newest_published(desk.session, desk.store_id, kind)
    if found is not None:
        return found
    revision = await inspections.next_revision(desk.session, desk.store_id, kind)
    if revision > 1:
        return await template_for(desk, kind)
    template = _drafted(desk, shipped(kind))
    template.revision, template.published_at, template.published_by = revision, desk.now, OWN_SOURCE
    await desk.session.flush()
    return template
