"""One plan, four forms: as typed, in Chinese words, in English words, as JSON. All say the same."""

import copy
import re
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from services.payroll.domain import bounds
from services.payroll.domain.calculation.evaluation import evaluate
from services.payroll.domain.calculation.facts import FACT_KINDS
from services.payroll.domain.plans.meaning import same_plan
from services.payroll.language import PlanInvalid, format_plan, parse_json, parse_plan, to_json
from services.payroll.language.document_reader import PlanDocumentInvalid
from services.payroll.service.plans.plans import templates
from tests.payroll.plan_writer import PlanWriter
from tests.payroll.shipped_plan import TITLE, shipped_text
from tests.payroll.shop_month import september

SHIPPED = {template.name: template.text for template in templates()}


def is_one_plan_in_every_form(text: str) -> bool:
    plan, document = parse_plan(text), to_json(text)
    chinese, english = format_plan(text, "zh"), format_plan(text, "en")
    return (
        all(same_plan(plan, other) for other in (parse_plan(chinese), parse_plan(english), parse_json(document)))
        and (format_plan(chinese, "zh"), format_plan(english, "en")) == (chinese, english)
        and document == to_json(chinese) == to_json(english)
    )


@pytest.mark.parametrize("text", SHIPPED.values(), ids=SHIPPED)
def test_a_shipped_plan_is_one_plan_in_every_form(text: str) -> None:
    assert is_one_plan_in_every_form(text)
    assert format_plan(format_plan(text, "en"), "zh") == format_plan(text, "zh")


@settings(max_examples=25, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.randoms(use_true_random=False))
def test_any_plan_is_one_plan_in_every_form(random: Random) -> None:
    assert is_one_plan_in_every_form(PlanWriter(random).plan(steps=3))


def test_a_plan_in_english_words_pays_the_same() -> None:
    english = parse_plan(format_plan(shipped_text(), "en"))
    assert evaluate(english, september()).lines == evaluate(parse_plan(shipped_text()), september()).lines


def test_no_chinese_word_of_the_language_is_left_in_english_nor_an_english_one_in_chinese() -> None:
    english = format_plan(shipped_text(), "en")
    formulas = [line.partition(" = ")[2] for line in english.splitlines() if " = " in line and line[0] != "#"]
    unquoted = [re.sub(r'"[^"]*"', "", formula) for formula in formulas]
    assert [formula for formula in unquoted if not formula.isascii()] == []
    chinese = format_plan(english, "zh")
    formulas = [line.partition(" = ")[2] for line in chinese.splitlines() if " = " in line and line[0] != "#"]
    assert [
        name for formula in formulas for name in re.findall(r"[A-Za-z_]+", re.sub('"[^"]*"|PDI', "", formula))
    ] == []


def test_a_field_is_found_by_the_name_it_is_formatted_with() -> None:
    for kind in FACT_KINDS.values():
        for place, field in enumerate(kind.fields):
            assert kind.position(field.chinese[0]) == kind.position(field.name) == place


@pytest.mark.parametrize(
    ("typed", "chinese", "english"),
    [
        ("(1+2)*3", "(1 + 2) × 3", "(1 + 2) * 3"),
        ("1+(2*3)", "1 + 2 × 3", "1 + 2 * 3"),
        ("1-(2-3)", "1 - (2 - 3)", "1 - (2 - 3)"),
        ("(1-2)-3", "1 - 2 - 3", "1 - 2 - 3"),
        ("8÷(4/2)", "8 ÷ (4 ÷ 2)", "8 / (4 / 2)"),
        ("-(1+2)", "-(1 + 2)", "-(1 + 2)"),
        ("−-+1", "--1", "--1"),
        ("if((1<2)=yes;1;2)", "如果((1 < 2) = 是; 1; 2)", "if((1 < 2) = yes; 1; 2)"),
        ("３万元÷1元", "3万元 ÷ 1元", "30000yuan / 1yuan"),
        ("1.25万元÷1yuan", "1.25万元 ÷ 1元", "12500yuan / 1yuan"),
        ("0.00001亿元÷1元", "0.00001亿元 ÷ 1元", "1000yuan / 1yuan"),
        ("2小时÷1hour×3次", "2小时 ÷ 1工时 × 3次", "2hours / 1hours * 3times"),
        ("计数(收款, 维修类别≠“维修”)", '计数(收款; 维修类别 <> "一般维修")', 'count(receipt; order_kind <> "repair")'),
        ("count(complaint; 'x')".replace("'x'", "cause=“自定”=no"), "", ""),
        ("目标(“业务组”; output; 站长)÷1元", '目标("业务组"; "产值"; 站长) ÷ 1元',
         'target("业务组"; "output"; service_manager) / 1yuan'),
    ],
)  # fmt: skip
def test_a_formula_in_both_languages_with_the_fewest_brackets(typed: str, chinese: str, english: str) -> None:
    text = f"{TITLE}[一] 门店 甲 first = {typed}"
    if not chinese:
        with pytest.raises(PlanInvalid):
            parse_plan(text)
        return
    assert format_plan(text, "zh").splitlines()[1] == f"[一] 门店 甲 first = {chinese}"
    assert format_plan(text, "en").splitlines()[1] == f"[一] store 甲 first = {english}"


def test_comments_stand_above_their_statement_and_blank_lines_are_at_most_one() -> None:
    typed = (
        "\n\n# 头 head\n" + TITLE + "\n\n\n＃一、二\n#  two\n[一] 门店 甲 first = 下限(0; # 不低于零\n 1 # 一\n) # 完\n"
        "[二] 门店 乙 second = 2 # 乙\n\n\n# 尾\n\n# tail “q”"
    )
    assert format_plan(typed, "zh") == (
        '# 头 head\n计划 "试" "trial"\n\n#一、二\n#  two\n# 不低于零\n# 一\n# 完\n[一] 门店 甲 first = 下限(0; 1)\n'
        "# 乙\n[二] 门店 乙 second = 2\n\n# 尾\n# tail “q”\n"
    )


def test_a_long_formula_is_broken_where_it_reads_the_same() -> None:
    parts = " + ".join(f"下限({number}; 1 × (2 + {number}) ÷ 3)" for number in range(1, 9))
    text = f"{TITLE}[一] 门店 甲 first = -({parts}) × 如果({parts} > 3; 1; 2)"
    formatted = format_plan(text, "zh")
    assert max(map(len, formatted.splitlines())) <= 110
    assert len(formatted.splitlines()) > 10
    assert is_one_plan_in_every_form(text)


def test_a_line_that_would_begin_like_a_statement_is_not_broken_there() -> None:
    """A step may be called pay or plan; a line that begins with such a name would be another statement."""
    sum_ = " + ".join(["pay"] * 30)
    text = f"{TITLE}[一] 门店 付 pay = 1\n[一] 门店 甲 first = {sum_}"
    assert is_one_plan_in_every_form(text)
    assert len(format_plan(text, "en").splitlines()) == 3


def test_a_text_that_grows_past_a_bound_in_the_other_language_is_refused_by_name() -> None:
    long = "a" * bounds.MAX_NAME
    text = f"{TITLE}[一] 门店 甲 {long} = 1\n[一] 门店 丙 c = 较大({'; '.join(['甲+甲+甲'] * 59)})"
    assert parse_plan(text)
    with pytest.raises(PlanInvalid) as refused:
        format_plan(text, "en")
    assert {problem.code for problem in refused.value.problems} == {"statement-too-long"}


def test_a_text_that_is_no_plan_has_no_other_form() -> None:
    for form in (lambda text: format_plan(text, "zh"), to_json):
        with pytest.raises(PlanInvalid):
            form(TITLE + "[一] 门店 甲 a = 丙")


SMALL = (
    '计划 "试" "trial"\n[一] 参数 率 rate = 5% 自 2000-01-01\n参数 表 posts = 按岗位(业务接待: 1) 自 2000-01-01\n'
    "参数 档 tiers = 档位(<1: 0; >=1: 2) 自 2000-01-01\n"
    "[二] 个人 甲 first = 率 × 1元 + 系数(表) × 档位(1; 档) × 1元\n发放 甲 条件 试用期\n提醒 甲 “有” “some”"
)
EXPRESSION = ("statements", 4, "step", "formula")


def changed(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    document: Any = copy.deepcopy(to_json(SMALL))
    at = document
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return {**document}


DEEP: Any = {"number": "1"}
for _ in range(bounds.MAX_NESTING + 1):
    DEEP = {"op": "-", "of": [DEEP]}


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        (("format",), "aftermile.plan/9", "/format"),
        (("surprise",), 1, "/surprise"),
        (("statements",), {}, "/statements"),
        (("statements", 0), 7, "/statements/0"),
        (("statements", 0), {}, "/statements/0"),
        (("statements", 0), {"spaced": True}, "/statements/0"),
        (("statements", 0, "remind"), {"step": "first", "chinese": "", "english": ""}, "/statements/0"),
        (("statements", 0, "plan"), {"chinese": "甲"}, "/statements/0/plan/english"),
        (("statements", 0, "plan", "chinese"), '甲"\n发放', "/statements/0/plan/chinese"),
        (("statements", 0, "comments"), ["a\nb"], "/statements/0/comments/0"),
        (("statements", 1, "parameter", "clause"), "a]", "/statements/1/parameter/clause"),
        (("statements", 1, "parameter", "clause"), "a #", "/statements/1/parameter/clause"),
        (("statements", 1, "parameter", "english"), "a b", "/statements/1/parameter/english"),
        (("statements", 1, "parameter", "values"), [], "/statements/1/parameter/values"),
        (("statements", 1, "parameter", "values", 0, "since"), "2026-02-30", "/statements/1/parameter/values/0/since"),
        (("statements", 1, "parameter", "values", 0, "since"), "20260230", "/statements/1/parameter/values/0/since"),
        (("statements", 1, "parameter", "values", 0, "value"), {"number": "1 + 2"},
         "/statements/1/parameter/values/0/value/number"),
        (("statements", 1, "parameter", "values", 0, "value"), {"number": "1" * 30},
         "/statements/1/parameter/values/0/value/number"),
        (("statements", 1, "parameter", "values", 0, "value"), {"number": 5},
         "/statements/1/parameter/values/0/value/number"),
        (("statements", 3, "parameter", "values", 0, "value"), {"tiers": [{"band": [], "value": "1"}]},
         "/statements/3/parameter/values/0/value/tiers/0/band"),
        (("statements", 4, "step", "scope"), "shop", "/statements/4/step/scope"),
        (EXPRESSION, {"op": "^", "of": []}, "/statements/4/step/formula/op"),
        (EXPRESSION, {"op": "*", "of": [{"number": "1"}]}, "/statements/4/step/formula/of"),
        (EXPRESSION, {"call": "min", "of": [{"number": "1"}] * 61}, "/statements/4/step/formula/of"),
        (EXPRESSION, {"name": "a", "of": []}, "/statements/4/step/formula/of"),
        (EXPRESSION, {"formula": "1"}, "/statements/4/step/formula"),
        (EXPRESSION, DEEP, "/statements/4/step/formula" + "/of/0" * bounds.MAX_NESTING),
        (("statements", 5, "pay", "steps"), [], "/statements/5/pay/steps"),
    ],
)  # fmt: skip
def test_a_document_that_cannot_be_read_says_where(path: tuple[str | int, ...], value: object, pointer: str) -> None:
    with pytest.raises(PlanDocumentInvalid) as refused:
        parse_json(changed(path, value))
    assert refused.value.errors[0]["pointer"] == pointer


@pytest.mark.parametrize("document", [None, 7, [], "x", {"format": "aftermile.plan/1"}])
def test_what_is_no_document_is_refused(document: object) -> None:
    with pytest.raises(PlanDocumentInvalid):
        parse_json(document)


def test_a_document_that_says_nonsense_has_the_problems_of_a_text() -> None:
    with pytest.raises(PlanInvalid) as refused:
        parse_json(changed(EXPRESSION, {"op": "+", "of": [{"name": "rat"}, {"text": "甲"}]}))
    assert {problem.code for problem in refused.value.problems} >= {"name-unknown"}


shapes = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.sampled_from(["1", "率", "first", "yes"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["op", "call", "of", "number", "name", "text", "day", "band", "value"]), inner),
    ),
    max_leaves=12,
)


@settings(max_examples=200)
@given(shapes)
def test_any_json_in_the_place_of_a_formula_is_a_plan_or_a_named_refusal(shape: object) -> None:
    try:
        parse_json(changed(EXPRESSION, shape))
    except (PlanDocumentInvalid, PlanInvalid) as refused:
        named = refused.errors
        assert named
