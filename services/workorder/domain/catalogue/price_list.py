"""A price list for customers: what each operation and menu costs one who pays himself, in groups."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from services.workorder.domain.catalogue.catalogue_entries import Catalogue, menu_on
from services.workorder.domain.catalogue.pricing import Asked, PricedWork, PricingRefusal, price_menu, price_operation
from services.workorder.domain.orders.line import Origin


class Group(StrEnum):
    """In the order of the list."""

    MENU = "menu"
    LABOUR = "labour"
    PART = "part"
    ACCESSORY = "accessory"
    OUTSIDE_WORK = "outside_work"
    FEE = "fee"


WORDS: Mapping[str, tuple[str, str]] = {
    "menu": ("套餐", "Menus"),
    "labour": ("工时", "Labour"),
    "part": ("配件", "Parts"),
    "accessory": ("精品", "Accessories"),
    "outside_work": ("外协", "Outside work"),
    "fee": ("其他费用", "Fees"),
    "genuine": ("原厂件", "genuine"),
    "equivalent": ("同质件", "equivalent"),
    "refurbished": ("再制造件", "refurbished"),
    "no-hours-for-model": ("无此车型工时", "no hours for this model"),
    "no-rate-on-day": ("无工时单价", "no labour rate"),
    "no-price-on-day": ("无价格", "no price"),
    "operation-unknown": ("项目不全", "an item of it is unknown"),
    "quantity-out-of-range": ("无法计价", "cannot be priced"),
}
"""Chinese and English of what a list says in words."""


def words(name: str, language: str) -> str:
    chinese, english = WORDS[name]
    return chinese if language == "zh" else english


@dataclass(frozen=True)
class Listed:
    """One entry; `unpriced` is the slug of why it has no price."""

    group: Group
    code: str
    name: str
    price: Decimal | None
    unpriced: str | None = None
    part_number: str | None = None
    origin: Origin | None = None
    hours: Decimal | None = None


def price_list(catalogue: Catalogue, wanted: Iterable[tuple[Group, str]], asked: Asked) -> list[Listed]:
    """Menus that are not for the car are left out; everything else is there, with its price or why it has none."""
    found = (
        _menu(catalogue, code, asked) if group is Group.MENU else _operation(catalogue, group, code, asked)
        for group, code in wanted
    )
    return [each for each in found if each is not None]


def _menu(catalogue: Catalogue, code: str, asked: Asked) -> Listed | None:
    menu = menu_on((catalogue.menus or {}).get(code, ()), asked.car.model, asked.day)
    if menu is None:
        return None
    try:
        works = price_menu(catalogue, code, asked)
    except PricingRefusal as refusal:
        return Listed(Group.MENU, code, menu.name, None, refusal.slug)
    return Listed(Group.MENU, code, menu.name, menu.price, hours=_hours(works))


def _hours(works: Iterable[PricedWork]) -> Decimal | None:
    known = [work.hours for work in works if work.hours is not None]
    return sum(known, Decimal(0)) if known else None


def _operation(catalogue: Catalogue, group: Group, code: str, asked: Asked) -> Listed:
    operation = catalogue.operations[code]
    try:
        work = price_operation(catalogue, code, asked)
    except PricingRefusal as refusal:
        return Listed(group, code, operation.name, None, refusal.slug, operation.part_number, operation.origin)
    return Listed(group, code, operation.name, work.amount, None, operation.part_number, operation.origin, work.hours)
