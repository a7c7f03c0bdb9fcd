"""The demo shop's September: other readings, the hash of an outcome, and the way back from a line to its facts."""

import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from services.payroll.domain.calculation.evaluation import evaluate
from services.payroll.domain.calculation.facts import in_columns
from services.payroll.domain.calculation.outcome import Outcome
from services.payroll.language import parse_plan
from tests.payroll.shipped_plan import shipped_plan, shipped_text
from tests.payroll.shop_month import SEPTEMBER, ShopExport, september


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return evaluate(shipped_plan(), september())


def test_the_reading_by_month_of_settlement_gives_the_other_receipts() -> None:
    text = shipped_text().replace('= "结算与收款较晚" 自', '= "结算" 自')
    assert evaluate(parse_plan(text), september()).figures.store["normal_receipts"] == Fraction("623176.50")


def test_facts_in_any_order_give_the_same_hash(outcome: Outcome) -> None:
    given = september()
    facts, people = list(ShopExport(SEPTEMBER).facts()), list(given.people)
    random.Random(7).shuffle(facts)
    random.Random(8).shuffle(people)
    again = evaluate(shipped_plan(), replace(given, facts=in_columns(facts), people=tuple(people)))
    assert again.hash == outcome.hash
    assert again.documents == outcome.documents


def test_one_cent_more_changes_the_hash(outcome: Outcome) -> None:
    given = september()
    used = given.facts["consumable"]
    first, *others = used.fields["amount"]
    assert isinstance(first, Decimal)
    more = replace(used, fields={**used.fields, "amount": [first + Decimal("0.01"), *others]})
    again = evaluate(shipped_plan(), replace(given, facts={**given.facts, "consumable": more}))
    assert again.hash != outcome.hash


def test_a_line_leads_to_its_clause_its_steps_and_its_facts(outcome: Outcome) -> None:
    """SA01's complaint line → his share → the desk's pool → output commission → output → 457 receipts' selection."""
    line = next(line for line in outcome.lines if (line.person, line.line) == ("SA01", "complaint"))
    node = outcome.nodes[line.node]
    assert (line.clause, node.clause, node.step) == ("二注(1)", "二注(1)", "complaint")
    count = outcome.nodes["complaint_count/SA01"]
    assert [reference for selection in count.selections for reference in selection.facts] == [
        ("TS2609002", 1),
        ("TS2609003", 1),
    ]
    path = ["share/SA01", "service_advisor_pool", "output_commission", "output", "normal_receipts"]
    for step in path:
        references = {read.reference for read in node.inputs}
        assert step in references
        node = outcome.nodes[step]
    (selection,) = node.selections
    assert selection.value == Fraction("619144.51")
    receipts = {
        (fact.id, fact.version): fact.fields["amount"]
        for fact in ShopExport(SEPTEMBER).facts()
        if fact.kind == "receipt"
    }
    assert sum(Decimal(str(receipts[fact])) for fact in selection.facts) == Decimal("619144.51")
    rate = next(read for read in outcome.nodes["output_commission"].inputs if read.source == "parameter")
    assert (rate.name, rate.value, rate.reference) == ("output_rate", Fraction(1, 200), "2000-01-01")
