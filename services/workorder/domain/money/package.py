"""Packages: work paid in advance, drawn down time by time, each time worth its part of the price."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.workorder.domain.orders.order import Progress, State
from services.workorder.domain.refusals import WorkorderRefusal


@dataclass(frozen=True)
class Content:
    """So many times an operation; `value` is what one time is worth of the price."""

    code: str
    times: int
    value: Decimal


@dataclass(frozen=True)
class Package:
    vin: str | None
    customers: frozenset[str]
    valid_until: date
    refunded: bool
    contents: Sequence[Content]
    used: Mapping[str, int]

    def left(self, content: Content) -> int:
        return content.times - self.used.get(content.code, 0)


@dataclass(frozen=True)
class Use:
    """The line a package is to be drawn down by, and whose order it stands on."""

    code: str
    customers_share: Decimal
    covered: bool
    vin: str | None
    customer: str | None
    progress: Progress


class PriceNotShared(WorkorderRefusal):
    status = 422
    slug = "package-price-not-shared"
    title = "What the package's times are worth is not its price"


class PackageEnded(WorkorderRefusal):
    slug = "package-ended"
    title = "The package is used up, expired or paid back"


class DrawRefused(WorkorderRefusal):
    status = 422
    slug = "draw-refused"
    title = "The package does not cover this line"


class DrawNotNow(WorkorderRefusal):
    slug = "draw-not-now"
    title = "A package is drawn down between the car's arrival and settlement"


def require_price_shared(price: Decimal, contents: Sequence[Content]) -> None:
    worth = sum((each.value * each.times for each in contents), Decimal(0))
    if len({each.code for each in contents}) != len(contents):
        raise PriceNotShared("Each operation stands once, with its times")
    if worth != price:
        raise PriceNotShared(f"The times are worth {worth}, the price is {price}", worth=str(worth))


def require_before_settlement(progress: Progress) -> None:
    if progress.settled or progress.state in {State.BOOKED, State.CANCELLED}:
        raise DrawNotNow(f"The order is {'settled' if progress.settled else progress.state}")


def draw(package: Package, use: Use, today: date) -> Content:
    """What is drawn; the package is of this car, or of this customer where it names no car."""
    require_before_settlement(use.progress)
    if package.refunded or today > package.valid_until:
        raise PackageEnded(f"It was {'paid back' if package.refunded else f'valid until {package.valid_until}'}")
    content = next((each for each in package.contents if each.code == use.code), None)
    if content is None:
        raise DrawRefused(f"The package has no {use.code}")
    if use.covered or use.customers_share <= 0:
        raise DrawRefused("The customer owes nothing for this line")
    if use.vin != package.vin if package.vin else use.customer not in package.customers:
        raise DrawRefused("The package is of another car or customer")
    if package.left(content) <= 0:
        raise PackageEnded(f"All {content.times} times of {use.code} are used")
    return content


def unused_value(package: Package) -> Decimal:
    """What is paid back of a package: each time that was not used, at its worth."""
    return sum((each.value * package.left(each) for each in package.contents), Decimal("0.00"))


def require_something_unused(package: Package) -> Decimal:
    value = unused_value(package)
    if package.refunded or value <= 0:
        raise PackageEnded("Nothing of it is unused")
    return value
