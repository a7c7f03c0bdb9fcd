"""What an operation or a menu costs on a day, for a car, a kind of order and a payer; each price with its steps.

Labour is hours × rate, at the claims rate when the maker pays and at the retail rate otherwise. A store without a
retail rate on the day charges the operation's own list price. Parts and the rest cost their list price. Rounding is
once, at the end, half up to the cent. A menu has one price; its items get shares of it by the largest remainder.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Self

from services.workorder.domain.catalogue.catalogue_entries import (
    Basis,
    Car,
    Catalogue,
    CatalogueOperation,
    LabourRate,
    MenuVersion,
    basis_for,
    hours_on,
    menu_on,
    rate_on,
)
from services.workorder.domain.catalogue.price_steps import Entry, Rule, Source, Step
from services.workorder.domain.catalogue.price_version import in_force
from services.workorder.domain.orders.line import LineKind, Payer
from services.workorder.domain.orders.order import OrderKind
from services.workorder.domain.refusals import WorkorderRefusal

CENT = Decimal("0.01")
MOST_UNITS = 999
_EXACT = Context(prec=60)


class PricingRefusal(WorkorderRefusal):
    """The catalogue cannot price this."""

    status = 422
    errors: Sequence[Mapping[str, str]] = ()

    def at(self, pointer: str) -> Self:
        """The same, saying which field asked for it."""
        self.errors = [{"pointer": pointer, "code": self.slug, "detail": str(self)}]
        return self


class UnknownOperation(PricingRefusal):
    slug = "operation-unknown"
    title = "The catalogue has no such operation"


class UnknownMenu(PricingRefusal):
    slug = "menu-unknown"
    title = "There is no such menu"


class NoHoursForModel(PricingRefusal):
    slug = "no-hours-for-model"
    title = "The operation has no standard hours for this model"


class NoRateOnDay(PricingRefusal):
    slug = "no-rate-on-day"
    title = "The store has no labour rate on this day"


class NoPriceOnDay(PricingRefusal):
    slug = "no-price-on-day"
    title = "There is no price on this day"


class QuantityOutOfRange(PricingRefusal):
    slug = "quantity-out-of-range"
    title = "That quantity cannot be priced"


class LinesNotPriced(PricingRefusal):
    slug = "lines-not-priced"
    title = "Some of the lines cannot be priced by the catalogue"

    def __init__(self, errors: Sequence[Mapping[str, str]]) -> None:
        super().__init__("; ".join(error["detail"] for error in errors))
        self.errors = errors


@dataclass(frozen=True)
class Asked:
    """Whom, when and how much of it a price is for."""

    day: date
    kind: OrderKind = OrderKind.REPAIR
    payer: Payer = Payer.CUSTOMER
    car: Car = field(default_factory=Car)
    quantity: Decimal = Decimal(1)

    @property
    def basis(self) -> Basis:
        return basis_for(self.payer)


@dataclass(frozen=True)
class PricedWork:
    """`hours` are those of all units, `unit_price` is that of one; `steps` add up to `amount`."""

    operation: CatalogueOperation
    quantity: Decimal
    hours: Decimal | None
    unit_price: Decimal
    amount: Decimal
    steps: tuple[Step, ...]
    menu: MenuVersion | None = None


def price_operation(catalogue: Catalogue, code: str, asked: Asked) -> PricedWork:
    operation = catalogue.operations.get(code)
    if operation is None:
        raise UnknownOperation(f"The catalogue has no {code}")
    _require_quantity(asked.quantity)
    if operation.kind is not LineKind.LABOUR:
        return _of_list_price(operation, asked, Rule.LIST_PRICE)
    rate = rate_on(catalogue.rates, asked.basis, asked.kind, asked.day)
    if rate is not None:
        return _of_labour(operation, rate, asked)
    if asked.basis is Basis.RETAIL and in_force(operation.prices, asked.day):
        return _of_list_price(operation, asked, Rule.LIST_PRICE_FOR_LABOUR)
    raise NoRateOnDay(f"No {asked.basis} labour rate was in force on {asked.day}")


def published_amount(catalogue: Catalogue, code: str, asked: Asked) -> Decimal | None:
    """What the catalogue asks for it, where it knows a price of it then."""
    try:
        return price_operation(catalogue, code, asked).amount
    except PricingRefusal:
        return None


def _require_quantity(quantity: Decimal) -> None:
    if not 0 < quantity <= MOST_UNITS or quantity != quantity.quantize(Decimal("0.0001")):
        raise QuantityOutOfRange(f"{quantity} is not above 0, at most {MOST_UNITS} and of four decimals at most")


def _of_labour(operation: CatalogueOperation, rate: LabourRate, asked: Asked) -> PricedWork:
    hours, found = _hours(operation, asked)
    product = _EXACT.multiply(_EXACT.multiply(hours, asked.quantity), rate.rate)
    steps = (
        found,
        Step(
            Rule.LABOUR_RATE,
            {"basis": str(rate.basis), "day": asked.day.isoformat(), "rate": f"{rate.rate:.2f}"},
            source=Source.of(Entry.LABOUR_RATE, rate),
        ),
        Step(
            Rule.LABOUR,
            {"hours": _short(hours), "quantity": _short(asked.quantity), "rate": f"{rate.rate:.2f}",
             "product": _short(product)},
            product,
        ),
        *_rounding(product),
    )  # fmt: skip
    of_one = in_cents(_EXACT.multiply(hours, rate.rate))
    return PricedWork(operation, asked.quantity, hours * asked.quantity, of_one, in_cents(product), steps)


def _hours(operation: CatalogueOperation, asked: Asked) -> tuple[Decimal, Step]:
    own = hours_on(operation, asked.car, asked.day)
    if own is not None:
        inputs = {"operation": operation.code, "car": str(asked.car), "hours": _short(own.hours)}
        return own.hours, Step(Rule.HOURS_OF_MODEL, inputs, source=Source.of(Entry.OPERATION_HOURS, own))
    if operation.hours is None:
        raise NoHoursForModel(
            f"{operation.code} has no standard hours for {str(asked.car) or 'a car of unknown model'}"
        )
    inputs = {"operation": operation.code, "hours": _short(operation.hours)}
    source = Source(Entry.OPERATION, operation.id, operation.source)
    return operation.hours, Step(Rule.HOURS_OF_OPERATION, inputs, source=source)


def _of_list_price(operation: CatalogueOperation, asked: Asked, rule: Rule) -> PricedWork:
    price = in_force(operation.prices, asked.day)
    if price is None:
        raise NoPriceOnDay(f"{operation.code} had no list price on {asked.day}")
    told = f"{price.list_price:.2f}"
    product = _EXACT.multiply(price.list_price, asked.quantity)
    steps = (
        Step(
            rule,
            {"operation": operation.code, "day": asked.day.isoformat(), "list_price": told},
            source=Source.of(Entry.OPERATION_PRICE, price),
        ),
        Step(Rule.UNITS, {"list_price": told, "quantity": _short(asked.quantity), "product": _short(product)}, product),
        *_rounding(product),
    )
    hours = None if operation.hours is None else operation.hours * asked.quantity
    return PricedWork(operation, asked.quantity, hours, price.list_price, in_cents(product), steps)


def price_menu(catalogue: Catalogue, code: str, asked: Asked) -> list[PricedWork]:
    """Its items in the menu's order; their amounts sum to the menu's price × quantity."""
    versions = (catalogue.menus or {}).get(code, ())
    if not versions:
        raise UnknownMenu(f"There is no menu {code}")
    menu = menu_on(versions, asked.car.model, asked.day)
    if menu is None:
        raise NoPriceOnDay(f"Menu {code} had no price for {asked.car.model or 'every model'} on {asked.day}")
    if asked.quantity != asked.quantity.to_integral_value():
        raise QuantityOutOfRange("A menu is sold whole")
    _require_quantity(asked.quantity)
    own = [
        price_operation(catalogue, item.operation, replace(asked, quantity=item.quantity * asked.quantity))
        for item in menu.components
    ]
    total = menu.price * asked.quantity
    shares = split_by_largest_remainder(total, [work.amount for work in own])
    own_total = sum((work.amount for work in own), Decimal(0))
    return [_shared(work, menu, share, total, own_total) for work, share in zip(own, shares, strict=True)]


def _shared(work: PricedWork, menu: MenuVersion, share: Decimal, total: Decimal, own_total: Decimal) -> PricedWork:
    step = Step(
        Rule.MENU_SHARE,
        {"menu": menu.code, "menu_price": f"{total:.2f}", "own": f"{work.amount:.2f}", "own_total": f"{own_total:.2f}",
         "share": f"{share:.2f}"},
        share - work.amount,
        Source.of(Entry.MENU, menu),
    )  # fmt: skip
    return replace(work, amount=share, steps=(*work.steps, step), menu=menu)


def split_by_largest_remainder(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Shares in whole cents that sum to the total; of equal remainders the earlier gets the cent.

    Where all weights are zero the shares are equal.
    """
    whole = [int(weight / CENT) for weight in weights]
    parts = whole if any(whole) else [1] * len(whole)
    cents, all_parts = int(total / CENT), sum(parts)
    shares = [cents * part // all_parts for part in parts]
    ranked = sorted(range(len(parts)), key=lambda place: (-(cents * parts[place] % all_parts), place))
    for place in ranked[: cents - sum(shares)]:
        shares[place] += 1
    return [share * CENT for share in shares]


def in_cents(exact: Decimal) -> Decimal:
    return exact.quantize(CENT, rounding=ROUND_HALF_UP, context=_EXACT)


def _rounding(exact: Decimal) -> tuple[Step, ...]:
    rounded = in_cents(exact)
    if rounded == exact:
        return ()
    inputs = {"exact": _short(exact), "rounded": f"{rounded:.2f}"}
    return (Step(Rule.ROUNDING, inputs, _EXACT.subtract(rounded, exact)),)


def _short(number: Decimal) -> str:
    return format(number.normalize(_EXACT), "f")
