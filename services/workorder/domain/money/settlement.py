"""Money of an order: what the customer owes, what a payment may be, and what settlement closes for good."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from services.workorder.domain.orders.line import Authorisation, Payer, is_work
from services.workorder.domain.orders.order import Progress, State
from services.workorder.domain.orders.share import Shares, share_of
from services.workorder.domain.refusals import WorkorderRefusal


class PaymentMethod(StrEnum):
    WECHAT = "wechat"
    ALIPAY = "alipay"
    CARD = "card"
    CASH = "cash"
    TRANSFER = "transfer"
    OTHER = "other"


@dataclass(frozen=True)
class Charge:
    """The money of one line; `covered`: the customer's part of it was paid before, with a package."""

    payer: Payer
    authorisation: Authorisation | None
    amount: Decimal
    shares: Shares | None = None
    covered: bool = False


class AmountNotPositive(WorkorderRefusal):
    status = 422
    slug = "amount-not-positive"
    title = "The amount must be above zero"


class PaymentExceedsOpen(WorkorderRefusal):
    status = 422
    slug = "payment-exceeds-open"
    title = "The customer owes less than that"


class DepositNotNow(WorkorderRefusal):
    slug = "deposit-not-now"
    title = "A deposit is taken between the car's arrival and settlement"


class OrderCancelled(WorkorderRefusal):
    slug = "order-cancelled"
    title = "The order was cancelled"


@dataclass(frozen=True)
class Balance:
    """What the customer owes, what was received of him, what was given back. Open below zero: too much is held."""

    owed: Decimal
    paid: Decimal
    refunded: Decimal

    @property
    def held(self) -> Decimal:
        return self.paid - self.refunded

    @property
    def open(self) -> Decimal:
        return self.owed - self.held


class PaidOtherwise(WorkorderRefusal):
    slug = "paid-otherwise"
    title = "The customer has paid another amount by now"


def require_paid_as_seen(seen: Decimal, held: Decimal) -> None:
    """Who reverses a settlement knows what has been paid on it."""
    if seen != held:
        raise PaidOtherwise(f"{held} is paid, not {seen}", paid=f"{held:.2f}")


def owed_by_customer(charges: Iterable[Charge], owner_share: Decimal = Decimal(0)) -> Decimal:
    """What the customer pays: his part of each line that is work, and his own share of an insured repair."""
    due = (c for c in charges if is_work(c.authorisation) and not c.covered)
    own = (share_of(Payer.CUSTOMER, c.payer, c.amount, c.shares) for c in due)
    return sum(own, owner_share)


def expected_of_customer(charges: Iterable[Charge], owner_share: Decimal = Decimal(0)) -> Decimal:
    """What he would owe if he also approved all that is proposed to him now: the most a deposit may secure."""
    proposed = Authorisation.PROPOSED
    return owed_by_customer(
        (replace(c, authorisation=None) if c.authorisation is proposed else c for c in charges), owner_share
    )


def require_payable(progress: Progress, amount: Decimal, open_amount: Decimal) -> None:
    """A payment taken by hand is above zero and at most what is still open."""
    if amount <= 0:
        raise AmountNotPositive(f"{amount} cannot be paid")
    if progress.state is State.CANCELLED:
        raise OrderCancelled("A cancelled order takes no payment")
    if amount > open_amount:
        raise PaymentExceedsOpen(f"{open_amount} is open, {amount} was to be paid", open=str(open_amount))


def require_depositable(progress: Progress, amount: Decimal, expected_open: Decimal) -> None:
    """A deposit secures work to come: from the car's arrival to settlement, up to what the work is expected to cost."""
    if progress.state is State.BOOKED or progress.settled:
        raise DepositNotNow(f"The order is {'settled' if progress.settled else progress.state}")
    require_payable(progress, amount, expected_open)
