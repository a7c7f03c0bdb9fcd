"""What a shop's plan may be made of, each as a plan of its own with a small month worked out by hand.

Facts of March: receipts 600.00 (advisor A, paid and settled in March), 300.00 (B, paid in March, settled in April),
100.00 on an accident order (A); 80.00 from the maker; an insurer's 500.00 with 50.00 of the owner; hours A 3 (team 一),
B 1 (team 二), C 2 (team 一); reworks, entered by hand, A 3.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from services.payroll.domain.calculation.evaluation import evaluate
from services.payroll.domain.calculation.facts import Fact, FactValue
from services.payroll.domain.calculation.outcome import Outcome
from services.payroll.domain.errors import TargetUnsigned
from tests.payroll.shipped_plan import lines_of, make_fact, make_input, make_person, make_target, trial

MARCH, APRIL = date(2026, 3, 10), date(2026, 4, 2)
PEOPLE = (
    make_person("A", team="一", coefficient=Fraction(2)),
    make_person("B", team="二", coefficient=Fraction(1)),
    make_person("C", team="一", coefficient=None, post="mechanic"),
)


def receipt(id_: str, amount: str, advisor: str, settled: date, kind: str = "保养") -> Fact:
    money: dict[str, FactValue] = {"amount": Decimal(amount), "paid_on": MARCH, "settled_on": settled}
    return make_fact(id_, "receipt", advisor=advisor, order_kind=kind, **money)


def hours(id_: str, number: int, technician: str, team: str) -> Fact:
    work: dict[str, FactValue] = {"standard_hours": number, "technician": technician, "team": team}
    return make_fact(id_, "labour", order_kind="保养", completed_on=MARCH, **work)


FACTS = (
    receipt("r1", "600.00", "A", MARCH),
    receipt("r2", "300.00", "B", APRIL),
    receipt("r3", "100.00", "A", MARCH, "事故"),
    make_fact("m1", "reimbursement", amount=Decimal("80.00"), paid_on=MARCH, order_kind="索赔"),
    make_fact(
        "i1",
        "insurer_approval",
        approved_amount=500,
        owner_share=50,
        approved_on=MARCH,
        left_on=MARCH,
        order_kind="事故",
    ),
    hours("h1", 3, "A", "一"),
    hours("h2", 1, "B", "二"),
    hours("h3", 2, "C", "一"),
    make_fact("q1", "measure", measure="返修", number=3, employee="A", occurred_on=MARCH),
)


def run(body: str) -> Outcome:
    return evaluate(trial(body), make_input(*FACTS, people=PEOPLE))


@pytest.mark.parametrize(
    ("feature", "formula", "value"),
    [
        ("every receipt", "合计(收款; 金额)", 1000),
        ("by kind of order", '合计(收款; 金额; 维修类别 <> "事故")', 900),
        ("by who pays: the customer", "合计(收款; 金额) + 合计(事故定审; 车主自付)", 1050),
        ("by who pays: the maker", "合计(索赔回款; 金额)", 80),
        ("by who pays: the insurer", "合计(事故定审; 定审金额)", 500),
        ("by the month of payment", "合计(收款; 金额; 月份(收款日期) = 本月)", 1000),
        ("by the month of settlement", "合计(收款; 金额; 月份(结算日期) = 本月)", 700),
        ("by the later of both", "合计(收款; 金额; 月份(较晚(结算日期; 收款日期)) = 本月)", 700),
        ("by days of one's own", "合计(收款; 金额; 收款日期 >= 2026-03-11)", 0),
        ("of the month before", "合计(收款; 金额; 月份(收款日期) = 上月)", 0),
        ("a mean", "合计(收款; 金额) ÷ 计数(收款)", Fraction(1000, 3)),
        ("a mean of nothing", "如果(计数(辅料) = 0; 0元; 合计(辅料; 金额) ÷ 计数(辅料))", 0),
        ("of everybody", "汇总(本人收款)", 1000),
        ("a cap", "上限(950元; 合计(收款; 金额))", 950),
        ("a floor", "下限(1200元; 合计(收款; 金额))", 1200),
        ("a ladder of the whole", "合计(收款; 金额) × 档位(合计(收款; 金额); <800元: 1%; >=800元: 2%)", 20),
        ("a ladder in bands", "较小(合计(收款; 金额); 800元) × 1% + 下限(0元; 合计(收款; 金额) - 800元) × 2%", 12),
        ("a ladder by times", "累计档位(3; <2: 10元; >=2 <3: 20元; >=3: 50元)", 80),
        ("rounded half-up", "四舍五入(合计(收款; 金额) ÷ 3; 0)", 333),
        ("rounded up", "进位(合计(收款; 金额) ÷ 3; 0)", 334),
        ("rounded down", "舍去(合计(收款; 金额) × 2 ÷ 3; 1)", Fraction("666.6")),
        ("hours at a price", "合计(完工工时; 标准工时) × 120元/工时", 720),
    ],
)
def test_what_a_store_step_can_say(feature: str, formula: str, value: object) -> None:
    own = "[一] 个人 本人收款 own = 合计(收款; 金额; 接待人 = 本人)\n"
    assert run(f"{own}[一] 门店 值 result = {formula}").figures.store["result"] == value


@pytest.mark.parametrize(
    ("feature", "step", "values"),
    [
        ("by person", "个人 值 result = 合计(收款; 金额; 接待人 = 本人)", {"A": 700, "B": 300, "C": 0}),
        ("by team", "班组 值 result = 合计(完工工时; 标准工时; 班组 = 本班组)", {"一": 5, "二": 1}),
        ("by hand", '个人 值 result = 合计(手工指标; 数值; 指标 = "返修"; 员工 = 本人)', {"A": 3, "B": 0, "C": 0}),
        ("a sum over a team's people", "班组 值 result = 汇总(本人工时)", {"一": 5, "二": 1}),
    ],
)
def test_what_a_step_of_people_and_teams_can_say(feature: str, step: str, values: Mapping[str, object]) -> None:
    hours = "[一] 个人 本人工时 own_hours = 合计(完工工时; 标准工时; 技师 = 本人)\n"
    figures = run(f"{hours}[一] {step}").figures
    assert (figures.people.get("result") or figures.teams["result"]) == values


OWN = "[一] 个人 本人工时 own_hours = 合计(完工工时; 标准工时; 技师 = 本人)\n"
POOL = "[一] 门店 池 pool = 合计(收款; 金额) ÷ 10\n"
TEAM_POOL = "[一] 班组 组池 team_pool = 汇总(本人工时) × 10元/工时\n"


@pytest.mark.parametrize(
    ("feature", "share", "lines"),
    [
        ("by coefficient", '个人(业务接待) 分 share = 分摊(池; 系数; "最大余数")', {"A": "66.67", "B": "33.33"}),
        ("equally", '个人 分 share = 均分(池; 是; "最大余数")', {"A": "33.34", "B": "33.33", "C": "33.33"}),
        ("rounding each", '个人 分 share = 均分(池; 是; "各自四舍五入")', {"A": "33.33", "B": "33.33", "C": "33.33"}),
        (
            "by a measure",
            '个人 分 share = 分摊(池; 本人工时 ÷ 1工时; "最大余数")',
            {"A": "50.00", "B": "16.67", "C": "33.33"},
        ),
        ("among some of them", '个人 分 share = 均分(池; 本人工时 > 1工时; "最大余数")', {"A": "50.00", "C": "50.00"}),
        (
            "inside each team",
            '个人 分 share = 分摊(组池; 本人工时 ÷ 1工时; "最大余数")',
            {"A": "30.00", "B": "10.00", "C": "20.00"},
        ),
    ],
)
def test_how_a_pool_can_be_shared(feature: str, share: str, lines: Mapping[str, str]) -> None:
    outcome = run(f"{OWN}{POOL}{TEAM_POOL}[一] {share}\n[一] 发放 分")
    assert {person: of["share"] for person, of in lines_of(outcome).items()} == lines


WEIGHED = """[一.5] 门店 产值 output = 合计(收款; 金额)
[一.5] 门店 台次 cars = 计数(收款)
[一.5] 门店 综合达成率 weighed = (达成率(产值; "一"; 产值) × 目标权重("一"; 产值)
    + 达成率(台次; "一"; 接车台次) × 目标权重("一"; 接车台次)) ÷ (目标权重("一"; 产值) + 目标权重("一"; 接车台次))
"""


@pytest.mark.parametrize(
    ("output_weight", "cars_weight", "weighed"),
    [
        ("1", "1", Fraction(65, 100)),
        ("0.6", "0.4", Fraction(68, 100)),
        ("3", "0", Fraction(80, 100)),
    ],
)
def test_attainments_count_by_the_weights_that_were_signed_with_their_targets(
    output_weight: str, cars_weight: str, weighed: Fraction
) -> None:
    """1,000 of 1,250 yuan are 80%, three receipts of six 50%: with 0.6 and 0.4 it is 48% + 20% (一.5 考核系数)."""
    targets = (
        make_target(subject="一", value=Decimal(1250), weight=Decimal(output_weight), signed_by="A"),
        make_target(subject="一", metric="car_count", value=Decimal(6), weight=Decimal(cars_weight), signed_by="A"),
    )
    outcome = evaluate(trial(WEIGHED), make_input(*FACTS, people=PEOPLE, targets=targets))
    assert outcome.figures.store["weighed"] == weighed
    read = {(each.source, each.name): each.value for each in outcome.nodes["weighed"].inputs}
    assert read[("target_weight", "output:team:一")] == Fraction(output_weight)
    assert read[("target", "output:team:一")] == 1250


def test_the_metric_of_a_weight_is_no_step_of_the_same_name() -> None:
    plan = trial('[一] 门店 产值 output = 合计(收款; 金额) × 目标权重("一"; 产值)')
    given = make_input(*FACTS, people=PEOPLE, targets=(make_target(subject="一", weight=Decimal(2), signed_by="A"),))
    assert evaluate(plan, given).figures.store["output"] == 2000


def test_a_weight_counts_only_when_its_target_is_signed() -> None:
    target = make_target(subject="一", signed_by=None)
    with pytest.raises(TargetUnsigned, match="产值"):
        evaluate(trial('[一] 门店 值 result = 目标权重("一"; 产值)'), make_input(people=PEOPLE, targets=(target,)))
