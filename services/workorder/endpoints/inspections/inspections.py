"""Inspection templates and inspections over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, QueryText
from services.workorder.domain.inspections.inspection import Result, worst
from services.workorder.domain.orders.order import OrderKind
from services.workorder.endpoints.desk import CurrentDesk, document, page
from services.workorder.endpoints.roles import FLOOR, PLANNERS, READERS
from services.workorder.inspection_templates import shipped
from services.workorder.models import Inspection, InspectionItem, InspectionTemplate
from services.workorder.repository.inspections import inspections as repository
from services.workorder.repository.inspections.inspections import InspectionFilter
from services.workorder.schemas.inspections.inspections import (
    AnswersBody,
    InspectionCreate,
    InspectionItemRead,
    InspectionRead,
    InspectionTemplateCreate,
    InspectionTemplateRead,
    InspectionTemplateUpdate,
    ShippedTemplates,
    TemplateItem,
)
from services.workorder.service.inspections import inspection_templates as templates
from services.workorder.service.inspections import inspections

router = Router(tags=["inspections"])


def _template(template: InspectionTemplate, response: Response | None = None) -> InspectionTemplateRead:
    return document(InspectionTemplateRead, template, response)


@router.post("/v1/inspection-templates", status_code=201, dependencies=[allow(*PLANNERS)])
async def create_inspection_template(
    body: InspectionTemplateCreate, desk: CurrentDesk, response: Response
) -> InspectionTemplateRead:
    return _template(await templates.create_template(desk, body), response)


@router.get("/v1/inspection-templates", dependencies=[allow(*READERS)])
async def list_inspection_templates(
    desk: CurrentDesk, wish: PageOf, kind: OrderKind | None = None, published: bool | None = None
) -> Page[InspectionTemplateRead]:
    """The newest first."""
    query = repository.templates(desk.store_id, kind, published=published)
    return await page(desk, wish, query, [InspectionTemplate.id], _template)


@router.get("/v1/inspection-templates/shipped", dependencies=[allow(*READERS)])
async def list_shipped_inspection_templates() -> ShippedTemplates:
    """What comes with the product, to begin a draft from; a store without a template of its own uses them."""
    return ShippedTemplates(items=[shipped(kind) for kind in OrderKind])


@router.get("/v1/inspection-templates/{template_id}", dependencies=[allow(*READERS)])
async def read_inspection_template(
    template_id: UUID, desk: CurrentDesk, response: Response
) -> InspectionTemplateRead:  # fmt: skip
    return _template(await repository.template_by_id(desk.session, desk.store_id, template_id), response)


@router.patch("/v1/inspection-templates/{template_id}", dependencies=[allow(*PLANNERS)])
async def change_inspection_template(
    template_id: UUID, body: InspectionTemplateUpdate, expected: IfMatch, desk: CurrentDesk, response: Response
) -> InspectionTemplateRead:
    """A draft only: inspections have been made from what is published."""
    return _template(await templates.change_template(desk, template_id, expected, body), response)


@router.post("/v1/inspection-templates/{template_id}/publish", dependencies=[allow(*PLANNERS)])
async def publish_inspection_template(
    template_id: UUID, expected: IfMatch, desk: CurrentDesk, response: Response
) -> InspectionTemplateRead:
    """From now on inspections of its kind of order begin from it."""
    return _template(await templates.publish_template(desk, template_id, expected), response)


def _read(inspection: Inspection, response: Response | None = None) -> InspectionRead:
    template = inspection.template
    asked = inspections.asked_of(inspection)
    results = [Result(row.result) if row.result else None for row in inspection.items]
    return document(
        InspectionRead,
        inspection,
        response,
        order_number=inspection.order.number,
        order_kind=template.order_kind,
        revision=template.revision,
        name=template.name,
        worst=worst(results),
        open=[row.code for row in inspection.items if row.result is None],
        items=[_item(row, asked[row.code]) for row in inspection.items],
    )


def _item(row: InspectionItem, asked: TemplateItem) -> InspectionItemRead:
    return document(
        InspectionItemRead,
        row,
        name=asked.name,
        group=asked.group,
        measure=asked.measure,
        photo_on_red=asked.photo_on_red,
        why=[check.why for check in row.checks],
    )


def _filter(
    order: Annotated[QueryText | None, Query(description="the order's number")] = None,
    technician: QueryText | None = None,
    completed: bool | None = None,
) -> InspectionFilter:
    return InspectionFilter(order, technician, completed)


@router.post("/v1/repair-orders/{order_id}/inspections", status_code=201, dependencies=[allow(*FLOOR)])
async def begin_inspection(
    order_id: UUID, body: InspectionCreate, desk: CurrentDesk, response: Response
) -> InspectionRead:  # fmt: skip
    """From the newest published template for the order's kind; an order has one open inspection at a time."""
    return _read(await inspections.begin_inspection(desk, order_id, body), response)


@router.get("/v1/inspections", dependencies=[allow(*READERS)])
async def list_inspections(
    desk: CurrentDesk, wish: PageOf, wanted: Annotated[InspectionFilter, Depends(_filter)]
) -> Page[InspectionRead]:
    """The newest first."""
    return await page(desk, wish, repository.inspections(desk.store_id, wanted), [Inspection.id], _read)


@router.get("/v1/inspections/{inspection_id}", dependencies=[allow(*READERS)])
async def read_inspection(inspection_id: UUID, desk: CurrentDesk, response: Response) -> InspectionRead:
    return _read(await repository.inspection_by_id(desk.session, desk.store_id, inspection_id), response)


@router.patch("/v1/inspections/{inspection_id}", dependencies=[allow(*FLOOR)])
async def answer_inspection(
    inspection_id: UUID, body: AnswersBody, expected: IfMatch, desk: CurrentDesk, response: Response
) -> InspectionRead:
    """Saves the items of the body, all or none; the others stay as they are."""
    return _read(await inspections.answer_items(desk, inspection_id, expected, body), response)


@router.post("/v1/inspections/{inspection_id}/complete", dependencies=[allow(*FLOOR)])
async def complete_inspection(
    inspection_id: UUID, expected: IfMatch, desk: CurrentDesk, response: Response
) -> InspectionRead:  # fmt: skip
    """Once every item has a result; it is not changed afterwards."""
    return _read(await inspections.complete_inspection(desk, inspection_id, expected), response)
