"""A month's pay as sheets of a workbook: as it was closed, or as it would be closed now (a preview)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from chassis.errors import Conflict, NotFound
from services.payroll.domain.exact import in_decimals
from services.payroll.domain.month import Month
from services.payroll.domain.months.pay_month import MonthState
from services.payroll.domain.payouts.ledger import KIND_NAMES, Entry
from services.payroll.domain.payouts.payment import Payment, payments_of
from services.payroll.domain.payouts.slip import Basis
from services.payroll.domain.vocabulary import POSTS
from services.payroll.models import PayMonth, Run, Statement
from services.payroll.repository.forecasts import what_ifs
from services.payroll.repository.months import adjustments, months
from services.payroll.repository.people import people
from services.payroll.repository.runs import runs
from services.payroll.service.call import Call
from services.payroll.service.months.closing import statements_of
from services.payroll.service.payouts.account_maps import map_for
from services.payroll.service.payouts.ledger import amounts_of, entries_from
from services.payroll.service.payouts.slips import slips_told

Cell = str | Decimal | int | None
"""Amounts are decimals with two places; other decimals are told as they are."""
Told = Mapping[str, Any]
ZERO = Decimal("0.00")
BASES = {Basis.MONTH: "按月", Basis.CALENDAR_DAYS: "按日历天数", Basis.ATTENDANCE_DAYS: "按出勤天数"}


@dataclass(frozen=True)
class Column:
    """`width` in signs."""

    chinese: str
    english: str
    width: int = 13


@dataclass(frozen=True)
class Sheet:
    """`rows` may be read once; a `total` stands below them."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    total: Sequence[Cell] | None = None


@dataclass(frozen=True)
class PayBook:
    """`heading` stands above every sheet, and says so of a preview."""

    name: str
    heading: str
    at: datetime
    sheets: Sequence[Sheet]


@dataclass(frozen=True)
class Paid:
    """What the sheets are made of; documents are read anew for each, so that a large store's fit."""

    documents: Sequence[str]
    names: Mapping[str, str]
    payments: Mapping[str, Payment]

    def told(self) -> Iterator[Told]:
        return (orjson.loads(document) for document in self.documents)


async def book_of(call: Call, month: Month) -> PayBook:
    """In a fixed number of queries, whatever the month holds; a month that is not closed needs a completed run."""
    found = await months.month_of(call.session, str(month)) or PayMonth(month=str(month), state="open", revision=0)
    closed = found.state == MonthState.CLOSED
    run = await _run(call, found)
    statements = await _statements(call, month, found, run)
    paid = await _paid(call, found, statements)
    shares = [dict(share) for share in await adjustments.pool_shares(call.session, run.id)]
    revision = found.revision if closed else found.revision + 1
    owed = [amount for told in paid.told() for amount in amounts_of(told)]
    entries = (await entries_from(call, (str(month), revision), owed, await map_for(call, month.last_day))).entries
    state = f"第 {revision} 次关账 closing {revision}" if closed else "预览,尚未关账 PREVIEW, not closed"
    heading = f"{call.store.code} · {month} · {state} · {call.store.currency} · 计算 run {run.id}"
    name = f"pay-{month}-{revision if closed else 'preview'}"
    sheets = (_summary(paid), _lines(paid), _slips(paid), _pools(run.pools), _shares(shares, paid.names),
              _entries(entries))  # fmt: skip
    return PayBook(name, heading, found.updated_at if closed else call.now, sheets)


async def _run(call: Call, month: PayMonth) -> Run:
    chosen = (await what_ifs.runs_of(call.session, [month.month])).get(month.month)
    if chosen is None:
        raise Conflict("The month has no completed run", slug="month-not-calculated")
    run = await runs.run_of(call.session, chosen)
    if run is None:
        raise NotFound("There is no such run")
    return run


async def _statements(call: Call, of: Month, month: PayMonth, run: Run) -> Sequence[Statement]:
    """Those that were written, or those that would be."""
    if month.state == MonthState.CLOSED:
        query = months.statements(month.month, month.revision, None).order_by(Statement.place)
        return (await call.session.scalars(query)).all()
    paid = frozenset(line.employee for line in await months.run_lines(call.session, run.id))
    _, kept = await slips_told(call, of, paid)
    return await statements_of(call, (month.month, month.revision + 1), run, kept)


async def _paid(call: Call, month: PayMonth, statements: Sequence[Statement]) -> Paid:
    before = month.revision - 1 if month.state == MonthState.CLOSED else month.revision
    earlier = await months.totals_until(call.session, month.month, before)
    payments = payments_of([*earlier, {each.employee: each.total for each in statements}])
    names = await people.names_of(call.session, {each.employee for each in payments})
    return Paid([each.document for each in statements], names, {each.employee: each for each in payments})


_WHO = (Column("工号", "employee", 10), Column("姓名", "name", 12))
_WHERE = (Column("岗位", "post", 14), Column("班组", "team", 14))
_SUMS = (Column("以前月份更正", "corrections", 15), Column("奖金", "bonus"), Column("合计", "total"),
         Column("已付", "paid before"), Column("本次应付", "due now"), Column("应收回", "to recover"))  # fmt: skip


def _summary(paid: Paid) -> Sheet:
    """One row a person; a column for each component of the bonus, which with the corrections sum to it."""
    components: dict[str, str] = {}
    for told in paid.told():
        components |= {line["name"]: line["line"] for line in told["lines"] if not line["of_month"]}
    columns = (
        *_WHO, *_WHERE, Column("基本工资", "base pay"), Column("补贴", "allowances"), Column("扣款", "deductions"),
        Column("工资更正", "base pay corrections", 15),
        *(Column(name, _words(line), 16) for name, line in components.items()), *_SUMS,
    )  # fmt: skip
    rows = [_person(told, paid, list(components)) for told in paid.told()]
    told_of = {row[0] for row in rows}
    gone = [each for each in paid.payments.values() if each.employee not in told_of]
    rows += [_person({"employee": each.employee, "lines": []}, paid, list(components)) for each in gone]
    amounts = [[cell for cell in column if isinstance(cell, Decimal)] for column in zip(*rows, strict=True)]
    sums = [sum(column, ZERO) for column in amounts[4:]]
    return Sheet("汇总 Summary", columns, rows, ["合计 total", None, None, None, *sums])


def _person(told: Told, paid: Paid, components: Sequence[str]) -> list[Cell]:
    """Who had pay at an earlier closing only has a document without anything."""
    of = paid.payments[told["employee"]]
    base = told.get("base_pay")
    items = [Decimal(each["amount"]) for each in told.get("items", ()) if not each.get("of_month")]
    corrected = [Decimal(each["amount"]) for each in told.get("items", ()) if each.get("of_month")]
    by_name = dict.fromkeys(components, ZERO)
    corrections = ZERO
    for line in told["lines"]:
        if line["of_month"]:
            corrections += Decimal(line["amount"])
        else:
            by_name[line["name"]] += Decimal(line["amount"])
    return [
        *_who(told, paid.names), *_where(told), ZERO if base is None else Decimal(base["amount"]),
        sum((each for each in items if each > 0), ZERO), sum((each for each in items if each < 0), ZERO),
        sum(corrected, ZERO),
        *by_name.values(), corrections, sum(by_name.values(), corrections),
        of.whole, of.paid_before, of.pay, of.recover,
    ]  # fmt: skip


def _lines(paid: Paid) -> Sheet:
    columns = (
        *_WHO, Column("项目", "line", 20), Column("英文", "in English", 24), Column("条款", "clause", 10),
        Column("金额", "amount"), Column("所属月份", "of month", 10), Column("临时调整", "adjustment", 30),
        Column("步骤", "step of the run", 36),
    )  # fmt: skip
    rows = (
        [*_who(told, paid.names), line["name"], _words(line["line"]), line["clause"], Decimal(line["amount"]),
         line["of_month"], line["adjusted"], line["node"]]
        for told in paid.told() for line in told["lines"]
    )  # fmt: skip
    return Sheet("明细 Lines", columns, rows)


def _slips(paid: Paid) -> Sheet:
    """Base pay and items, each with how it came to its amount."""
    columns = (
        *_WHO, *_WHERE, Column("项目", "item", 18), Column("英文", "in English", 20), Column("计算方式", "basis", 14),
        Column("标准", "rate"), Column("天数", "days", 9), Column("当月天数", "days of the month", 12),
        Column("金额", "amount"), Column("原因", "reason", 30), Column("录入人", "recorded by", 12),
        Column("所属月份", "of month", 10),
    )  # fmt: skip
    rows = (
        [*_who(told, paid.names), *_where(told), *_part(part)]
        for told in paid.told()
        for part in ([told["base_pay"]] if told.get("base_pay") else []) + list(told.get("items", ()))
    )
    return Sheet("工资项目 Slips", columns, rows)


def _part(part: Told) -> list[Cell]:
    days = None if part["days"] is None else Decimal(part["days"])
    return [
        part.get("name_zh", "基本工资"), part.get("name_en", "base pay"), BASES[Basis(part["basis"])],
        Decimal(part["rate"]), days, part["of_days"], Decimal(part["amount"]), part.get("reason"),
        part.get("recorded_by"), part.get("of_month"),
    ]  # fmt: skip


def _pools(pools: Sequence[Told] | None) -> Sheet:
    """What is unassigned nobody had a weight for."""
    columns = (
        Column("奖金池", "pool", 20), Column("步骤", "step", 26), Column("条款", "clause", 10),
        Column("班组", "team", 14), Column("池额", "size", 18), Column("已分", "shared out"),
        Column("未分", "unassigned"),
    )  # fmt: skip
    rows = (
        [pool["name"], pool["step"], pool["clause"], pool["owner"], in_decimals(pool["pool"]), Decimal(pool["paid"]),
         Decimal(pool["unassigned"])]
        for pool in pools or ()
    )  # fmt: skip
    return Sheet("奖金池 Pools", columns, rows)


def _shares(shares: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> Sheet:
    """Of pools of teams; `now` is with the adjustments that were approved."""
    columns = (
        *_WHO, Column("份额", "share", 20), Column("步骤", "step", 26), Column("条款", "clause", 10),
        Column("班组", "team", 14), Column("计算份额", "by the run"), Column("调整后", "now"),
    )  # fmt: skip
    rows = (
        [*_who(share, names), share["name"], share["pool"], share["clause"], share["owner"], share["share"],
         share["now"]]
        for share in shares
    )  # fmt: skip
    return Sheet("份额 Shares", columns, rows)


def _entries(entries: Sequence[Entry]) -> Sheet:
    columns = (
        Column("部门", "department", 16), Column("英文", "in English", 22), Column("科目", "account", 12),
        Column("科目名称", "account name", 26), Column("摘要", "kind", 16), Column("所属月份", "of month", 10),
        Column("借方", "debit"), Column("贷方", "credit"),
    )  # fmt: skip
    rows = [
        [each.department.name_zh, each.department.name_en, each.account.code, each.account.name_zh,
         KIND_NAMES[each.kind][0], each.of_month or None, each.debit, each.credit]
        for each in entries
    ]  # fmt: skip
    debit, credit = sum((each.debit for each in entries), ZERO), sum((each.credit for each in entries), ZERO)
    return Sheet("凭证 Entries", columns, rows, ["合计 total", None, None, None, None, None, debit, credit])


def _who(told: Mapping[str, Any], names: Mapping[str, str]) -> list[Cell]:
    return [told["employee"], names.get(told["employee"])]


def _where(told: Told) -> list[Cell]:
    post = told.get("post")
    return [None if post is None else POSTS.chinese(post), told.get("team")]


def _words(name: str) -> str:
    return name.replace("_", " ")
