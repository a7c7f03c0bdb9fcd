"""Money given back: why, how much of a payment at most, and up to what sum each role decides by itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from services.workorder.domain.money.settlement import AmountNotPositive, PaymentMethod
from services.workorder.domain.refusals import WorkorderRefusal


class RefundReason(StrEnum):
    OVERPAID = "overpaid"
    DEPOSIT_RETURNED = "deposit_returned"
    WORK_NOT_DONE = "work_not_done"
    GOODWILL = "goodwill"
    ENTERED_WRONGLY = "entered_wrongly"
    """The payment never was: all of it goes, by the method by which it was entered."""


WITHOUT_LIMIT = frozenset({"administrator", "service_manager"})
USUAL_LIMITS: Mapping[str, Decimal] = {"desk_supervisor": Decimal("5000.00"), "cashier": Decimal("500.00")}
"""How much of one payment a role gives back by itself, in a store that has set nothing else."""


class RefundExceedsPayment(WorkorderRefusal):
    status = 422
    slug = "refund-exceeds-payment"
    title = "Less than that is left of the payment"


class WrongEntryIsWhole(WorkorderRefusal):
    status = 422
    slug = "wrong-entry-is-whole"
    title = "A payment entered wrongly is taken back whole, by its own method"


class RefundDayRefused(WorkorderRefusal):
    status = 422
    slug = "refund-day-refused"
    title = "Money is not given back before it was received"


class RefundOverLimit(WorkorderRefusal):
    status = 403
    slug = "refund-over-limit"
    title = "A refund of this size is for someone with a higher limit"


@dataclass(frozen=True)
class Taken:
    """A payment, and what was given back of it so far."""

    amount: Decimal
    refunded: Decimal
    method: PaymentMethod
    paid_on: date

    @property
    def left(self) -> Decimal:
        return self.amount - self.refunded


@dataclass(frozen=True)
class Refund:
    amount: Decimal
    method: PaymentMethod
    reason: RefundReason
    refunded_on: date


def limit_of(roles: Iterable[str], limits: Mapping[str, Decimal]) -> Decimal | None:
    """The highest of what the roles may give back; None where one of them has no limit."""
    held = frozenset(roles)
    if held & WITHOUT_LIMIT:
        return None
    return max((limit for role, limit in {**USUAL_LIMITS, **limits}.items() if role in held), default=Decimal(0))


def require_refundable(taken: Taken, refund: Refund, limit: Decimal | None) -> None:
    """The limit holds for all that is given back of a payment, so that it is not passed in small steps."""
    if refund.amount <= 0:
        raise AmountNotPositive(f"{refund.amount} cannot be given back")
    if refund.amount > taken.left:
        raise RefundExceedsPayment(f"{taken.left} is left of the payment", left=str(taken.left))
    if refund.reason is RefundReason.ENTERED_WRONGLY and (refund.amount, refund.method) != (
        taken.amount,
        taken.method,
    ):
        raise WrongEntryIsWhole(f"All {taken.amount} by {taken.method}, or another reason")
    if refund.refunded_on < taken.paid_on:
        raise RefundDayRefused(f"The payment is of {taken.paid_on}")
    if limit is not None and taken.refunded + refund.amount > limit:
        raise RefundOverLimit(f"Up to {limit} of a payment; ask someone with a higher limit", limit=str(limit))
