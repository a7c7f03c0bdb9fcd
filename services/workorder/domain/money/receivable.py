"""What others owe for orders that are settled or have left: whose it is, since when it is due, how old it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class Debtor(StrEnum):
    CUSTOMER = "customer"
    MAKER = "maker"
    INSURER = "insurer"


class Age(StrEnum):
    """Days past due."""

    NOT_DUE = "not_due"
    TO_30 = "0_30"
    TO_60 = "31_60"
    TO_90 = "61_90"
    OVER_90 = "over_90"


LAST_DAYS: Mapping[Age, int] = {Age.NOT_DUE: -1, Age.TO_30: 30, Age.TO_60: 60, Age.TO_90: 90}
"""The last day of each age; what is older is over 90."""


def age_of(days_past_due: int) -> Age:
    return next((age for age, last in LAST_DAYS.items() if days_past_due <= last), Age.OVER_90)


@dataclass(frozen=True)
class Receivable:
    """`open` below zero is money of a customer that is held beyond what he owes."""

    order_id: UUID
    order_number: str
    advisor: str | None
    customer_number: str | None
    customer_name: str | None
    debtor: Debtor
    since: date
    due_on: date
    open: Decimal

    def days_past_due(self, as_of: date) -> int:
        return (as_of - self.due_on).days


@dataclass
class Sums:
    total: Decimal = Decimal("0.00")
    ages: dict[Age, Decimal] = field(default_factory=lambda: dict.fromkeys(Age, Decimal("0.00")))

    def add(self, amount: Decimal, age: Age) -> None:
        self.total += amount
        self.ages[age] += amount


@dataclass
class Aged:
    """Sums by debtor; those of customers also by who owes it and by whose order it is. `held`: theirs, not owed."""

    debtors: dict[Debtor, Sums] = field(default_factory=lambda: {each: Sums() for each in Debtor})
    customers: dict[tuple[str | None, str | None], Sums] = field(default_factory=dict)
    advisors: dict[str | None, Sums] = field(default_factory=dict)
    held: Decimal = Decimal("0.00")


def aged(receivables: Iterable[Receivable], as_of: date) -> Aged:
    found = Aged()
    for each in receivables:
        if each.open <= 0:
            found.held -= each.open
            continue
        age = age_of(each.days_past_due(as_of))
        found.debtors[each.debtor].add(each.open, age)
        if each.debtor is Debtor.CUSTOMER:
            found.customers.setdefault((each.customer_number, each.customer_name), Sums()).add(each.open, age)
            found.advisors.setdefault(each.advisor, Sums()).add(each.open, age)
    return found
