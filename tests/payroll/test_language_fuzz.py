"""No text makes the language fail otherwise than by its named errors, and no plan a run."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.payroll.domain.errors import RunRefusal
from services.payroll.domain.evaluation import evaluate
from services.payroll.domain.examples import check_examples
from services.payroll.domain.facts import FACT_KINDS
from services.payroll.domain.given import RunInput
from services.payroll.domain.plan import Plan
from services.payroll.language import PlanInvalid, PlanProblem, parse_plan
from services.payroll.language.names import ATTRIBUTES, FUNCTIONS, MONTHS, TRUTHS
from tests.payroll.shipped_plan import MARCH, TITLE, make_fact, make_person, make_target, shipped_examples, shipped_text

GIVEN = RunInput(
    month=MARCH,
    people=(make_person(), make_person("SA02", coefficient=None), make_person("J1", post="机电技师", team="一组")),
    targets=(make_target(),),
    review_scores={"SA01": Decimal("95.5")},
    facts=(
        make_fact("1", "receipt", amount=Decimal("12.30"), paid_on=date(2026, 3, 1), order_kind="保养"),
        make_fact("2", "complaint", employee="SA01", cause="工作失误", verified=True, occurred_on=date(2026, 3, 1)),
        make_fact("3", "labour", standard_hours=Decimal("1.5"), team="一组", order_kind="repair"),
    ),
)
WORDS = [
    *FUNCTIONS,
    *(chinese[0] for chinese in FUNCTIONS.values()),
    *ATTRIBUTES,
    *MONTHS,
    *TRUTHS,
    *(kind.chinese[0] for kind in FACT_KINDS.values()),
    *(field.chinese[0] for kind in FACT_KINDS.values() for field in kind.fields),
    *"甲乙()（）;；,、+-−*×÷/=<≠:#\t",
    *("first", ">=", "<>", "自", "至", "[一]", "\n", "\n[一] 门店 乙 second =", "\n发放 甲"),
    *("0", "1", "2.5", "0.5%", "120元/工时", "3元", "2工时", "1万", "99999999999999999999", "2026-03-01"),
    *("业务接待", "业务接待: 0.4", "“洗车工”: 2", "站长: -1"),
    *("“产值”", '"业务组"', '"最大余数"', '"保养"', ">=1 <2: 5%", "<1: 0"),
]
bodies = st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)
heads = st.sampled_from([*(f"[一] {scope} 甲 first = " for scope in ("门店", "个人", "班组")), "参数 甲 first = ", ""])


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


@settings(max_examples=1500, deadline=None)
@given(heads, bodies)
def test_any_words_of_the_language_are_a_plan_that_runs_or_have_named_problems(head: str, body: str) -> None:
    plan, problems = read(TITLE + head + body)
    assert is_plan_or_problems(plan, problems)
    assert plan is None or told(plan) == told(plan) != RunRefusal.slug


@settings(max_examples=400, deadline=None)
@given(formulas)
def test_any_formula_has_a_value_or_a_named_error(formula: str) -> None:
    table = "参数 表 posts = 按岗位(业务接待: 0.4; “洗车工”: 0.1) 自 2000-01-01\n"
    plan, problems = read(TITLE + table + f"[一] 个人 甲 first = {formula} × 1元 + 系数(表) × 0元\n发放 甲")
    assert is_plan_or_problems(plan, problems)
    assert plan is None or told(plan) == told(plan) != RunRefusal.slug


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_shipped_plan_with_a_piece_moved_is_a_plan_or_has_named_problems(data: st.DataObject) -> None:
    text = shipped_text()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 60)))
    to = data.draw(st.integers(0, len(text)))
    piece = text[start:end]
    plan, problems = read(text[:to] + piece + text[to:] if data.draw(st.booleans()) else text[:start] + text[end:])
    assert is_plan_or_problems(plan, problems)
    assert plan is None or len(check_examples(plan, shipped_examples()[:8])) == 8
