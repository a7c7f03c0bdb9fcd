"""The catalogue: operations and parts, each with prices that hold from a day on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class OperationKind(StrEnum):
    LABOUR = "labour"
    PART = "part"


@dataclass(frozen=True)
class DatedPrice:
    valid_from: date
    list_price: Decimal


def price_on(prices: Iterable[DatedPrice], day: date) -> Decimal | None:
    """The list price of one unit on a day: the latest that began by then; none before the first began."""
    begun = [price for price in prices if price.valid_from <= day]
    return max(begun, key=lambda price: price.valid_from).list_price if begun else None
