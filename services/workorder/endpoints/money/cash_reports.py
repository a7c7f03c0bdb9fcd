"""The day at the till over HTTP: report, count, and the report as a table for a spreadsheet."""

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

from fastapi import Response

from chassis.auth import allow
from chassis.http import Router
from services.workorder.domain.money.cash import Takings, takings, takings_by
from services.workorder.domain.money.settlement import PaymentMethod
from services.workorder.endpoints.desk import CurrentDesk, document
from services.workorder.endpoints.roles import TILL
from services.workorder.schemas.money.cash import CashierTakings, CashReportRead, CloseBody, MethodTakings, TakingsRead
from services.workorder.service.desk import Desk
from services.workorder.service.money import cash
from services.workorder.service.money.cash import Day

router = Router(tags=["cash reports"])
_COLUMNS = ("received", "deposits", "refunds", "net", "expected", "counted", "difference", "reason")
_COUNTED = ("expected", "counted", "difference", "reason")


def _read(desk: Desk, found: Day) -> CashReportRead:
    closing, total = found.closing, takings(found.flows)
    counts = {each["method"]: each for each in (closing.counts if closing else [])}
    by_method = takings_by(found.flows, lambda flow: flow.method)
    methods = {**{PaymentMethod(method): Takings() for method in counts}, **by_method}
    by_cashier = takings_by(found.flows, lambda flow: flow.cashier)
    expected = sum((Decimal(each["expected"]) for each in counts.values()), Decimal(0))
    return CashReportRead(
        day=found.day,
        currency=desk.store.currency,
        total=document(TakingsRead, total),
        methods=[_method(method, methods[method], counts.get(method)) for method in sorted(methods)],
        cashiers=[
            document(CashierTakings, by_cashier[each], cashier=each)
            for each in sorted(by_cashier, key=lambda cashier: cashier or "")
        ],
        closed_by=closing.closed_by if closing else None,
        closed_at=closing.closed_at if closing else None,
        changed_since=total.net - expected if closing else None,
    )


def _method(method: PaymentMethod, sums: Takings, count: dict[str, Any] | None) -> MethodTakings:
    told: dict[str, Any] = dict.fromkeys(_COUNTED)
    if count is not None:
        expected, counted = Decimal(count["expected"]), Decimal(count["counted"])
        told = {"expected": expected, "counted": counted, "difference": counted - expected, "reason": count["reason"]}
    return document(MethodTakings, sums, None, method=method, **told)


@router.get("/v1/cash-reports/{day}", dependencies=[allow(*TILL, "auditor")])
async def read_cash_report(day: date, desk: CurrentDesk) -> CashReportRead:
    """Payments of orders, packages and goods, and what was given back of them, by method and by who took it."""
    return _read(desk, await cash.read_day(desk, day))


@router.post("/v1/cash-reports/{day}/close", status_code=201, dependencies=[allow(*TILL)])
async def close_cash_day(day: date, body: CloseBody, desk: CurrentDesk) -> CashReportRead:
    """Once, with what was counted by method; after that the day takes no payment and no refund."""
    return _read(desk, await cash.close_day(desk, day, body.counts))


@router.get(
    "/v1/cash-reports/{day}/table",
    dependencies=[allow(*TILL, "auditor")],
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "A table"}},
)
async def download_cash_report(day: date, desk: CurrentDesk) -> Response:
    """The report as comma-separated values in UTF-8 with its mark, as spreadsheets want it."""
    report = _read(desk, await cash.read_day(desk, day)).model_dump(mode="json")
    rows = [("total", "", report["total"])]
    rows += [("method", each["method"], each) for each in report["methods"]]
    rows += [("cashier", each["cashier"] or "", each) for each in report["cashiers"]]
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(("part", "name", *_COLUMNS))
    for part, name, values in rows:
        writer.writerow((part, _plain(name), *(_plain(values.get(column)) for column in _COLUMNS)))
    return Response(
        b"\xef\xbb\xbf" + table.getvalue().encode(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="cash-{day}.csv"'},
    )


def _plain(value: str | None) -> str:
    """What a spreadsheet would take for a formula is marked as text; a negative amount is none."""
    told = value or ""
    return f"'{told}" if told[:1] in {"=", "+", "@", "\t", "\r"} or (told[:1] == "-" and not _is_amount(told)) else told


def _is_amount(told: str) -> bool:
    return told[1:].replace(".", "", 1).isdecimal()
