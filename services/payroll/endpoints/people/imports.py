"""Bulk import of what payroll owns: a report row by row."""

from dataclasses import replace

from chassis.auth import allow
from chassis.http import Router
from services.payroll.endpoints.access import IMPORT_ROLES, SIGNED_ROLES, CurrentCall
from services.payroll.schemas.bulk import BulkReport, BulkRequest
from services.payroll.service.call import Call
from services.payroll.service.facts.imported_measures import MEASURES
from services.payroll.service.payouts.imported_items import PAY_ITEMS
from services.payroll.service.people import imported_targets
from services.payroll.service.people.imported import EMPLOYEES, REVIEW_SCORES
from services.payroll.service.people.imported_attendance import ATTENDANCE
from services.payroll.service.people.imports import Import, import_rows

router = Router(tags=["bulk"])


def _import(body: BulkRequest, call: Call) -> Import:
    return Import(call.store.id, call.principal.subject, body.source, body.import_id, call.today)


@router.post("/v1/bulk/employees", operation_id="import_employees", dependencies=[allow(*IMPORT_ROLES)])
async def import_employees(body: BulkRequest, call: CurrentCall) -> BulkReport:
    return await import_rows(call.session, EMPLOYEES, _import(body, call), body)


@router.post("/v1/bulk/targets", operation_id="import_targets", dependencies=[allow(*SIGNED_ROLES)])
async def import_targets(body: BulkRequest, call: CurrentCall) -> BulkReport:
    return await imported_targets.import_targets(call.session, _import(body, call), body)


@router.post("/v1/bulk/review-scores", operation_id="import_review_scores", dependencies=[allow(*SIGNED_ROLES)])
async def import_review_scores(body: BulkRequest, call: CurrentCall) -> BulkReport:
    return await import_rows(call.session, REVIEW_SCORES, _import(body, call), body)


@router.post("/v1/bulk/measures", operation_id="import_measures", dependencies=[allow(*IMPORT_ROLES)])
async def import_measures(body: BulkRequest, call: CurrentCall) -> BulkReport:
    """Each is proposed; a second person approves it, also where a system has brought it."""
    return await import_rows(call.session, MEASURES, _import(body, call), body)


@router.post("/v1/bulk/attendance-days", operation_id="import_attendance_days", dependencies=[allow(*IMPORT_ROLES)])
async def import_attendance_days(body: BulkRequest, call: CurrentCall) -> BulkReport:
    """On how many days of a month each attended: what items by the day are paid for."""
    return await import_rows(call.session, ATTENDANCE, replace(_import(body, call), by=call.person), body)


@router.post("/v1/bulk/pay-items", operation_id="import_pay_items", dependencies=[allow(*IMPORT_ROLES)])
async def import_pay_items(body: BulkRequest, call: CurrentCall) -> BulkReport:
    """Allowances and deductions; what was withdrawn is not brought back by a row."""
    return await import_rows(call.session, PAY_ITEMS, replace(_import(body, call), by=call.person), body)
