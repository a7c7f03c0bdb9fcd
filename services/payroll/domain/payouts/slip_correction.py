"""Corrections of slips: what a closed month's would be now, less what was paid for it, as items of a later one."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import NAMESPACE_URL, uuid5

from services.payroll.domain.calculation.given import number_order
from services.payroll.domain.month import Month

from .slip import Basis, Item

ZERO = Decimal("0.00")


def corrections_of(month: Month, due: Mapping[str, Decimal], paid: Mapping[str, Decimal]) -> list[Item]:
    """One for everybody to whom something is due, or who has had too much; `paid` is with earlier corrections."""
    named = sorted(due.keys() | paid.keys(), key=number_order)
    told = [(each, due.get(each, ZERO), paid.get(each, ZERO)) for each in named]
    return [
        Item(
            id=str(uuid5(NAMESPACE_URL, f"correction/{month}/{employee}")), version=1, employee=employee, post=None,
            name_zh=f"{month} 工资更正", name_en=f"correction of {month}", basis=Basis.MONTH, rate=abs(now - before),
            deducted=now < before, reason=f"应发 due {now:.2f} − 已发 paid {before:.2f}",
            recorded_by="", of_month=str(month),
        )
        for employee, now, before in told if now != before
    ]  # fmt: skip
