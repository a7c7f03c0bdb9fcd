"""Accounting entries of a closed month, from its statements as they were closed."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.payroll.domain.month import Month
from services.payroll.domain.payouts.ledger import AccountMap, Entry, PaidAmount, PayKind, entries_of
from services.payroll.models import PayMonth, Statement
from services.payroll.repository.months import months
from services.payroll.service.call import Call
from services.payroll.service.payouts.account_maps import map_for


@dataclass(frozen=True)
class Entries:
    """`unknown` are posts that are of no department, "" for who has none: their pay is told under the other account."""

    entries: Sequence[Entry]
    unknown: Sequence[str]


async def entries_for(call: Call, month: PayMonth) -> Entries:
    statements = await call.session.scalars(months.statements(month.month, month.revision, None).order_by(
        Statement.place))  # fmt: skip
    accounts = await map_for(call, Month.parse(month.month).last_day)
    return entries_from([json.loads(statement.document) for statement in statements], accounts)


def entries_from(statements: Iterable[Mapping[str, Any]], accounts: AccountMap) -> Entries:
    """Of statements as their documents tell them."""
    paid = [amount for told in statements for amount in _paid(told)]
    unknown = {amount.post or "" for amount in paid} - accounts.posts.keys()
    return Entries(entries_of(paid, accounts), sorted(unknown))


def _paid(told: Mapping[str, Any]) -> Iterator[PaidAmount]:
    post = told.get("post")
    if base := told.get("base_pay"):
        yield PaidAmount(post, PayKind.BASE_PAY, Decimal(base["amount"]))
    for item in told.get("items", ()):
        amount = Decimal(item["amount"])
        kind = PayKind.ADDED if amount >= 0 else PayKind.DEDUCTED
        of_month = item.get("of_month") or ""
        yield PaidAmount(post, PayKind.CORRECTION if of_month else kind, amount, of_month)
    for line in told["lines"]:
        kind = PayKind.CORRECTION if line["of_month"] else PayKind.BONUS
        yield PaidAmount(post, kind, Decimal(line["amount"]), line["of_month"] or "")
