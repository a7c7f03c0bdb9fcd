"""What a plan adds up is of this month or the last: a run is given no other facts, whatever an example writes."""

import httpx
import pytest

from services.payroll.domain.plans.month_bound import of_no_month
from services.payroll.language import parse_plan
from services.payroll.service.plans.plans import Template, templates
from tests.harness import AStore, Keys, bearer
from tests.payroll.shipped_plan import TITLE
from tests.payroll.test_api_plans import SMALL, draft, small_example

BOUND = (
    "月份(收款日期) = 本月",
    "上月 = 月份(收款日期)",
    "且(金额 > 5元; 月份(收款日期) = 本月)",
    "或(月份(收款日期) = 本月; 月份(结算日期) = 上月)",
    "如果(已取消; 月份(收款日期) = 本月; 月份(结算日期) = 本月)",
    "月份(如果(已取消; 收款日期; 较晚(较早(进厂日期; 结算日期); 收款日期))) = 本月",
    "收款日期 >= 2026-01-01; 月份(收款日期) = 本月",
    "月份(结算日期) <> 本月; 月份(收款日期) = 本月",
)
FREE = (
    "非(已取消)",
    "收款日期 >= 2026-01-01",
    "月份(收款日期) <= 本月",
    "月份(收款日期) <> 上月",
    "非(月份(收款日期) = 本月)",
    "月份(2026-03-01) = 本月",
    "月份(较晚(收款日期; 2026-03-01)) = 本月",
    "月份(收款日期) = 月份(结算日期)",
    "本月 = 本月",
    "或(月份(收款日期) = 本月; 已取消)",
    "如果(已取消; 月份(收款日期) = 本月; 是)",
)


@pytest.mark.parametrize(("conditions", "free"), [*((each, False) for each in BOUND), *((each, True) for each in FREE)])
def test_a_sum_is_of_a_month_where_it_holds_for_facts_with_a_day_in_it_alone(conditions: str, free: bool) -> None:
    found = of_no_month(parse_plan(f"{TITLE}[一] 门店 甲 a = 合计(收款; 金额; {conditions})"))
    assert [each.text for each in found] == ([f"合计(收款; 金额; {conditions})"] if free else [])


def test_a_condition_of_paying_and_a_step_are_both_named_with_their_clause() -> None:
    body = "[一] 个人 甲 a = 计数(投诉; 属实) × 1元\n[二] 发放 甲 条件 计数(投诉; 责任人 = 本人) = 0"
    found = of_no_month(parse_plan(TITLE + body))
    assert [(each.clause, each.step, each.text) for each in found] == [
        ("一", "甲", "计数(投诉; 属实)"), ("二", "a", "计数(投诉; 责任人 = 本人)"),
    ]  # fmt: skip


@pytest.mark.parametrize("template", templates(), ids=lambda template: template.name)
def test_everything_that_a_shipped_plan_adds_up_is_of_a_month(template: Template) -> None:
    assert of_no_month(template.plan) == ()


async def test_nobody_reviews_a_plan_of_which_a_count_is_of_no_month_or_no_example_says_any_pay(
    client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    clerk, second = (bearer(keys, "payroll", "payroll_clerk", stores=[store], subject=who) for who in ("wang", "li"))
    text = SMALL.replace("; 月份(进厂日期) = 本月", "")
    unpaid = {**small_example("20.00"), "expect": {"figures": {"cars": "2"}, "totals": {"SA01": "20.00", "SA02": "0"}}}
    del unpaid["expect"]["totals"]["SA01"]
    plans = [
        await draft(client, clerk, text=text, examples=[small_example("20.00")]),
        await draft(client, clerk, text=SMALL, examples=[unpaid]),
    ]
    refused = [
        await client.post(
            f"/v1/plans/{plan['id']}/review", json={"note": "看过"}, headers={**second, "If-Match": '"1"'}
        )
        for plan in plans
    ]
    assert [answer.status_code for answer in refused] == [409, 409]
    assert [answer.json()["type"].rsplit(":", 1)[1] for answer in refused] == ["plan-of-no-month", "plan-examples-fail"]
    assert refused[0].json()["formulas"] == [{"clause": "甲", "step": "台次", "text": "计数(工单; 非(已取消))"}]
