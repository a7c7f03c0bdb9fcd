"""What completes a slip over HTTP: items that are added or deducted, attendance days, and the slips of a month."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response

from chassis.auth import allow
from chassis.errors import NotFound
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, QueryText, page_within, set_etag
from services.payroll.domain.calculation.given import number_order
from services.payroll.domain.month import Month
from services.payroll.endpoints.access import PAY_READERS, PAY_ROLES, CurrentCall
from services.payroll.endpoints.lists import narrowed, page
from services.payroll.models import Attendance, PayItem
from services.payroll.repository.payouts import slips as queries
from services.payroll.schemas.payouts.slips import (
    AttendanceRead,
    PayItemChange,
    PayItemCreate,
    PayItemRead,
    PayItemWithdrawal,
    SlipRead,
    SlipsRead,
)
from services.payroll.schemas.people.people import MonthText
from services.payroll.service.payouts import slips

router = Router(tags=["slips"])


def _read(item: PayItem, response: Response) -> PayItemRead:
    set_etag(response, item.version)
    return PayItemRead.model_validate(item)


@router.post("/v1/pay-items", operation_id="create_pay_item", status_code=201, dependencies=[allow(*PAY_ROLES)])
async def create_pay_item(body: PayItemCreate, call: CurrentCall, response: Response) -> PayItemRead:
    """An allowance or a deduction, with who and why."""
    item = await slips.add_item(call, body.model_dump())
    response.headers["Location"] = f"/v1/pay-items/{item.id}"
    return _read(item, response)


@router.get("/v1/pay-items", operation_id="list_pay_items", dependencies=[allow(*PAY_READERS)])
async def list_pay_items(
    call: CurrentCall,
    wish: PageOf,
    month: Annotated[MonthText | None, Query()] = None,
    employee: QueryText | None = None,
    post: QueryText | None = None,
) -> Page[PayItemRead]:
    """In their newest versions; of a month, those that count in it."""
    query = queries.newest_items() if month is None else queries.items_in(month)
    query = narrowed(query, {PayItem.employee: employee, PayItem.post: post})
    return await page(call, wish, query, [PayItem.id], PayItemRead.model_validate)


@router.get("/v1/pay-items/{item}", operation_id="read_pay_item", dependencies=[allow(*PAY_READERS)])
async def read_pay_item(item: UUID, call: CurrentCall, response: Response) -> PayItemRead:
    newest = await queries.newest_version(call.session, item)
    if newest is None:
        raise NotFound("There is no such item")
    return _read(newest, response)


@router.get("/v1/pay-items/{item}/versions", operation_id="read_pay_item_versions", dependencies=[allow(*PAY_READERS)])
async def read_pay_item_versions(item: UUID, call: CurrentCall, wish: PageOf) -> Page[PayItemRead]:
    """Every one that ever held, the oldest first."""
    found = await page(call, wish, queries.versions(item), [PayItem.version], PayItemRead.model_validate)
    if not found.items:
        raise NotFound("There is no such item")
    return found


@router.patch("/v1/pay-items/{item}", operation_id="change_pay_item", dependencies=[allow(*PAY_ROLES)])
async def change_pay_item(
    item: UUID, body: PayItemChange, expected: IfMatch, call: CurrentCall, response: Response
) -> PayItemRead:
    """A new version; a month that is locked keeps what it was locked with."""
    return _read(await slips.change_item(call, item, expected, body.model_dump(exclude_unset=True)), response)


@router.post("/v1/pay-items/{item}/withdraw", operation_id="withdraw_pay_item", dependencies=[allow(*PAY_ROLES)])
async def withdraw_pay_item(
    item: UUID, body: PayItemWithdrawal, expected: IfMatch, call: CurrentCall, response: Response
) -> PayItemRead:
    """It counts in no month any more that is locked from now on."""
    changes = {"withdrawn": True, "reason": body.reason}
    return _read(await slips.change_item(call, item, expected, changes), response)


@router.get("/v1/attendance-days", operation_id="list_attendance_days", dependencies=[allow(*PAY_READERS)])
async def list_attendance_days(
    call: CurrentCall, wish: PageOf, month: Annotated[MonthText, Query()]
) -> Page[AttendanceRead]:
    """Of a month, by employee; they come in bulk."""
    query = queries.newest_attendance().where(Attendance.month == month)
    return await page(call, wish, query, [Attendance.employee], AttendanceRead.model_validate)


@router.get("/v1/pay-months/{month}/slips", operation_id="read_slips", dependencies=[allow(*PAY_READERS)])
async def read_slips(month: MonthText, call: CurrentCall, wish: PageOf) -> SlipsRead:
    """Base pay and items of everybody; with the bonus of his lines they are a statement once the month is closed."""
    run, found = await slips.slips_told(call, Month.parse(month))
    wish.over(run)
    rows, following = page_within(found, wish, lambda slip: slip.employee, number_order)
    total = sum((slip.amount for slip in found), Decimal("0.00"))
    return SlipsRead(
        month=month, locked=run is not None, currency=call.store.currency, total=total,
        items=[SlipRead(employee=slip.employee, amount=slip.amount, **_body(slip.body)) for slip in rows],
        limit=wish.limit, next=following,
    )  # fmt: skip


def _body(body: Mapping[str, Any]) -> dict[str, Any]:
    """Slips of before corrections were kept in them do not say of items that they are none."""
    return {**body, "items": [{"of_month": None, **item} for item in body["items"]]}
