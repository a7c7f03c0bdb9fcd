"""Accounting entries of a closed month, from its statements as they were closed."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from services.payroll.domain.ledger import Entry, PaidAmount, PayKind, entries_of, map_on
from services.payroll.domain.month import Month
from services.payroll.models import PayMonth, Statement
from services.payroll.repository import months
from services.payroll.service.call import Call


async def entries_for(call: Call, month: PayMonth) -> list[Entry]:
    statements = await call.session.scalars(months.statements(month.month, month.revision, None).order_by(
        Statement.place))  # fmt: skip
    told = (json.loads(statement.document) for statement in statements)
    return entries_from(told, Month.parse(month.month).last_day)


def entries_from(statements: Iterable[Mapping[str, Any]], day: date) -> list[Entry]:
    """Of statements as their documents tell them, by the accounts of the day."""
    return entries_of((amount for told in statements for amount in _paid(told)), map_on(day))


def _paid(told: Mapping[str, Any]) -> Iterator[PaidAmount]:
    post = told.get("post")
    if base := told.get("base_pay"):
        yield PaidAmount(post, PayKind.BASE_PAY, Decimal(base["amount"]))
    for item in told.get("items", ()):
        amount = Decimal(item["amount"])
        yield PaidAmount(post, PayKind.ADDED if amount >= 0 else PayKind.DEDUCTED, amount)
    for line in told["lines"]:
        kind = PayKind.CORRECTION if line["of_month"] else PayKind.BONUS
        yield PaidAmount(post, kind, Decimal(line["amount"]), line["of_month"] or "")
