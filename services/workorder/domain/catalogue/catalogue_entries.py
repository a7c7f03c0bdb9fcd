"""What the catalogue knows of a price: operations with hours by model, labour rates, list prices and menus, by day."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.workorder.domain.catalogue.price_version import Dated, in_force
from services.workorder.domain.orders.line import LineKind, Origin, Payer
from services.workorder.domain.orders.order import OrderKind


class Basis(StrEnum):
    """Which of a store's two labour rates: the maker pays claims at one, everybody else the other."""

    RETAIL = "retail"
    CLAIMS = "claims"


def basis_for(payer: Payer) -> Basis:
    return Basis.CLAIMS if payer is Payer.MAKER else Basis.RETAIL


@dataclass(frozen=True)
class Car:
    """As far as it is known: hours that ask for more than is known do not apply."""

    model: str | None = None
    year: int | None = None
    engine: str | None = None

    def __str__(self) -> str:
        return " ".join(str(each) for each in (self.model, self.year, self.engine) if each is not None)


def same_name(one: str | None, other: str | None) -> bool:
    """Whether two spellings name one model or engine: width, case and blanks do not count."""
    return name_key(one) == name_key(other)


def name_key(name: str | None) -> str:
    """The same for all spellings of one name; empty for none."""
    return "".join(unicodedata.normalize("NFKC", name or "").split()).casefold()


@dataclass(frozen=True, kw_only=True)
class ModelHours(Dated):
    """Standard hours on a model; with an engine or years only on such cars, both years included."""

    model: str
    hours: Decimal
    engine: str | None = None
    year_from: int | None = None
    year_to: int | None = None

    @property
    def exactness(self) -> tuple[bool, bool]:
        """The engine counts for more than the year."""
        return self.engine is not None, self.year_from is not None or self.year_to is not None

    def fit(self, car: Car) -> bool:
        named = same_name(self.model, car.model) and (self.engine is None or same_name(self.engine, car.engine))
        if not named or not self.exactness[1]:
            return named
        return car.year is not None and (self.year_from or 0) <= car.year <= (self.year_to or 9999)

    def contradict(self, other: "ModelHours") -> bool:
        """Whether neither is the more exact for some car, from the same day on."""
        same = same_name(self.model, other.model) and same_name(self.engine, other.engine)
        if not same or (self.valid_from, self.exactness) != (other.valid_from, other.exactness):
            return False
        return (self.year_from or 0) <= (other.year_to or 9999) and (other.year_from or 0) <= (self.year_to or 9999)


@dataclass(frozen=True, kw_only=True)
class ListPrice(Dated):
    list_price: Decimal


@dataclass(frozen=True, kw_only=True)
class LabourRate(Dated):
    """Of one hour; with a kind of order only on such orders."""

    basis: Basis
    rate: Decimal
    order_kind: OrderKind | None = None


@dataclass(frozen=True)
class Component:
    operation: str
    quantity: Decimal


@dataclass(frozen=True, kw_only=True)
class MenuVersion(Dated):
    """Operations and parts at one price; with a model only for it, and then before the menu for all."""

    code: str
    name: str
    price: Decimal
    components: tuple[Component, ...]
    model: str | None = None


@dataclass(frozen=True)
class CatalogueOperation:
    """`hours` are its own, those of every model that has no others."""

    id: UUID
    code: str
    name: str
    kind: LineKind
    source: str
    hours: Decimal | None = None
    part_number: str | None = None
    origin: Origin | None = None
    model_hours: Sequence[ModelHours] = ()
    prices: Sequence[ListPrice] = ()


@dataclass(frozen=True)
class Catalogue:
    """What a price may need, withdrawn versions left out."""

    operations: Mapping[str, CatalogueOperation]
    rates: Sequence[LabourRate] = ()
    menus: Mapping[str, Sequence[MenuVersion]] | None = None


def hours_on(operation: CatalogueOperation, car: Car, day: date) -> ModelHours | None:
    """The most exact that fit the car and have begun; of equally exact ones the latest."""
    fitting = [hours for hours in operation.model_hours if hours.valid_from <= day and hours.fit(car)]
    return max(fitting, key=lambda hours: (hours.exactness, hours.valid_from, hours.id)) if fitting else None


def rate_on(rates: Iterable[LabourRate], basis: Basis, kind: OrderKind, day: date) -> LabourRate | None:
    """A rate for the kind of order goes before the store's general one."""
    of_basis = [rate for rate in rates if rate.basis is basis]
    own = in_force((rate for rate in of_basis if rate.order_kind is kind), day)
    return own or in_force((rate for rate in of_basis if rate.order_kind is None), day)


def menu_on(versions: Iterable[MenuVersion], model: str | None, day: date) -> MenuVersion | None:
    known = list(versions)
    own = in_force((menu for menu in known if menu.model and same_name(menu.model, model)), day)
    return own or in_force((menu for menu in known if menu.model is None), day)
