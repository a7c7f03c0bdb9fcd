"""What a plan may cost: texts with very many faults, sums of very many fractions, amounts that no column holds."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payroll.domain import bounds, errors
from services.payroll.domain.calculation.evaluation import evaluate
from services.payroll.domain.calculation.tables import Band, TierTable
from services.payroll.domain.plans.examples import check_examples
from services.payroll.language import PlanInvalid, difference, parse_plan
from tests.payroll.shipped_plan import TITLE, make_input, make_person, shipped_examples, shipped_plan, trial

EDGES = st.fractions(min_value=-5, max_value=15, max_denominator=3)


@given(st.lists(st.tuples(EDGES, st.booleans()), max_size=5, unique_by=lambda edge: edge[0]), st.integers(-3, 20))
def test_tiers_added_up_are_those_of_each_count_added(edges: list[tuple[Fraction, bool]], last: int) -> None:
    lowers: list[tuple[Fraction | None, bool]] = [(None, False), *sorted(edges)]
    ends = [(edge, not inside) for edge, inside in sorted(edges)]
    uppers: list[tuple[Fraction | None, bool]] = [*ends, (None, False)]
    pairs = zip(lowers, uppers, strict=True)
    table = TierTable(tuple(Band(*low, *high, Fraction(place + 1)) for place, (low, high) in enumerate(pairs)))
    assert table.sum_up_to(last) == sum(table.value_for(Fraction(count)) for count in range(1, last + 1))


def test_one_statement_that_pays_thousands_of_steps_is_read_to_its_hundredth_fault() -> None:
    paid = "[一] 发放 " + ",".join(["甲"] * 3900) + "\n"
    with pytest.raises(PlanInvalid) as refused:
        parse_plan(TITLE + "[一] 个人 甲 a = 1元\n" + paid * 20)
    assert [problem.code for problem in refused.value.problems] == ["payment-repeated"] * 100


@pytest.mark.parametrize(
    "body",
    [
        "[一] 个人 率 rate = 1 ÷ 系数\n[一] 门店 甲 a = 汇总(率)",
        '[一] 个人 甲 a = 分摊(1元; 1 ÷ 系数; "最大余数")',
    ],
)
def test_a_sum_of_very_many_denominators_is_stopped_while_it_grows(body: str) -> None:
    people = tuple(make_person(f"P{n}", coefficient=Fraction(2**3000 + 2 * n + 1)) for n in range(400))
    with pytest.raises(errors.NumberTooLarge) as refused:
        evaluate(trial(body), make_input(people=people))
    assert refused.value.step == "甲"


@pytest.mark.parametrize("formula", ["1000000000.01元", "-10亿元 - 1元", '分摊(99亿元; 1; "最大余数")'])
def test_an_amount_that_no_column_of_money_holds_stops_the_run_with_its_step(formula: str) -> None:
    with pytest.raises(errors.NumberTooLarge) as refused:
        evaluate(trial(f"[一] 个人 甲 a = {formula}\n[二] 发放 甲"), make_input())
    assert (refused.value.clause, refused.value.step, refused.value.line) == ("一", "甲", 2)


def test_the_largest_amount_is_paid_to_the_cent() -> None:
    found = evaluate(trial("[一] 个人 甲 a = 999999999.99元\n[二] 发放 甲"), make_input())
    assert str(found.pay_total) == "999999999.99"


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\u200f", "\u061c", "\u2028", "\u2029", "\x85"])
def test_signs_with_which_a_plan_looks_otherwise_than_it_is_read_are_refused(sign: str) -> None:
    with pytest.raises(PlanInvalid) as refused:
        parse_plan(f"{TITLE}# 说明 {sign}[一] 门店 甲 a = 1\n")
    (problem,) = refused.value.problems
    assert (problem.line, problem.column, problem.code) == (2, 6, "character-not-allowed")


def test_steps_that_are_all_called_otherwise_are_known_by_what_they_say() -> None:
    text = TITLE + "".join(f"[一] 门店 {{0}}{n} {{1}}{n} = {n} + 1\n" for n in range(200))
    found = difference(text.format("甲", "a"), text.format("乙", "b"))
    assert {change.kind for change in found} == {"renamed"}
    assert len(found) == 200


def test_examples_together_have_the_steps_of_one_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    some = shipped_examples()[:4]
    assert all(result.passed for result in check_examples(shipped_plan(), some))
    monkeypatch.setattr("services.payroll.domain.plans.examples.MAX_TRIAL_STEPS", 40)
    results = check_examples(shipped_plan(), some)
    assert [each.differences[0].actual.split(":")[0] for each in results] == ["evaluation-too-long"] * 4
    assert bounds.MAX_TRIAL_STEPS < bounds.MAX_EVALUATION_STEPS
