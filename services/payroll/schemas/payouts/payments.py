"""Bodies of what a closing pays."""

from chassis.representation import Money, ResponseBody


class PaymentRead(ResponseBody):
    """`pay` and `recover` are what `whole` is above or below `paid_before`; one of them is zero."""

    employee: str
    name: str | None
    whole: Money
    paid_before: Money
    pay: Money
    recover: Money


class PaymentsRead(ResponseBody):
    """Of one closing; `whole` is the month's total, and what all closings until this one paid, less `recover`."""

    month: str
    revision: int
    currency: str
    whole: Money
    paid_before: Money
    pay: Money
    recover: Money
    payments: list[PaymentRead]
