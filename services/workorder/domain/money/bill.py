"""The bill of an order: its lines that are work, estimate against final, who pays what, and what hinders settling."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from services.workorder.domain.money.discount import (
    Allowance,
    DiscountGroup,
    Limits,
    Priced,
    discount_of,
    group_of,
    is_customers,
    is_goodwill,
    list_amount,
    total_of,
)
from services.workorder.domain.orders.line import LineKind, Origin, Payer
from services.workorder.domain.orders.order import Move, Progress, allowed_moves
from services.workorder.domain.orders.share import Shares, share_of, shares_told
from services.workorder.domain.refusals import WorkorderRefusal


class OldParts(StrEnum):
    """What becomes of the parts that were replaced; they are the customer's."""

    TAKEN = "taken"
    DISPOSED = "disposed"


@dataclass(frozen=True)
class BillLine:
    """`estimate` is what the customer agreed to, `amount` is final, `published` what the catalogue asks for it where
    it knows a price, menus included. `granted`: how far whoever gave the discount may go; None where another system
    gave it."""

    line_number: int
    kind: LineKind
    code: str
    name: str
    origin: Origin | None
    standard_hours: Decimal | None
    quantity: Decimal
    list_price: Decimal
    published: Decimal | None
    amount: Decimal
    estimate: Decimal
    reason: str | None
    payer: Payer
    shares: Shares | None
    is_upsell: bool
    granted: Allowance | None

    @property
    def difference(self) -> Decimal:
        return self.amount - self.estimate

    @property
    def list_amount(self) -> Decimal:
        return list_amount(self.quantity, self.list_price) if self.published is None else self.published

    @property
    def discount(self) -> Decimal:
        """What is taken off the customer's price; of a line that he does not pay nothing could be."""
        listed = self.list_amount if is_customers(self.payer, self.shares) else Decimal(0)
        return discount_of(listed, self.amount)

    @property
    def priced(self) -> Priced:
        """What the house pays out of goodwill is given away like a discount, within the same limits, and no more of it
        than the list price."""
        sold = is_customers(self.payer, self.shares) or is_goodwill(self.payer, self.shares)
        listed = max(self.list_amount, Decimal(0)) if sold else Decimal(0)
        given = discount_of(listed, self.amount) + share_of(Payer.GOODWILL, self.payer, self.amount, self.shares)
        return Priced(f"/lines/{self.line_number}", group_of(self.kind), listed, min(given, listed))

    @property
    def lacks_reason(self) -> bool:
        return self.difference != 0 and self.reason is None

    def told(self) -> dict[str, Any]:
        """As it is stored and hashed: numbers as text, of one spelling each."""
        hours = None if self.standard_hours is None else _number(self.standard_hours)
        return {
            "line_number": self.line_number, "kind": str(self.kind), "code": self.code, "name": self.name,
            "origin": self.origin and str(self.origin), "standard_hours": hours, "quantity": _number(self.quantity),
            "list_price": _money(self.list_price), "list_amount": _money(self.list_amount),
            "discount": _money(self.discount), "estimate": _money(self.estimate), "amount": _money(self.amount),
            "difference": _money(self.difference), "reason": self.reason, "payer": str(self.payer),
            "shares": shares_told(self.shares), "is_upsell": self.is_upsell,
        }  # fmt: skip


@dataclass(frozen=True)
class Bill:
    """`undecided` are the numbers of lines that the customer has not decided on; they are no work yet."""

    lines: tuple[BillLine, ...]
    undecided: tuple[int, ...]
    owner_share: Decimal

    @property
    def amount(self) -> Decimal:
        return _sum(line.amount for line in self.lines)

    @property
    def estimate(self) -> Decimal:
        return _sum(line.estimate for line in self.lines)

    @property
    def difference(self) -> Decimal:
        return _sum(line.difference for line in self.lines)

    @property
    def list_amount(self) -> Decimal:
        return _sum(line.list_amount for line in self.lines)

    @property
    def discount(self) -> Decimal:
        return _sum(line.discount for line in self.lines)

    @property
    def payers(self) -> Mapping[Payer, Decimal]:
        """Each payer's part of the lines; they sum to the amount."""
        return {
            payer: _sum(share_of(payer, line.payer, line.amount, line.shares) for line in self.lines)
            for payer in Payer
        }  # fmt: skip

    def told(self) -> dict[str, Any]:
        totals = ("list_amount", "discount", "estimate", "amount", "difference", "owner_share")
        return {
            "lines": [line.told() for line in self.lines],
            "payers": {str(payer): _money(amount) for payer, amount in self.payers.items()},
            **{name: _money(getattr(self, name)) for name in totals},
        }


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _number(number: Decimal) -> str:
    return format(number.normalize(), "f")


class ReasonsRefused(WorkorderRefusal):
    status = 422
    slug = "reasons-refused"
    title = "Some reasons are for lines that need none"

    def __init__(self, detail: str, errors: Sequence[Mapping[str, str]]) -> None:
        super().__init__(detail)
        self.errors = errors


class SettlementHindered(WorkorderRefusal):
    slug = "settlement-hindered"
    title = "Something is still open; the order cannot be settled yet"

    def __init__(self, detail: str, errors: Sequence[Mapping[str, str]]) -> None:
        super().__init__(detail)
        self.errors = errors


def with_reasons(bill: Bill, reasons: Mapping[int, str]) -> Bill:
    """Reasons for lines that differ from their estimate without one."""
    wanting = {line.line_number for line in bill.lines if line.lacks_reason}
    errors = [
        _hindrance(f"/reasons/{number}", "reason-unwanted", f"line {number} differs from nothing that lacks a reason")
        for number in reasons
        if number not in wanting
    ]
    if errors:
        raise ReasonsRefused("; ".join(each["detail"] for each in errors), errors)
    lines = (replace(line, reason=line.reason or reasons.get(line.line_number)) for line in bill.lines)
    return replace(bill, lines=tuple(lines))


def hindrances(bill: Bill, progress: Progress, limits: Limits) -> list[dict[str, str]]:
    """What stands in the way of settling, as errors of a problem document; `limits` are those of who settles."""
    found = []
    if Move.SETTLE not in allowed_moves(progress):
        found.append(_hindrance("/state", "move-not-allowed", f"the order is {progress.state}"))
    found += [
        _hindrance(f"/lines/{number}", "line-undecided", f"the customer has not decided on line {number}")
        for number in bill.undecided
    ]
    found += [
        _hindrance(f"/reasons/{line.line_number}", "reason-missing",
                   f"line {line.line_number} was estimated at {line.estimate:.2f} and is {line.amount:.2f}")
        for line in bill.lines
        if line.lacks_reason
    ]  # fmt: skip
    return found + _discounts_over_limit(bill, limits)


def _discounts_over_limit(bill: Bill, limits: Limits) -> list[dict[str, str]]:
    """Of lines that were priced here: what neither the one who gave it nor the one who settles may give."""
    ours = [(line.priced, line.granted) for line in bill.lines if line.granted is not None]
    over = [priced for priced, granted in ours if priced.beyond(max(granted.line, limits.of(priced.group).line))]
    for group in DiscountGroup:
        given = [(priced, granted) for priced, granted in ours if priced.group is group]
        orders = [granted.order for priced, granted in given if priced.discount]
        together = total_of((priced for priced, _ in given), group)
        if together.beyond(max(limits.of(group).order, *orders, Decimal(0))):
            over.append(together)
    return [
        _hindrance(each.at, "discount-over-limit", f"{each.discount:.2f} off {each.list_amount:.2f} was not allowed")
        for each in over
    ]


def _hindrance(pointer: str, code: str, detail: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": detail}


def require_settleable(found: Sequence[Mapping[str, str]]) -> None:
    if found:
        raise SettlementHindered("; ".join(each["detail"] for each in found), found)
