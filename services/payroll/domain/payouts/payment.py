"""What each closing of a month still pays: its statements less what the closings before it paid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.payroll.domain.calculation.given import number_order

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Payment:
    """Of one person at one closing: `whole` is his statement's total, `paid_before` what earlier closings paid him."""

    employee: str
    whole: Decimal
    paid_before: Decimal

    @property
    def pay(self) -> Decimal:
        """Never below zero: a bank takes nothing back."""
        return max(self.whole - self.paid_before, ZERO)

    @property
    def recover(self) -> Decimal:
        """What he has had too much of, as of this closing; one that gives it back to him pays it no second time."""
        return max(self.paid_before - self.whole, ZERO)


def payments_of(closings: Sequence[Mapping[str, Decimal]]) -> list[Payment]:
    """Of the last of some closings (the oldest first; totals by employee), in the order of employee numbers.

    Who is in an earlier one only has a statement of nothing now.
    """
    paid: dict[str, Decimal] = {}
    payments: list[Payment] = []
    for totals in closings:
        named = sorted(totals.keys() | paid.keys(), key=number_order)
        payments = [Payment(each, totals.get(each, ZERO), paid.get(each, ZERO)) for each in named]
        paid = {each.employee: each.paid_before + each.pay for each in payments}
    return payments
