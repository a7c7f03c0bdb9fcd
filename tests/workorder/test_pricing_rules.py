from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workorder.domain.catalogue.catalogue_entries import (
    Basis,
    Car,
    Catalogue,
    CatalogueOperation,
    Component,
    LabourRate,
    ListPrice,
    MenuVersion,
    ModelHours,
)
from services.workorder.domain.catalogue.price_steps import Rule, Step
from services.workorder.domain.catalogue.price_version import (
    PriceDayPast,
    PriceVersionBegun,
    PriceVersionWithdrawn,
    in_force,
    require_not_past,
    require_withdrawable,
)
from services.workorder.domain.catalogue.pricing import (
    Asked,
    NoHoursForModel,
    NoPriceOnDay,
    NoRateOnDay,
    PricedWork,
    QuantityOutOfRange,
    UnknownMenu,
    UnknownOperation,
    price_menu,
    price_operation,
    split_by_largest_remainder,
)
from services.workorder.domain.orders.line import LineKind, Payer
from services.workorder.domain.orders.order import OrderKind
from services.workorder.domain.orders.vin import model_year

DAY = date(2026, 9, 8)
GL8 = Car("别克 GL8", 2021, "LSY")


def version(valid_from: date = date(2026, 1, 1)) -> dict[str, Any]:
    return {"id": uuid4(), "valid_from": valid_from, "made_by": "SA01"}


def hours(value: str, model: str = "别克 GL8", valid_from: date = date(2026, 1, 1), **rest: Any) -> ModelHours:
    return ModelHours(model=model, hours=Decimal(value), **version(valid_from), **rest)


def rate(value: str, basis: Basis = Basis.RETAIL, kind: OrderKind | None = None, **day: date) -> LabourRate:
    return LabourRate(basis=basis, rate=Decimal(value), order_kind=kind, **version(**day))


def costs(value: str, **day: date) -> ListPrice:
    return ListPrice(list_price=Decimal(value), **version(**day))


def labour(code: str = "ME05", **rest: Any) -> CatalogueOperation:
    return CatalogueOperation(uuid4(), code, "更换前减震器", LineKind.LABOUR, "dms", **rest)


def part(code: str = "PME05", *prices: ListPrice) -> CatalogueOperation:
    return CatalogueOperation(uuid4(), code, "前减震器", LineKind.PART, "dms", prices=prices)


def menu(price: str, *items: tuple[str, str], model: str | None = None, **day: date) -> MenuVersion:
    components = tuple(Component(code, Decimal(quantity)) for code, quantity in items)
    return MenuVersion(
        code="M1", name="小保养", price=Decimal(price), components=components, model=model, **version(**day)
    )


def catalogue(*operations: CatalogueOperation, rates: Any = (), menus: Any = ()) -> Catalogue:
    return Catalogue({each.code: each for each in operations}, rates, {"M1": menus} if menus else None)


def asked(car: Car = GL8, quantity: str = "1", **rest: Any) -> Asked:
    return Asked(rest.pop("day", DAY), car=car, quantity=Decimal(quantity), **rest)


RATES = (rate("150.00"), rate("98.50", Basis.CLAIMS), rate("180.00", kind=OrderKind.ACCIDENT))

HOURS_CASES: dict[str, tuple[list[ModelHours], Car, str]] = {
    "its own hours where the model has none": ([hours("2.4", "英朗")], GL8, "1"),
    "those of the model": ([hours("2.4")], GL8, "2.4"),
    "another spelling of the model": ([hours("2.4", "别克gl8")], GL8, "2.4"),
    "a car of unknown model has its own": ([hours("2.4")], Car(), "1"),
    "years go before the model alone": ([hours("2.4"), hours("3", year_from=2020, year_to=2022)], GL8, "3"),
    "both years are included": ([hours("2.4"), hours("3", year_from=2021, year_to=2021)], GL8, "3"),
    "other years do not apply": ([hours("2.4"), hours("3", year_from=2022)], GL8, "2.4"),
    "an unknown year is in no range": ([hours("2.4"), hours("3", year_from=1990)], Car("别克 GL8"), "2.4"),
    "an engine goes before years": ([hours("3", year_to=2030), hours("4", engine="lsy")], GL8, "4"),
    "another engine does not apply": ([hours("2.4"), hours("4", engine="LTG")], GL8, "2.4"),
    "the latest begun of equally exact ones": ([hours("2"), hours("3", valid_from=DAY)], GL8, "3"),
    "the more exact one though a newer one is there": (
        [hours("4", engine="LSY"), hours("3", valid_from=DAY)], GL8, "4",
    ),
    "what has not begun does not count": ([hours("2"), hours("3", valid_from=DAY + timedelta(1))], GL8, "2"),
}  # fmt: skip


@pytest.mark.parametrize(("known", "car", "expected"), HOURS_CASES.values(), ids=HOURS_CASES)
def test_labour_takes_the_most_exact_hours(known: list[ModelHours], car: Car, expected: str) -> None:
    operation = labour(hours=Decimal(1), model_hours=known)
    priced = price_operation(catalogue(operation, rates=RATES), "ME05", asked(car))
    assert priced.hours == Decimal(expected)
    assert priced.amount == Decimal(expected) * 150


RATE_CASES: dict[str, tuple[Payer, OrderKind, str]] = {
    "a customer pays retail": (Payer.CUSTOMER, OrderKind.REPAIR, "150.00"),
    "the maker pays the claims rate": (Payer.MAKER, OrderKind.WARRANTY, "98.50"),
    "an insurer pays retail": (Payer.INSURER, OrderKind.REPAIR, "150.00"),
    "the shop itself pays retail": (Payer.INTERNAL, OrderKind.PDI, "150.00"),
    "goodwill is retail": (Payer.GOODWILL, OrderKind.REPAIR, "150.00"),
    "a kind with a rate of its own": (Payer.CUSTOMER, OrderKind.ACCIDENT, "180.00"),
    "a kind's rate is of its basis only": (Payer.MAKER, OrderKind.ACCIDENT, "98.50"),
}


@pytest.mark.parametrize(("payer", "kind", "expected"), RATE_CASES.values(), ids=RATE_CASES)
def test_who_pays_decides_the_rate(payer: Payer, kind: OrderKind, expected: str) -> None:
    operation = labour(hours=Decimal(1))
    priced = price_operation(catalogue(operation, rates=RATES), "ME05", asked(payer=payer, kind=kind))
    assert priced.amount == Decimal(expected)


def test_labour_is_rounded_once_at_the_end_and_says_so() -> None:
    """0.35 h × 3 × 98.50 = 103.425; rounded per unit it would be 103.44."""
    priced = price_operation(
        catalogue(labour(hours=Decimal("0.35")), rates=RATES), "ME05", asked(quantity="3", payer=Payer.MAKER)
    )
    assert (priced.amount, priced.unit_price, priced.hours) == (Decimal("103.43"), Decimal("34.48"), Decimal("1.05"))
    assert [step.rule for step in priced.steps] == [
        Rule.HOURS_OF_OPERATION, Rule.LABOUR_RATE, Rule.LABOUR, Rule.ROUNDING,
    ]  # fmt: skip
    assert priced.steps[-1].text("zh") == "最后一次性四舍五入到分:103.425 计为 103.43"
    assert priced.steps[1].text("zh") == "2026-09-08 的索赔工时单价为每小时 98.50"
    assert priced.steps[1].text("en") == "The claims labour rate on 2026-09-08 is 98.50 an hour"


def test_every_number_names_the_version_it_comes_from() -> None:
    own = hours("2.4")
    priced = price_operation(catalogue(labour(model_hours=[own]), rates=RATES), "ME05", asked())
    named = [(step.source.id, step.source.valid_from, step.source.made_by) for step in priced.steps if step.source]
    assert named == [(own.id, own.valid_from, "SA01"), (RATES[0].id, RATES[0].valid_from, "SA01")]


def test_a_store_without_a_retail_rate_charges_the_list_price_of_its_labour() -> None:
    operation = labour(hours=Decimal("0.5"), prices=[costs("75.00")])
    priced = price_operation(catalogue(operation), "ME05", asked(quantity="2"))
    assert (priced.amount, priced.hours, priced.steps[0].rule) == (
        Decimal("150.00"), Decimal(1), Rule.LIST_PRICE_FOR_LABOUR,
    )  # fmt: skip
    with pytest.raises(NoRateOnDay):
        price_operation(catalogue(operation), "ME05", asked(payer=Payer.MAKER))


def test_a_part_costs_its_list_price_whoever_pays() -> None:
    known = catalogue(part("PME05", costs("1680.00"), costs("1700.00", valid_from=DAY + timedelta(1))))
    for payer in Payer:
        assert price_operation(known, "PME05", asked(quantity="2.5", payer=payer)).amount == Decimal("4200.00")


REFUSED: dict[str, tuple[Catalogue, str, Asked, type[Exception]]] = {
    "an unknown operation": (catalogue(), "X", asked(), UnknownOperation),
    "no hours for the model": (
        catalogue(labour(model_hours=[hours("1", "英朗")]), rates=RATES), "ME05", asked(), NoHoursForModel,
    ),
    "no hours, though it has a list price": (
        catalogue(labour(prices=[costs("75.00")]), rates=RATES), "ME05", asked(), NoHoursForModel,
    ),
    "no rate": (catalogue(labour(hours=Decimal(1))), "ME05", asked(), NoRateOnDay),
    "no rate yet": (
        catalogue(labour(hours=Decimal(1)), rates=RATES), "ME05", asked(day=date(2025, 12, 31)), NoRateOnDay,
    ),
    "no price": (catalogue(part()), "PME05", asked(), NoPriceOnDay),
    "no price yet": (catalogue(part("PME05", costs("1.00"))), "PME05", asked(day=date(2025, 1, 1)), NoPriceOnDay),
    "nothing of it": (catalogue(part("PME05", costs("1.00"))), "PME05", asked(quantity="0"), QuantityOutOfRange),
    "less than nothing": (catalogue(part("PME05", costs("1.00"))), "PME05", asked(quantity="-1"), QuantityOutOfRange),
    "too much": (catalogue(part("PME05", costs("1.00"))), "PME05", asked(quantity="999.01"), QuantityOutOfRange),
    "too fine": (catalogue(part("PME05", costs("1.00"))), "PME05", asked(quantity="0.00001"), QuantityOutOfRange),
}  # fmt: skip


@pytest.mark.parametrize(("known", "code", "wish", "error"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_priced_is_named(known: Catalogue, code: str, wish: Asked, error: type[Exception]) -> None:
    with pytest.raises(error):
        price_operation(known, code, wish)


KIT = (labour(hours=Decimal("0.5")), part("OIL", costs("80.00")), part("FILTER", costs("45.00")))
ITEMS = (("ME05", "1"), ("OIL", "4"), ("FILTER", "1"))


def test_a_menu_is_shared_by_what_its_items_cost_alone() -> None:
    known = catalogue(*KIT, rates=RATES, menus=[menu("399.00", *ITEMS)])
    priced = price_menu(known, "M1", asked())
    assert [(work.operation.code, work.amount) for work in priced] == [
        ("ME05", Decimal("68.01")), ("OIL", Decimal("290.18")), ("FILTER", Decimal("40.81")),
    ]  # fmt: skip
    assert priced[0].steps[-1].text("en").startswith("Menu M1 costs 399.00, split")


def test_a_menu_of_a_model_goes_before_the_menu_of_all() -> None:
    menus = [menu("399.00", *ITEMS), menu("499.00", *ITEMS, model="别克GL8")]
    known = catalogue(*KIT, rates=RATES, menus=menus)
    assert sum(work.amount for work in price_menu(known, "M1", asked())) == 499
    assert sum(work.amount for work in price_menu(known, "M1", asked(Car("英朗"), quantity="2"))) == 798


@pytest.mark.parametrize(
    ("menus", "wish", "error"),
    [
        ((), asked(), UnknownMenu),
        ([menu("1.00", *ITEMS, model="英朗")], asked(), NoPriceOnDay),
        ([menu("1.00", *ITEMS, valid_from=DAY + timedelta(1))], asked(), NoPriceOnDay),
        ([menu("1.00", *ITEMS)], asked(quantity="1.5"), QuantityOutOfRange),
        ([menu("1.00", ("GONE", "1"))], asked(), UnknownOperation),
    ],
)
def test_a_menu_that_cannot_be_priced_is_named(menus: Any, wish: Asked, error: type[Exception]) -> None:
    with pytest.raises(error):
        price_menu(catalogue(*KIT, rates=RATES, menus=menus), "M1", wish)


money = st.decimals(0, 1_000_000, places=2)
quantities = st.decimals(Decimal("0.0001"), 999, places=4)


def added(work: PricedWork) -> Decimal:
    return sum((step.amount for step in work.steps), Decimal(0))


@given(own=st.decimals(0, 1000, places=4), per_hour=money, quantity=quantities)
def test_the_steps_of_labour_add_up_to_its_price(own: Decimal, per_hour: Decimal, quantity: Decimal) -> None:
    known = catalogue(labour(hours=own), rates=[rate(str(per_hour))])
    priced = price_operation(known, "ME05", Asked(DAY, quantity=quantity))
    assert added(priced) == priced.amount
    assert priced.amount == (own * per_hour * quantity).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert [Step.read(step.told()) for step in priced.steps] == list(priced.steps)


@given(price=money, sold=st.integers(1, 9), items=st.lists(st.tuples(money, st.integers(1, 9)), min_size=1, max_size=8))
def test_the_items_of_a_menu_sum_to_its_price(price: Decimal, sold: int, items: list[tuple[Decimal, int]]) -> None:
    parts = [part(f"P{place}", costs(str(each))) for place, (each, _) in enumerate(items)]
    kit = menu(str(price), *((f"P{place}", str(units)) for place, (_, units) in enumerate(items)))
    priced = price_menu(catalogue(*parts, menus=[kit]), "M1", Asked(DAY, quantity=Decimal(sold)))
    assert sum(work.amount for work in priced) == price * sold
    for work in priced:
        assert added(work) == work.amount
        assert work.amount >= 0


@given(total=money, weights=st.lists(money, min_size=1, max_size=20))
def test_a_share_is_within_a_cent_of_what_it_would_be_exactly(total: Decimal, weights: list[Decimal]) -> None:
    shares = split_by_largest_remainder(total, weights)
    assert sum(shares) == total
    whole = sum(weights)
    for share, weight in zip(shares, weights, strict=True):
        exact = total * weight / whole if whole else total / len(weights)
        assert abs(share - exact) < Decimal("0.01")


days = st.dates(date(2020, 1, 1), date(2020, 3, 1))


@given(begin=st.sets(days), day=days)
def test_the_price_of_a_day_is_that_of_the_latest_version_begun(begin: set[date], day: date) -> None:
    found = in_force([costs("1.00", valid_from=each) for each in begin], day)
    begun = [each for each in begin if each <= day]
    assert (found and found.valid_from) == (max(begun) if begun else None)


def test_a_version_begins_today_at_the_earliest() -> None:
    require_not_past(DAY, DAY)
    with pytest.raises(PriceDayPast):
        require_not_past(DAY - timedelta(1), DAY)


def test_only_a_version_of_a_future_day_is_withdrawn_and_once() -> None:
    require_withdrawable(DAY + timedelta(1), DAY, withdrawn=False)
    with pytest.raises(PriceVersionBegun):
        require_withdrawable(DAY, DAY, withdrawn=False)
    with pytest.raises(PriceVersionWithdrawn):
        require_withdrawable(DAY + timedelta(1), DAY, withdrawn=True)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (hours("1"), hours("2"), True),
        (hours("1"), hours("2", valid_from=DAY), False),
        (hours("1"), hours("2", engine="LSY"), False),
        (hours("1"), hours("2", year_from=2020), False),
        (hours("1", year_to=2020), hours("2", year_from=2020), True),
        (hours("1", year_to=2019), hours("2", year_from=2020), False),
        (hours("1", engine="LSY"), hours("2", engine="lsy"), True),
    ],
)
def test_hours_that_leave_a_choice_contradict_each_other(one: ModelHours, other: ModelHours, expected: bool) -> None:
    assert one.contradict(other) is expected
    assert other.contradict(one) is expected


@pytest.mark.parametrize(
    ("vin", "year"),
    [
        ("LSGXEGX97MY815823", 2021),
        ("LSGXEGX97VY815823", 2027),
        ("LSGXEGX97WY815823", 1998),
        ("LSGXEGX979Y815823", 2009),
        ("LSGXEGX970Y815823", None),
        ("W1", None),
    ],
)
def test_a_vin_tells_the_model_year(vin: str, year: int | None) -> None:
    assert model_year(vin, DAY) == year
