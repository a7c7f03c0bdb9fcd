"""What clerks get wrong, item by item: taken as it is meant where that is certain, else refused by name with advice."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from services.payroll.domain.calculation.evaluation import evaluate
from services.payroll.domain.calculation.outcome import Outcome
from services.payroll.domain.errors import RunRefusal
from services.payroll.language import PlanInvalid, PlanProblem, parse_plan
from tests.payroll.shipped_plan import lines_of, make_fact, make_input, make_person, make_target, trial

PLAN = "计划 “试” “trial”\n"
RECEIPT = make_fact("1", "receipt", amount=Decimal("100.00"), paid_on=date(2026, 3, 2), order_kind="保养")
TWO = (make_person("A", coefficient=Fraction(1)), make_person("B", coefficient=Fraction(0)))
POOL = "[一] 门店 池 pool = {pool}\n[一] 个人 分成 share = 分摊(池; {weight}; “最大余数”)\n发放 分成"


def problem(text: str) -> PlanProblem:
    with pytest.raises(PlanInvalid) as refused:
        parse_plan(text)
    (only,) = refused.value.problems
    return only


def outcome(body: str, **given: object) -> Outcome:
    return evaluate(trial(body), make_input(RECEIPT, **given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "typed",
    [
        '\ufeff计划 "试" "trial"\n[一] 门店 值 result = 下限(0; 3 - 1.5) × 200%',
        '计划\t"试"\t"trial"\n[一]\t门店\t值\tresult\t=\t下限(0;\t3\t-\t1.5)\t×\t200%',
        "计划　“试”　“trial”\r\n［一］　门店　值　ｒｅｓｕｌｔ　＝　下限（０；３－１．５）×２００％\r\n",
        "计划 「试」 『trial』\r【一】 门店 值 result ＝ 下限（０，３−１.5）＊200％",
    ],
    ids=["byte order mark", "tabs", "full-width signs", "old Macintosh"],
)
def test_what_is_only_typed_otherwise_is_read_as_it_is_meant(typed: str) -> None:
    assert evaluate(parse_plan(typed), make_input()).figures.store == {"result": 3}


@pytest.mark.parametrize(
    "typed",
    [
        "\ufeff计划 “试” “trial”\n［一］ 门店 甲 ａ ＝ １＋ ▲产直",
        "\ufeff计划 “试” “trial”\r\n[一]\t门店\t甲\ta\t=\t１\t+\t▲产直",
    ],
)
def test_columns_are_those_of_the_text_as_typed(typed: str) -> None:
    line = typed.splitlines()[1]
    found = problem(typed.replace("▲", ""))
    assert (found.line, found.column, found.code) == (2, line.index("▲") + 1, "name-unknown")


@pytest.mark.parametrize(
    ("marked", "code", "advice"),
    [
        ("[一] ▲门店 甲 a = 乙\n[一] 门店 乙 b = 丙\n[一] 门店 丙 c = 甲", "cycle", "read none of the others"),
        ("[一] ▲门店 甲 a = 甲 + 1", "cycle", "read none of the others"),
        ("[一] 门店 产值 output = 1\n[一] 门店 乙 b = ▲产直 × 2", "name-unknown", "产值"),
        ("[一] store 产值 output = 1\n[一] store 乙 b = ▲outptu * 2", "name-unknown", "output"),
        ("[一] 门店 甲 a = 合计(收款; ▲金客)", "name-unknown", "金额"),
        ("[一] 门店 甲 a = 档位(3; <80%: 0; ▲>=100%: 1)", "tier-gap", "begin where the one below ends"),
        ("参数 表 t = 档位(<1: 0; ▲>1: 1) 自 2000-01-01\n[一] 门店 甲 a = 档位(1; 表)", "tier-gap", ">=1"),
        ("[一] 门店 甲 a = 档位(3; <2: 0; ▲>=1: 1)", "tier-overlap", "begin where the one below ends"),
        ("[一] 门店 甲 a = ▲档位(3; <1: 0; >=1 <2: 1)", "tier-not-total", ">=2: …"),
        ("[一] 门店 甲 a = ▲档位(3; <1: 0; >=1 <=2: 1)", "tier-not-total", ">2: …"),
        ("[一] 门店 甲 a = 档位(3; ▲>80%: 1)", "tier-not-total", "<=80%: …"),
        ("[一] 门店 甲 a = 3元 ▲+ 2工时", "units-differ", "120元/工时"),
        ("[一] 门店 甲 a = 合计(收款; 金额) ▲- 合计(完工工时; 标准工时)", "units-differ", "120元/工时"),
        ("[一] 门店 甲 a = 合计(完工工时; 标准工时 ▲+ 数量 × 1元)", "units-differ", "120元/工时"),
        ("参数 ▲率 rate = 1% 自 2000-01-01\n[一] 门店 甲 a = 1", "parameter-unused", "take it out"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_line_column_and_advice(marked: str, code: str, advice: str) -> None:
    before = PLAN + marked[: marked.index("▲")]
    found = problem(PLAN + marked.replace("▲", ""))
    assert (found.code, found.line, found.column) == (code, before.count("\n") + 1, len(before) - before.rfind("\n"))
    assert advice in found.suggestion
    assert found.chinese != found.english


def test_a_gap_is_told_in_the_clerks_own_numbers() -> None:
    found = problem(PLAN + "[一] 门店 甲 a = 档位(3; <80%: 0; >=10000%: 1)")
    assert "80% … 10000%" in found.chinese
    assert "80% … 10000%" in found.english


def test_a_cycle_names_the_steps_on_it_in_both_languages() -> None:
    found = problem(PLAN + "[一] 门店 甲 a = 乙\n[一] 门店 乙 b = 丙\n[一] 门店 丙 c = 甲")
    assert "甲 → 乙 → 丙 → 甲" in found.chinese
    assert "a → b → c → a" in found.english


@pytest.mark.parametrize("days", ["自 2026-04-01", "自 2000-01-01 至 2026-03-30"])
def test_a_parameter_without_a_value_for_the_month_stops_the_run_with_its_name(days: str) -> None:
    body = f"[二] 参数 提成率 rate = 1% {days}\n[二(1)] 门店 值 result = 合计(收款; 金额) × 提成率"
    with pytest.raises(RunRefusal) as refused:
        outcome(body)
    assert refused.value.slug == "parameter-without-value"
    assert "参数 提成率 在 2026-03-31 没有值 / rate has no value on 2026-03-31" in str(refused.value)
    assert (refused.value.clause, refused.value.step, refused.value.line) == ("二(1)", "值", 3)


@pytest.mark.parametrize("value", ["0", "0.00", "-1"])
def test_a_target_of_zero_is_said_and_never_divided_by(value: str) -> None:
    body = '[一] 门店 率 ratio = 达成率(合计(收款; 金额); 班组(业务接待); "产值")'
    with pytest.raises(RunRefusal) as refused:
        outcome(body, targets=(make_target(value=Decimal(value)),))
    assert refused.value.slug == "target-zero"
    assert f"target is {value}: 业务组 产值 (output)" in str(refused.value)


def test_a_coefficient_sum_of_zero_pays_nobody_and_lists_the_pool_as_unassigned() -> None:
    run = outcome(POOL.format(pool="合计(收款; 金额)", weight="系数 × 0"), people=TWO)
    assert run.lines == ()
    assert [(pool.step, pool.amount) for pool in run.unassigned] == [("share", Decimal("100.00"))]
    assert [notice.code for notice in run.warnings] == ["pool-unassigned"]


def test_a_negative_coefficient_stops_the_run() -> None:
    with pytest.raises(RunRefusal) as refused:
        outcome(POOL.format(pool="合计(收款; 金额)", weight="-系数"), people=TWO)
    assert refused.value.slug == "weight-negative"


def test_a_negative_pool_is_shared_like_a_positive_one_unless_the_plan_floors_it() -> None:
    equal = (make_person("A"), make_person("B"), make_person("C"))
    run = outcome(POOL.format(pool="50元 - 合计(收款; 金额)", weight="系数"), people=equal)
    assert lines_of(run) == {"A": {"share": "-16.67"}, "B": {"share": "-16.67"}, "C": {"share": "-16.66"}}
    assert {notice.code for notice in run.warnings} == {"pool-negative", "total-negative"}
    (told,) = [notice for notice in run.warnings if notice.code == "pool-negative"]
    assert "-50.00" in told.chinese
    assert "-50.00" in told.english
    assert outcome(POOL.format(pool="下限(0; 50元 - 合计(收款; 金额))", weight="系数"), people=equal).lines == ()
