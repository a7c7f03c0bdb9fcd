"""Accounting entries of each closing of a month, from statements as they were closed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.payroll.domain.month import Month
from services.payroll.domain.payouts.ledger import AccountMap, Entry, PaidAmount, PayKind, entries_beyond, entries_of
from services.payroll.models import Statement
from services.payroll.repository.months import months
from services.payroll.service.call import Call
from services.payroll.service.payouts.account_maps import map_for
from services.payroll.service.payouts.payments import closing_asked


@dataclass(frozen=True)
class Entries:
    """Of one closing of a month. `unknown` are posts that are of no department, "" for who has none: their pay is told
    under the other account."""

    revision: int
    entries: Sequence[Entry]
    unknown: Sequence[str]


async def entries_for(call: Call, month: str, revision: int | None) -> Entries:
    """Of the last closing, while the month is closed; or of any that it had, as it was then: what it added to those
    before it."""
    wanted = await closing_asked(call, month, revision)
    paid = await _paid_at(call, month, wanted)
    accounts = await _accounts_at(call, month, wanted)
    return await entries_from(call, (month, wanted), paid, accounts)


async def entries_from(
    call: Call, closing: tuple[str, int], paid: Sequence[PaidAmount], accounts: AccountMap
) -> Entries:
    """Of a closing that pays these amounts; the ones before it have told what the last of them paid."""
    month, revision = closing
    told = []
    if revision > 1:
        told = entries_of(await _paid_at(call, month, revision - 1), await _accounts_at(call, month, revision - 1))
    unknown = {amount.post or "" for amount in paid} - accounts.posts.keys()
    return Entries(revision, entries_beyond(entries_of(paid, accounts), told), sorted(unknown))


async def _accounts_at(call: Call, month: str, revision: int) -> AccountMap:
    """Those by which a closing was told: none that was set since, while the month was open again."""
    closed_at = await months.closed_at(call.session, month, revision)
    return await map_for(call, Month.parse(month).last_day, closed_at)


async def _paid_at(call: Call, month: str, revision: int) -> Sequence[PaidAmount]:
    statements = await call.session.scalars(months.statements(month, revision, None).order_by(Statement.place))
    return [amount for statement in statements for amount in amounts_of(json.loads(statement.document))]


def amounts_of(told: Mapping[str, Any]) -> Iterator[PaidAmount]:
    """Of a statement as its document tells it."""
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
