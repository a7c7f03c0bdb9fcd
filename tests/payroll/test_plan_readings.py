"""What a formula reads is what it says: whose step, whose pool, which text, however teams and steps are called."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from services.payroll.domain.calculation.evaluation import evaluate
from services.payroll.language import PlanInvalid, parse_plan
from services.payroll.service.plans.plans import asks_for_previous_month
from tests.payroll.shipped_plan import TITLE, lines_of, make_fact, make_input, make_person, make_target, trial

ONE = Fraction(1)
MINE = "月份(发生日期) = 本月"


def measure(name: str, amount: str, **of: str) -> object:
    return make_fact(f"{name}{amount}{of}", "measure", measure=name, amount=Decimal(amount),
                     occurred_on=date(2026, 3, 2), **of)  # fmt: skip


def paid(body: str, *facts: object, people: tuple[object, ...], **given: object) -> dict[str, dict[str, str]]:
    found = evaluate(trial(body), make_input(*facts, people=people, **given))  # type: ignore[arg-type]
    return {person: dict(lines) for person, lines in lines_of(found).items()}


def test_a_team_that_is_called_as_somebody_is_numbered_has_its_own_people() -> None:
    people = (make_person("1", team="2"), make_person("2", team="1"))
    body = f"[一] 班组 池 pool = 合计(手工指标; 金额; 班组 = 本班组; {MINE})\n[一] 个人 丙 c = 池 × 1\n发放 丙"
    found = paid(body, measure("x", "100.00", team="1"), measure("x", "7.00", team="2"), people=people)
    assert found == {"1": {"c": "7.00"}, "2": {"c": "100.00"}}


@pytest.mark.parametrize("called", ["金额 team_amount", "手工指标 team_measures", "发生日期 team_day"])
def test_the_stores_pool_is_shared_once_though_a_team_step_is_called_as_a_field_or_a_kind(called: str) -> None:
    people = (make_person("A", team="甲"), make_person("B", team="乙"))
    body = (
        f"[一] 班组 {called} = 1元\n[一] 个人 旁 aside = {called.split()[1]}\n发放 旁\n"
        f"[一] 门店 池 pool = 合计(手工指标; 金额; {MINE})\n"
        '[一] 个人 分 share = 分摊(池; 1; "最大余数")\n发放 分'
    )
    found = paid(body, measure("x", "100.00"), people=people)
    assert {number: lines["share"] for number, lines in found.items()} == {"A": "50.00", "B": "50.00"}


@pytest.mark.parametrize("pool", ["池", "下限(0; 池)", "池 × 2 - 池", "较小(池; 另 + 10元)"])
def test_a_teams_pool_that_nobody_shares_is_told_whatever_the_formula_of_the_pool(pool: str) -> None:
    people = (make_person("A", team="甲"), make_person("B", team="乙", post="mechanic"))
    body = (
        "[一] 班组 池 pool = 100元\n[一] 班组(机电技师, 业务接待) 另 other = 100元\n"
        f'[一] 个人(业务接待) 分 share = 分摊({pool}; 1; "最大余数")\n发放 分'
    )
    found = evaluate(trial(body), make_input(people=people))
    assert [(left.owner, left.amount) for left in found.unassigned] == [("乙", Decimal("100.00"))]
    assert [notice.code for notice in found.warnings] == ["pool-unassigned"]


def test_what_a_pool_is_made_of_and_what_a_target_is_called_make_no_cycle() -> None:
    target = make_target(value=Decimal(50))
    body = '[一] 门店 产值 output = 目标("业务组"; 产值; 业务接待)\n[一] 门店 业务接待 desk = 产值'
    found = evaluate(trial(body), make_input(targets=(target,)))
    assert found.figures.store == {"output": 50, "desk": 50}


@pytest.mark.parametrize(
    "text",
    ["返修（客诉）、二次", "返修(客诉),二次", "「二次」返修：甲", "ＰＤＩ÷２", "返修（二次）\u200b", " 返修－二次 "],
)
def test_a_text_of_a_plan_is_that_of_a_fact_whichever_signs_either_was_typed_with(text: str) -> None:
    body = f"[一] 门店 甲 a = 合计(手工指标; 金额; 指标 = “{{}}”; {MINE})\n[一] 个人 丙 c = 甲\n发放 丙"
    plan = body.format(text.replace("「", "").replace("」", ""))
    found = paid(plan, measure(text.replace("「", "").replace("」", ""), "5.00"), people=(make_person("A"),))
    assert found == {"A": {"c": "5.00"}}


def test_a_post_a_team_and_a_target_are_found_whichever_signs_they_were_typed_with() -> None:
    washer = make_person("A", post="洗车工（夜班）", team="洗车组（东）", coefficient=None)
    target = make_target(subject="洗车组（东）", signed_by="A")
    body = (
        '参数 表 table = 按岗位("洗车工(夜班)": 2) 自 2000-01-01\n'
        '[一] 门店 率 rate = 达成率(50元; 班组("洗车工（夜班）"); 产值) + 达成率(50元; "洗车组（东）"; 产值)\n'
        '[一] 个人("洗车工（夜班）") 丙 c = 如果(且(岗位 = "洗车工（夜班）"; 本班组 = "洗车组(东)"); '
        "系数(表) × 率 × 1元; 0元)\n发放 丙"
    )
    assert paid(body, people=(washer,), targets=(target,)) == {"A": {"c": "2.00"}}


@pytest.mark.parametrize("typed", ["10²", "①", "½", "3₂", "٣%", "１２٣"])
def test_a_sign_that_means_something_else_is_not_read_as_the_digit_in_it(typed: str) -> None:
    with pytest.raises(PlanInvalid) as refused:
        parse_plan(f"{TITLE}[一] 门店 甲 a = {typed}")
    (problem,) = refused.value.problems
    assert (problem.line, problem.column >= 14) == (2, True)


@pytest.mark.parametrize("branches", ['维修类别; "事故"', '"事故"; 维修类别'])
def test_a_text_in_a_branch_beside_a_listed_value_is_of_that_list(branches: str) -> None:
    order = make_fact("1", "receipt", amount=Decimal(5), paid_on=date(2026, 3, 2), order_kind="事故")
    plan = trial(f'[一] 门店 甲 a = 合计(收款; 金额; 如果(已取消; {branches}) = "事故")')
    assert evaluate(plan, make_input(order)).figures.store == {"a": 5}
    with pytest.raises(PlanInvalid, match="没有取值“事固”"):
        trial(f'[一] 门店 甲 a = 合计(收款; 金额; 如果(已取消; {branches.replace("事故", "事固")}) = "事故")')


@pytest.mark.parametrize(
    ("body", "asks"),
    [
        ("[一] 个人 丙 c = 1元\n[一] 发放 丙 条件 计数(投诉; 责任人 = 本人; 月份(发生日期) = 上月) = 0", True),
        ("[一] 个人 丙 c = 1元\n[一] 发放 丙 条件 计数(投诉; 责任人 = 本人; 月份(发生日期) = 本月) = 0", False),
        ("[一] 个人 丙 c = 计数(投诉; 责任人 = 本人; 月份(发生日期) = 上月) × 1元\n发放 丙", True),
    ],
)
def test_facts_of_the_month_before_are_read_where_only_a_condition_of_paying_asks_for_them(
    body: str, asks: bool
) -> None:
    assert asks_for_previous_month(TITLE + body) is asks


def test_a_post_of_the_plans_own_that_nobody_has_is_told_and_a_listed_one_is_not() -> None:
    body = '[一] 个人("业务接带", 机电技师, "洗车工") 甲 a = 1元\n[二] 发放 甲'
    found = evaluate(trial(body), make_input(people=(make_person("A", post="洗车工"),)))
    assert [(each.code, each.subject) for each in found.warnings] == [("post-unfilled", "业务接带")]


def test_who_has_no_score_is_told_that_no_comparison_with_it_holds_not_that_it_costs_him_nothing() -> None:
    body = "[一] 个人 甲 a = 如果(非(考核成绩 >= 96); 1元; 2元)\n[二] 发放 甲"
    found = evaluate(trial(body), make_input())
    assert (str(found.pay_total), found.warnings[0].code) == ("1.00", "review-score-missing")
    assert "docked" not in found.warnings[0].english
