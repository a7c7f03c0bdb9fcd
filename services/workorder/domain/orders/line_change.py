"""What of an order's line may still be changed by hand, and never to the customer's cost once he has agreed."""

from dataclasses import dataclass
from decimal import Decimal

from services.workorder.domain.orders.line import Authorisation, Payer
from services.workorder.domain.orders.share import Shares, share_of
from services.workorder.domain.refusals import WorkorderRefusal


class LineDecidedAgainst(WorkorderRefusal):
    slug = "line-decided-against"
    title = "Work that will not be done has no price to change"


class CustomerPaysMore(WorkorderRefusal):
    slug = "customer-pays-more"
    title = "The customer would pay more than he agreed to"


class PriceReasonMissing(WorkorderRefusal):
    status = 422
    slug = "price-reason-missing"
    title = "A change of a price needs a reason"


class LineOfAnotherSystem(WorkorderRefusal):
    slug = "line-of-another-system"
    title = "The money of this line is changed in the system that it came from"


@dataclass(frozen=True)
class LineMoney:
    """What a line brings in and who pays it."""

    amount: Decimal
    payer: Payer
    shares: Shares | None

    @property
    def customer(self) -> Decimal:
        return share_of(Payer.CUSTOMER, self.payer, self.amount, self.shares)

    @property
    def parts(self) -> Shares:
        """Of every payer, also where there is one only."""
        return {self.payer: self.amount} if self.shares is None else self.shares


def require_price_change(
    before: LineMoney, after: LineMoney, authorisation: Authorisation | None, *, agreed: bool, reason: str | None
) -> None:
    """Once a line is agreed to, the customer's part of it only falls: more work, or a dearer one, is a new proposal."""
    if authorisation in {Authorisation.DECLINED, Authorisation.EXPIRED, Authorisation.REVOKED}:
        raise LineDecidedAgainst(f"The line is {authorisation}")
    if not (reason and reason.strip()):
        raise PriceReasonMissing("Say why it costs otherwise, or why somebody else pays")
    if agreed and after.customer > before.customer:
        raise CustomerPaysMore(
            f"He agreed to {before.customer}, it would be {after.customer}; propose the rest as an upsell",
            agreed=str(before.customer),
        )


@dataclass(frozen=True)
class Margin:
    """Of one line or of many: what it brings in, what it costs, and how many lines have no cost yet."""

    amount: Decimal
    cost: Decimal
    uncosted: int

    @property
    def gross_profit(self) -> Decimal:
        return self.amount - self.cost

    def __add__(self, other: "Margin") -> "Margin":
        return Margin(self.amount + other.amount, self.cost + other.cost, self.uncosted + other.uncosted)


NO_MARGIN = Margin(Decimal("0.00"), Decimal("0.00"), 0)


def margin_of(amount: Decimal, cost: Decimal | None) -> Margin:
    return Margin(amount, cost or Decimal("0.00"), int(cost is None))
