"""What if: another plan or other values over months that were calculated, with the difference per person."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from fastapi import Response
from sqlalchemy import select

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import Page, PageOf, paginate
from services.payroll.domain.forecasts.what_if import Difference, bands, losers, winners
from services.payroll.endpoints.access import PAY_ROLES, CurrentCall
from services.payroll.endpoints.lists import page
from services.payroll.endpoints.spreadsheet import CSV_ANSWER, csv_file, plain_cell
from services.payroll.models import WhatIf, WhatIfMonth, WhatIfPay
from services.payroll.repository.forecasts import what_ifs as queries
from services.payroll.repository.people import people as people_queries
from services.payroll.schemas.forecasts.what_ifs import (
    BandRead,
    SeriesRead,
    SideRead,
    WhatIfCreate,
    WhatIfDetail,
    WhatIfMonthRead,
    WhatIfPayRead,
    WhatIfRead,
    WhatIfResult,
)
from services.payroll.service.call import Call
from services.payroll.service.forecasts import what_ifs

router = Router(tags=["what-ifs"])
_COLUMNS = ("id", "status", "plan_id", "posts", "parameters", "months_done", "problem", "requested_by", "created_at",
            "started_at", "completed_at")  # fmt: skip


@router.post("/v1/what-ifs", operation_id="create_what_if", status_code=202, dependencies=[allow(*PAY_ROLES)])
async def create_what_if(body: WhatIfCreate, call: CurrentCall, response: Response) -> WhatIfRead:
    """Ask what months would have cost; each is compared with the run it is locked on, else with its latest."""
    values = [each.model_dump() for each in body.parameters]
    wish = what_ifs.Wish(body.plan_id, body.posts, values, sorted(body.months))
    what_if = await what_ifs.request_what_if(call, wish)
    response.headers["Location"] = f"/v1/what-ifs/{what_if.id}"
    months = await queries.months_of(call.session, [what_if.id])
    return _read(call, what_if, months[what_if.id])


@router.get("/v1/what-ifs", operation_id="list_what_ifs", dependencies=[allow(*PAY_ROLES)])
async def list_what_ifs(call: CurrentCall, wish: PageOf) -> Page[WhatIfRead]:
    """The newest first."""
    rows, following = await paginate(call.session, select(WhatIf), [WhatIf.id.expression], wish, descending=True)
    months = await queries.months_of(call.session, [row.id for row in rows])
    items = [_read(call, row, months[row.id]) for row in rows]
    return Page(items=items, limit=wish.limit, next=following)


@router.get("/v1/what-ifs/{what_if}", operation_id="read_what_if", dependencies=[allow(*PAY_ROLES)])
async def read_what_if(what_if: UUID, call: CurrentCall) -> WhatIfDetail:
    """With winners and losers, and figures for charts, once it is completed. Corrections of other months and
    adjustments inside pools are no part of either side."""
    found = await what_ifs.read_what_if(call.session, what_if)
    months = (await queries.months_of(call.session, [what_if]))[what_if]
    sums = await queries.sums_of(call.session, what_if)
    result = _result(months, sums) if found.status == "completed" else None
    return WhatIfDetail(**_read(call, found, months).model_dump(), result=result)


@router.get("/v1/what-ifs/{what_if}/pay", operation_id="list_what_if_pay", dependencies=[allow(*PAY_ROLES)])
async def list_what_if_pay(what_if: UUID, call: CurrentCall, wish: PageOf) -> Page[WhatIfPayRead]:
    """Per month and person, of those whom the changed plan would pay or whose pay is another because of it."""
    await what_ifs.completed_what_if(call.session, what_if)
    keys = [WhatIfPay.month, WhatIfPay.employee]
    return await page(call, wish, queries.pay_of(what_if), keys, _pay_read)


@router.get("/v1/what-ifs/{what_if}/csv", operation_id="export_what_if", dependencies=[allow(*PAY_ROLES)], **CSV_ANSWER)
async def export_what_if(what_if: UUID, call: CurrentCall) -> Response:
    """The same as CSV, with names."""
    await what_ifs.completed_what_if(call.session, what_if)
    query = queries.pay_of(what_if).order_by(WhatIfPay.month, WhatIfPay.employee)
    rows = (await call.session.scalars(query)).all()
    names = await people_queries.names_of(call.session, {row.employee for row in rows})
    columns = ("月份 month", "工号 employee", "姓名 name", "现在 now", "假设 then", "差额 difference", "币种 currency")
    told = (
        [row.month, plain_cell(row.employee), plain_cell(names.get(row.employee, "")), f"{row.now_amount:.2f}",
         f"{row.then_amount:.2f}", f"{row.then_amount - row.now_amount:.2f}", call.store.currency]
        for row in rows
    )  # fmt: skip
    return csv_file(f"what-if-{what_if}", columns, told)


def _read(call: Call, what_if: WhatIf, months: Sequence[WhatIfMonth]) -> WhatIfRead:
    columns = {name: getattr(what_if, name) for name in _COLUMNS}
    return WhatIfRead(months=[_month_read(month) for month in months], currency=call.store.currency, **columns)


def _month_read(month: WhatIfMonth) -> WhatIfMonthRead:
    names = ("month", "run_id", "paid", "same_as_run", "corrected", "paid_later", "facts_as_of")
    now, then = month.now_total, month.then_total
    difference = None if now is None or then is None else then - now
    return WhatIfMonthRead(now=now, then=then, difference=difference, **{name: getattr(month, name) for name in names})


def _pay_read(row: WhatIfPay) -> WhatIfPayRead:
    return WhatIfPayRead(
        month=row.month, employee=row.employee, now=row.now_amount, then=row.then_amount,
        difference=row.then_amount - row.now_amount,
    )  # fmt: skip


def _result(months: Sequence[WhatIfMonth], sums: Sequence[Any]) -> WhatIfResult:
    people = [Difference(row.employee, row.now, row.then) for row in sums]
    now, then = ([_amount(getattr(month, name)) for month in months] for name in ("now_total", "then_total"))
    changes = [after - before for before, after in zip(now, then, strict=True)]
    gain, loss = winners(people), losers(people)
    return WhatIfResult(
        now=sum(now), then=sum(then), difference=sum(changes),
        winners=SideRead.model_validate(gain), losers=SideRead.model_validate(loss),
        unchanged=len(people) - gain.people - loss.people,
        series=SeriesRead(months=[month.month for month in months], now=now, then=then, difference=changes),
        distribution=[BandRead.model_validate(band) for band in bands(people)],
    )  # fmt: skip


def _amount(value: Decimal | None) -> Decimal:
    assert value is not None, "a completed one has all its figures"
    return value
