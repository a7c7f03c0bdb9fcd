"""Adjusting a month's shares inside a team's pool (一.6 临时调整): what one gets more others get less."""

from collections.abc import Mapping
from decimal import Decimal

from services.payroll.domain.errors import PayrollRefusal


class AdjustmentRefused(PayrollRefusal):
    slug = "adjustment-refused"
    title = "A pool cannot be shared in this way"

    def __init__(self, code: str, detail: str, pointer: str = "/shares") -> None:
        super().__init__(detail)
        self.errors = [{"pointer": pointer, "code": code, "detail": detail}]


def adjust(shares: Mapping[str, Decimal], changes: Mapping[str, Decimal]) -> Mapping[str, Decimal]:
    """The shares of a pool after `changes` (yuan, by employee number), which sum to zero and leave nobody below it.

    `shares` are what the pool's people get now, earlier adjustments included; any of the team is among them, if with
    nothing.
    """
    if not changes:
        raise AdjustmentRefused("empty", "没有调整 / nothing is adjusted")
    for at, (number, amount) in enumerate(changes.items()):
        if number not in shares:
            raise AdjustmentRefused(
                "not-in-team", f"{number} 不在这个班组中 / {number} is not in this team", f"/shares/{at}/employee"
            )
        if amount == 0:
            raise AdjustmentRefused(
                "zero", f"{number} 的调整为零 / {number} is adjusted by zero", f"/shares/{at}/amount"
            )
        if shares[number] + amount < 0:
            raise AdjustmentRefused(
                "below-zero",
                f"{number} 的份额会低于零 / the share of {number} would be below zero",
                f"/shares/{at}/amount",
            )
    if left := sum(changes.values(), Decimal(0)):
        raise AdjustmentRefused("sum-not-zero", f"合计应为零,差 {left} / they sum to {left}, not to zero")
    return {number: amount + changes.get(number, Decimal(0)) for number, amount in shares.items()}
