"""What formulas mean: each in Chinese or English, with exact values."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from services.payroll.domain.calculation.evaluation import evaluate
from services.payroll.domain.calculation.facts import Fact
from services.payroll.domain.calculation.outcome import Value
from tests.payroll.shipped_plan import make_fact, make_input, make_person, make_target, trial

DESK = "业务组"
SALES = (
    make_fact(
        "1", "measure", measure="甲", amount=Decimal("0.10"), number=3, occurred_on=date(2026, 3, 1), team="业务组"
    ),
    make_fact("2", "measure", measure="甲", amount=Decimal("0.20"), number=-1, occurred_on=date(2026, 3, 31)),
    make_fact("3", "measure", measure="乙", amount=Decimal("5.00"), occurred_on=date(2026, 2, 28), employee="SA01"),
    make_fact("4", "receipt", amount=7, paid_on=date(2026, 3, 2), order_kind="保养", quantity=4),
)


def value(formula: str, scope: str = "门店", facts: tuple[Fact, ...] = SALES) -> Value:
    plan = trial(f"[试] {scope} 值 result = {formula}")
    outcome = evaluate(
        plan, make_input(*facts, targets=(make_target(weight=Decimal("0.6")),), review_scores={"SA01": Decimal("95.5")})
    )
    by_scope = {"门店": outcome.figures.store.get("result")}
    if scope != "门店":
        (only,) = (outcome.figures.teams.get("result") or outcome.figures.people["result"]).values()
        return only
    return by_scope[scope]


@pytest.mark.parametrize(
    ("formula", "result"),
    [
        ("0.1 + 0.2", Fraction(3, 10)),
        ("1 / 3 + 1 / 3 + 1 / 3", 1),
        ("1 + 2 * 3", 7),
        ("(1 + 2) × 3", 9),
        ("10 - 4 - 3", 3),
        ("10 ÷ 4 ÷ 5", Fraction(1, 2)),
        ("-2 + +5", 3),
        ("−(2 + 3)", -5),
        ("0.5%", Fraction(1, 200)),
        ("5‰", Fraction(1, 200)),
        ("1.5万元", 15000),
        ("2 小时 × 120元/工时".replace(" 小", "小"), 240),
        ("min(3; 1, 2)", 1),
        ("较大(3、9;2)", 9),
        ("下限(0; 3 - 5)", 0),
        ("at_most(100%; 120%)", 1),
        ("四舍五入(2.345; 2)", Fraction(235, 100)),
        ("round(-2.345)", Fraction(-235, 100)),
        ("round(2.5; 0)", 3),
        ("舍去(-2.349; 2)", Fraction(-234, 100)),
        ("round_up(2.341; 2)", Fraction(235, 100)),
        ("进位(-2.341; 2)", Fraction(-235, 100)),
        ("如果(1 < 2; 10; 1 ÷ 0)", 10),
        ("if(or(1 > 2; 2 >= 2); 1; 0)", 1),
        ("如果(且(是; 非(否); 1 <> 2; 1 <= 1); 1; 0)", 1),
        ("如果(本月 = 上月; 1; 0)", 0),
        ("如果(2026-03-05 = 2026年3月5日; 1; 0)", 1),
        ("如果(月份(2026-03-05) = 本月; 1; 0)", 1),
        ("如果(较晚(2026-03-05; 2026-04-01) > 2026-03-31; 1; 0)", 1),
        ("如果(earlier(2026-03-05; 2026-04-01) >= 2026-03-31; 1; 0)", 0),
        ("档位(85%; <80%: 0; >=80% <100%: 1; >=100%: 2)", 1),
        ("tier(80%; <80%: 0; >=80% <100%: 1; >=100%: 2)", 1),
        ("档位(100%; <80%: 0; >=80% <=100%: 1; >100%: 2)", 1),
        ("档位(2; <2: 10; =2: 20; >2: 30)", 20),
        ("累计档位(3; <1: 0; >=1 <2: 5; >=2 <3: 20; >=3: 50)", 75),
        ("tier_sum(0; <1: 7; >=1: 5)", 0),
        ("合计(手工指标; 金额; 指标 = “甲”)", Fraction(3, 10)),
        ('sum(measure; amount; measure = "甲"; month(occurred_on) = this_month) + 0.7元', 1),
        ('合计(手工指标; 金额 × 10 - 数值 × 1元; 指标 = "甲")', 1),
        ("合计(手工指标; 2元)", 6),
        ('合计(手工指标; 数值 + 1; 指标 = "甲")', 4),
        ("合计(手工指标; 如果(有值(员工); 金额; 0元))", 5),
        ("计数(手工指标)", 3),
        ('count(receipt; order_kind = "maintenance")', 4),
        ("计数(手工指标; 否)", 0),
        ("计数(手工指标; 档位(数值; <0: 0; >=0: 1) = 1)", 2),
        ("count(measure; month(occurred_on) = last_month)", 1),
        ('目标("业务组"; "产值") ÷ 1元', 100),
        ('达成率(50元; "业务组"; output; 业务接待)', Fraction(1, 2)),
        ("达成率(50元; 班组(业务接待); 产值; 业务接待)", Fraction(1, 2)),
        ('attainment(50元; team_of(service_advisor, "洗车工"); output)', Fraction(1, 2)),
        ('目标权重("业务组"; 产值)', Fraction(3, 5)),
        ("target_weight(team_of(service_advisor); output; service_advisor) × 50%", Fraction(3, 10)),
        ("目标(班组(advisor_assistant、业务接待); 产值) ÷ 1元", 100),
    ],
)  # fmt: skip
def test_a_formula_of_the_store(formula: str, result: object) -> None:
    assert value(formula) == result


@pytest.mark.parametrize(
    ("scope", "formula", "result"),
    [
        ("个人", "系数 × 10", 4),
        ("个人", "如果(试用期; 1; 0)", 0),
        ("person(service_advisor)", "review_score", Fraction("95.5")),
        ("个人", '如果(岗位 = "业务接待"; 1; 2)', 1),
        ("个人", '如果(post = "洗车工"; 1; 2)', 2),
        ("个人", "如果(有值(系数); 1; 0)", 1),
        ("个人", "合计(手工指标; 金额; 员工 = 本人)", 5),
        ("个人", "合计(手工指标; 金额; 本班组 = 班组)", Fraction(1, 10)),
        ("班组", "count(measure; team = my_team)", 1),
        ("班组(业务接待)", "目标(本班组; 产值) ÷ 1元", 100),
        ("班组(业务接待)", "目标权重(本班组; 产值)", Fraction(3, 5)),
        ("个人", "目标(班组(业务接待); 产值) ÷ 1元", 100),
        ('个人(业务接待, "洗车工")', '如果(本班组 = "业务组"; 1; 0)', 1),
    ],
)
def test_a_formula_of_a_person_or_a_team(scope: str, formula: str, result: object) -> None:
    assert value(formula, scope) == result


def test_a_day_that_is_missing_fulfils_no_condition() -> None:
    facts = (make_fact("1", "receipt", amount=7, paid_on=date(2026, 3, 2), order_kind="保养"),)
    for condition in ("月份(较晚(结算日期; 收款日期)) = 本月", "结算日期 <> 收款日期", "结算日期 = 出厂日期"):
        assert value(f"计数(收款; {condition})", facts=facts) == 0
    assert value("计数(收款; 非(有值(结算日期)))", facts=facts) == 1


def test_full_width_signs_and_invisible_characters_are_read_like_plain_ones() -> None:
    plain = trial(
        '[一] 门店 值 result = 如果(1 <= 2; (3 + 4) * 2 / 7 - 50%; "甲" = "乙")'.replace('; "甲" = "乙"', "; 0")
    )
    typed = trial("\ufeff［一］　门店\t值 result ＝ 如果（１≤２；（３＋４）×２÷７−５０％；０）\r\n")
    assert evaluate(plain, make_input()).figures.store == evaluate(typed, make_input()).figures.store


def test_a_step_is_written_over_several_lines_with_comments() -> None:
    plan = trial(
        "# 说明\n[一] 门店 值 result = 下限(0;  # 不低于零\n\n1 +\n2)  # 完\n\n[一] 门店 乙 other = 1\n   + 值\n"
    )
    assert evaluate(plan, make_input()).figures.store == {"result": 3, "other": 4}


def test_steps_may_stand_in_any_order_and_read_wider_scopes() -> None:
    plan = trial(
        "[三] 个人 丙 mine = 乙 + 甲 + 系数\n[二] 班组 乙 ours = 甲 × 2 + 汇总(丁)\n"
        "[一] 门店 甲 all = 汇总(丁)\n[四] 个人 丁 own = 系数\n"
    )
    people = (make_person("A", team="一"), make_person("B", team="一"), make_person("C", team="二"))
    figures = evaluate(plan, make_input(people=people)).figures
    assert figures.store == {"all": Fraction(6, 5)}
    assert figures.teams["ours"] == {"一": Fraction(16, 5), "二": Fraction(14, 5)}
    assert figures.people["mine"]["C"] == Fraction(14, 5) + Fraction(6, 5) + Fraction(2, 5)


def test_a_parameter_changes_on_its_day() -> None:
    plan = trial(
        "参数 率 rate = 17% 自 2000-01-01 至 2026-03-30; 13% 自 2026-03-31\n参数 界 limit = 2026-03-01 自 2000-01-01\n"
        "[一] 门店 值 result = 如果(2026-03-02 > 界; 率; 0%)"
    )
    (read, *_) = (node.inputs for node in evaluate(plan, make_input()).nodes.values())
    assert [(one.name, one.reference) for one in read] == [("limit", "2000-01-01"), ("rate", "2026-03-31")]
    assert evaluate(plan, make_input()).figures.store["result"] == Fraction(13, 100)


POSTS = "参数 岗位系数 by_posts = 按岗位(业务接待: 0.3; “洗车工”: 20%; mechanic: -1) 自 2000-01-01 至 2026-03-30; "


@pytest.mark.parametrize(
    ("formula", "results"),
    [
        ("系数(岗位系数)", {"A": Fraction(2, 5), "B": Fraction(1, 4), "C": Fraction(3, 20)}),
        ("coefficient(by_posts) × 2", {"A": Fraction(4, 5), "B": Fraction(1, 2), "C": Fraction(3, 10)}),
        ("如果(有值(系数); 1; 0)", {"A": 1, "B": 0, "C": 0}),
        ("如果(有值(系数(岗位系数)); 1; 0)", {"A": 1, "B": 1, "C": 1}),
    ],
)
def test_a_person_has_his_own_coefficient_or_that_of_his_post_on_the_months_last_day(
    formula: str, results: dict[str, object]
) -> None:
    people = (make_person("A"), make_person("B", coefficient=None), make_person("C", post="洗车工", coefficient=None))
    later = "by_post(业务接待: 0.25; “洗车工”: 15%) 自 2026-03-31\n"
    plan = trial(POSTS + later + f"[试] 个人 值 result = 系数(岗位系数) × 0 + {formula}")
    assert evaluate(plan, make_input(people=people)).figures.people["result"] == results


def test_clause_formula_and_place_are_kept_as_the_clerk_wrote_them() -> None:
    plan = trial("［二（１）］ 门店 值 result ＝ （1＋2）×３ # 注\n")
    (step,) = plan.steps
    (commented,) = trial("[一] 门店 值 result = 下限(0;  # 不低于零\n   −1＋2 # 甲\n)").steps
    assert commented.formula == "下限(0; −1＋2 )"
    assert (step.clause, step.formula, step.at.line, step.at.column) == ("二(1)", "（1＋2）×３", 2, 8)
