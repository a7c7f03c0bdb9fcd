"""No text makes the language fail otherwise than by its named errors, and no plan a run."""

import os
from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.payroll.domain import bounds
from services.payroll.domain.calculation.evaluation import evaluate
from services.payroll.domain.calculation.facts import in_columns
from services.payroll.domain.calculation.given import RunInput
from services.payroll.domain.calculation.plan import Plan
from services.payroll.domain.errors import RunRefusal
from services.payroll.language import PlanInvalid, PlanProblem, parse_plan, plan_reader
from services.payroll.language.reader import read_statement
from tests.payroll.fuzzed_programs import program
from tests.payroll.shipped_plan import MARCH, TITLE, make_fact, make_person, make_target

GIVEN = RunInput(
    month=MARCH,
    people=(make_person(), make_person("SA02", coefficient=None), make_person("J1", post="机电技师", team="一组")),
    targets=(make_target(),),
    review_scores={"SA01": Decimal("95.5")},
    facts=in_columns(
        (
            make_fact("1", "receipt", amount=Decimal("12.30"), paid_on=date(2026, 3, 1), order_kind="保养"),
            make_fact("2", "complaint", employee="SA01", cause="工作失误", verified=True, occurred_on=date(2026, 3, 1)),
            make_fact("3", "labour", standard_hours=Decimal("1.5"), team="一组", order_kind="repair"),
        )
    ),
)
SUMS = ["计数(收款)", "合计(收款; 金额) ÷ 1元", "合计(完工工时; 标准工时) ÷ 1工时"]
leaves = st.sampled_from(
    ["1", "0", "2.5", "0.5%", "系数", "系数(表)", "目标(班组(业务接待); 产值) ÷ 1元", "考核成绩", "999999999999", *SUMS]
)


def combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(pair, st.sampled_from("+-×÷")).map(lambda given: f"({given[0][0]} {given[1]} {given[0][1]})"),
        pair.map(lambda given: f"如果({given[0]} < {given[1]}; {given[0]}; {given[1]})"),
        pair.map(lambda given: f"下限({given[0]}; {given[1]})"),
        inner.map(lambda given: f"四舍五入({given})"),
        inner.map(lambda given: f"累计档位({given}; <1: 0; >=1: 5)"),
        inner.map(lambda given: f"-{given}"),
    )


formulas = st.recursive(leaves, combined, max_leaves=40)


def read(text: str) -> tuple[Plan | None, Sequence[PlanProblem]]:
    try:
        return parse_plan(text), ()
    except PlanInvalid as refused:
        return None, refused.problems


def is_plan_or_problems(plan: Plan | None, problems: Sequence[PlanProblem]) -> bool:
    """Either, not both, and every problem has its place."""
    return (plan is None) == bool(problems) and all(p.line >= 1 and p.column >= 1 for p in problems)


def told(plan: Plan) -> str:
    """The hash of a run, or the name of what stopped it."""
    try:
        return evaluate(plan, GIVEN).hash
    except RunRefusal as refused:
        return refused.slug


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=400))
@example("（" * 5000)
@example("[一] 门店 甲 a = " + "(" * 39 + "1" + ")" * 39)
@example("[一] 门店 甲 a = " + "-" * 7000 + "1")
@example("[一] 门店 甲 a = 1" + "0" * 7000)
@example("\ud800 计划")
@example("计划\x00")
@example("[" * 3000)
@example('"' * 3000)
@example("ﷺ" * 8000)
def test_any_text_is_a_plan_or_has_named_problems(text: str) -> None:
    assert is_plan_or_problems(*read(text))
    assert is_plan_or_problems(*read(TITLE + text))


@settings(max_examples=400, deadline=None)
@given(formulas)
def test_any_formula_has_a_value_or_a_named_error(formula: str) -> None:
    table = "参数 表 posts = 按岗位(业务接待: 0.4; “洗车工”: 0.1) 自 2000-01-01\n"
    plan, problems = read(TITLE + table + f"[一] 个人 甲 first = {formula} × 1元 + 系数(表) × 0元\n发放 甲")
    assert is_plan_or_problems(plan, problems)
    assert plan is None or told(plan) == told(plan) != RunRefusal.slug


PROGRAMS = int(os.environ.get("AFTERMILE_FUZZED_PROGRAMS", "20000"))
"""How many programs are read and run: 20,000 take some seconds; AFTERMILE_FUZZED_PROGRAMS=100000 for all."""


def outcome(text: str) -> str:
    """What became of a program: a run, or the name of the problem or error; a value out of bounds is an error here."""
    plan, problems = read(text)
    assert is_plan_or_problems(plan, problems)
    if plan is None:
        return problems[0].code
    try:
        run = evaluate(plan, GIVEN)
    except RunRefusal as refused:
        return refused.slug
    assert all(is_bounded(node.value) for node in run.nodes.values())
    return "run"


def is_bounded(value: object) -> bool:
    return not isinstance(value, Fraction) or max(
        value.numerator.bit_length(), value.denominator.bit_length()
    ) <= bounds.MAX_NUMBER_BITS  # fmt: skip


def test_every_program_runs_or_has_a_named_problem_or_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_reader, "read_statement", lru_cache(64)(read_statement))  # most have the same title
    became = Counter[str]()
    for number in range(PROGRAMS):
        text = program(number)
        try:
            became[outcome(text)] += 1
        except Exception as error:
            raise AssertionError(f"program {number}: {error!r}\n{text!r}") from error
    assert became["run"] > PROGRAMS // 10
    assert len(became) > 30, became
    assert {"number-too-large", "nesting-too-deep", "tier-count-invalid"} <= became.keys()
    assert RunRefusal.slug not in became


def test_a_program_is_the_same_every_time() -> None:
    assert [program(number) for number in range(200)] == [program(number) for number in range(200)]
