"""Money of an order: what the customer owes, what a payment may be, and what settlement closes for good."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from services.workorder.domain.line import Authorisation, Payer, is_work
from services.workorder.domain.order import Progress, State
from services.workorder.domain.refusals import WorkorderRefusal
from services.workorder.domain.share import Shares, share_of


class PaymentMethod(StrEnum):
    WECHAT = "wechat"
    ALIPAY = "alipay"
    CARD = "card"
    CASH = "cash"
    TRANSFER = "transfer"
    OTHER = "other"


@dataclass(frozen=True)
class Charge:
    """The money of one line."""

    payer: Payer
    authorisation: Authorisation | None
    amount: Decimal
    shares: Shares | None = None


class AmountNotPositive(WorkorderRefusal):
    status = 422
    slug = "amount-not-positive"
    title = "The amount must be above zero"


class PaymentExceedsOpen(WorkorderRefusal):
    status = 422
    slug = "payment-exceeds-open"
    title = "The customer owes less than that"


class OrderCancelled(WorkorderRefusal):
    slug = "order-cancelled"
    title = "The order was cancelled"


def owed_by_customer(charges: Iterable[Charge], owner_share: Decimal = Decimal(0)) -> Decimal:
    """What the customer pays: his part of each line that is work, and his own share of an insured repair."""
    own = (share_of(Payer.CUSTOMER, c.payer, c.amount, c.shares) for c in charges if is_work(c.authorisation))
    return sum(own, owner_share)


def require_payable(progress: Progress, amount: Decimal, open_amount: Decimal) -> None:
    """A payment taken by hand is above zero and at most what is still open."""
    if amount <= 0:
        raise AmountNotPositive(f"{amount} cannot be paid")
    if progress.state is State.CANCELLED:
        raise OrderCancelled("A cancelled order takes no payment")
    if amount > open_amount:
        raise PaymentExceedsOpen(f"{open_amount} is open, {amount} was to be paid", open=str(open_amount))
