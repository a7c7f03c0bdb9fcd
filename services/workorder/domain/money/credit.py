"""Cars that leave unpaid on the payer's credit: within his terms, or because a manager says so and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from services.workorder.domain.refusals import WorkorderRefusal

MAY_OVERRIDE = frozenset({"administrator", "service_manager"})


@dataclass(frozen=True)
class Terms:
    """How much a payer may owe at a time, and within how many days he pays."""

    limit: Decimal
    days: int


NO_CREDIT = Terms(Decimal("0.00"), 0)


class CreditExceeded(WorkorderRefusal):
    slug = "credit-exceeded"
    title = "The payer's credit does not cover this order"


class CreditOverrideRefused(WorkorderRefusal):
    status = 403
    slug = "credit-override-refused"
    title = "Credit beyond the terms is given by a manager"


def require_credit(terms: Terms, owed_elsewhere: Decimal, order_open: Decimal) -> None:
    """An order of which nothing is open needs no credit."""
    if order_open > 0 and owed_elsewhere + order_open > terms.limit:
        raise CreditExceeded(
            f"{order_open} is open here, {owed_elsewhere} on other orders, the credit is {terms.limit}",
            limit=str(terms.limit), owed_elsewhere=str(owed_elsewhere), open=str(order_open),
        )  # fmt: skip


def require_override_allowed(roles: Iterable[str]) -> None:
    if not MAY_OVERRIDE & frozenset(roles):
        raise CreditOverrideRefused("Ask a manager to give the reason")
