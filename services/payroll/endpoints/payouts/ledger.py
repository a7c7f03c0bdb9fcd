"""Accounting entries of a month's closings over HTTP: as JSON, and as CSV for the shop's accounts."""

from decimal import Decimal

from fastapi import Response

from chassis.auth import allow
from chassis.http import Router
from services.payroll.domain.month import Month
from services.payroll.domain.payouts.ledger import KIND_NAMES, Entry
from services.payroll.domain.vocabulary import POSTS
from services.payroll.endpoints.access import PAY_READERS, CurrentCall
from services.payroll.endpoints.payouts.payments import Revision
from services.payroll.endpoints.spreadsheet import CSV_ANSWER, csv_file, plain_cell
from services.payroll.schemas.payouts.ledger import EntriesRead, EntryRead, EntryWarning
from services.payroll.schemas.people.people import MonthText
from services.payroll.service.payouts.ledger import entries_for

router = Router(tags=["months"])
_COLUMNS = ("日期 date", "门店 store", "部门 department", "科目 account", "科目名称 account name", "摘要 text",
            "所属月份 of month", "借方 debit", "贷方 credit", "币种 currency")  # fmt: skip


@router.get("/v1/pay-months/{month}/entries", operation_id="read_pay_entries", dependencies=[allow(*PAY_READERS)])
async def read_pay_entries(month: MonthText, call: CurrentCall, revision: Revision = None) -> EntriesRead:
    """Each department's expense against pay owed; debits and credits are equal to the cent.

    Of a later closing what it differs by from the one before: in red (below zero) what that one had too much.
    """
    found = await entries_for(call, month, revision)
    debit = sum((each.debit for each in found.entries), Decimal("0.00"))
    credit = sum((each.credit for each in found.entries), Decimal("0.00"))
    return EntriesRead(
        store=call.store.id, month=month, revision=found.revision, currency=call.store.currency, debit=debit,
        credit=credit, entries=[_read(each) for each in found.entries],
        warnings=[_warning(post) for post in found.unknown],
    )  # fmt: skip


@router.get(
    "/v1/pay-months/{month}/entries-file", operation_id="read_entries_file", dependencies=[allow(*PAY_READERS)],
    **CSV_ANSWER,
)  # fmt: skip
async def read_entries_file(month: MonthText, call: CurrentCall, revision: Revision = None) -> Response:
    """The same as CSV, dated on the month's last day; the files of all closings together are the last one's pay."""
    found = await entries_for(call, month, revision)
    day, store, currency = Month.parse(month).last_day, plain_cell(call.store.code), call.store.currency
    adjusting = f" 第 {found.revision} 次关账调整差额" if found.revision > 1 else ""
    rows = (
        [day, store, plain_cell(each.department.name_zh), plain_cell(each.account.code),
         plain_cell(each.account.name_zh), f"{month} {KIND_NAMES[each.kind][0]}{adjusting}", each.of_month,
         f"{each.debit:.2f}", f"{each.credit:.2f}", currency]
        for each in found.entries
    )  # fmt: skip
    return csv_file(f"entries-{month}-{found.revision}", _COLUMNS, rows)


def _read(entry: Entry) -> EntryRead:
    chinese, english = KIND_NAMES[entry.kind]
    return EntryRead(
        department=entry.department.code, department_zh=entry.department.name_zh,
        department_en=entry.department.name_en, account=entry.account.code, account_zh=entry.account.name_zh,
        account_en=entry.account.name_en, kind=entry.kind, kind_zh=chinese, kind_en=english,
        of_month=entry.of_month or None, debit=entry.debit, credit=entry.credit,
    )  # fmt: skip


def _warning(post: str) -> EntryWarning:
    chinese, english = POSTS.chinese(post) or "没有岗位的人", post or "who has no post"
    return EntryWarning(
        code="post-of-no-department", subject=post, chinese=f"{chinese}不属于任何部门,其工资记入其他",
        english=f"{english} is of no department: the pay is told under other",
    )  # fmt: skip
