"""What a newer plan changes, in words: of every statement what, from what to what, from when, and whether it pays."""

from datetime import date
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from services.payroll.language import Change, PlanInvalid, difference, format_plan
from tests.payroll.plan_writer import PlanWriter
from tests.payroll.shipped_plan import shipped_text

OLD = """计划 "试" "trial"
[甲] 参数 比例 rate = 5% 自 2000-01-01; 6% 自 2026-01-01
[甲] 参数 读法 reading 选项("先"; "后") = "先" 自 2000-01-01
[甲] 参数 档 tiers = 档位(<1: 0; >=1: 5%) 自 2000-01-01
[乙] 门店 产值 output = 合计(收款; 金额; 月份(收款日期) = 本月)
[乙] 门店 池 pool = 产值 × 比例 × 档位(1; 档) × 如果(读法 = "先"; 1; 2)
[丙] 个人(业务接待) 分成 share = 分摊(池; 1; "最大余数")
[丙] 个人(业务接待) 奖 bonus = 10元
[丁] 发放 分成, 奖 作为 extra 条件 非(试用期)
提醒 池 "有池" "a pool"
"""


def changes(*replacements: tuple[str, str]) -> tuple[Change, ...]:
    newer = OLD
    for old, new in replacements:
        assert old in newer
        newer = newer.replace(old, new)
    return difference(OLD, newer)


PAYS, KEEPS = True, False


@pytest.mark.parametrize(
    ("old", "new", "what", "pays", "chinese", "english"),
    [
        ("5% 自 2000", "4% 自 2000", "parameter changed", PAYS,
         "参数“比例”自 2000-01-01 起由 5% 改为 4%", "the parameter rate changes from 5% to 4% from 2000-01-01 on"),
        ("6% 自 2026-01-01", "6% 自 2026-01-01; 7.5% 自 2026-07-01", "parameter changed", PAYS,
         "参数“比例”自 2026-07-01 起为 7.5%(此前为 6%)",
         "the parameter rate is 7.5% from 2026-07-01 on (6% until now)"),
        ("; 6% 自 2026-01-01", "", "parameter changed", PAYS,
         "参数“比例”不再有自 2026-01-01 起的 6%", "the parameter rate no longer has 6% from 2026-01-01 on"),
        ("5% 自 2000-01-01", "5% 自 2000-01-01 至 2025-06-30", "parameter changed", PAYS,
         "参数“比例”自 2000-01-01 起由 5% 改为 5%(至 2025-06-30)",
         "the parameter rate changes from 5% to 5% (until 2025-06-30) from 2000-01-01 on"),
        (') = "先"', ') = "后"', "parameter changed", PAYS,
         '参数“读法”自 2000-01-01 起由 "先" 改为 "后"',
         'the parameter reading changes from "先" to "后" from 2000-01-01 on'),
        (">=1: 5%", ">=1 <2: 5%; >=2: 6", "parameter changed", PAYS,
         "参数“档”自 2000-01-01 起由 档位(<1: 0; >=1: 5%) 改为 档位(<1: 0; >=1 <2: 5%; >=2: 6)",
         "the parameter tiers changes from tier(<1: 0; >=1: 5%) to tier(<1: 0; >=1 <2: 5%; >=2: 6) from 2000-01-01 on"),
        ('选项("先"; "后")', '选项("先"; "后"; "再")', "parameter changed", KEEPS,
         "参数“读法”选项由 “先”; “后” 改为 “先”; “后”; “再”",
         "the parameter reading offers “先”; “后”; “再”, not “先”; “后”"),
        ("[甲] 参数 比例", "[戊] 参数 比例", "parameter changed", KEEPS,
         "参数“比例”条款由 [甲] 改为 [戊]", "the parameter rate moved from clause [甲] to [戊]"),
        ("比例", "产值比例", "parameter renamed", KEEPS,
         "参数“比例”(rate)改名为“产值比例”(rate)", "the parameter rate (比例) is now called rate (产值比例)"),
        (" rate ", " output_rate ", "parameter renamed", KEEPS,
         "参数“比例”(rate)改名为“比例”(output_rate)", "the parameter rate (比例) is now called output_rate (比例)"),
        ("10元", "10元 + 1元", "step changed", PAYS,
         "步骤“奖”公式由 10元 改为 10元 + 1元", "the step bonus changes from 10yuan to 10yuan + 1yuan"),
        ("10元", '10元 × 目标权重("业务组"; 产值)', "step changed", PAYS,
         '步骤“奖”公式由 10元 改为 10元 × 目标权重("业务组"; "产值")',
         'the step bonus changes from 10yuan to 10yuan * target_weight("业务组"; "output")'),
        ("个人(业务接待) 奖", "个人(业务接待, “洗车工”) 奖", "step changed", PAYS,
         '步骤“奖”计算对象由 个人(业务接待) 改为 个人(业务接待, "洗车工")',
         'the step bonus is calculated for person(service_advisor, "洗车工"), not for person(service_advisor)'),
        ("产值 output", "总产值 all_output", "step renamed", KEEPS, "", ""),
        ("[乙] 门店 池", "[己] 门店 池", "step changed", KEEPS,
         "步骤“池”条款由 [乙] 改为 [己]", "the step pool moved from clause [乙] to [己]"),
        (" 条件 非(试用期)", "", "payment changed", PAYS,
         "步骤“分成”发放条件由 非(试用期) 改为 -", "the step share is paid when -, not when not(on_probation)"),
        ("作为 extra", "作为 other", "payment renamed", KEEPS,
         "步骤“奖”付款行名由 extra 改为 other", "the step bonus is paid as other, not as extra"),
        ("[丁]", "[戊]", "payment changed", KEEPS,
         "步骤“分成”发放条款由 [丁] 改为 [戊]", "the step share is paid by [戊], not [丁]"),
        (", 奖 作为 extra", "", "payment removed", PAYS,
         "不再发放: 奖 作为 extra 条件 非(试用期)", "bonus as extra when not(on_probation) is no longer paid"),
        ('提醒 池 "有池" "a pool"\n', "", "reminder removed", KEEPS,
         "不再提醒“有池”(pool)", "there is no reminder 'a pool' of pool any more"),
        ('"试"', '"试试"', "plan renamed", KEEPS,
         "方案由“试”改名为“试试”", "the plan 'trial' is now called 'trial'"),
    ],
)  # fmt: skip
def test_a_change_in_words(old: str, new: str, what: str, pays: bool, chinese: str, english: str) -> None:
    if what == "step renamed":
        found = changes((old, new), ("产值 ×", "总产值 ×"))
        chinese = "步骤“产值”(output)改名为“总产值”(all_output)"
        english = "the step output (产值) is now called all_output (总产值)"
    else:
        found = changes((old, new))
    first = found[0]
    assert (f"{first.what} {first.kind}", first.changes_pay) == (what, pays)
    assert (first.chinese, first.english) == (chinese, english)
    assert [change for change in found[1:] if change.what != "payment"] == []


def test_what_is_new_and_what_is_gone_is_told_whole() -> None:
    added = changes(
        ("[丁] 发放", "[丙] 参数 罚 fine = 1元 自 2026-01-01\n[丙] 个人 罚款 penalty = -罚\n[丁] 发放 罚款,"),
    )
    assert [(change.what, change.kind, change.name, change.clause, change.changes_pay) for change in added] == [
        ("parameter", "added", "fine", "丙", True),
        ("step", "added", "penalty", "丙", True),
        ("payment", "added", "penalty", "丁", True),
    ]
    assert added[0].chinese == "参数“罚”新增: 1元 自 2026-01-01"
    assert added[1].english == "the step penalty is new: -fine"
    newer = OLD.replace("[丙] 个人(业务接待) 奖 bonus = 10元\n", "").replace(", 奖 作为 extra", "")
    removed = difference(OLD, newer)
    assert [(change.what, change.kind, change.name) for change in removed] == [
        ("step", "removed", "bonus"),
        ("payment", "removed", "bonus"),
    ]


def test_the_day_of_a_value_is_told_and_what_comes_with_the_plan_has_none() -> None:
    (value, formula) = changes(("6% 自 2026", "7% 自 2026"), ("10元", "11元"))
    assert (value.since, value.clause) == (date(2026, 1, 1), "甲")
    assert (formula.since, formula.chinese) == (None, "步骤“奖”公式由 10元 改为 11元")


def test_one_renamed_and_changed_is_told_as_both() -> None:
    found = changes(("奖 bonus = 10元", "月奖 bonus = 12元"), ("奖 作为", "月奖 作为"))
    assert [(change.kind, change.changes_pay) for change in found] == [("renamed", False), ("changed", True)]


def test_one_renamed_in_both_languages_is_found_by_what_it_says() -> None:
    found = changes(("奖 bonus", "月度 monthly"), ("奖 作为", "月度 作为"))
    assert [(change.what, change.kind, change.name) for change in found] == [("step", "renamed", "monthly")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("5% 自", "0.05 自"),
        ('"最大余数"', '"largest_remainder"'),
        (
            "合计(收款; 金额; 月份(收款日期) = 本月)",
            "（sum（receipt，收款金额；month(paid_on) = this_month））  # 收款",
        ),
        ("[乙] 门店 产值", "\n# 说明\n[乙] store 产值"),
    ],
)
def test_another_writing_is_no_change(old: str, new: str) -> None:
    assert changes((old, new)) == ()


def test_a_plan_says_the_same_in_the_other_language() -> None:
    assert difference(shipped_text(), format_plan(shipped_text(), "en")) == ()
    assert difference(format_plan(shipped_text(), "en"), format_plan(shipped_text(), "zh")) == ()


@settings(max_examples=15, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.randoms(use_true_random=False))
def test_of_any_two_plans_the_difference_is_told_and_of_one_there_is_none(random: Random) -> None:
    one, other = (PlanWriter(random).plan(steps=2) for _ in range(2))
    assert difference(one, format_plan(one, "en")) == ()
    assert all(change.chinese and change.english for change in difference(one, other))


def test_what_is_no_plan_has_no_difference() -> None:
    with pytest.raises(PlanInvalid):
        difference(OLD, "甲")


def test_values_beside_a_text_count_as_if_they_stood_in_it() -> None:
    beside = ("参数 比例 rate = 7% 自 2026-01-01", "参数 比例 rate = 8% 自 2026-09-01")
    found = difference(OLD, OLD, ((), beside))
    assert [(each.since, each.changes_pay, each.chinese) for each in found] == [
        (date(2026, 1, 1), True, "参数“比例”自 2026-01-01 起由 6% 改为 7%"),
        (date(2026, 9, 1), True, "参数“比例”自 2026-09-01 起为 8%(此前为 6%)"),
    ]
    written = OLD.replace("6% 自 2026-01-01", "7% 自 2026-01-01; 8% 自 2026-09-01")
    assert difference(OLD, written) == found
    assert difference(written, OLD, ((), beside)) == difference(OLD, OLD, (beside, beside)) == ()
