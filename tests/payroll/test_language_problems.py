"""What is wrong with a plan text: code, line, column and advice, in both languages."""

import pytest

from services.payroll.domain import bounds
from services.payroll.domain.calculation.evaluation import evaluate
from services.payroll.language import PlanInvalid, PlanProblem, parse_plan
from tests.payroll.shipped_plan import TITLE, shipped_text
from tests.payroll.shop_month import september

STEP = "[一] 门店 甲 first = "
BY_POST = "参数 表 posts = 按岗位(业务接待: 0.4) 自 2000-01-01\n"


def problems(text: str) -> tuple[PlanProblem, ...]:
    with pytest.raises(PlanInvalid) as refused:
        parse_plan(text)
    return refused.value.problems


@pytest.mark.parametrize(
    ("marked", "code", "advice"),
    [
        (STEP + "▲产直", "name-unknown", ""),
        ("[一] 门店 产值 output = 1\n[一] 门店 乙 second = ▲产直", "name-unknown", "产值"),
        (STEP + "合计(收款; ▲金客)", "name-unknown", "金额"),
        (STEP + "▲合记(收款; 金额)", "function-unknown", "合计"),
        (STEP + "合计(▲收钱; 金额)", "kind-unknown", "收款"),
        (STEP + "1 ÷ ▲(2 + 3", "bracket-open", ""),
        (STEP + "1 + 2▲)", "bracket-unopened", ""),
        (STEP + "▲“甲", "text-open", ""),
        (STEP + "1 + ▲× 2", "syntax", ""),
        (STEP + "如果(1 > 0 ▲且 2 > 1; 1; 2)", "syntax", "且(甲; 乙)"),
        (STEP + "如果(1 > 0 ▲or 2 > 1; 1; 2)", "syntax", "or(a; b)"),
        (STEP + "1 ▲x 2", "syntax", "×"),
        (STEP + "1 ▲如果 2 > 1", "syntax", "如果(条件; 甲; 乙)"),
        (STEP + "计数(工单; 维修类别 <> ▲事故)", "name-unknown", '"事故"'),
        (STEP + "计数(工单; 维修类别 <> ▲accident)", "name-unknown", '"accident"'),
        ("[一] 个人 甲 first = 如果(岗位 = ▲业务接待; 1; 2)", "name-unknown", '"业务接待"'),
        ("[一] 门店 甲 first =▲ ", "syntax", ""),
        ("[一] ▲门点 甲 first = 1", "syntax", "门店"),
        (STEP + "1 ▲$ 2", "character-not-allowed", ""),
        (STEP + "1 # ▲\x00", "character-not-allowed", ""),
        (STEP + "1 # ▲\ud800", "character-not-allowed", ""),
        (STEP + "▲12工", "number-invalid", ""),
        (STEP + "▲1.2.3", "number-invalid", ""),
        (STEP + "▲12,500 + 1", "thousands-separator", "12500"),
        (STEP + "▲" + "1" * 25, "number-too-long", ""),
        (STEP + "(" * 40 + "▲(1" + ")" * 41, "nesting-too-deep", ""),
        (STEP + "-" * 260 + "▲" + "-" * 40 + "1", "nesting-too-deep", "步骤"),
        (STEP + "1" + "+1" * 39 + "▲" + "+1" * 21, "nesting-too-deep", "步骤"),
        (STEP + "1元 ▲+ 1工时", "units-differ", "工时"),
        (STEP + "合计(完工工时; 标准工时) × 120 ▲- 合计(辅料; 金额)", "units-differ", ""),
        (STEP + "如果(1元 ▲< 1小时; 1; 2)", "units-differ", ""),
        (STEP + '1 + ▲"甲"', "type-mismatch", ""),
        (STEP + "▲是 + 1", "type-mismatch", ""),
        (STEP + "如果(▲1; 1; 2)", "type-mismatch", ""),
        (STEP + "▲如果(是; 1; 是)", "type-mismatch", ""),
        ("[一] 门店 甲 first =▲ 2026-03-01", "type-mismatch", ""),
        (STEP + "如果(是 ▲< 否; 1; 2)", "type-mismatch", ""),
        (STEP + "月份(▲1)", "type-mismatch", ""),
        (STEP + "计数(投诉; 责任人 = ▲金额)", "name-unknown", ""),
        (STEP + "计数(完工工时; 技师 ▲= 班组)", "type-mismatch", ""),
        (STEP + "计数(投诉; 原因 = ▲工单号)", "type-mismatch", ""),
        (STEP + '计数(投诉; 原因 = ▲"工作失物")', "choice-unknown", "工作失误"),
        (STEP + '计数(投诉; ▲"价格" = 原因)', "choice-unknown", "价格异议"),
        (STEP + "计数(收款; ▲金额)", "type-mismatch", ""),
        (STEP + "计数(收款; ▲计数(收款) > 1)", "aggregation-nested", ""),
        (STEP + '计数(收款; 目标(▲"甲"; 产值) > 1)', "step-in-facts", ""),
        (STEP + "计数(投诉; 责任人 ▲= 本人)", "scope", ""),
        (STEP + "▲系数", "scope", ""),
        (STEP + '目标("业务组"; ▲"产直")', "choice-unknown", "产值"),
        (STEP + "目标(▲1; 产值)", "type-mismatch", ""),
        (STEP + '目标("业务组"; 产值; ▲业务接侍)', "post-unknown", "业务接待"),
        (STEP + '达成率(▲1工时; "业务组"; 产值)', "units-differ", ""),
        (STEP + "▲下限(1; 2; 3)", "argument-count", ""),
        (STEP + "▲合计(收款)", "argument-count", ""),
        (STEP + "▲计数()", "argument-count", ""),
        (STEP + "round(1; ▲1.5)", "digits-invalid", ""),
        (STEP + "有值(▲1)", "type-mismatch", ""),
        (STEP + "▲min(" + "1; " * 61 + "1)", "argument-count", ""),
        (STEP + "▲分摊(1元; 1; “最大余数”)", "split-place", ""),
        ("[一] 个人 甲 a = 分摊(5% × ▲合计(收款; 金额); 1; “最大余数”)", "split-pool", ""),
        ("[一] 个人 甲 a = 1 + ▲分摊(1元; 1; “最大余数”)", "split-place", ""),
        ("[一] 个人 甲 a = 分摊(1; 1; ▲“随便”)", "choice-unknown", "最大余数"),
        ("[一] 个人 甲 a = 分摊(▲1工时; 1; “最大余数”)", "units-differ", ""),
        ("[一] 个人 甲 a = 均分(1元; ▲1; “最大余数”)", "type-mismatch", ""),
        ("[一] 个人 甲 a = 分摊(1元; 1; ▲2)", "choice-unknown", ""),
        (STEP + "1▲: 2", "syntax", ""),
        (STEP + "min(▲<1: 2; 3)", "tier-band", ""),
        (STEP + "档位(1; ▲<1: 2; 3)", "tier-band", ""),
        (STEP + "档位(1; <1: 2; ▲>1: 3)", "tier-gap", ""),
        (STEP + "档位(1; <1: 2; ▲>=2: 3)", "tier-gap", ""),
        (STEP + "档位(1; <=1: 2; ▲>=1: 3)", "tier-overlap", ""),
        (STEP + "档位(1; <2: 2; ▲>=1: 3)", "tier-overlap", ""),
        (STEP + "档位(1; <2: 2; ▲<3: 3; >=3: 1)", "tier-overlap", ""),
        (STEP + "档位(1; ▲>=1: 3)", "tier-not-total", "<1"),
        (STEP + "▲档位(1; <=1: 3)", "tier-not-total", ">1"),
        (STEP + "档位(1; >=1 ▲>=2: 3)", "tier-band", ""),
        (STEP + "档位(1; ▲>2 <1: 3)", "tier-band", ""),
        (STEP + "档位(▲1元; <1工时: 1; >=1工时: 2)", "units-differ", ""),
        (STEP + "档位(1; ▲表)", "table-unknown", ""),
        (BY_POST + STEP + "档位(1; ▲表)", "table-unknown", ""),
        (BY_POST + STEP + "▲表", "type-mismatch", ""),
        (BY_POST + STEP + "▲系数(表)", "scope", ""),
        (BY_POST + "[一] 个人 甲 a = 计数(投诉; ▲系数(表) > 0)", "person-in-facts", ""),
        (BY_POST + "[一] 个人 甲 a = 系数(▲表格)", "table-unknown", "表"),
        (BY_POST + "[一] 个人 甲 a = 系数(▲1)", "table-unknown", ""),
        (BY_POST + "[一] 个人 甲 a = ▲系数(表; 表)", "argument-count", ""),
        ("参数 率 rate = 1 自 2000-01-01\n[一] 个人 甲 a = 系数(▲率)", "table-unknown", ""),
        ("参数 表 posts = 按岗位(业务接待: 1元) 自 2000-01-01\n[一] 个人 甲 a = 系数(▲表)", "units-differ", ""),
        ("参数 表 posts = 按岗位(▲业务接侍: 1) 自 2000-01-01", "post-unknown", "业务接待"),
        ("参数 表 posts = 按岗位(业务接待: 1; ▲service_advisor: 2) 自 2000-01-01", "value-repeated", ""),
        ("参数 表 posts = ▲按岗位(站长: 1工时; 配件员: 1元) 自 2000-01-01", "units-differ", ""),
        ("参数 表 posts = ▲档位(站长: 1) 自 2000-01-01", "function-unknown", "by_post"),
        ("参数 表 posts = ▲按岗位(<1: 1; >=1: 2) 自 2000-01-01", "function-unknown", "tier"),
        ("参数 表 posts = 按岗位(站长: ▲是) 自 2000-01-01", "syntax", ""),
        ("参数 表 posts = 按岗位(站长: 1; ▲<1: 2) 自 2000-01-01", "syntax", ""),
        ("参数 ▲表 posts = 按岗位(站长: 1) 自 2000-01-01; 1 自 2001-01-01", "type-mismatch", ""),
        ("参数 ▲表 posts = 按岗位(站长: 1工时) 自 2000-01-01; 按岗位(站长: 1元) 自 2001-01-01", "units-differ", ""),
        (STEP + "▲按岗位(业务接待)", "call-place", ""),
        (STEP + "▲班组(业务接待)", "call-place", ""),
        (STEP + '如果(▲班组(业务接待) = "业务组"; 1; 2)', "call-place", ""),
        (STEP + "目标(▲班组(); 产值)", "argument-count", "service_advisor"),
        (STEP + "目标(班组(▲业务接侍); 产值)", "post-unknown", "业务接待"),
        (STEP + "目标(班组(▲1); 产值)", "post-unknown", ""),
        (STEP + "计数(收款; 目标(▲班组(业务接待); 产值) > 1元)", "step-in-facts", ""),
        ("[一] ▲门店 甲 first = 乙\n[一] 门店 乙 second = 甲", "cycle", ""),
        ("[一] 个人 乙 own = 1\n[一] 门店 甲 first = ▲乙 + 1", "scope", ""),
        ("[一] 门店 乙 own = 1\n[一] 门店 甲 first = 汇总(▲乙)", "scope", ""),
        (STEP + "汇总(▲丙)", "name-unknown", ""),
        ("[一] 门店 乙 own = 1\n[一] 门店 甲 first = 计数(收款; ▲乙 = 1)", "step-in-facts", ""),
        ("[一] 个人 甲 a = 计数(投诉; 或(责任人 = ▲本人; 属实))", "person-in-facts", ""),
        ("[一] 个人 甲 a = 计数(投诉; 属实 ▲= 本人)", "type-mismatch", ""),
        ("[一] 个人(业务接待) 乙 own = 1\n[一] 个人 甲 first = ▲乙", "scope", ""),
        ("[一] 个人(▲业务接侍) 乙 own = 1", "post-unknown", "业务接待"),
        ("▲门店 甲 first = 1", "clause-missing", ""),
        (STEP + "1\n[一] 门店 ▲甲 second = 1", "name-repeated", ""),
        (STEP + "1\n[一] 门店 乙 ▲first = 1", "name-repeated", ""),
        ("[一] 门店 ▲合计 first = 1", "name-reserved", ""),
        ("[一] 门店 甲 ▲First = 1", "name-invalid", ""),
        ("[一] 门店 ▲" + "甲" * 61 + " first = 1", "name-invalid", ""),
        ("参数 ▲金额 much = 1 自 2000-01-01", "name-reserved", ""),
        ("参数 ▲率 rate = 1% 自 2000-01-01", "parameter-unused", ""),
        ("参数 率 rate = 1% 自 ▲2000-02-30", "date-invalid", ""),
        ("参数 率 rate = 1% 自 2000-01-01; 2% 自 ▲2000-01-01", "value-repeated", ""),
        ("参数 率 rate = 1% 自 2000-01-02 至 ▲2000-01-01", "date-invalid", ""),
        ("参数 ▲率 rate = 1% 自 2000-01-01; 1元 自 2001-01-01", "units-differ", ""),
        ("参数 ▲率 rate = 1% 自 2000-01-01; 档位(<1: 1; >=1: 2) 自 2001-01-01", "type-mismatch", ""),
        ("参数 率 rate = ▲“甲” 自 2000-01-01", "choice-unknown", ""),
        ("参数 率 rate 选项(“先”; “后”) = ▲“选” 自 2000-01-01", "choice-unknown", ""),
        ("参数 率 rate = ▲对 自 2000-01-01", "name-unknown", "是"),
        ("参数 率 rate = ▲表(<1: 1; >=1: 2) 自 2000-01-01", "function-unknown", "tier"),
        ("参数 率 rate = 档位(<1: 1; >=1: 2) 自 2000-01-01\n[一] 门店 甲 a = ▲率", "type-mismatch", ""),
        (
            "参数 法 way 选项(“先”; “后”) = “先” 自 2000-01-01\n[一] 门店 甲 a = 如果(法 = ▲“前”; 1; 2)",
            "choice-unknown",
            "先",
        ),
        ("发放 ▲分成", "name-unknown", ""),
        (STEP + "1元\n发放 ▲甲", "scope", ""),
        ("[一] 个人 甲 a = 1工时\n发放 ▲甲", "units-differ", ""),
        ("[一] 个人 甲 a = 1元\n发放 甲 条件 ▲1", "type-mismatch", ""),
        ("[一] 个人 甲 a = 1元\n发放 ▲甲, 甲", "payment-repeated", ""),
        ("[一] 个人 甲 a = 1元\n发放 甲 作为 ▲Team", "name-invalid", ""),
        ("提醒 ▲甲 “有” “some”", "name-unknown", ""),
        ('计划 ▲"又" "again"', "plan-repeated", ""),
        ("▲" + STEP + "1 + " * 2001 + "1", "statement-too-long", ""),
    ],
)  # fmt: skip
def test_a_problem_has_a_code_a_place_and_advice(marked: str, code: str, advice: str) -> None:
    """The mark stands before the place where the problem is."""
    before = TITLE + marked[: marked.index("▲")]
    found = problems(TITLE + marked.replace("▲", ""))
    assert (found[0].code, found[0].line, found[0].column) == (
        code,
        before.count("\n") + 1,
        len(before) - before.rfind("\n"),
    )
    assert advice in found[0].suggestion
    assert found[0].suggestion
    assert found[0].chinese
    assert found[0].english


def test_problems_of_several_statements_are_told_together_and_their_followers_are_not_blamed() -> None:
    steps = "[一] 门店 甲 a = 丙\n[一] 门店 乙 b = 甲 + 1\n[一] 门店 丁 d = 汇总(甲)\n"
    text = TITLE + steps + "发放 甲\n提醒 甲 “有” “some”\n[一] 门店 戊 e = 1 +"
    found = problems(text)
    assert [(problem.line, problem.code) for problem in found] == [(2, "name-unknown"), (7, "syntax")]


@pytest.mark.parametrize(
    "broken",
    [
        "[一] 门店 甲 a = 1 +",
        "[一] 门店 甲 a = 下限(0; 1",
        "[一] 门店 甲 a = 12,500 + 1",
        "[一] 门店 甲 a = 1 $ 2",
        "[一] 门点 甲 a = 1",
        "[一] 门店 甲 a 1",
        "[一] 班组(业务接待) 甲 a = 1.2.3",
        "[一] 个人(“钣金”) 甲 a = -",
        "[一] 门店 甲 A = 1",
        "参数 甲 a = 1% 起 2000-01-01",
        "参数 甲 a 选项(“先”; “后”) = 1 2000-01-01",
        "参数 甲 a = 1% 自 2000-02-30",
        "参数 甲 a = “先” 自 2000-01-01",
        "参数 甲 a = 甲 自 2000-01-01",
    ],
)
def test_whoever_reads_a_name_is_not_blamed_for_its_broken_declaration(broken: str) -> None:
    readers = (
        "[一] 门店 乙 b = 甲 + 1\n[一] 门店 丙 c = 乙 × 2\n[一] 门店 丁 d = 汇总(甲)\n[一] 门店 戊 e = 档位(1; 甲)\n"
        "[一] 个人 己 f = 系数(甲)\n发放 甲, 己\n提醒 甲 “有” “some”\n"
    )
    (found,) = problems(TITLE + readers + broken)
    assert found.line == 9


def test_a_name_that_nothing_was_to_declare_is_told_beside_a_broken_declaration() -> None:
    found = problems(TITLE + "[一] 门店 甲 a = 1 +\n[一] 门店 乙 b = 丙 + 甲\n发放 丁 条件 (")
    assert [(problem.line, problem.code) for problem in found] == [
        (2, "syntax"),
        (3, "name-unknown"),
        (4, "bracket-open"),
    ]


def test_a_title_that_cannot_be_read_is_not_missing() -> None:
    assert [problem.code for problem in problems("计划 “试” trial")] == ["syntax"]


def test_an_unclosed_bracket_does_not_swallow_the_next_statement() -> None:
    found = problems(TITLE + "[一] 门店 甲 a = 下限(0; 1\n[一] 门店 乙 b = 丙")
    assert [(problem.line, problem.code) for problem in found] == [(2, "bracket-open"), (3, "name-unknown")]


def test_places_are_those_of_the_text_as_typed() -> None:
    """Full-width signs, a tab, ≤ (one character for two) and Windows line ends do not move them."""
    text = '\ufeff计划 "试" "trial"\r\n# 注\r\n［一］\t门店 甲 a ＝ 如果（1 ≤ 2；3；丙丁）\r\n'
    (problem,) = problems(text)
    assert (problem.line, problem.column) == (3, text.splitlines()[2].index("丙") + 1)


def test_a_problem_reads_in_both_languages_and_becomes_field_errors() -> None:
    with pytest.raises(PlanInvalid) as refused:
        parse_plan(TITLE + "[一] 门店 甲 a = 合记(1)")
    (error,) = refused.value.errors
    assert error["pointer"] == "/text/2/14"
    assert error["code"] == "function-unknown"
    assert "第 2 行第 14 列 / line 2, column 14: 没有函数“合记” / there is no function '合记' → 合计" in str(
        refused.value
    )


def test_a_plan_needs_its_title() -> None:
    assert [problem.code for problem in problems("")] == ["plan-missing"]


def test_the_text_the_statements_and_the_problems_are_bounded() -> None:
    assert problems("#" * (bounds.MAX_TEXT + 1))[0].code == "text-too-long"
    many = TITLE + "提醒 甲 “” “”\n" * bounds.MAX_STATEMENTS
    assert {problem.code for problem in problems(many)} == {"name-unknown", "too-many-statements"}
    found = problems(TITLE + "发放 甲 条件 (\n" * (bounds.MAX_STATEMENTS + 3))
    assert len(found) == 100


def test_too_many_statements_are_named() -> None:
    steps = "".join(f"[一] 门店 步{number} s{number} = 1\n" for number in range(bounds.MAX_STATEMENTS))
    assert [problem.code for problem in problems(TITLE + steps)] == ["too-many-statements"]


def test_a_long_chain_of_steps_is_no_deep_recursion() -> None:
    steps = "".join(f"[一] 门店 步{number} s{number} = 步{number + 1}\n" for number in range(990))
    assert len(parse_plan(TITLE + steps + "[一] 门店 步990 s990 = 1").steps) == 991


def test_the_shipped_plan_is_the_same_plan_with_every_sign_full_width() -> None:
    wide = shipped_text().translate(str.maketrans("()+;,=<>%", "（）＋；，＝＜＞％"))
    plain, typed = parse_plan(shipped_text()), parse_plan(wide)
    assert [step.name for step in typed.steps] == [step.name for step in plain.steps]
    assert [step.at for step in typed.steps] == [step.at for step in plain.steps]
    assert evaluate(typed, september()).lines == evaluate(plain, september()).lines
