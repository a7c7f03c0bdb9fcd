from datetime import date
from decimal import Decimal
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.workorder.domain.catalogue.catalogue_entries import Basis, Car, Catalogue, CatalogueOperation, ListPrice
from services.workorder.domain.catalogue.line_price import (
    AmountChange,
    Deviation,
    EnteredLine,
    PriceBasis,
    steps_of_line,
)
from services.workorder.domain.catalogue.price_list import WORDS, Group, price_list, words
from services.workorder.domain.catalogue.price_steps import Rule, Step
from services.workorder.domain.catalogue.pricing import Asked, price_operation
from services.workorder.domain.orders.line import LineKind, Payer
from services.workorder.domain.orders.order import OrderKind

DAY = date(2026, 9, 8)
money = st.decimals(0, 1_000_000, places=2)


def basis_of(price: Decimal) -> PriceBasis:
    asked = Asked(DAY, OrderKind.REPAIR, Payer.CUSTOMER, Car("别克 GL8", 2021))
    dated = ListPrice(id=uuid4(), valid_from=DAY, made_by="SA01", list_price=price)
    operation = CatalogueOperation(uuid4(), "OIL", "机油", LineKind.PART, "dms", prices=[dated])
    return PriceBasis.of(asked, price_operation(Catalogue({"OIL": operation}), "OIL", asked))


@given(price=money, amounts=st.lists(money, max_size=4), by_catalogue=st.booleans())
def test_the_steps_of_a_line_add_up_to_what_it_brings_in(
    price: Decimal, amounts: list[Decimal], by_catalogue: bool
) -> None:
    former = [price, *amounts]
    changes = [AmountChange(a, b, "老客户", "SA01") for a, b in zip(former[:-1], amounts, strict=True)]
    entered = EnteredLine(uuid4(), "aftermile", Decimal(1), price, former[-1])
    steps = steps_of_line(entered, basis_of(price) if by_catalogue else None, changes)
    assert sum(step.amount for step in steps) == former[-1]


def test_a_basis_is_stored_as_it_was() -> None:
    basis = basis_of(Decimal("80.00"))
    assert PriceBasis.read(basis.told()) == basis
    assert (basis.amount, basis.basis, basis.menu) == (Decimal("80.00"), Basis.RETAIL, None)


def test_a_change_of_payers_alone_is_no_step() -> None:
    same = AmountChange(Decimal("80.00"), Decimal("80.00"), "厂家承担一半", "SA01")
    entered = EnteredLine(uuid4(), "dms", Decimal(1), Decimal("80.00"), Decimal("80.00"))
    [step] = steps_of_line(entered, None, [same])
    assert (step.rule, step.source and step.source.made_by) == (Rule.ENTERED, "dms")


def test_a_line_deviates_from_a_price_only() -> None:
    assert Deviation(Decimal("80.00"), None, Decimal("72.00")).difference == Decimal("-8.00")
    assert Deviation(None, "no-price-on-day", Decimal("72.00")).difference is None


def test_a_list_has_words_for_every_group_in_both_languages() -> None:
    for group in Group:
        assert words(group, "zh") != words(group, "en")
    assert all(chinese and english for chinese, english in WORDS.values())


def test_a_list_says_of_what_it_cannot_price_why() -> None:
    operation = CatalogueOperation(uuid4(), "ME99", "电池健康检测", LineKind.LABOUR, "dms")
    [listed] = price_list(Catalogue({"ME99": operation}), [(Group.LABOUR, "ME99")], Asked(DAY))
    assert (listed.price, listed.unpriced) == (None, "no-rate-on-day")


def test_only_the_basis_of_a_rate_is_translated_not_what_somebody_wrote() -> None:
    inputs = {"person": "claims", "former": "100.00", "changed": "90.00", "reason": "retail"}
    assert Step(Rule.CHANGED, inputs).text("zh") == "claims 将金额由 100.00 改为 90.00,原因:retail"
