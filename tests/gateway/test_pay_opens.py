"""From any yuan to its source through the gateway: every step of a run opens, down to each fact that it counted."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest
from sqlalchemy import select

from services.payroll.domain.calculation.facts import FACT_KINDS
from services.payroll.models import FACT_USE, Fact, TraceNode
from tests.harness import bearer, deliver, make_event
from tests.payroll import makers
from tests.payroll.plans_in_force import put_in_force
from tests.payroll.small_month import SmallMonth
from tests.payroll.test_explanation_rules import BY_VALUES
from tests.payroll.test_measures import Entries
from tests.payroll.test_pay_months import SECOND_MECHANIC

PLAN = """计划 "各种" "every kind"
[甲] 参数 比例 rate = 10% 自 2000-01-01
[甲] 参数 岗位系数 by_posts = 按岗位(机电技师: 1) 自 2000-01-01
[甲] 参数 档 bands = 档位(<0.5: 0; >=0.5: 2) 自 2000-01-01
[1] 门店 台次 cars = 计数(工单; 月份(进厂日期) = 本月)
[2] 门店 实收 received = 合计(收款; 金额; 月份(较晚(结算日期; 收款日期)) = 本月)
[3] 门店 索赔 claimed = 合计(索赔回款; 金额; 月份(回款日期) = 本月)
[4] 门店 定审 approved = 合计(事故定审; 定审金额 + 车主自付; 月份(定审日期) = 本月)
[5] 个人(机电技师) 工时 hours = 合计(完工工时; 标准工时; 技师 = 本人; 月份(完工日期) = 本月)
      - 合计(扣工时; 扣除工时; 责任人 = 本人; 月份(发生日期) = 本月)
[6] 班组(机电技师) 班组工时 team_hours = 汇总(工时)
[7] 班组(机电技师) 池 pool = 班组工时 × 100元/工时 - 合计(辅料; 金额; 班组 = 本班组; 月份(领用日期) = 本月)
[8] 个人(机电技师) 分成 share = 分摊(池; 系数(岗位系数); "最大余数")
[9] 个人(业务接待) 精品 goods = 合计(精品销售; 实收金额; 销售人 = 本人; 月份(销售日期) = 本月) × 比例
[10] 个人(业务接待) 奖 bonus = (实收 + 索赔 + 定审) × 比例
      × 档位(达成率(实收; 班组(业务接待); 产值; 业务接待); 档) × 目标权重(班组(业务接待); 产值) + 精品 + 台次 × 1元
[11] 个人(业务接待) 投诉扣 fine = -奖 × 计数(投诉; 责任人 = 本人; 属实; 月份(发生日期) = 本月) × 比例
[12] 门店 总扣 fines = 汇总(投诉扣)
[13] 个人(业务接待) 返还 returned = -总扣 ÷ 2
[14] 发放 奖, 投诉扣 条件 合计(手工指标; 数值; 指标 = "返工"; 员工 = 本人; 月份(发生日期) = 本月) > 0
[15] 发放 分成, 返还 条件 非(考核成绩 < 60)
"""
EXAMPLE: dict[str, Any] = {
    "name": {"zh": "一小时", "en": "an hour"}, "clause": "8", "month": "2026-09",
    "people": [{"number": "J101", "post": "机电技师", "team": "一组"},
               {"number": "SA01", "post": "业务接待", "team": "业务组"}],
    "facts": [{"kind": "完工工时", "标准工时": "1", "技师": "J101", "维修类别": "一般维修", "完工日期": "2026-09-30"}],
    "targets": [{"subject": "业务组", "metric": "产值", "value": "1", "signed_on": "2026-08-30", "signed_by": "SA01"}],
    "expect": {"totals": {"J101": "100.00"}},
}  # fmt: skip
PART = {"number": "1", "source": "dms", "order_number": "W1", "occurred_on": "2026-09-08", "ordinal": 1}


async def happen(small: SmallMonth) -> None:
    """A fact of every kind."""
    store = small.store.id
    told = {
        "insurer.approved": {"approved_amount": "300.00", "owner_share": "20.00", "approved_on": "2026-09-09"},
        "hours.deducted": {"employee": "J102", "hours": "0.50", "reason": "返修"},
        "consumables.used": {"team": "机电一组", "amount": "12.00", "used_on": "2026-09-09", "item": "砂纸"},
    }
    events = [
        make_event(f"workorder.{what}", {"id": makers.identity(what), **PART, **data}, store=store, version=1)
        for what, data in told.items()
    ]
    await deliver(
        small.app, "workorder", store, *events, makers.claim_event(store, "W1", "80.00"),
        makers.sale_event(store, "7", "500.00"), makers.labour_event(store, "W1", 5, "3.00", technician="J101"),
        makers.labour_event(store, "W1", 6, "2.00", technician="J102"),
    )  # fmt: skip
    await deliver(small.app, "customer", store, makers.complaint_event(store, "T1"))
    entries = Entries(small)
    entered = await entries.enter(entries.who("wang"), employee="SA01")
    approved = await entries.act(entered.json()["id"], "approve", entries.who("li"), note="与返工单核对")
    assert approved.status_code == 200, approved.text


@pytest.fixture
async def small(pay: SmallMonth) -> SmallMonth:
    await pay.prepare()
    people = {"source": "dms", "rows": [{**SECOND_MECHANIC, "coefficient": None}]}
    await pay.client.post("/v1/bulk/employees", json=people, headers=pay.headers)
    plan = await pay.client.post("/v1/plans", json={"text": PLAN, "examples": [EXAMPLE]}, headers=pay.headers)
    await put_in_force(pay.client, plan.json(), pay.keys, pay.store, effective_from="2026-09-01")
    await pay.tell()
    await happen(pay)
    return pay


@dataclass
class Walk:
    """Everything that a caller can open from some addresses on; each answers, or the walk ends there."""

    gateway: httpx.AsyncClient
    headers: dict[str, str]
    run: str
    nodes: set[str] = field(default_factory=set)
    facts: dict[str, str] = field(default_factory=dict)

    async def read(self, address: str) -> dict[str, Any]:
        answer = await self.gateway.get(address, headers=self.headers)
        assert answer.status_code == 200, (unquote(address), answer.text)
        found: dict[str, Any] = answer.json()
        return found

    async def items(self, address: str) -> list[dict[str, Any]]:
        found, following = list[dict[str, Any]](), address
        while following:
            page = await self.read(following)
            found, following = found + page["items"], page["next"]
        return found

    async def from_all_of(self, *people: str) -> "Walk":
        """What they were paid, and what they were not."""
        run = f"/v1/runs/{self.run}"
        starts = [f"{run}/explain/{line['id']}" for line in await self.items(f"{run}/lines")]
        for each in people:
            starts += [one["explain"] for one in await self.items(f"{run}/unpaid/{quote(each)}")]
        while starts:
            starts += await self.open(starts.pop())
        return self

    async def open(self, address: str) -> list[str]:
        ahead = []
        told = (await self.read(f"{address}?language=zh"))["sentences"]
        for each in [one for one in told if one["node"] not in self.nodes]:
            assert not any(words in each["text"] for words in BY_VALUES), each["text"]
            self.nodes.add(each["node"])
            assert (await self.read(each["trace"]))["node"]["id"] == each["node"]
            for selection in each["selections"]:
                counted = await self.items(f"{selection['facts']}&limit=1")
                assert len(counted) == selection["count"], each["node"]
                self.facts |= {fact["id"]: fact["kind"] for fact in counted}
            ahead += [one["explain"] for one in each["elsewhere"]]
            for one in each["sums"]:
                ahead += [part["explain"] for part in await self.items(f"{one['parts']}&limit=1")]
        return ahead


async def test_every_step_of_a_run_opens_down_to_every_fact(gateway: httpx.AsyncClient, small: SmallMonth) -> None:
    run = (await small.run())["id"]
    manager = bearer(small.keys, "gateway", "service_manager", stores=[small.store])
    walk = await Walk(gateway, manager, run).from_all_of("SA01", "SA02", "J101", "J102")
    async with small.app.state.database.transaction(small.store.id) as session:
        nodes = set(await session.scalars(select(TraceNode.node).where(TraceNode.run_id == run)))
        used = select(FACT_USE.c.fact_id).where(FACT_USE.c.run_id == run)
        facts = {str(each) for each in await session.scalars(select(Fact.id).where(Fact.id.in_(used)))}
    assert walk.nodes == nodes
    assert walk.facts.keys() == facts
    assert set(walk.facts.values()) == set(FACT_KINDS)
    assert {"bonus.condition/SA01", "bonus.condition/SA02", "team_hours/机电一组", "hours/J102"} <= nodes


@pytest.mark.parametrize(
    ("employee", "role", "other"), [("J101", "technician", "J102"), ("SA01", "service_advisor", "SA02")]
)
async def test_whatever_an_employee_is_led_to_is_his_to_open_and_of_nobody_else(
    *, gateway: httpx.AsyncClient, small: SmallMonth, employee: str, role: str, other: str
) -> None:
    run = (await small.run())["id"]
    himself = bearer(small.keys, "gateway", role, stores=[small.store], employee=employee)
    walk = await Walk(gateway, himself, run).from_all_of(employee)
    assert not [node for node in walk.nodes if node.endswith(f"/{other}")]
    assert {node.rpartition("/")[2] for node in walk.nodes if "/" in node} <= {employee, "机电一组"}
    assert walk.facts
