"""The insurer's part of an accident repair: what he approved, further approvals, and what he has paid of it."""

from decimal import Decimal

from services.workorder.domain.money.settlement import AmountNotPositive
from services.workorder.domain.refusals import WorkorderRefusal

SUPPLEMENTS_AT_MOST = 50
"""Of one order: an insurer looks again at what shows when a car is taken apart, not every day for ever."""
MOST_APPROVED = Decimal(100_000_000)


class SupplementRefused(WorkorderRefusal):
    status = 422
    slug = "supplement-refused"
    title = "The supplement does not fit what was approved"


class ApprovalMissing(WorkorderRefusal):
    slug = "approval-missing"
    title = "The insurer has approved nothing for this order yet"


class InsurerPaymentExceedsOpen(WorkorderRefusal):
    status = 422
    slug = "insurer-payment-exceeds-open"
    title = "The insurer owes less than that"


class TakenBackAlready(WorkorderRefusal):
    slug = "taken-back-already"
    title = "This payment was taken back already"


def require_not_taken_back(*, taken_back: bool) -> None:
    if taken_back:
        raise TakenBackAlready("It counts for nothing any more")


def require_room(supplements: int) -> None:
    """`supplements`: how many there are."""
    if supplements >= SUPPLEMENTS_AT_MOST:
        raise SupplementRefused(f"An order has at most {SUPPLEMENTS_AT_MOST} supplements", limit=SUPPLEMENTS_AT_MOST)


def supplemented(approved: Decimal, amount: Decimal, received: Decimal) -> Decimal:
    """The new total: a supplement raises or lowers it, not below what the insurer has paid, nor beyond all measure."""
    total = approved + amount
    if total > MOST_APPROVED:
        raise SupplementRefused(f"At most {MOST_APPROVED} is approved in all", limit=str(MOST_APPROVED))
    if amount == 0:
        raise SupplementRefused("A supplement changes the amount")
    if total < received:
        raise SupplementRefused(f"{approved} is approved and {received} was received", received=str(received))
    return total


def require_insurer_payable(amount: Decimal, open_amount: Decimal) -> None:
    if amount <= 0:
        raise AmountNotPositive(f"{amount} cannot be paid")
    if amount > open_amount:
        raise InsurerPaymentExceedsOpen(f"{open_amount} is open, {amount} was to be paid", open=str(open_amount))
