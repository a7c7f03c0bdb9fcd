"""Bodies of what a closing pays."""

from chassis.representation import Money, Page, ResponseBody


class PaymentRead(ResponseBody):
    """`pay` and `recover` are what `whole` is above or below `paid_before`; one of them is zero."""

    employee: str
    name: str | None
    whole: Money
    paid_before: Money
    pay: Money
    recover: Money


class PaymentsRead(Page[PaymentRead]):
    """Of one closing with its sums: `whole` is the month's total, what all closings until now paid, less `recover`."""

    month: str
    revision: int
    currency: str
    whole: Money
    paid_before: Money
    pay: Money
    recover: Money
