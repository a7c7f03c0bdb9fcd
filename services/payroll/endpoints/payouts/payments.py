"""What a month's closing pays over HTTP: as JSON, and as CSV for the bank."""

from decimal import Decimal
from typing import Annotated

from fastapi import Query, Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import PageOf, page_within
from services.payroll.domain.calculation.given import number_order
from services.payroll.endpoints.access import PAY_ROLES, CurrentCall
from services.payroll.endpoints.spreadsheet import CSV_ANSWER, csv_file, plain_cell
from services.payroll.schemas.payouts.payments import PaymentRead, PaymentsRead
from services.payroll.schemas.people.people import MonthText
from services.payroll.service.payouts.payments import payments_for

router = Router(tags=["months"])
Revision = Annotated[int | None, Query(ge=1, description="which closing of the month; without it the last")]
_COLUMNS = ("月份 month", "工号 employee", "姓名 name", "本次付款 due now", "已付 paid before", "应发合计 whole",
            "币种 currency")  # fmt: skip


@router.get("/v1/pay-months/{month}/payments", operation_id="read_payments", dependencies=[allow(*PAY_ROLES)])
async def read_payments(month: MonthText, call: CurrentCall, wish: PageOf, revision: Revision = None) -> PaymentsRead:
    """What the closing pays everybody beyond what earlier ones paid, and what is to be recovered from whom."""
    found = await payments_for(call, month, revision)
    wish.over(found.revision)
    rows, following = page_within(found.payments, wish, lambda each: each.employee, number_order)
    names = ("whole", "paid_before", "pay", "recover")
    return PaymentsRead(
        month=month, revision=found.revision, currency=call.store.currency,
        **{name: sum((getattr(each, name) for each in found.payments), Decimal("0.00")) for name in names},
        items=[
            PaymentRead(employee=each.employee, name=found.names.get(each.employee),
                        **{name: getattr(each, name) for name in names})
            for each in rows
        ],
        limit=wish.limit, next=following,
    )  # fmt: skip


@router.get(
    "/v1/pay-months/{month}/payment-file", operation_id="read_payment_file", dependencies=[allow(*PAY_ROLES)],
    **CSV_ANSWER,
)  # fmt: skip
async def read_payment_file(month: MonthText, call: CurrentCall, revision: Revision = None) -> Response:
    """CSV of who is to be paid what, once the month is closed: nothing is paid before.

    The files of all its closings together pay what the last one says; what is to be recovered is in none.
    """
    found = await payments_for(call, month, revision)
    rows = (
        [month, plain_cell(each.employee), plain_cell(found.names.get(each.employee, "")), f"{each.pay:.2f}",
         f"{each.paid_before:.2f}", f"{each.whole:.2f}", call.store.currency]
        for each in found.payments if each.pay
    )  # fmt: skip
    return csv_file(f"payment-{month}-{found.revision}", _COLUMNS, rows)
