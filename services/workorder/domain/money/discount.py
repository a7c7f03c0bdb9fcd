"""Discounts: what is taken off the customer's list price or paid out of goodwill, and how far each role may go."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from services.workorder.domain.orders.line import LineKind, Payer
from services.workorder.domain.orders.share import Shares
from services.workorder.domain.refusals import WorkorderRefusal

CENT = Decimal("0.01")


class DiscountGroup(StrEnum):
    """Goods are parts and accessories; all else is labour."""

    LABOUR = "labour"
    PARTS = "parts"


@dataclass(frozen=True)
class Allowance:
    """Percent of the list price that one may take off a line, and off the lines of an order together."""

    line: Decimal
    order: Decimal

    def or_better(self, other: "Allowance") -> "Allowance":
        return Allowance(max(self.line, other.line), max(self.order, other.order))


NOTHING_GRANTED = Allowance(Decimal(0), Decimal(0))


@dataclass(frozen=True)
class Limits:
    labour: Allowance
    parts: Allowance

    def of(self, group: DiscountGroup) -> Allowance:
        return self.parts if group is DiscountGroup.PARTS else self.labour

    def or_better(self, other: "Limits") -> "Limits":
        return Limits(self.labour.or_better(other.labour), self.parts.or_better(other.parts))


def alike(percent: int) -> Limits:
    """The same for everything."""
    allowance = Allowance(Decimal(percent), Decimal(percent))
    return Limits(allowance, allowance)


NO_DISCOUNT = Limits(NOTHING_GRANTED, NOTHING_GRANTED)
SHIPPED_LIMITS: Mapping[str, Limits] = {
    "service_advisor": alike(5),
    "desk_supervisor": alike(15),
    "service_manager": alike(30),
    "administrator": alike(100),
}
"""What holds for a role until the store has set limits of its own; every other role sells at the list price."""


@dataclass(frozen=True)
class Priced:
    """A line's list price, and what is given away of it. `at`: where its amount stands in the body."""

    at: str
    group: DiscountGroup
    list_amount: Decimal
    discount: Decimal

    def beyond(self, percent: Decimal) -> bool:
        return self.discount * 100 > percent * self.list_amount


class DiscountOverLimit(WorkorderRefusal):
    status = 422
    slug = "discount-over-limit"
    title = "The discount is above the limit of your roles"

    def __init__(self, detail: str, errors: Sequence[Mapping[str, str]]) -> None:
        super().__init__(detail)
        self.errors = errors


class LimitBeyondOwn(WorkorderRefusal):
    status = 422
    slug = "limit-beyond-own"
    title = "A limit above your own is not yours to set"


def group_of(kind: LineKind) -> DiscountGroup:
    return DiscountGroup.PARTS if kind in (LineKind.PART, LineKind.ACCESSORY) else DiscountGroup.LABOUR


def list_amount(quantity: Decimal, list_price: Decimal) -> Decimal:
    return (quantity * list_price).quantize(CENT, ROUND_HALF_UP)


def is_customers(payer: Payer, shares: Shares | None) -> bool:
    """Whether the customer pays any of a line. What maker, insurer or shop pay of it is no discount."""
    return payer is Payer.CUSTOMER if shares is None else Payer.CUSTOMER in shares


def is_goodwill(payer: Payer, shares: Shares | None) -> bool:
    return payer is Payer.GOODWILL if shares is None else Payer.GOODWILL in shares


def discount_of(listed: Decimal, amount: Decimal) -> Decimal:
    """A line above its list price has none."""
    return max(listed - amount, Decimal(0))


def limits_of(roles: Iterable[str], own: Mapping[str, Limits]) -> Limits:
    """The best that any of a person's roles gives; `own` are the store's, which replace the shipped ones."""
    found = NO_DISCOUNT
    for role in roles:
        found = found.or_better(own.get(role, SHIPPED_LIMITS.get(role, NO_DISCOUNT)))
    return found


def total_of(lines: Iterable[Priced], group: DiscountGroup) -> Priced:
    """The lines of one group together."""
    members = [line for line in lines if line.group is group]
    listed = sum((line.list_amount for line in members), Decimal(0))
    return Priced(f"/discounts/{group}", group, listed, sum((line.discount for line in members), Decimal(0)))


def require_within_limits(limits: Limits, set_now: Sequence[Priced], order: Sequence[Priced]) -> None:
    """`order` are all lines of the order, those just set included. Who gives no discount answers for none."""
    errors = [
        _error(line, limits.of(line.group).line, "line-discount-over-limit")
        for line in set_now
        if line.beyond(limits.of(line.group).line)
    ]
    for group in {line.group for line in set_now if line.discount}:
        if (together := total_of(order, group)).beyond(limits.of(group).order):
            first = next(line for line in set_now if line.group is group and line.discount)
            told = Priced(first.at, group, together.list_amount, together.discount)
            errors.append(_error(told, limits.of(group).order, "order-discount-over-limit"))
    if errors:
        raise DiscountOverLimit("; ".join(f"{each['pointer']}: {each['detail']}" for each in errors), errors)


def _error(line: Priced, percent: Decimal, code: str) -> dict[str, str]:
    whose = "this line" if code.startswith("line") else f"the order's {line.group}"
    detail = f"{line.discount} off {line.list_amount} on {whose}; at most {percent:f} % is allowed"
    return {"pointer": line.at, "code": code, "detail": detail}


def require_not_beyond_own(limits: Limits, own: Limits) -> None:
    """Nobody gives a role more than he has, himself included."""
    if own.or_better(limits) != own:
        raise LimitBeyondOwn("Your own limit is lower than that")
