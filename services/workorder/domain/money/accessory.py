"""Accessories and care products: who sells them, and how far below the list price they may go."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from services.workorder.domain.money.settlement import PaymentMethod
from services.workorder.domain.refusals import WorkorderRefusal

LOWEST_SHARE_OF_LIST = Decimal("0.8")
"""Clause 二(2) of the commission plan: never below 80% of the list price."""


class Department(StrEnum):
    FRONT_DESK = "front_desk"
    ACCESSORY = "accessory"
    SALES = "sales"
    OTHER = "other"


class BelowLowestPrice(WorkorderRefusal):
    status = 422
    slug = "below-lowest-price"
    title = "The price is below 80% of the list price"


class ReturnedAlready(WorkorderRefusal):
    slug = "returned-already"
    title = "These goods came back already"


class ReturnDayRefused(WorkorderRefusal):
    status = 422
    slug = "return-day-refused"
    title = "Goods do not come back before they were sold"


class MethodRefused(WorkorderRefusal):
    status = 422
    slug = "method-not-told"
    title = "Goods that are paid for name how, and others do not"


def require_paid_how(amount: Decimal, method: PaymentMethod | None, *, given_away: bool) -> None:
    """Money passes the till for what is sold; a present, or what costs nothing, brings none."""
    paid = amount > 0 and not given_away
    if paid and method is None:
        raise MethodRefused(f"Say how the {amount} were paid")
    if not paid and method is not None:
        raise MethodRefused(f"Nothing was paid by {method}")


def require_returnable(sold_on: date, returned_on: date, before: date | None) -> None:
    """`before`: the day on which they came back already."""
    if before is not None:
        raise ReturnedAlready(f"They came back on {before}")
    if returned_on < sold_on:
        raise ReturnDayRefused(f"They were sold on {sold_on}")


def below_lowest_price(list_price: Decimal, amount: Decimal, *, given_away: bool) -> bool:
    """Whether goods were sold too cheaply; a present has no price that could be too low."""
    return not given_away and amount < list_price * LOWEST_SHARE_OF_LIST


def require_lowest_price(list_price: Decimal, amount: Decimal, *, given_away: bool, reason: str | None) -> None:
    if below_lowest_price(list_price, amount, given_away=given_away) and not reason:
        raise BelowLowestPrice(f"{amount} is below 80% of {list_price}; give the reason of the exception")
