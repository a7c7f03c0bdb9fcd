"""A step in words: the values in its formula are those of the run, and why each of them is what it is."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from services.payroll.domain.calculation.correction import Paid, Recalculated, correct
from services.payroll.domain.calculation.evaluation import evaluate
from services.payroll.domain.calculation.given import RunInput
from services.payroll.domain.calculation.outcome import Outcome
from services.payroll.domain.calculation.plan import Plan
from services.payroll.domain.errors import RunRefusal
from services.payroll.domain.month import Month
from services.payroll.domain.plans.example_file import read_examples
from services.payroll.domain.words.explanation import Explainer, in_plain_text
from services.payroll.domain.words.replay import NotRecorded, Written, again, told_value
from services.payroll.domain.words.saying import Saying, figure
from services.payroll.domain.words.told import Sentence, ToldLine
from services.payroll.domain.words.told_step import Known
from services.payroll.service.plans.plans import parsed, templates
from tests.payroll.fuzzed_programs import program
from tests.payroll.shipped_plan import make_fact, make_input, make_person, make_target, shipped_plan, trial
from tests.payroll.shop_month import september
from tests.payroll.test_language_fuzz import GIVEN, read

ZH, EN = Saying("zh"), Saying("en")
BY_VALUES = ("按公式，用到", "by its formula, from")
"""How a step is told that does not come out again."""


def nodes_of(outcome: Outcome) -> Mapping[str, Mapping[str, Any]]:
    return {name: node.as_json() for name, node in outcome.nodes.items()}


def told(plan: Plan, given: RunInput, start: str, saying: Saying = ZH, line: ToldLine | None = None) -> list[Sentence]:
    nodes = nodes_of(evaluate(plan, given))
    names = {person.number: person.name for person in given.people if person.name}
    return list(Explainer(saying, Known(given.month, [Written(plan, {})], names), nodes).explain(start, line))


def text_of(body: str, given: RunInput, start: str = "a", saying: Saying = ZH) -> str:
    """What the first sentence says of one step, and its notes."""
    first = told(trial(body), given, start, saying)[0]
    return "\n".join([first.text, *first.notes])


def months() -> Iterator[tuple[Plan, RunInput]]:
    """Every worked example of the shipped plans, and the month of the shop."""
    yield shipped_plan(), september()
    for template in templates():
        for example in read_examples(template.examples):
            yield parsed(template.text), example.given


def test_every_step_of_the_shipped_plans_comes_out_again_from_what_its_trace_holds() -> None:
    compared = 0
    for plan, given in months():
        try:
            outcome = evaluate(plan, given)
        except RunRefusal:
            continue
        written = Written(plan, {})
        for name, node in nodes_of(outcome).items():
            step = written.step_of(node)
            assert step is not None, name
            assert again(step, written, node, given.month) == outcome.nodes[name].value, name
            compared += 1
        assert not any(each in words_of(outcome, written) for each in BY_VALUES)
    assert compared > 1_000


def words_of(outcome: Outcome, written: Written) -> str:
    """Every line of pay, in both languages."""
    nodes, said = nodes_of(outcome), list[str]()
    for saying in (ZH, EN):
        explainer = Explainer(saying, Known(outcome.month, [written], {}), nodes)
        said += [in_plain_text(explainer.explain(line.node), saying) for line in outcome.lines]
    return "".join(said)


def test_any_program_that_runs_is_told_in_both_languages() -> None:
    steps = 0
    for number in range(1_500):
        plan, _ = read(program(number))
        try:
            nodes = {} if plan is None else nodes_of(evaluate(plan, GIVEN))
        except RunRefusal:
            continue
        for name in nodes:
            assert plan is not None
            for saying in (ZH, EN):
                known = Known(GIVEN.month, [Written(plan, {})], {})
                words = in_plain_text(Explainer(saying, known, nodes).explain(name), saying)
                assert not any(each in words for each in BY_VALUES), (number, words)
            steps += 1
    assert steps > 300


def test_a_line_of_the_desk_is_told_from_its_share_down_to_the_receipts() -> None:
    line = ToldLine("SA01", "分成", Decimal("1641.08"))
    sentences = told(shipped_plan(), september(), "share/SA01", ZH, line)
    assert sentences[0].text == (
        "梁芳丽（SA01）2026-09 分成 1,641.08 元＝业务组奖金池 5,333.487709… × 系数 0.4 ÷ 权重合计 1.3，"
        "按最大余额法到分（条款 二）"
    )
    by_node = {each.node: each for each in sentences}
    assert by_node["output_commission"].text == (
        "产值提成 3,486.139709…＝产值 732,878.15 × 产值提成比例 0.5% × 产值达成率 0.970699… × 接车达成率 0.980072…"
        "（条款 二(1)）"
    )
    assert "产值提成比例 0.5%，自 2000-01-01 起" in by_node["output_commission"].notes
    receipts = by_node["normal_receipts"]
    assert receipts.text == "正常维修实收 619,144.51＝419 条收款的金额合计（条款 二(1)）"
    assert receipts.notes[0] == (
        "419 条收款，因为结算日期与收款日期的较晚者在 2026-09（非 已取消；维修类别 ≠ 事故 或 事故收款计入实收）"
    )
    assert "业务组的产值目标 755,000.00，梁芳丽（SA01）2026-08-29 签字" in by_node["output_completion"].notes
    assert [each.depth for each in sentences[:4]] == [0, 1, 2, 3]
    assert len({each.node for each in sentences}) == len(sentences)
    assert [(each.node, each.above) for each in by_node["output_completion"].elsewhere] == [("output", True)]


def test_the_same_line_in_english_has_the_formula_as_the_clerk_wrote_it() -> None:
    line = ToldLine("SA01", "share", Decimal("1641.08"))
    first, pool, *_ = told(shipped_plan(), september(), "share/SA01", EN, line)
    assert first.text == (
        "梁芳丽 (SA01), 2026-09, share: 1,641.08 CNY = service advisor pool 5,333.487709… × coefficient 0.4"
        " ÷ sum of weights 1.3, to the cent by largest remainder (clause 二)"
    )
    assert first.formula.startswith("分摊(业务组奖金池;")
    assert "the larger of (pool floor 0 yuan; output commission 3,486.139709…" in pool.text


@pytest.mark.parametrize(
    ("number", "said"),
    [("0", "0"), ("1/3", "0.333333…"), ("-2/3", "−0.666666…"), ("4112996375/1000000", "4,112.996375"),
     ("-1234567/2", "−617,283.5"), ("1000000", "1,000,000"), ("1/10000000", "0.000000…")],
)  # fmt: skip
def test_numbers_are_exact_or_say_that_they_go_on(number: str, said: str) -> None:
    assert figure(Fraction(number)) == said


@pytest.mark.parametrize(
    ("formula", "zh", "en"),
    [
        ("(1 + 2) × 3 - (4 - 5)", "(1 + 2) × 3 − (4 − 5)", "(1 + 2) × 3 − (4 − 5)"),
        ("-(1 - 2) ÷ (3 ÷ 4)", "−(1 − 2) ÷ (3 ÷ 4)", "−(1 − 2) ÷ (3 ÷ 4)"),
        ("如果(1 > 2; 1; 5)", "5（条款 一）\n因为 1 > 2：不成立", "5 (clause 一)\nbecause: 1 > 2: it is not so"),
        ("档位(3; <2: 5; >=2: 20)", "3 在档位中为 20", "3 in the tiers gives 20"),
        ("累计档位(3; <2: 5; >=2: 20)", "档位逐次累计到 3 为 45", "the tiers added to 3 is 45"),
        ("上限(4; 四舍五入(1.5; 0))", "较小(4; 四舍五入(1.5; 0))", "the smaller of (4; rounded(1.5; 0))"),
    ],
)  # fmt: skip
def test_a_formula_is_told_with_the_branches_that_were_taken(formula: str, zh: str, en: str) -> None:
    body = f"[一] 门店 甲 a = {formula}"
    assert zh in text_of(body, make_input(), saying=ZH)
    assert en in text_of(body, make_input(), saying=EN)


@pytest.mark.parametrize(
    ("rule", "zh", "en"),
    [
        ("月份(收款日期) = 本月", "收款日期在 2026-03", "paid on is in 2026-03"),
        ("上月 = 月份(收款日期)", "收款日期在 2026-02", "paid on is in 2026-02"),
        ("月份(较早(结算日期; 收款日期)) = 本月", "结算日期与收款日期的较早者在 2026-03",
         "the earlier of settled on and paid on is in 2026-03"),
        ("月份(如果(是; 结算日期; 收款日期)) = 本月", "结算日期在 2026-03", "settled on is in 2026-03"),
        ("月份(如果(已取消; 结算日期; 收款日期)) = 本月", "如果 已取消 则 结算日期 否则 收款日期在 2026-03",
         "if cancelled settled on, else paid on is in 2026-03"),
        ("月份(收款日期) <> 上月", "收款日期所在的月份 ≠ 2026-02", "the month of paid on ≠ 2026-02"),
    ],
)  # fmt: skip
def test_why_facts_are_in_the_month_is_said_in_words(rule: str, zh: str, en: str) -> None:
    body = f'[一] 门店 甲 a = 合计(收款; 金额; {rule}; 维修类别 = "保养")'
    assert f"0 条收款，因为{zh}（维修类别 = 保养）" in text_of(body, make_input(), saying=ZH)
    assert f"0 receipts, because {en} (order kind = maintenance)" in text_of(body, make_input(), saying=EN)


def test_a_set_value_of_a_parameter_is_told_with_its_version() -> None:
    plan = trial("[一] 参数 率 rate = 5% 自 2000-01-01\n[一] 门店 甲 a = 100 × 率")
    (node,) = nodes_of(evaluate(plan, make_input())).values()
    given = plan.parameters["rate"].values[0]
    read_ = {**node["inputs"][0], "value": "3/50", "reference": "2026-03-01 v2 0123456789ab"}
    later = {**node, "value": "6", "inputs": [read_]}
    value = replace(
        given, value=Fraction(3, 50), written="6%", since=Month(2026, 3).first_day, version="v2 0123456789ab"
    )
    known = Known(Month(2026, 3), [Written(plan, {"rate": [value]})], {})
    (sentence,) = Explainer(ZH, known, {"a": later}).explain("a")
    assert (sentence.text, sentence.notes) == (
        "甲 6＝100 × 率 6%（条款 一）", ["率 6%，自 2026-03-01 起，v2 0123456789ab"]
    )  # fmt: skip
    (unknown,) = Explainer(ZH, Known(Month(2026, 3), [Written(plan, {})], {}), {"a": later}).explain("a")
    assert unknown.text == "甲 6＝按公式，用到 率 0.06（条款 一）"


def test_a_node_that_does_not_come_out_again_is_told_by_what_it_read() -> None:
    plan = trial("[一] 门店 乙 b = 2\n[一] 门店 甲 a = 乙 × 3")
    nodes = {**nodes_of(evaluate(plan, make_input()))}
    nodes["a"] = {**nodes["a"], "value": "7"}
    sentence, *_ = Explainer(EN, Known(Month(2026, 3), [Written(plan, {})], {}), nodes).explain("a")
    assert sentence.text == "a 7 = by its formula, from b 2 (clause 一)"


def test_what_a_trace_does_not_hold_is_not_made_up() -> None:
    plan = trial("[一] 参数 率 rate = 5% 自 2000-01-01\n[一] 门店 甲 a = 100 × 率")
    written, (node,) = Written(plan, {}), nodes_of(evaluate(plan, make_input())).values()
    step = written.step_of(node)
    assert step is not None
    with pytest.raises(NotRecorded):
        again(step, written, {**node, "inputs": []}, Month(2026, 3))
    assert written.step_of({**node, "formula": "1"}) is None
    assert (told_value("1/3"), told_value(value=True), told_value(None)) == (Fraction(1, 3), True, None)


def test_an_explanation_is_bounded_and_says_where_to_go_on() -> None:
    chain = "\n".join(f"[一] 门店 步{n} s{n} = 步{n + 1} + 1" for n in range(30))
    sentences = told(trial(f"{chain}\n[一] 门店 步30 s30 = 1"), make_input(), "s0")
    assert [each.node for each in sentences] == [f"s{n}" for n in range(9)]
    assert [(each.node, each.title, each.above) for each in sentences[-1].elsewhere] == [("s9", "步9", False)]
    assert "步9未展开，可从 s9 继续" in in_plain_text(sentences, ZH)
    wide = "\n".join(f"[一] 门店 步{n} s{n} = {n}" for n in range(1, 100))
    total = " + ".join(f"步{n}" for n in range(1, 30))
    more = " + ".join(f"步{n}" for n in range(30, 100, 2))
    body = f"{wide}\n[一] 门店 甲 a = {total}\n[一] 门店 乙 b = {more}\n[一] 门店 丙 c = 甲 + 乙"
    sentences = told(trial(body), make_input(), "c")
    assert len(sentences) == 60
    assert sum(len(each.elsewhere) for each in sentences) == 29 + 35 + 3 - 60


def test_a_correction_says_what_is_due_and_what_was_paid() -> None:
    plan = trial("[二] 个人(业务接待) 奖金 bonus = 合计(收款; 金额; 月份(收款日期) = 本月)\n[二] 发放 奖金")
    march = evaluate(plan, make_input(make_fact("r", "receipt", amount=Decimal("12.30"), order_kind="repair",
                                                paid_on=Month(2026, 3).first_day)))  # fmt: skip
    paid = {("SA01", "bonus"): Paid(Decimal("10.00"), "奖金", "二")}
    april = correct(evaluate(plan, make_input(month=Month(2026, 4))), (Recalculated(march, paid),))
    (line,) = april.lines
    known = Known(Month(2026, 4), [Written(plan, {})], {"SA01": "梁芳丽"})
    explainer = Explainer(ZH, known, nodes_of(april))
    first, second = explainer.explain(line.node, ToldLine("SA01", line.name, line.amount))
    assert first.text == "梁芳丽（SA01）2026-04 更正 2026-03 的奖金 2.30 元＝应发 12.30 元 − 已发 10.00 元（条款 二）"
    assert (first.correction and first.correction.of_month) == "2026-03"
    assert second.text == "梁芳丽（SA01）的奖金 12.30＝1 条收款的金额合计（条款 二）"
    assert second.notes == ["1 条收款，因为收款日期在 2026-03"]


def test_a_share_of_a_teams_pool_reads_person_and_pool_apart() -> None:
    people = (make_person("J1", post="mechanic", team="甲组"), make_person("J2", post="mechanic", team="甲组"),
              make_person("K1", post="mechanic", team="乙组"))  # fmt: skip
    body = """[一] 个人(机电技师) 份 part = 系数 × 10元
[一] 班组(机电技师) 池 pool = 汇总(份) × 2
[一] 个人(机电技师) 分 share = 分摊(池; 如果(份 > 1元; 系数; 0); "各自四舍五入")
[一] 发放 分"""
    first, *rest = told(trial(body), make_input(people=people), "share/J1", ZH, ToldLine("J1", "分", Decimal("8.00")))
    assert first.text == "J1 2026-03 分 8.00 元＝池 16 × 系数 0.4 ÷ 权重合计 0.8（条款 一）"
    assert [each.node for each in rest] == ["part/J1", "pool/甲组"]
    assert "份汇总 8，是各份之和" in rest[1].notes


def test_a_target_is_told_with_who_signed_it() -> None:
    body = '[一] 门店 甲 a = 达成率(50元; "业务组"; 产值)'
    given = make_input(targets=(make_target(),))
    assert text_of(body, given).splitlines() == [
        "甲 0.5＝50 ÷ 业务组的产值目标 100.00（条款 一）", "业务组的产值目标 100.00，SA01 2026-02-25 签字"
    ]  # fmt: skip


def test_a_targets_weight_is_told_beside_it_and_as_signed_with_it() -> None:
    body = '[一] 门店 甲 a = 达成率(50元; "业务组"; 产值) × 目标权重("业务组"; 产值)'
    given = make_input(targets=(make_target(weight=Decimal("0.6")),))
    assert text_of(body, given).splitlines() == [
        "甲 0.3＝50 ÷ 业务组的产值目标 100.00 × 业务组的产值目标权重 0.6（条款 一）",
        "业务组的产值目标 100.00，SA01 2026-02-25 签字", "业务组的产值目标权重 0.6，SA01 2026-02-25 签字",
    ]  # fmt: skip


def test_sums_of_money_are_read_with_cents_and_other_numbers_without() -> None:
    body = """[一] 参数 单价 price = 120元/工时 自 2000-01-01
[一] 门店 工时数 hours = 合计(完工工时; 标准工时)
[一] 门店 池 pool = 工时数 × 单价 × 50% ÷ 2
[一] 门店 比 ratio = 池 ÷ (池 + 1元)
[一] 门店 甲 a = 下限(0元; 如果(比 > 0.5; 池; 0元))"""
    given = make_input(make_fact("l", "labour", standard_hours=Decimal("1.5"), order_kind="repair"))
    sentences = {each.node: each.text.partition("（")[0] for each in told(trial(body), given, "a")}
    assert sentences == {
        "a": "甲 45.00＝较大(0; 池 45.00)", "ratio": "比 0.978260…＝池 45.00 ÷ (池 45.00 + 1)",
        "pool": "池 45.00＝工时数 1.5 × 单价 120元/工时 × 0.5 ÷ 2", "hours": "工时数 1.5＝1 条完工工时的标准工时合计",
    }  # fmt: skip
